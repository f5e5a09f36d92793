"""Recorded events with some of their values replaced, all other bytes as they were."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson

from clickgen.model.recording import Recording
from clickgen.read.spans import JsonText, Span
from clickgen.traffic.event_time import JOINED, value_at
from clickgen.traffic.privacy import Privacy
from clickgen.traffic.renewal import Renewal, renewal_of, renewed
from clickgen.traffic.time_moves import Move, joined_moves, move_of
from clickgen.traffic.time_text import PLAIN, Reading

_VALUE = re.compile(rb'\s*:\s*("[^"\\]*+(?:\\.[^"\\]*+)*+"|-?[0-9][0-9.eE+-]*)')


class Mark(NamedTuple):
    """A value in the bytes of an event that may be replaced."""

    begin: int
    end: int
    move: Move | None  # if it is a time that moves
    renew: Renewal | None  # if it is an id


class Marked(NamedTuple):
    """An event with the places of what may be replaced, in order: found once for all of its copies."""

    data: bytes
    plain: bool  # it has a member, and none that is named like the id
    marks: tuple[Mark, ...] = ()


class Editor:
    """Moves the times of events, renews the fields that must not repeat, and hides what is private."""

    def __init__(self, recording: Recording, key: bytes = b"") -> None:
        """key: that of the pseudonyms, if there are any."""
        zone = None if recording.zone is None else ZoneInfo(recording.zone)
        self._reading = PLAIN._replace(day_first=recording.day_first)
        if zone is not None:
            self._reading = Reading(zone, recording.day_first)
        self._moved = [name.split(JOINED) for name in recording.moved]
        self._renewed = recording.renewed
        hides = recording.dropped or recording.pseudonymised
        self._privacy = Privacy(recording.dropped, recording.pseudonymised, key) if hides else None

    def marked(self, data: bytes, value: dict[str, Any], *, plain: bool) -> Marked:
        """An event, of which `value` is the value, with the places where it may change."""
        marks: dict[Span, Mark] = {}
        for names in self._moved:
            for span, move in self._moves(data, value, names):
                marks[span] = Mark(*span, move, None)
        for name in self._renewed:
            found = span_of(data, value, name)
            if found is not None:
                also = marks[found].move if found in marks else None
                marks[found] = Mark(*found, also, renewal_of(data[found.begin : found.end]))
        return Marked(data, plain, tuple(sorted(marks.values(), key=_begin)))

    def edited(self, event: Marked, later_ms: int, repetition: int) -> bytes:
        """An event's bytes with its times so much later, and with what is renewed as in that repetition.

        repetition: 0 for the original; each repetition and copy has a number of its own.
        """
        data, by_ns = event.data, later_ms * 1_000_000
        if by_ns or repetition:
            parts, at = list[bytes](), 0
            for begin, end, move, renew in event.marks:
                new = None if move is None or not by_ns else move(by_ns)
                if renew is not None and repetition:
                    new = renew(repetition) if new is None else renewed(new, repetition)
                if new is not None:
                    parts += (data[at:begin], new)
                    at = end
            parts.append(data[at:])
            data = b"".join(parts)
        return data if self._privacy is None else self._privacy.applied(data)

    def _moves(self, data: bytes, value: dict[str, Any], names: Sequence[str]) -> Iterator[tuple[Span, Move]]:
        """The places of a time, and what is to be there later."""
        if len(names) == 1:
            span = span_of(data, value, names[0])
            move = None if span is None else move_of(data[span.begin : span.end], self._reading)
            if span is not None and move is not None:
                yield span, move
            return
        texts = [value_at(value, name, name.split(".")) for name in names]
        if all(isinstance(text, str) for text in texts):
            for name, move in zip(names, joined_moves(texts, self._reading), strict=True):
                if (span := span_of(data, value, name)) is not None:
                    yield span, move


def _begin(mark: Mark) -> int:
    return mark.begin


def span_of(data: bytes, value: dict[str, Any], name: str) -> Span | None:
    """Where the text or the number of a field, named by its path, is in an event; None if it has none."""
    path = [name] if name in value else name.split(".")
    present = value_at(value, name, path)
    if type(present) not in (str, int, float):
        return None
    if b"\\u" not in data:
        key = _written(path[-1])
        at = data.find(key)
        if at >= 0 and data.find(key, at + 1) < 0:  # nothing else in the event can be meant
            match = _VALUE.match(data, at + len(key))
            if match is not None:
                return Span(*match.span(1))
    return JsonText(data).find(path)


@lru_cache(maxsize=256)
def _written(name: str) -> bytes:
    return orjson.dumps(name)
