"""The Firehose sink on real HTTP: the prepared body is the plain one, and answers are read for what they say."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, NotReached, Refusal
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose import FirehoseSink
from clickgen.sink.firehose_wire import Wire
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.interface import Gate
from tests.deliver.test_delivery import batch_of
from tests.support.wire import Respond, wire


def sink_at(url: str, *, plain: bool = False) -> FirehoseSink:
    """A sink that sends there without credentials of the machine."""
    client = make_client("firehose", Access(endpoint_url=url, embedded=True))
    return FirehoseSink(client, "clicks", plain=plain)


def accepted(body: bytes) -> tuple[int, bytes]:
    """Everything is taken."""
    records = json.loads(body)["Records"]
    entries = [{"RecordId": str(n)} for n in range(len(records))]
    return 200, json.dumps({"FailedPutCount": 0, "RequestResponses": entries}).encode()


def put(respond: Respond, records: list[int] | None = None) -> CallResult:
    """One call against that answer."""
    with wire(respond) as server:
        return sink_at(server.url).put(batch_of(4), records)


@pytest.mark.parametrize("chosen", [None, [0], [1, 3]])
def test_the_prepared_body_is_what_boto3_would_send(chosen: list[int] | None) -> None:
    with wire(accepted) as server:
        for plain in (True, False):
            assert sink_at(server.url, plain=plain).put(batch_of(4), chosen) == Answer()
    assert json.loads(server.bodies[0]) == json.loads(server.bodies[1])
    signed = [headers["Authorization"].split("SignedHeaders")[0] for headers in server.headers]
    assert signed[0] == signed[1]
    assert {headers["X-Amz-Target"] for headers in server.headers} == {"Firehose_20150804.PutRecordBatch"}


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=30), st.data())
@settings(max_examples=12)
def test_records_of_every_size_are_sent_as_boto3_would(sizes: list[int], data: st.DataObject) -> None:
    records = [bytes([65 + n % 26]) * (size - 1) + b"\n" for n, size in enumerate(sizes)]
    offsets = np.cumsum([0, *sizes]).tolist()
    batch = replace(
        batch_of(len(sizes)), data=memoryview(b"".join(records)), record_offsets=offsets, due=np.zeros(len(sizes))
    )
    chosen = data.draw(st.none() | st.sets(st.integers(0, len(sizes) - 1), min_size=1).map(sorted))
    with wire(accepted) as server:
        for plain in (True, False):
            assert sink_at(server.url, plain=plain).put(batch, chosen) == Answer()
    assert json.loads(server.bodies[0]) == json.loads(server.bodies[1])


def test_botocore_still_has_the_hooks_that_the_fast_path_lives_on() -> None:
    turn = GilTurn()
    free_on_the_wire = []

    def answer(body: bytes) -> tuple[int, bytes]:
        turn.take_to_send()  # would wait for ever if the call had kept its turn
        free_on_the_wire.append(True)
        turn.give()
        return accepted(body)

    with wire(answer) as server:
        client = make_client("firehose", Access(endpoint_url=server.url, embedded=True))
        # None: before-parse recognised the answer; the body came from before-call; before-send gave the turn back
        assert Wire(client, "clicks", turn, Gate()).put(batch_of(4), range(4)) is None
    assert len(json.loads(server.bodies[0])["Records"]) == 4
    assert free_on_the_wire == [True]


@given(st.lists(st.sampled_from(["", "ServiceUnavailableException", "InternalFailure"]), min_size=4, max_size=4))
@settings(max_examples=10)
def test_partial_failures_are_read_in_full_and_alike(codes: list[str]) -> None:
    entries = [{"ErrorCode": c, "ErrorMessage": "no"} if c else {"RecordId": "r"} for c in codes]
    failed = sum(map(bool, codes))
    body = json.dumps({"FailedPutCount": failed, "RequestResponses": entries}).encode()
    with wire(lambda _: (200, body)) as server:
        results = [sink_at(server.url, plain=plain).put(batch_of(4)) for plain in (True, False)]
    assert results[0] == results[1]
    assert isinstance(results[0], Answer)
    assert {(r.index, r.code) for r in results[0].refused} == {(n, c) for n, c in enumerate(codes) if c}


def error(status: int, code: str) -> Respond:
    """An error of the service."""
    body = json.dumps({"__type": code, "message": "words"}).encode()
    return lambda _: (status, body)


@pytest.mark.parametrize(
    ("respond", "kind"),
    [
        (error(503, "ServiceUnavailableException"), Refusal.THROTTLED),
        (error(429, "TooManyRequests"), Refusal.THROTTLED),
        (error(500, "InternalFailure"), Refusal.TRANSIENT),
        (error(400, "ResourceNotFoundException"), Refusal.FATAL),
        (error(400, "AccessDeniedException"), Refusal.FATAL),
        (error(400, "ExpiredTokenException"), Refusal.EXPIRED),
        (error(403, "SignatureDoesNotMatch"), Refusal.FATAL),
        (error(400, "InvalidArgumentException"), Refusal.FINAL),
    ],
)
def test_errors_of_a_whole_call_decide_about_patience(respond: Respond, kind: Refusal) -> None:
    result = put(respond)
    assert isinstance(result, CallRefused)
    assert result.kind is kind
    assert result.message == "words"


@pytest.mark.parametrize(
    "respond",
    [
        lambda _: (200, b"{}"),
        lambda _: (200, b'{"FailedPutCount":0,"RequestResponses":[{"RecordId":"1"}]}'),
        lambda _: (200, b"<html>a proxy's page</html>"),
        lambda _: (200, b"<html>\xe9</html>"),
        lambda _: (200, b"[]"),
        lambda _: (200, b'{"RequestResponses":["x"]}'),
        lambda _: (408, b""),
        lambda _: (500, b""),
        lambda _: (502, b"<html>\xe9</html>"),
        lambda _: (503, b"<html>no server is available</html>"),
        lambda _: (504, b'{"message":"gateway timeout"}'),
        error(400, "RequestTimeout"),
    ],
)
def test_an_answer_that_proves_nothing_is_none(respond: Respond) -> None:
    assert isinstance(put(respond), NoAnswer)


def test_a_record_without_an_id_was_not_accepted() -> None:
    entries = [{"RecordId": "1"}, {}, {"RecordId": ""}, {"RecordId": "4"}]
    result = put(lambda _: (200, json.dumps({"FailedPutCount": 0, "RequestResponses": entries}).encode()))
    assert isinstance(result, Answer)
    assert [record.index for record in result.refused] == [1, 2]


def test_nobody_there_is_not_reached() -> None:
    assert isinstance(sink_at("http://127.0.0.1:9").put(batch_of(1)), NotReached)
