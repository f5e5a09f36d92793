"""The Kinesis sink on real HTTP: a visitor's events share a key, and answers are read for what they say."""

import base64
import json
from typing import Any

import numpy as np
import orjson
import pytest
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.feed.layouts import id_field_of, visitor_field_of
from clickgen.model.batch import Answer, Batch, CallRefused, CallResult, NoAnswer, NotReached, Refusal
from clickgen.schema.registry import SCHEMAS, layout_of
from clickgen.schema.samples import sample_events
from clickgen.sink.aws import Access, make_client
from clickgen.sink.kinesis import KEY_BYTES, LIMITS, KinesisSink, limits_for
from clickgen.traffic.simulation import vocabulary_of
from tests.support.simulated import shop
from tests.support.wire import Respond, wire

ID = b"6b01de18-1acf-8000-8000-0000005dcbc8"


def batch_from(events: list[bytes], per_record: int = 1) -> Batch:
    """A batch of these events, so many a record."""
    ends = [0, *np.cumsum([len(event) + 1 for event in events]).tolist()]
    counts = [*range(0, len(events), per_record), len(events)]
    return Batch(
        lane=1,
        first=1000,
        data=memoryview(b"".join(event + b"\n" for event in events)),
        record_offsets=[ends[count] for count in counts],
        record_events=counts,
        due=np.zeros(len(events)),
        close=0.0,
        billed=0,
        billed_alone=0,
    )


def clicks(*visitors: str) -> list[bytes]:
    """An event of each visitor."""
    return [b'{"event_id":"%b","visitor_id":"%b"}' % (ID, visitor.encode()) for visitor in visitors]


def sink_at(url: str) -> KinesisSink:
    """A sink that sends there without credentials of the machine."""
    client = make_client("kinesis", Access(endpoint_url=url, embedded=True))
    return KinesisSink(client, "clicks", "event_id")


def put(respond: Respond, batch: Batch, records: list[int] | None = None) -> CallResult:
    """One call against that answer."""
    with wire(respond) as server:
        return sink_at(server.url).put(batch, records)


def answer(*codes: str | None) -> Respond:
    """An answer with a sequence number for each record, or its error code."""
    entries = [
        {"ErrorCode": code, "ErrorMessage": "no"} if code else {"SequenceNumber": str(n), "ShardId": "shard-0"}
        for n, code in enumerate(codes)
    ]
    body = json.dumps({"FailedRecordCount": sum(map(bool, codes)), "Records": entries}).encode()
    return lambda _: (200, body)


@pytest.mark.parametrize("chosen", [None, [0], [1, 2]])
def test_records_and_keys_are_what_was_asked_for(chosen: list[int] | None) -> None:
    batch = batch_from(clicks("ann", "bob", "ann"))
    positions = range(3) if chosen is None else chosen
    with wire(answer(*[None] * len(positions))) as server:
        assert sink_at(server.url).put(batch, chosen) == Answer()
    call: dict[str, Any] = json.loads(server.bodies[0])
    assert call["StreamName"] == "clicks"
    assert [base64.b64decode(entry["Data"]) for entry in call["Records"]] == [batch.record(n) for n in positions]
    assert [entry["PartitionKey"] for entry in call["Records"]] == [["ann", "bob", "ann"][n] for n in positions]


@pytest.mark.parametrize(
    ("record", "key"),
    [
        (b'{"visitor_id":"ann"}', "ann"),
        (b'{"visitor_id" : 42}', "42"),
        (b'{"event_id":"' + ID + b'","visitor_id":"a\\"b"}', 'a\\"b'),
        (b'{"visitor_id":"ann"}\n{"visitor_id":"bob"}', "ann"),
        (b'{"event_id":"' + ID + b'"}\n{"visitor_id":"bob"}', ID.decode()),
        (b'{"visitor_id":null,"event_id":"' + ID + b'"}', ID.decode()),
        (b'{"visitor_id":"","event_id":"' + ID + b'"}', ID.decode()),
        (b'{"visitor_id":"' + b"\xc3\xa9" * 300 + b'"}', "é" * 128),
        (b'{"n":1}', "clickgen"),
    ],
)
def test_the_key_is_the_visitor_of_the_first_event_else_its_id(record: bytes, key: str) -> None:
    found = sink_at("http://127.0.0.1:9").partition_key(record + b"\n")
    assert found == key
    assert 0 < len(found) <= KEY_BYTES


