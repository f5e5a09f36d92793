"""Bodies of HTTP requests: each form holds exactly the events of the call, as their receivers document it."""

import base64
import gzip
import importlib
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.feed.layouts import id_field_of
from clickgen.model.batch import Answer, Batch, CallResult, Refusal
from clickgen.model.destination import HttpBody, HttpDestination, HttpRequest
from clickgen.schema.registry import SCHEMAS, layout_of
from clickgen.schema.samples import sample_events
from clickgen.schema.snowplow import PAYLOAD_SCHEMA
from clickgen.sink.http import HttpSink, limits_for
from clickgen.sink.http_bodies import FORMS
from clickgen.sink.http_values import HttpValues
from clickgen.traffic.simulation import vocabulary_of
from tests.sink.test_sink_kinesis import batch_from
from tests.support.collector import Arrived, Reply, collector
from tests.support.simulated import shop

_LINES_AND_ARRAY: tuple[HttpBody, ...] = ("json", "ndjson")
# Measurement Protocol, "Payload": what a request and its events have
GA4_REQUEST = {
    "type": "object",
    "required": ["client_id", "events"],
    "additionalProperties": False,
    "properties": {
        "client_id": {"type": "string"},
        "user_id": {"type": "string"},
        "events": {
            "type": "array",
            "minItems": 1,
            "maxItems": 25,
            "items": {
                "type": "object",
                "required": ["name", "params", "timestamp_micros"],
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "pattern": "^[a-zA-Z][a-zA-Z0-9_]{0,39}$"},
                    "timestamp_micros": {"type": "integer"},
                    "params": {"type": "object", "additionalProperties": {"not": {"type": "null"}}},
                },
            },
        },
    },
}


def events_of(schema: str) -> list[bytes]:
    """Events of simulated visitors, on every page."""
    vocabulary = vocabulary_of(shop())
    return sample_events(layout_of(schema, vocabulary), vocabulary).splitlines()


