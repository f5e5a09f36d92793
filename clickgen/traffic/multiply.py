"""Copies of recorded traffic among the original: of other visitors, each moved by a time of its own."""

import heapq
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import orjson

from clickgen.model.recording import Recording
from clickgen.traffic.edit import hashed_share
from clickgen.traffic.event_time import value_at
from clickgen.traffic.replay_events import EventGroup
from clickgen.traffic.stamp import RecordedEvent

# What waits for its time. If there is more, the earliest leave before it, moved by less than was drawn.
MAX_HELD_COPIES = 150_000
MAX_HELD_BYTES = 64 << 20
_GROUP_EVENTS = 256

# makes an event of its bytes, the repetition, the number of the copy, and by how many ms that is moved
MakeCopy = Callable[[bytes, int, int, int], RecordedEvent]


class _Copy(NamedTuple):
    """A copy that waits. Those of one time leave in the order in which they were made."""

    sort_s: float  # the time it waits for
    number: int
    data: bytes
    time: float  # of the original, NaN without one
    repetition: int
    copy: int
    offset_ms: int
    visitor: object


def planned_copies(events: int, recording: Recording) -> int:
    """How many events so many recorded ones become."""
    made = events * recording.multiply
    return made if recording.limit is None else min(made, recording.limit)


def multiplied(groups: Iterable[EventGroup], recording: Recording, make: MakeCopy) -> Iterator[EventGroup]:
    """The events, and `multiply - 1` copies of each, in the order of their moved times, up to the limit.

    Copy 0 is the original. All events of a visitor in a copy are moved by one time, drawn within the jitter;
    without a visitor each event is moved by itself. An event without a time of its own follows the one before it.
    If the events have no times at all, copies follow their originals at once.
    """
    left = recording.limit
    for group in _multiplied(groups, _Waiting(recording, make)):
        if left is not None:
            group.cut(left)
            left -= len(group.events)
        yield group
        if left == 0:
            return


def _multiplied(groups: Iterable[EventGroup], waiting: "_Waiting") -> Iterator[EventGroup]:
    for group in groups:
        made = EventGroup(skipped=group.skipped, strays=group.strays * waiting.copies)
        for index in range(len(group.events)):
            waiting.add(group, index)
            while waiting.pop_into(made):
                if len(made.events) >= _GROUP_EVENTS:
                    yield made
                    made = EventGroup()
        yield made
    waiting.end()
    made = EventGroup()
    while waiting.pop_into(made):
        if len(made.events) >= _GROUP_EVENTS:
            yield made
            made = EventGroup()
    yield made


class _Waiting:
    """The copies that wait for their time, which is that of the recording: the latest of the originals so far."""

    def __init__(self, recording: Recording, make: MakeCopy) -> None:
        self.copies = recording.multiply
        self._jitter_ms = round(recording.jitter_s * 1000)
        self._visitor = recording.visitor_field
        self._path = (recording.visitor_field or "").split(".")
        self._ordered = recording.ordered
        self._make = make
        self._held: list[_Copy] = []
        self._bytes = 0
        self._number = 0
        self._latest = float("-inf")
        self._timed = False

    def add(self, group: EventGroup, index: int) -> None:
        """Take in an event."""
        data, repetition = group.events[index].data, group.repetitions[index]
        self._timed = bool(group.times)
        time = group.times[index] if self._timed else 0.0
        if time == time:  # noqa: PLR0124  # NaN is not itself
            self._latest = max(self._latest, time)
            sorted_by = time
        else:
            sorted_by = self._latest
        visitor = self._visitor_of(data)
        for copy in range(self.copies):
            variant = repetition * self.copies + copy
            moved = self._timed and copy > 0
            offset_ms = int(hashed_share(f"{variant}:{visitor}") * self._jitter_ms) if moved else 0
            entry = _Copy(
                sorted_by + offset_ms / 1000,
                self._number,
                data,
                time,
                repetition,
                copy,
                offset_ms,
                (visitor, variant) if self._ordered else None,
            )
            self._number += 1
            self._bytes += len(data)
            heapq.heappush(self._held, entry)

    def end(self) -> None:
        """No more originals follow."""
        self._latest = float("inf")

    def pop_into(self, made: EventGroup) -> bool:
        """Put the first copy there if it may leave."""
        if not self._held:
            return False
        offset_ms = self._held[0].offset_ms
        if self._held[0].sort_s > self._latest:
            if len(self._held) <= MAX_HELD_COPIES and self._bytes <= MAX_HELD_BYTES * self.copies:
                return False
            offset_ms -= round((self._held[0].sort_s - self._latest) * 1000)
        first = heapq.heappop(self._held)
        self._bytes -= len(first.data)
        made.events.append(self._make(first.data, first.repetition, first.copy, offset_ms))
        if self._timed:
            made.times.append(first.time + offset_ms / 1000)
        if self._ordered:
            made.visitors.append(first.visitor)
        return True

    def _visitor_of(self, data: bytes) -> object:
        found = None
        if self._visitor is not None:
            found = value_at(orjson.loads(data), self._visitor, self._path)
        return data.decode("latin-1") if found is None else found
