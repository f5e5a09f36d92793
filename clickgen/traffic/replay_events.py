"""The events of one lane of a replay: read, chosen, timed, and changed where the user wants it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from clickgen.model.errors import ClickgenError
from clickgen.model.recording import Recording
from clickgen.model.skipped import Skipped
from clickgen.read.json_value import value_of
from clickgen.read.pieces import Bad, BadKind, JsonObject, Piece
from clickgen.traffic.edit import Editor, Marked
from clickgen.traffic.event_time import TimeReader, value_at
from clickgen.traffic.renewal import hashed_share
from clickgen.traffic.replay_source import LanePart, OpenSource, lines_before, open_local, read_part
from clickgen.traffic.stamp import RecordedEvent
from clickgen.traffic.where import compile_where

Group = TypeVar("Group")

_NO_TIME = float("nan")
_NOT_KEPT = object()
_EMPTY = re.compile(rb"\{\s*\}")
# Read at once where events have times to be kept: what leaves meanwhile waits for the interpreter, for less than
# half a millisecond.
_SLICE_BYTES = 16 << 10


@dataclass(slots=True)
class EventGroup:
    """Some events, in the order in which they were read."""

    events: list[RecordedEvent] = field(default_factory=list)
    times: list[float] = field(default_factory=list)  # Unix times in seconds, NaN without one; empty if untimed
    visitors: list[object] = field(default_factory=list)  # empty unless their order matters
    values: list[dict[str, Any]] = field(default_factory=list)  # empty unless wanted
    repetitions: list[int] = field(default_factory=list)  # empty unless copies will be made
    skipped: list[Skipped] = field(default_factory=list)
    strays: int = 0  # events whose time is far from those around them, and was dropped

    def cut(self, count: int) -> None:
        """Keep the first events only."""
        for items in self._items():
            del items[count:]

    def append(self, other: "EventGroup") -> None:
        """Put the events of another group behind these."""
        for own, more in zip(self._items(), other._items(), strict=True):
            own.extend(more)
        self.strays += other.strays

    def take(self, count: int) -> "EventGroup":
        """Remove the first events and return them."""
        taken = EventGroup()
        for items, own in zip(taken._items(), self._items(), strict=True):
            items.extend(own[:count])
        for items in self._items():
            del items[:count]
        taken.strays, self.strays = self.strays, 0
        return taken

    def row(self, index: int) -> tuple[Any, ...]:
        """One event with all that is known of it, for `add_row`."""
        return tuple(items[index] if items else _NOT_KEPT for items in self._items())

    def add_row(self, row: tuple[Any, ...]) -> None:
        """Put an event behind the others."""
        for items, item in zip(self._items(), row, strict=True):
            if item is not _NOT_KEPT:
                items.append(item)

    def _items(self) -> tuple[list[Any], ...]:
        return self.events, self.times, self.visitors, self.values, self.repetitions


class LaneEvents:
    """Reads the parts of a lane, one after another, as often as the recording is repeated.

    left_out: how many events were not chosen.
    """

    def __init__(
        self,
        parts: Sequence[LanePart],
        recording: Recording,
        *,
        id_field: str,
        time_field: str | None = None,
        timed: bool = True,
        keep_values: bool = False,
        open_source: OpenSource = open_local,
        key: bytes = b"",
    ) -> None:
        """timed: whether events have times at all, which filters and repetitions may need. key: of pseudonyms."""
        self.left_out = 0
        self.shift_ms = 0  # by which times move, on top of the repetition
        self._parts = parts
        self.recording = recording
        self._id_field = id_field
        self._open = open_source
        self._keep_values = keep_values
        needs_time = timed or recording.earliest_s is not None or recording.latest_s is not None
        self._read_time = (
            TimeReader(time_field, zone=recording.zone, day_first=recording.day_first).read if needs_time else None
        )
        self._timed = timed
        self._believed = recording.believed_s
        self._chosen = _choice_of(recording)
        self._editor = Editor(recording, key) if recording.edited else None
        visitor = recording.visitor_field
        self._visitor = visitor if recording.ordered else None
        self._visitor_path = [] if visitor is None else visitor.split(".")

    def groups(self) -> Iterator[EventGroup]:
        """The events, some at a time. What is bad is named in the first repetition only.

        If copies are to be made, events are as they were read, for `multiplied` to make them.
        """
        left = self.recording.limit
        for repetition in range(self.recording.loop):
            for part in self._parts:
                for pieces in self._pieces_of(part):
                    group = EventGroup()
                    for piece in pieces:
                        if isinstance(piece, JsonObject):
                            self._take(piece, group, repetition)
                        elif repetition == 0:
                            group.skipped.append(skipped_piece(part, piece))
                    if left is not None:
                        group.cut(left)
                        left -= len(group.events)
                    yield group
                    if left == 0:
                        return

    def marked(self, data: bytes) -> Marked:
        """An event with the places where its copies change."""
        return self._marked(data, value_of(data))

    def _marked(self, data: bytes, value: dict[str, Any]) -> Marked:
        plain = bool(value) and self._id_field not in value
        return Marked(data, plain) if self._editor is None else self._editor.marked(data, value, plain=plain)

    def made(self, event: Marked, repetition: int, copy: int, offset_ms: int) -> RecordedEvent:
        """The event of a copy, of what was read in a repetition, moved by so much on top of that."""
        data, plain = event.data, event.plain
        if self._editor is not None:
            later_ms = repetition * self.recording.loop_ms + self.shift_ms + offset_ms
            data = self._editor.edited(event, later_ms, repetition * self.recording.multiply + copy)
            plain = plain and not (self.recording.dropped and _EMPTY.fullmatch(data))
        return RecordedEvent(data, plain)

    def _pieces_of(self, part: LanePart) -> Iterator[list[Piece]]:
        """The pieces of a source; one of several that cannot be read any more is bad, and the others go on."""
        pieces = read_part(part, self._open, _SLICE_BYTES if self._timed else None)
        return pieces if len(self._parts) == 1 else readable(pieces)

    def _take(self, piece: JsonObject, group: EventGroup, repetition: int) -> None:
        value, data = piece.value, piece.data
        time = None if self._read_time is None else self._read_time(value)
        if self._chosen is not None and not self._chosen(value, time):
            self.left_out += 1
            return
        later_ms = repetition * self.recording.loop_ms
        if self.recording.multiply > 1:
            group.events.append(RecordedEvent(data, plain=False))
            group.repetitions.append(repetition)
        else:
            group.events.append(self.made(self._marked(data, value), repetition, 0, 0))
        if self._timed:
            if time is None or self._believed is None or self._believed[0] <= time <= self._believed[1]:
                group.times.append(_NO_TIME if time is None else time + later_ms / 1000)
            else:
                group.times.append(_NO_TIME)
                group.strays += 1
        if self._visitor is not None:
            group.visitors.append(value_at(value, self._visitor, self._visitor_path))
        if self._keep_values:
            group.values.append(value)


def _choice_of(recording: Recording) -> Callable[[dict[str, Any], float | None], bool] | None:
    """Which events are replayed, by what they hold and their time; None if all are."""
    if not recording.filtered:
        return None
    where = None if recording.where is None else compile_where(recording.where)
    earliest, latest, share = recording.earliest_s, recording.latest_s, recording.sample
    visitor = recording.visitor_field or ""
    path = visitor.split(".")

    def chosen(value: dict[str, Any], time: float | None) -> bool:
        if earliest is not None and (time is None or time < earliest):
            return False
        if latest is not None and (time is None or time >= latest):
            return False
        if share is not None and hashed_share(str(value_at(value, visitor, path))) >= share:
            return False
        return where is None or where(value)

    return chosen


def readable(groups: Iterator[list[Piece] | Group]) -> Iterator[list[Piece] | Group]:
    """What is read as far as it can be; why reading ended is the last, should it have failed."""
    try:
        yield from groups
    except ClickgenError as problem:
        yield [Bad(BadKind.GARBAGE, f"{problem.message}: not read on", b"", 0, 0, 1)]


def skipped_piece(part: LanePart, bad: Bad) -> Skipped:
    """What is noted of a piece that is not an event."""
    line = bad.line + lines_before(part)
    return Skipped(part.name, line, bad.reason, bad.excerpt.decode("utf-8", "replace"))
