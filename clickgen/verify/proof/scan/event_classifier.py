"""Whose is it? One JSON object, or one stretch of damaged bytes, judged for the findings of its object.

Damage must be counted once and for its owner, although the bytes that would say so may be what is damaged.
Evidence is tried from the strongest to the weakest, and the first that holds decides:

1. An id of the run whose check bits fit all bytes of the object: an intact event, found.
2. An id of the run that does not fit: the run's event, changed (conflicting), damaged (corrupt) or cut
   (truncated).
3. An id of another run: theirs.
4. An id within the object, in an envelope, a string or base64: the run's, wrapped by a transform (`nested.py`).
5. The id's field differs from the run's needle in two bytes at most: the run's, with a damaged id. In a sound
   object the check bits must fit once the id is mended, so that a stranger's id is never taken for ours.
6. Nothing of these: a whole object is foreign. Damage is *stray*: it counts against the run if its object holds
   something of the run, else only if the run misses events (`compare/damage.py`).

Damage has no fixed size, so bytes are first joined to what was one event (`region.py`): a torn event may leave a
piece before a newline, an object cut out of its middle, and a rest. An example, in which every event was one line:

    {"event_id":"67404b1c-9d2e-8…01","n":1}     fits: event 1 is found
    {"event_id":"67404b1c-9d2e-8…02","n":       the end is gone, and the next line begins another event
    {"event_id":"67X04b1c-9d2e-8…03","n":3}     sound JSON with one wrong byte in the id
    "n":4},"page":"/p"}                         damage in which no id can be seen
    {"user":17}                                 a whole object without an id

are one found event, one truncated (2), one corrupt (3: mended, its check bits fit), one stray, which counts
against the run as event 1 is in the same object, and one foreign object.
"""

import re
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import orjson

from clickgen.model.event_id import ID_LENGTH, EventId, checksum, format_id
from clickgen.read.pieces import BadKind
from clickgen.verify.proof.found.findings import ObjectFindings, Witness
from clickgen.verify.proof.scan.nested import events_within, unpacked
from clickgen.verify.proof.scan.run_id_pattern import PlantedLines, RunIdPattern

_UNFIT = "the check bits of its id do not fit its content"
_ERROR_CODES = ("errorCode", "ErrorCode", "lastErrorCode")
# Each is a finding of its own and takes its time. Damage that is shorter than an id is left by an event that was
# torn, two or three to an event; so many are no events.
MAX_SHREDS = 100_000
# An escaped backslash goes first, so that what follows it is no escape.
_ESCAPE = re.compile(rb"\\\\|\\/|((?:\\u[0-9a-fA-F]{4})+)")
_MUST_STAY = re.compile(r'[\x00-\x1f"\\\ud800-\udfff]')
_SHORT = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\"}


class NoEventsError(Exception):
    """The object is nothing but shreds, and reading on would take for ever; the message says so."""


class Content(Protocol):
    """Says how an event whose check bits do not fit differs from what was sent."""

    def differs(self, lane: int, number: int, event: bytes) -> str | None:
        """What differs from what was sent, or None if the event is delivered. event: one JSON object."""


