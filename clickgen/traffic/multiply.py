"""Copies of recorded traffic among the original: of other visitors, each moved by a time of its own."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Protocol

from clickgen.model.recording import Recording
from clickgen.read.json_value import value_of
from clickgen.traffic.edit import Marked
from clickgen.traffic.event_time import value_at
from clickgen.traffic.renewal import hashed_share
from clickgen.traffic.replay_events import EventGroup
from clickgen.traffic.stamp import RecordedEvent
from clickgen.traffic.waiting_line import WaitingLine

# What waits for its time. If there is more, the earliest leave before it, moved by less than was drawn.
MAX_HELD_COPIES = 150_000
MAX_HELD_BYTES = 64 << 20
MAX_MARKED = 32_768  # originals whose marks are kept, of a kilobyte each; others are marked for each copy
_GROUP_EVENTS = 256
_STRETCHES = 64  # in which the jitter is sorted


class MakeCopies(Protocol):
    """What knows how events change, of which LaneEvents is one."""

    def marked(self, data: bytes, /) -> Marked:
        """An event with the places where its copies change."""

    def made(self, event: Marked, repetition: int, copy: int, offset_ms: int, /) -> RecordedEvent:
        """The event of a copy, of what was read in a repetition, moved by so much on top of that."""


class _Original:
    """An event of which copies wait."""

    __slots__ = ("data", "left", "marked", "repetition", "time", "visitor")

    def __init__(self, data: bytes, time: float, repetition: int, visitor: object, left: int) -> None:
        self.data = data
        self.time = time  # NaN without one
        self.repetition = repetition
        self.visitor = visitor
        self.left = left  # copies that wait
        self.marked: Marked | None = None  # while copies are made


# A copy that waits: the time it waits for, its number, by which those of one time leave in the order in which they
# were made, the original, which copy of that it is, and by how many milliseconds it is moved.
_Copy = tuple[float, int, _Original, int, int]


def planned_copies(events: int, recording: Recording) -> int:
    """How many events so many recorded ones become."""
    made = events * recording.multiply
    return made if recording.limit is None else min(made, recording.limit)


def multiplied(groups: Iterable[EventGroup], recording: Recording, make: MakeCopies) -> Iterator[EventGroup]:
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

    def __init__(self, recording: Recording, make: MakeCopies) -> None:
        self.copies = recording.multiply
        self._jitter_ms = round(recording.jitter_s * 1000)
        self._visitor = recording.visitor_field
        self._path = (recording.visitor_field or "").split(".")
        self._ordered = recording.ordered
        self._make = make
        # without jitter, copies of a second leave together
        self._held = WaitingLine[_Copy](recording.jitter_s / _STRETCHES or 1.0)
        self._bytes = 0
        self._most_bytes = MAX_HELD_BYTES * self.copies
        self._with_marks = deque[_Original]()
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
        original = _Original(data, time, repetition, visitor, self.copies)
        push, number, jitter_ms = self._held.push, self._number, self._jitter_ms if self._timed else 0
        push((sorted_by, number, original, 0, 0))
        for copy in range(1, self.copies):
            variant = repetition * self.copies + copy
            offset_ms = int(hashed_share(f"{variant}:{visitor}") * jitter_ms) if jitter_ms else 0
            push((sorted_by + offset_ms / 1000, number + copy, original, copy, offset_ms))
        self._number += self.copies
        self._bytes += len(data) * self.copies

    def end(self) -> None:
        """No more originals follow."""
        self._latest = float("inf")

    def pop_into(self, made: EventGroup) -> bool:
        """Put the first copy there if it may leave."""
        if not self._held:
            return False
        sort_s = self._held.first()[0]
        sooner_ms = 0
        if sort_s > self._latest:
            if len(self._held) <= MAX_HELD_COPIES and self._bytes <= self._most_bytes:
                return False
            sooner_ms = round((sort_s - self._latest) * 1000)
        _, _, original, copy, offset_ms = self._held.pop()
        offset_ms -= sooner_ms
        self._bytes -= len(original.data)
        original.left -= 1
        marked = original.marked or self._marked(original)
        if not original.left:
            original.marked, original.data = None, b""  # it may still be among those with marks
        made.events.append(self._make.made(marked, original.repetition, copy, offset_ms))
        if self._timed:
            made.times.append(original.time + offset_ms / 1000)
        if self._ordered:
            made.visitors.append((original.visitor, original.repetition * self.copies + copy))
        return True

    def _marked(self, original: _Original) -> Marked:
        """The original, marked: to be used for its other copies, as long as not too many others are."""
        marked = original.marked = self._make.marked(original.data)
        self._with_marks.append(original)
        if len(self._with_marks) > MAX_MARKED:
            self._with_marks.popleft().marked = None
        return marked

    def _visitor_of(self, data: bytes) -> object:
        found = None if self._visitor is None else value_at(value_of(data), self._visitor, self._path)
        return data.decode("latin-1") if found is None else found
