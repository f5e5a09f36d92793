"""Events inside other objects: batches, envelopes of services, and records in base64."""

import binascii
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pybase64 import b64decode

from clickgen.read.json_value import value_of
from clickgen.read.objects import COMMA_BETWEEN, scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import EXCERPT_BYTES, Bad, BadKind, JsonObject, Piece
from clickgen.read.spans import JsonText, Span

_ARRAY_SIGNS = b"[], \t\r\n"
AS_IS = "."  # the path that stands for the object itself


class Wrapper(NamedTuple):
    """A known envelope."""

    name: str  # for people
    each: str  # where its events are
    by_itself: bool = True  # whether it is always unwrapped: nobody means to send the envelope


_REDRIVE = Wrapper("Firehose error output", "rawData", by_itself=False)


def known_wrapper(event: Mapping[str, Any]) -> Wrapper | None:
    """The envelope that an object is, or None if it is none that is known."""
    if {"rawData", "errorCode", "attemptsMade"} <= event.keys():
        return _REDRIVE
    records = event.get("Records") or event.get("records")
    first = records[0] if isinstance(records, list) and records and isinstance(records[0], dict) else None
    if first is not None:
        found = _of_records(event, first)
        if found is not None:
            return found
    return _of_logs_and_trackers(event) or _list_alone(event) or _likely_list(event)


def _of_logs_and_trackers(event: Mapping[str, Any]) -> Wrapper | None:
    if event.get("messageType") == "DATA_MESSAGE" and isinstance(event.get("logEvents"), list):
        return Wrapper("a CloudWatch Logs subscription", "logEvents")
    if isinstance(event.get("batch"), list) and ("sentAt" in event or "writeKey" in event):
        return Wrapper("a Segment batch", "batch")
    if str(event.get("schema", "")).startswith("iglu:com.snowplowanalytics.snowplow/payload_data"):
        return Wrapper("a Snowplow payload", "data")
    return None


def _list_alone(event: Mapping[str, Any]) -> Wrapper | None:
    if len(event) == 1 and isinstance(next(iter(event.values())), list):
        name, values = next(iter(event.items()))
        if values and all(isinstance(value, dict) for value in values):
            return Wrapper("a list of objects", name, by_itself=False)
    return None


def _of_records(event: Mapping[str, Any], first: Mapping[str, Any]) -> Wrapper | None:
    name = "Records" if "Records" in event else "records"
    if "eventVersion" in first and "eventName" in first and "userIdentity" in first:
        return Wrapper("a CloudTrail log", name)
    if isinstance(first.get("kinesis"), dict) and "data" in first["kinesis"]:
        return Wrapper("what a function gets of Kinesis", f"{name}.kinesis.data")
    if "recordId" in first and "data" in first:
        return Wrapper("what a function gets of Firehose", f"{name}.data")
    if set(first) == {"data"} and "requestId" in event:
        return Wrapper("what Firehose posts to an HTTP endpoint", f"{name}.data")
    if "body" in first and first.get("eventSource") == "aws:sqs":
        return Wrapper("what a function gets of SQS", f"{name}.body")
    return None


def _likely_list(event: Mapping[str, Any]) -> Wrapper | None:
    """Something that holds events, of a kind that is not known: the user decides."""
    for name in ("events", "records", "Records", "data", "items", "hits"):
        value = event.get(name)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value) and len(event) <= 6:
            return Wrapper("an object with a list of objects", name, by_itself=False)
        if (isinstance(value, str) and value[:2] in ("[{", '{"')) or _is_packed(value):
            return Wrapper("an envelope", name, by_itself=False)
    return None


def _is_packed(value: object) -> bool:
    """Whether a text is gzip or JSON in base64."""
    return isinstance(value, str) and value.startswith(("H4sI", "eyJ", "W3si", "eyAi"))


class Unwrapper:
    """Takes out what is at a path of each object: lists are gone through, texts are decoded as they need to be."""

    def __init__(self, each: str) -> None:
        self._each = each
        self._path = each.split(".")

    def unwrap(self, pieces: Sequence[Piece]) -> list[Piece]:
        """The events inside of these objects, and what was bad before; a wrapper without any is bad."""
        found: list[Piece] = []
        for piece in pieces:
            if isinstance(piece, Bad):
                found.append(piece)
                continue
            inner = list(self._inside(piece))
            found += inner or [self._bad(piece, f"has nothing at {self._each}")]
        return found

    def _inside(self, wrapper: JsonObject) -> Iterator[Piece]:
        text = JsonText(wrapper.data)
        whole = text.find(())
        if whole is not None:
            for span in _at(text, wrapper.data, whole, self._path):
                yield from self._events(wrapper, wrapper.data[span.begin : span.end])

    def _events(self, wrapper: JsonObject, written: bytes) -> Iterator[Piece]:
        """The events of what was found: an object, or a text that holds some."""
        if written.startswith(b"{"):
            yield JsonObject(written, wrapper.offset, wrapper.line, value_of(written))
            return
        if not written.startswith(b'"'):
            yield self._bad(
                wrapper, f"has {written[:40].decode('utf-8', 'replace')} at {self._each}, not an object"
            )
            return
        held = _decoded(value_of(written))
        if held is None:
            yield self._bad(wrapper, f"has a text at {self._each} that is neither JSON nor base64")
            return
        for piece in scan([held]):
            if isinstance(piece, JsonObject):
                yield piece._replace(offset=wrapper.offset, line=wrapper.line)
            elif piece.reason != COMMA_BETWEEN and piece.excerpt.strip(_ARRAY_SIGNS):
                yield self._bad(wrapper, f"holds at {self._each}: {piece.reason}", piece.excerpt)

    def _bad(self, wrapper: JsonObject, reason: str, excerpt: bytes | None = None) -> Bad:
        excerpt = wrapper.data[:EXCERPT_BYTES] if excerpt is None else excerpt
        return Bad(BadKind.GARBAGE, f"the object {reason}", excerpt, wrapper.size, wrapper.offset, wrapper.line)


def _at(text: JsonText, data: bytes, start: Span, path: Sequence[str]) -> Iterator[Span]:
    """Everything at a path, through lists on the way and at its end."""
    if data[start.begin] == ord("["):
        for element in text.elements(start.begin):
            yield from _at(text, data, element, path)
    elif not path:
        yield start
    else:
        found = text.member(start.begin, path[0])
        if found is not None:
            yield from _at(text, data, found, path[1:])


def _decoded(text: str) -> bytes | None:
    """What a text holds: itself if it is JSON, else what it is the base64 of, unpacked; None if it is neither."""
    if text.lstrip()[:1] in ("{", "["):
        return _without_brackets(text.encode("utf-8", "surrogatepass"))
    try:
        packed = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return _without_brackets(b"".join(chunk for chunk in open_chunks(packed) if isinstance(chunk, bytes)))


def _without_brackets(held: bytes) -> bytes:
    """A list's elements, beside one another; anything else as it is."""
    held = held.strip()
    return held[1:-1] if held.startswith(b"[") and held.endswith(b"]") else held