class EventClassifier:
    """Judges what an object holds, once it is cut into pieces, and notes it in the object's findings.

    ids_only: an event counts as found by its id alone, for pipelines whose transform rewrites events. planted: the
    lines that are damaged on purpose. content: compares events whose check bits do not fit with what was sent.
    """

    def __init__(
        self,
        marks: RunIdPattern,
        findings: ObjectFindings,
        *,
        ids_only: bool,
        planted: PlantedLines | None = None,
        content: Content | None = None,
    ) -> None:
        self._marks = marks
        self._findings = findings
        self._ids_only = ids_only
        self._planted = planted
        self._content = content
        self._shreds = 0

    def whole(self, data: bytes, offset: int, value: Mapping[str, Any]) -> bool:
        """Judge a valid JSON object; returns whether it has an id of the run without being its event."""
        if "rawData" in value and (code := _error_code(value)) is not None:
            self._failed(_record(value["rawData"]), offset, code)
            return False
        own = self._marks.own_ids(data)
        if not own and has_escapes(data):
            data = unescaped(data)
            own = self._marks.own_ids(data)
        if own:
            return self._own(data, offset, own, value)
        other = self._marks.other_run(data)
        if other is not None:
            self._findings.note_other(other)
            return False
        hidden = events_within(self._marks, data, value)
        if hidden:
            return self._within(hidden, offset)
        damaged = self._marks.damaged_id(data)
        if damaged is not None and self._marks.is_mended(data, *damaged):
            self._findings.corrupt.add(self._witness(damaged[1], offset, "damaged id"))
            return True
        if self._ids_only and (others := self._marks.other_ids(data)):  # rewritten, as the run's own are
            self._findings.note_other(others[0][1].run)
        else:
            self._findings.foreign += 1
        return False

    def line(self, data: bytes, offset: int) -> None:
        """Judge a line that is not a JSON object, if the run's events are lines of text: it is one event."""
        data = data.strip(b"\0")
        own = self._marks.own_ids(data)
        if own:
            self._own(data, offset, own)
        elif (other := self._marks.other_run(data)) is not None:
            self._findings.note_other(other)
        else:
            self.damaged(data, offset, BadKind.GARBAGE, "a line without an id")

    def planted(self, data: bytes, offset: int) -> bool:
        """Whether a line is damaged on purpose, and is as it was sent; then it is noted."""
        found = None if self._planted is None else self._planted.find(data)
        if isinstance(found, int):
            self._findings.alike[found] += 1
        elif found is not None:
            self._found(*found, offset)
        return found is not None

    def damaged(self, data: bytes, offset: int, kind: BadKind, reason: str) -> None:
        """Judge bytes that are not a JSON object: a damaged event, or as many as ids can be seen in it."""
        self._count_shreds(data)
        findings = self._findings
        cut = kind is BadKind.TRUNCATED
        tally = findings.truncated if cut else findings.corrupt
        own = self._marks.own_ids(data, most=len(data))
        if own:
            seen = dict.fromkeys(data[at : at + ID_LENGTH] for at, _ in own)
            for event_id in seen:  # joined events that were damaged side by side
                tally.add(self._witness(event_id, offset, reason))
            for _, readable in own:
                if readable is not None:
                    findings.damage(readable.lane, readable.number)
        elif (near := self._marks.damaged_id(data)) is not None:
            tally.add(self._witness(near[1], offset, reason))
        elif self._marks.other_ids(data):
            findings.foreign += 1
        else:
            stray = findings.stray_truncated if cut else findings.stray_corrupt
            stray.add(Witness(None, findings.name, offset, reason))

    def _count_shreds(self, data: bytes) -> None:
        self._shreds += len(data) < ID_LENGTH
        if self._shreds > MAX_SHREDS:
            raise NoEventsError(f"more than {MAX_SHREDS:,} pieces that are too short for an event: not read on")

    def _own(
        self,
        data: bytes,
        offset: int,
        own: list[tuple[int, EventId | None]],
        value: Mapping[str, Any] | None = None,
    ) -> bool:
        readable = [(at, event_id) for at, event_id in own if event_id is not None]
        for at, event_id in readable:
            if checksum(data, at) == event_id.check:
                self._found(event_id.lane, event_id.number, offset)
                return False
        if has_escapes(data) and (plain := unescaped(data)) != data:
            return self._own(plain, offset, self._marks.own_ids(plain), value)
        if not readable:
            at = own[0][0]
            self._findings.corrupt.add(self._witness(data[at : at + ID_LENGTH], offset, "damaged id"))
            return True
        if value is None:
            return self._within({readable[0][1]: False}, offset)
        detail = _UNFIT
        if self._content is not None:
            event_id = readable[0][1]
            differs = self._content.differs(event_id.lane, event_id.number, data)
            if differs is None:
                self._found(event_id.lane, event_id.number, offset)
                return False
            detail = differs
        within = events_within(self._marks, data, value)
        if not within:  # removed from a table
            self._findings.foreign += 1
        return self._within(within, offset, detail)

    def _within(self, events: Mapping[EventId, bool], offset: int, detail: str = _UNFIT) -> bool:
        """Note events in one object or line, by their ids, and whether their bytes are there; detail: why not."""
        conflicting = False
        for event_id, fits in events.items():
            if fits or self._ids_only:
                self._found(event_id.lane, event_id.number, offset)
                continue
            conflicting = True
            self._findings.damage(event_id.lane, event_id.number)
            self._findings.conflicting.add(self._witness(format_id(event_id), offset, detail))
        return conflicting

    def _found(self, lane: int, number: int, offset: int) -> None:
        place = np.array([[lane], [number], [offset]], dtype=np.int64)
        self._findings.intact(place[0], place[1], place[2])

    def _failed(self, raw: bytes, offset: int, code: str) -> None:
        """Note the original record of an error record: each line of it, or all of it, is an event that failed."""
        for text in [raw] if json_object(raw) is not None else raw.removesuffix(b"\n").split(b"\n"):
            found = None if self._planted is None else self._planted.find(text.removesuffix(b"\n"))
            if isinstance(found, int):
                self._findings.alike_failed[found] += 1
            elif found is not None:
                self._findings.fail(*found)
            else:
                if line := text.strip():
                    self._failed_line(line, offset, code)
                continue
            self._findings.failed_codes[code] += 1

    def _failed_line(self, line: bytes, offset: int, code: str) -> None:
        findings = self._findings
        visible = self._marks.own_ids(line, most=len(line))
        own = dict.fromkeys(event_id for _, event_id in visible if event_id is not None)
        if not visible and (value := json_object(line)) is not None:
            own = dict.fromkeys(events_within(self._marks, line, value))
        for event_id in own:
            findings.fail(event_id.lane, event_id.number)
            findings.failures.add(self._witness(format_id(event_id), offset, code))
            findings.failed_codes[code] += 1
        if not own and (others := self._marks.other_ids(line)):
            findings.note_other(others[0][1].run)
        elif not own:
            findings.foreign += 1
            findings.note_torn(code, line)

    def _witness(self, event_id: bytes, offset: int, detail: str) -> Witness:
        return Witness(event_id.decode("ascii", "backslashreplace"), self._findings.name, offset, detail)


