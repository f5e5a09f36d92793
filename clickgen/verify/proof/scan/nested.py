"""The run's events within other objects: in envelopes, in strings, in base64, in DynamoDB's stream records.

An event is found with its content if its exact bytes are there, or can be recovered: an object within an object as
it was sent, the text of a JSON string, what base64 (or base64 of gzip) decodes to. A transform that rewrites the
event leaves only its id. So does DynamoDB: an item has no order of fields and its own form of numbers, so the
event in a stream record cannot be distinguished from one whose content was changed.
"""

import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

import orjson
import pybase64

from clickgen.model.event_id import EventId, checksum
from clickgen.read.gunzip import GZIP_MAGIC
from clickgen.read.pieces import MAX_OBJECT_BYTES
from clickgen.read.window import Ending, ReadWindow
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern

_DEEPEST = 6  # envelopes within envelopes
_MOST_EVENTS = 10_000  # in one object
_OUTER_LOOKED_AT = 8  # objects around an id
_EFFORT = 32  # bytes looked at for each byte of a text, at most
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{48,}={0,2}")
_URL_SAFE = str.maketrans("-_", "+/")
_GZIP_WBITS = 31


def events_within(marks: RunIdPattern, data: bytes, value: Mapping[str, Any]) -> dict[EventId, bool]:
    """The events of the run in an object: for each id, whether the check bits say that its bytes are there.

    data: the object's bytes; value: what they parse to. In a DynamoDB stream record only what was written counts,
    not what was there before.
    """
    found: dict[EventId, bool] = {}
    _look_into_object(marks, data, value, found, 0)
    return found


def unpacked(text: str) -> bytes | None:
    """What a base64 string decodes to, decompressed if that is gzip; None for any other string."""
    try:
        raw = pybase64.b64decode(text.translate(_URL_SAFE), validate=True)
    except ValueError:
        return None
    if not raw.startswith(GZIP_MAGIC):
        return raw
    try:
        return zlib.decompressobj(_GZIP_WBITS).decompress(raw, 2 * MAX_OBJECT_BYTES)
    except zlib.error:
        return raw


def _look_into_object(
    marks: RunIdPattern, data: bytes, value: object, found: dict[EventId, bool], depth: int
) -> None:
    """Note the events in an object or an array, given its bytes and what they parse to."""
    item = _written_item(value)
    if item is None:
        _note(marks, data, found, only_events=True)
    for text in _strings(value if item is None else item):
        if marks.needle.decode() in text:
            _look_into_text(marks, text.encode("utf-8", "surrogatepass"), found, depth)
        elif _BASE64.fullmatch(text) and (raw := unpacked(text)) is not None:
            _look_into_text(marks, raw, found, depth)


def _look_into_text(marks: RunIdPattern, text: bytes, found: dict[EventId, bool], depth: int) -> None:
    """Note the events in bytes that were in a string: one object, or one a line, or lines of text."""
    for part in [text] if _parsed(text) is not None else text.split(b"\n"):
        value = _parsed(part) if depth < _DEEPEST and len(found) < _MOST_EVENTS else None
        if value is None:
            _note(marks, part, found, only_events=False)
        else:
            _look_into_object(marks, part, value, found, depth + 1)


def _note(marks: RunIdPattern, text: bytes, found: dict[EventId, bool], *, only_events: bool) -> None:
    """Note the ids in a text, and whether the text or an object in it is the event. only_events: no other ids."""
    left = _EFFORT * len(text)
    for at, event_id in marks.own_ids(text, most=_MOST_EVENTS):
        if event_id is None or found.get(event_id):
            continue
        fits = False
        for begin, end in _objects_around(text, at) if left > 0 else ():
            left -= end - begin
            if checksum(text[begin:end], at - begin) == event_id.check:
                fits = True
                break
        if fits or not only_events:
            found[event_id] = fits


def _objects_around(text: bytes, at: int) -> Iterator[tuple[int, int]]:
    """Where objects around this position begin and end, the smallest first, and then the whole text."""
    begin = at
    for _ in range(_OUTER_LOOKED_AT):
        begin = text.rfind(b"{", 0, begin)
        if begin < 0:
            break
        extent = ReadWindow(text, final=True).extent(begin)
        if extent.ending is Ending.COMPLETE and extent.at > at:
            yield begin, extent.at
    yield 0, len(text)


def _parsed(text: bytes) -> object | None:
    if text.lstrip()[:1] not in (b"{", b"["):
        return None
    try:
        value: object = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        held = waiting.pop()
        if isinstance(held, str):
            yield held
        elif isinstance(held, Mapping):
            waiting.extend(held.keys())
            waiting.extend(held.values())
        elif isinstance(held, list):
            waiting.extend(held)


def _written_item(value: object) -> object | None:
    """What a DynamoDB stream record says was written: the new image, or the keys; None if it is not a record."""
    if not isinstance(value, Mapping):
        return None
    change = value.get("dynamodb")
    if not isinstance(change, Mapping) or not ("Keys" in change or "NewImage" in change):
        return None
    if value.get("eventName") == "REMOVE":
        return {}
    written: object = change.get("NewImage", change.get("Keys"))
    return written
