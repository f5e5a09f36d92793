"""Who starts a session: everything about a session that is known when it begins, as a function of its number.

Sessions of a lane are numbered in the order of their starts. Those of the run count from 0; negative numbers
are starts before the run, so that visitors can return to it from the first second.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.audience import RETURN_LEVELS, AudienceTables
from clickgen.traffic.simulation.bits import WORDS, bits_at, key_of

# what stays the same through a session: its number, the visitor's and the session's id, and who the visitor is
VISIT = np.dtype(
    [
        ("number", np.int64),
        ("visitor", np.uint64),
        ("session", np.uint64),
        ("place", np.uint32),
        ("device", np.uint16),
        ("returning", np.bool_),
        ("unused", np.uint8),
    ]
)

_LOW = np.uint64((1 << 32) - 1)
_CHUNK = 4096
_LEVEL_SHIFT = np.uint64(64 - (RETURN_LEVELS - 1).bit_length())
_LANE_SHIFT = 52


class Visits(NamedTuple):
    """Consecutive sessions: one item of `VISIT` each, and the channel that brought the visitor."""

    items: NDArray[np.void]
    channel: NDArray[np.int64]


class Arrivals:
    """Where the sessions of a lane come from. A visitor's number is that of the first start.

    A returning visitor is drawn, by hash, from those of earlier starts: the start that lies a power-law
    distributed time back, and if that was itself a return, from where it came in turn.
    """

    def __init__(self, audience: AudienceTables, run: str, seed: int, lane: int, starts_e6: int) -> None:
        """starts_e6: session starts in a million seconds, which turns times into numbers of starts."""
        self._audience = audience
        self._session_key = key_of("session", seed, lane)
        self._visitor_key = key_of("visitor", seed, lane)
        self._session_ids, self._visitor_ids = key_of("session id", run, seed), key_of("visitor id", run, seed)
        self._lane_bits = lane << _LANE_SHIFT  # numbers stay far below in their amount
        seconds = audience.return_after_ms // 1000  # in ms the product would not fit 64 bits
        self._starts_back = np.maximum(1, seconds * starts_e6 // 1_000_000)
        self._chunk = self.at(np.arange(_CHUNK))
        self._taken = 0

    def take(self, count: int) -> Visits:
        """The next `count` sessions, from number 0 on."""
        if self._taken + count > len(self._chunk.channel):
            first = int(self._chunk.items["number"][0]) + self._taken
            self._chunk, self._taken = self.at(np.arange(first, first + max(count, _CHUNK))), 0
        rows = slice(self._taken, self._taken + count)
        self._taken += count
        return Visits(self._chunk.items[rows], self._chunk.channel[rows])

    def at(self, numbers: NDArray[np.int64]) -> Visits:
        """The sessions with these numbers."""
        returning, visitor = self._returns(numbers), numbers.copy()
        unsettled = np.flatnonzero(returning)
        while len(unsettled):
            level = self._bits(visitor[unsettled], 1) >> _LEVEL_SHIFT
            visitor[unsettled] -= self._starts_back[level.astype(np.int64)]
            unsettled = unsettled[self._returns(visitor[unsettled])]
        audience = self._audience
        items = np.zeros(len(numbers), dtype=VISIT)
        items["number"], items["returning"] = numbers, returning
        items["visitor"] = bits_at(self._visitor_ids, visitor ^ self._lane_bits)
        items["session"] = bits_at(self._session_ids, numbers ^ self._lane_bits)
        items["device"] = audience.devices.draw(0, bits_at(self._visitor_key, visitor * WORDS))
        items["place"] = audience.places.draw(0, bits_at(self._visitor_key, visitor * WORDS + 1))
        return Visits(items, audience.channels.draw(0, self._bits(numbers, 2)))

    def _returns(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        return (self._bits(numbers, 0) & _LOW) < np.uint64(self._audience.returning)

    def _bits(self, numbers: NDArray[np.int64], word: int) -> NDArray[np.uint64]:
        return bits_at(self._session_key, numbers * WORDS + word)
