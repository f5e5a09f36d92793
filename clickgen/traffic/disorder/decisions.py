"""Which events of a lane are treated how: a function of the seed, the lane and the event's number alone."""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.model.disorder import Disorder, PlantedCounts
from clickgen.model.random_bits import bits_at, key_of
from clickgen.model.stretches import ENDLESS, stretches_of

COPY_REACH = 200  # a copy follows its event within this many events: a producer that repeats a call does it soon

_SHARE_BITS = 53  # as many as a float holds exactly
_SHIFT = np.uint64(64 - _SHARE_BITS)
_CHUNK = 1 << 18

Mask = NDArray[np.bool_]
Numbers = NDArray[np.int64]


class Decisions:
    """The decisions about the events of one lane. Nothing else about the run needs to be known."""

    def __init__(self, disorder: Disorder, *, seed: int, lane: int, count: int | None) -> None:
        """count: how many events the lane has, or None if it is endless."""
        self._disorder = disorder
        self._count = ENDLESS if count is None else count
        self._seed, self._lane = seed, lane
        self._late, self._late_by = self._key("late"), self._key("late by")
        self._copied, self._copied_after = self._key("duplicate"), self._key("duplicate after")
        self._damaged, self._damage = self._key("malformed"), self._key("malformed how")
        self._swaps = self._key("reorder")

    def late_ms(self, numbers: Numbers) -> Numbers:
        """How many milliseconds each event's time is before its release; 0 for an event that is not late."""
        most = np.uint64(max(1, round(self._disorder.late_s * 1000)))
        amount = (bits_at(self._late_by, numbers) % most).astype(np.int64) + 1
        return np.where(self._chosen(self._late, numbers, self._disorder.late), amount, 0)

    def swapped(self, numbers: Numbers) -> Mask:
        """Which events have changed places: an even one with the odd one after it, both or neither."""
        pairs = numbers & ~np.int64(1)
        return self._chosen(self._swaps, pairs, self._disorder.reorder) & (pairs + 1 < self._count)

    def malformed(self, numbers: Numbers) -> Mask:
        return self._chosen(self._damaged, numbers, self._disorder.malformed)

    def damage_bits(self, numbers: Numbers) -> NDArray[np.uint64]:
        """64 random bits for each event, which decide how it is damaged, if it is."""
        return bits_at(self._damage, numbers)

    def carriers(self, numbers: Numbers) -> Numbers:
        """The event that the copy of each follows, at least the next one, or -1 for an event without a copy.

        The lane's last event has none.
        """
        room = np.minimum(COPY_REACH, self._count - 1 - numbers)
        after = bits_at(self._copied_after, numbers) % np.maximum(room, 1).astype(np.uint64)
        copied = self._chosen(self._copied, numbers, self._disorder.duplicate) & (room > 0)
        return np.where(copied, numbers + 1 + after.astype(np.int64), -1)

    def count(self, numbers: BitMap64, drifted_from: int | None) -> PlantedCounts:
        """How many of these events are treated how; a copy counts with the event that it follows.

        drifted_from: the lane's first event since a field changed, if one does.
        """
        late = duplicates = malformed = reordered = 0
        for chunk in _chunks(numbers):
            late += int((self.late_ms(chunk) > 0).sum())
            malformed += int(self.malformed(chunk).sum())
            reordered += int(self.swapped(chunk).sum())
        if self._disorder.duplicate and numbers:
            for chunk in _ranges(0, numbers.max()):
                carriers = self.carriers(chunk)
                duplicates += sum(number in numbers for number in carriers[carriers >= 0].tolist())
        drifted = 0
        if drifted_from is not None and numbers:
            drifted = numbers.range_cardinality(drifted_from, max(drifted_from, numbers.max() + 1))
        return PlantedCounts(late, duplicates, malformed, reordered, drifted)

    def _key(self, purpose: str) -> np.uint64:
        return key_of("disorder", purpose, self._seed, self._lane)

    @staticmethod
    def _chosen(key: np.uint64, numbers: Numbers, share: float) -> Mask:
        if not share:
            return np.zeros(len(numbers), dtype=np.bool_)
        return (bits_at(key, numbers) >> _SHIFT) < np.uint64(round(share * (1 << _SHARE_BITS)))


def first_due(due: Callable[[Numbers], NDArray[np.float64]], seconds: float) -> int:
    """The first event number that is due at or after `seconds`; `due` gives the times, which never decrease."""

    def is_before(number: int) -> bool:
        return bool(due(np.array([number]))[0] < seconds)

    high = 1
    while is_before(high - 1):
        high *= 2
    low = 0
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if is_before(middle) else (low, middle)
    return low


def first_change(disorder: Disorder | None) -> float | None:
    """The second from which on events drift, if any do."""
    return min((drift.at_s for drift in disorder.drift), default=None) if disorder is not None else None


def _chunks(numbers: BitMap64) -> Iterator[Numbers]:
    for first, end in stretches_of(numbers):
        yield from _ranges(first, end)


def _ranges(first: int, end: int) -> Iterator[Numbers]:
    for begin in range(first, end, _CHUNK):
        yield np.arange(begin, min(end, begin + _CHUNK))