@given(st.lists(st.sampled_from([None, "ProvisionedThroughputExceededException", "InternalFailure"]), min_size=1))
@settings(max_examples=8)
def test_partial_failures_are_read_record_by_record(codes: list[str | None]) -> None:
    result = put(answer(*codes), batch_from(clicks(*["ann"] * len(codes))))
    assert isinstance(result, Answer)
    assert [(record.index, record.code) for record in result.refused] == [
        (position, code) for position, code in enumerate(codes) if code
    ]
    for record in result.refused:
        throttled = record.code == "ProvisionedThroughputExceededException"
        assert record.kind is (Refusal.THROTTLED if throttled else Refusal.TRANSIENT)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ProvisionedThroughputExceededException", Refusal.THROTTLED),
        (400, "KMSThrottlingException", Refusal.THROTTLED),
        (500, "InternalFailureException", Refusal.TRANSIENT),
        (400, "ResourceNotFoundException", Refusal.FATAL),
        (400, "AccessDeniedException", Refusal.FATAL),
        (400, "KMSDisabledException", Refusal.FATAL),
        (400, "InvalidArgumentException", Refusal.FINAL),
    ],
)
def test_errors_of_a_whole_call_decide_about_patience(status: int, code: str, kind: Refusal) -> None:
    body = json.dumps({"__type": code, "message": "words"}).encode()
    result = put(lambda _: (status, body), batch_from(clicks("ann")))
    assert isinstance(result, CallRefused)
    assert (result.kind, result.message) == (kind, "words")
    assert (result.hint is not None) is (kind is Refusal.FATAL)


@pytest.mark.parametrize("body", [b"{}", b"<html>a proxy's page</html>", b'{"Records":[{"SequenceNumber":"1"}]}'])
def test_an_answer_that_proves_nothing_is_none(body: bytes) -> None:
    assert isinstance(put(lambda _: (200, body), batch_from(clicks("ann", "bob"))), NoAnswer)


def test_a_record_without_a_number_was_not_accepted() -> None:
    body = json.dumps({"FailedRecordCount": 0, "Records": [{"SequenceNumber": "1"}, {"ShardId": "s"}]}).encode()
    result = put(lambda _: (200, body), batch_from(clicks("ann", "bob")))
    assert isinstance(result, Answer)
    assert [record.index for record in result.refused] == [1]


def test_nobody_there_is_not_reached() -> None:
    assert isinstance(sink_at("http://127.0.0.1:9").put(batch_from(clicks("ann"))), NotReached)


def test_the_limits_are_those_of_botocores_model_with_room_for_the_keys() -> None:
    service = Session().get_service_model("kinesis")
    assert service.shape_for("PutRecordsRequestEntryList").metadata["max"] == LIMITS.records
    assert service.shape_for("PartitionKey").metadata["max"] == KEY_BYTES
    largest = service.shape_for("Data").metadata["max"]
    for stream_takes in (None, 2 << 20, largest):
        limits = limits_for(stream_takes, on_demand=False)
        assert limits.record_bytes + KEY_BYTES <= (stream_takes or 1 << 20)
        assert limits.record_bytes <= limits.call_bytes
        assert limits.call_bytes + LIMITS.records * KEY_BYTES <= 10 << 20
    assert limits_for(None, on_demand=True).billed(1) == 1024
    assert limits_for(None, on_demand=False).billed(1) == 25 * 1024


@pytest.mark.parametrize("schema", [name for name in SCHEMAS if visitor_field_of(name) and name != "snowplow-tsv"])
def test_a_visitor_is_the_key_whatever_its_schema_calls_it(schema: str) -> None:
    vocabulary, field = vocabulary_of(shop()), visitor_field_of(schema)
    client = make_client("kinesis", Access(endpoint_url="http://127.0.0.1:9", embedded=True))
    sink = KinesisSink(client, "clicks", id_field_of(schema), field)
    lines = sample_events(layout_of(schema, vocabulary), vocabulary).splitlines()
    named = [event for event in map(orjson.loads, lines) for event in event.get("data", [event]) if event[field]]
    assert len(named) > 10
    assert [sink.partition_key(line) for line in lines] == [str(event[field]) for event in named]