def posted(
    batch: Batch, body: HttpBody, records: Sequence[int] | None = None, id_field: str = "event_id", **more: Any
) -> tuple[CallResult, list[Arrived]]:
    """One call of a sink, and the requests that it made."""
    answer = b"{}"
    if body == "put-record-batch":
        answer = json.dumps({"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}] * len(batch)}).encode()
    with collector(lambda _: Reply(body=answer)) as server:
        to = HttpDestination(stream=server.url, request=HttpRequest(body=body, **more))
        return HttpSink(to, HttpValues(), id_field=id_field).put(batch, records), server.arrived


def test_each_form_holds_the_events_and_nothing_else() -> None:
    events = events_of("flat")
    parsed, batch = [json.loads(event) for event in events], batch_from(events)
    assert posted(batch, "json")[1][0].document == posted(batch, "aws-clickstream")[1][0].document == parsed
    assert posted(batch, "ndjson")[1][0].lines == events
    assert posted(batch, "segment")[1][0].document == {"batch": parsed}
    named = posted(batch, "put-record-batch", delivery_stream="clicks")[1][0].document
    assert [base64.b64decode(record["Data"]) for record in named.pop("Records")] == [e + b"\n" for e in events]
    assert named == {"DeliveryStreamName": "clicks"}
    assert list(posted(batch, "put-record-batch")[1][0].document) == ["Records"]


@given(st.data())
def test_whatever_part_of_a_batch_is_sent_again_it_is_that_part(data: st.DataObject) -> None:
    # a replay sends JSON as it was recorded, over several lines too
    texts = data.draw(st.lists(st.dictionaries(st.text(), st.text()), min_size=1, max_size=6))
    events = [json.dumps(text, indent=data.draw(st.sampled_from([None, 1]))).encode() for text in texts]
    chosen = data.draw(st.lists(st.sampled_from(range(len(texts))), unique=True, min_size=1).map(sorted))
    batch = batch_from(events)
    for records in (None, chosen):
        positions = range(len(texts)) if records is None else records
        wanted = [texts[n] for n in positions]
        (array,), (lines,) = (
            FORMS[body].fill(batch, positions, HttpRequest(), "id").posts for body in _LINES_AND_ARRAY
        )
        assert json.loads(array.body) == wanted
        assert [json.loads(line) for line in lines.body.splitlines()] == wanted
        assert list(array.positions) == list(lines.positions) == list(positions)


def test_a_snowplow_payload_joins_the_payloads_of_its_events() -> None:
    events = events_of("snowplow")
    inner = [json.loads(event)["data"][0] for event in events]
    for records in (None, [1, 3]):
        request = posted(batch_from(events), "snowplow", records)[1][0]
        assert request.document == {
            "schema": PAYLOAD_SCHEMA,
            "data": inner if records is None else [inner[1], inner[3]],
        }
        assert request.headers["Content-Type"] == "application/json; charset=utf-8"


def test_a_recorded_payload_keeps_its_id_and_one_of_several_events_is_refused() -> None:
    one = {"clickgen_id": "x", "schema": PAYLOAD_SCHEMA, "data": [{"e": "pv"}]}
    several = one | {"data": [{"e": "pv"}, {"e": "pp"}]}
    plain = {"clickgen_id": "y", "e": "pv"}
    events = [json.dumps(event).encode() for event in (one, several, plain)]
    result, requests = posted(batch_from([*events, b"[1]"]), "snowplow", id_field="clickgen_id")
    assert requests[0].document["data"] == [{"clickgen_id": "x", "e": "pv"}, plain]
    assert isinstance(result, Answer)
    assert [(record.index, record.kind) for record in result.refused] == [(1, Refusal.FINAL), (3, Refusal.FINAL)]


def test_ga4_requests_have_one_client_each_and_are_what_the_protocol_takes() -> None:
    rows = events_of("ga4") * 3
    result, requests = posted(batch_from(rows), "ga4", id_field="clickgen_id")
    assert result == Answer()
    jsonschema = importlib.import_module("jsonschema")  # it has no types
    for request in requests:
        jsonschema.validate(request.document, GA4_REQUEST)
        assert len(request.body) < 130_000
    sent = {
        (request.document["client_id"], event["params"]["clickgen_id"], event["timestamp_micros"], event["name"])
        for request in requests
        for event in request.document["events"]
    }
    assert sent == {
        (
            row["user_pseudo_id"],
            row["clickgen_id"],
            row["event_timestamp"] and int(row["event_timestamp"]),
            row["event_name"],
        )
        for row in map(json.loads, rows)
    }
    assert sum(len(request.document["events"]) for request in requests) == len(rows)
    assert max(len(request.document["events"]) for request in requests) == 3


def test_a_row_that_is_not_ga4s_is_refused_and_the_others_go() -> None:
    rows = events_of("ga4")[:2]
    result, requests = posted(batch_from([rows[0], b'{"page":"/"}', b"nothing", rows[1]]), "ga4")
    assert isinstance(result, Answer)
    assert [record.index for record in result.refused] == [1, 2]
    assert all(record.kind is Refusal.FINAL for record in result.refused)
    assert sum(len(request.document["events"]) for request in requests) == 2


def test_bodies_are_compressed_as_their_receivers_undo_it() -> None:
    batch = batch_from(events_of("flat"))
    plain = posted(batch, "json")[1][0].body
    packed = posted(batch, "json", gzip=True)[1][0]
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.body == plain
    # the SDK's way: base64 of gzip, said in the query and not in a header
    sdk = posted(batch, "aws-clickstream", gzip=True)[1][0]
    assert "Content-Encoding" not in sdk.headers
    assert sdk.query["compression"] == "gzip"
    assert gzip.decompress(base64.b64decode(sdk.body)) == plain


@pytest.mark.parametrize("body", FORMS)
def test_a_body_of_the_largest_call_stays_within_the_forms_bytes(body: HttpBody) -> None:
    limits = limits_for(HttpRequest(body=body))
    event = b'{"text":"' + b"x" * 1000 + b'"}'
    count = min(limits.records, limits.call_bytes // (limits.encoded(len(event) + 1) + 4))
    request = HttpRequest(body=body)
    whole = FORMS[body].fill(batch_from([event] * count), range(count), request, "event_id")
    assert all(len(post.body) <= FORMS[body].bytes for post in whole.posts)
    assert limits_for(HttpRequest(body=body, events=1)).records == 1


def test_each_schema_is_posted_in_a_form_there_is() -> None:
    for name, kind in SCHEMAS.items():
        assert kind.posted_as in FORMS, name
        assert id_field_of(name) or kind.lines