def _error_code(value: Mapping[str, Any]) -> str | None:
    for name in _ERROR_CODES:
        if name in value:
            return str(value[name])
    return None


def _record(raw: object) -> bytes:
    """The original record: decoded from base64, as Firehose writes it, or as it is."""
    if not isinstance(raw, str):
        return orjson.dumps(raw)
    found = unpacked(raw)
    return raw.encode("utf-8", "surrogatepass") if found is None else found


def json_object(text: bytes) -> dict[str, Any] | None:
    """What a JSON object parses to, or None for anything else."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def has_escapes(data: bytes) -> bool:
    """Whether there may be any: in most runs no event has one."""
    return b"\\" in data


def unescaped(data: bytes) -> bytes:
    """JSON text as it was before a re-serialiser escaped characters, except those that JSON must escape."""
    return _ESCAPE.sub(_plain, data)


def _plain(escape: re.Match[bytes]) -> bytes:
    if escape[1] is None:
        return b"/" if escape[0] == b"\\/" else escape[0]
    units = bytes.fromhex(escape[1].decode().replace("\\u", ""))
    text = units.decode("utf-16-be", "surrogatepass")
    return _MUST_STAY.sub(lambda sign: _SHORT.get(ord(sign[0])) or f"\\u{ord(sign[0]):04x}", text).encode()
