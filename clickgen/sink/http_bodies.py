"""Bodies of HTTP requests that carry events: what each form is, how much it takes, and events put into it.

Limits and forms: Segment, "HTTP API" (500 KB a batch, 32 KB an event); Snowplow, "Tracker protocol" (a
payload_data of events, posted to /com.snowplowanalytics.snowplow/tp2); Google Analytics, "Measurement Protocol"
(one client a request, 25 events, under 130 kB); awslabs/clickstream-web, `NetRequest` and `Event.Limit` (100
events; app, platform and a running number in the query); Firehose, API reference of PutRecordBatch. Limits that
are not `fixed` are clickgen's own.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import orjson

from clickgen.model.batch import Batch, Refusal, RefusedRecord
from clickgen.model.destination import HttpBody, HttpRequest
from clickgen.schema.snowplow import PAYLOAD_SCHEMA
from clickgen.sink.base64_records import base64_body
from clickgen.sink.http_ga4 import client_groups

_JSON = "application/json"
_JSON_UTF8 = "application/json; charset=utf-8"
_PAYLOAD = b'{"schema":"%b","data":[' % PAYLOAD_SCHEMA.encode()
_PAYLOAD_END = b"]}"
_BETWEEN_PAYLOADS = _PAYLOAD_END + b"\n" + _PAYLOAD
_UNFIT = "UnfitEvent"


class Post(NamedTuple):
    """One request: the records that it carries, and its body."""

    positions: Sequence[int]
    body: bytes


class Posts(NamedTuple):
    """The requests of one call, and the records that the form cannot hold."""

    posts: list[Post]
    unfit: list[RefusedRecord]


Fill = Callable[[Batch, Sequence[int], HttpRequest, str], Posts]


@dataclass(frozen=True, slots=True)
class BodyForm:
    """A form of bodies."""

    words: str  # what a body is, for people
    content_type: str
    path: str  # where it is posted to if the URL names no path
    events: int  # the most of one body
    bytes: int  # the same, before compression
    fill: Fill
    event_bytes: int | None = None  # the most that one event may have, if that is less
    base64: bool = False
    one_document: bool = False  # whether one broken event spoils the body
    fixed: bool = True  # whether its limits are the service's own, and not clickgen's


def _one(body: bytes, positions: Sequence[int]) -> Posts:
    return Posts([Post(positions, body)], [])


def _events(batch: Batch, positions: Sequence[int]) -> list[bytes]:
    """Each event on one line, without a line end: a line break in JSON is a space, as it is in no string."""
    return [batch.record(index).strip().replace(b"\n", b" ").replace(b"\r", b" ") for index in positions]


def _whole_lines(batch: Batch, positions: Sequence[int]) -> bytes | None:
    """All events of a batch, a line each; None if they are not all wanted, or not one a line."""
    if len(positions) < len(batch):
        return None
    data = bytes(batch.data)
    return data if data.count(b"\n") == len(batch) and b"\r" not in data else None


def _joined(batch: Batch, positions: Sequence[int]) -> bytes:
    """The events with a comma between them."""
    data = _whole_lines(batch, positions)
    return b",".join(_events(batch, positions)) if data is None else data[:-1].replace(b"\n", b",")


def _array(batch: Batch, positions: Sequence[int], *_: object) -> Posts:
    return _one(b"[" + _joined(batch, positions) + b"]", positions)


def _lines(batch: Batch, positions: Sequence[int], *_: object) -> Posts:
    data = _whole_lines(batch, positions)
    return _one(b"\n".join([*_events(batch, positions), b""]) if data is None else data, positions)


def _segment(batch: Batch, positions: Sequence[int], *_: object) -> Posts:
    return _one(b'{"batch":[' + _joined(batch, positions) + b"]}", positions)


def _snowplow(batch: Batch, positions: Sequence[int], _: HttpRequest, id_field: str) -> Posts:
    data = _whole_lines(batch, positions)
    if data is not None and data.startswith(_PAYLOAD) and data.count(_BETWEEN_PAYLOADS) == len(batch) - 1:
        inner = data[len(_PAYLOAD) : -len(_PAYLOAD_END) - 1].replace(_BETWEEN_PAYLOADS, b",")
        return _one(_PAYLOAD + inner + _PAYLOAD_END, positions)
    taken, texts, unfit = [], [], []
    for index in positions:
        try:
            texts.append(_tracked(batch.record(index), id_field))
            taken.append(index)
        except ValueError as problem:
            unfit.append(RefusedRecord(index, Refusal.FINAL, _UNFIT, str(problem)))
    body = _PAYLOAD + b",".join(texts) + _PAYLOAD_END
    return Posts([Post(taken, body)] if taken else [], unfit)


def _tracked(record: bytes, id_field: str) -> bytes:
    """The one event of a payload, or the object itself; ValueError if there is not just one.

    An id beside the payload's events, which is where a replay adds it, goes into the event.
    """
    try:
        value = orjson.loads(record)
    except ValueError:
        raise ValueError("the event is not JSON") from None
    if not isinstance(value, dict):
        raise ValueError("the event is not an object")  # noqa: TRY004  # a wrong value of the data, as the others
    inner = value.get("data")
    if "schema" not in value or not isinstance(inner, list):
        return orjson.dumps(value)
    if len(inner) != 1 or not isinstance(inner[0], dict):
        raise ValueError(f"a payload of {len(inner)} events cannot be followed: record one event each")
    added = {id_field: value[id_field]} if id_field in value else {}
    return orjson.dumps(added | inner[0])


def _measurement(batch: Batch, positions: Sequence[int], _: HttpRequest, id_field: str) -> Posts:
    groups, unfit = client_groups([(index, batch.record(index)) for index in positions], id_field)
    refused = [RefusedRecord(index, Refusal.FINAL, _UNFIT, why) for index, why in unfit]
    return Posts([Post(taken, body) for taken, body in groups], refused)


def _put_record_batch(batch: Batch, positions: Sequence[int], request: HttpRequest, _: str) -> Posts:
    name = request.delivery_stream
    head = b"{" if name is None else b'{"DeliveryStreamName":%b,' % json.dumps(name).encode()
    return _one(base64_body(batch, positions, head + b'"Records":[{"Data":"', b'"}]}'), positions)


FORMS: dict[HttpBody, BodyForm] = {
    "json": BodyForm("a JSON array", _JSON, "/", 500, 1 << 20, _array, one_document=True, fixed=False),
    "ndjson": BodyForm("JSON lines", "application/x-ndjson", "/", 500, 1 << 20, _lines, fixed=False),
    "lines": BodyForm("lines of text", "text/plain; charset=utf-8", "/", 500, 1 << 20, _lines, fixed=False),
    "segment": BodyForm(
        "a Segment batch", _JSON, "/v1/batch", 500, 500_000, _segment, event_bytes=32_000, one_document=True
    ),
    "snowplow": BodyForm(
        "a Snowplow payload",
        _JSON_UTF8,
        "/com.snowplowanalytics.snowplow/tp2",
        500,
        1 << 20,
        _snowplow,
        one_document=True,
        fixed=False,
    ),
    "ga4": BodyForm(
        "GA4 Measurement Protocol", _JSON, "/mp/collect", 25, 130_000, _measurement, one_document=True
    ),
    "aws-clickstream": BodyForm(
        "an array as the AWS clickstream SDK sends it",
        _JSON_UTF8,
        "/collect",
        100,
        512 << 10,
        _array,
        one_document=True,
    ),
    "put-record-batch": BodyForm(
        "PutRecordBatch", _JSON, "/", 500, 4 << 20, _put_record_batch, event_bytes=1_024_000, base64=True
    ),
}
