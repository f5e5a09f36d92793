"""The DynamoDB sink on real HTTP: typed items, no key twice in a call, and each event's own fate."""

import json
from typing import Any

import pytest
from botocore.session import Session
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, NotReached, Refusal
from clickgen.sink.aws import Access, make_client
from clickgen.sink.dynamodb import ITEM_BYTES, LIMITS, DynamoDbSink, item_size
from tests.sink.test_sink_kinesis import batch_from
from tests.support.wire import Respond, Wire, wire

KEYS = {"visitor": "S", "at": "N"}


def sink_at(url: str, keys: dict[str, str] | None = None) -> DynamoDbSink:
    """A sink that sends there without credentials of the machine."""
    return DynamoDbSink(make_client("dynamodb", Access(endpoint_url=url, embedded=True)), "clicks", keys or KEYS)


def put(respond: Respond, events: list[bytes], records: list[int] | None = None) -> CallResult:
    """One call against that answer."""
    with wire(respond) as server:
        return sink_at(server.url).put(batch_from(events), records)


def everything(_: bytes) -> tuple[int, bytes]:
    """Everything is taken."""
    return 200, b'{"UnprocessedItems":{}}'


def unprocessed(*visitors: str) -> Respond:
    """The items of these visitors are left."""

    def respond(body: bytes) -> tuple[int, bytes]:
        puts = json.loads(body)["RequestItems"]["clicks"]
        left = [entry for entry in puts if entry["PutRequest"]["Item"]["visitor"]["S"] in visitors]
        return 200, json.dumps({"UnprocessedItems": {"clicks": left} if left else {}}).encode()

    return respond


def items(server: Wire) -> list[dict[str, Any]]:
    """The items of the only call."""
    assert len(server.bodies) == 1
    return [entry["PutRequest"]["Item"] for entry in json.loads(server.bodies[0])["RequestItems"]["clicks"]]


def event(visitor: str, at: int, **more: object) -> bytes:
    return json.dumps({"visitor": visitor, "at": at, **more}).encode()


def test_events_become_typed_items_with_exact_numbers() -> None:
    numbers = b'"at":1.50,"price":29.90,"big":12345678901234567890'
    sent = b'{"visitor":"ann",' + numbers + b',"new":true,"none":null,"in":[1,{"a":"b"}]}'
    with wire(everything) as server:
        assert sink_at(server.url).put(batch_from([sent])) == Answer()
    assert items(server) == [
        {
            "visitor": {"S": "ann"},
            "at": {"N": "1.50"},
            "price": {"N": "29.90"},
            "big": {"N": "12345678901234567890"},
            "new": {"BOOL": True},
            "none": {"NULL": True},
            "in": {"L": [{"N": "1"}, {"M": {"a": {"S": "b"}}}]},
        }
    ]


def test_of_one_key_only_the_last_is_put_and_the_others_count_as_overwritten() -> None:
    sent = [event("ann", 1, n=1), event("bob", 1, n=2), b'{"visitor":"ann","at":1.0,"n":3}', event("ann", 2, n=4)]
    with wire(everything) as server:
        assert sink_at(server.url).put(batch_from(sent)) == Answer((), overwritten=1)
    assert sorted(item["n"]["N"] for item in items(server)) == ["2", "3", "4"]


def test_what_is_left_unprocessed_is_throttled_with_all_that_share_its_key() -> None:
    result = put(unprocessed("ann"), [event("ann", 1), event("bob", 1), event("ann", 1), event("bob", 1)])
    assert isinstance(result, Answer)
    assert [(record.index, record.kind) for record in result.refused] == [
        (0, Refusal.THROTTLED),
        (2, Refusal.THROTTLED),
    ]
    assert result.overwritten == 1  # of bob's


@given(
    st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2)), min_size=1, max_size=25),
    st.sets(st.sampled_from("abc")),
)
@settings(max_examples=15)
def test_no_key_is_put_twice_and_every_event_has_its_fate(keys: list[tuple[str, int]], left: set[str]) -> None:
    with wire(unprocessed(*left)) as server:
        result = sink_at(server.url).put(batch_from([event(visitor, at) for visitor, at in keys]))
    put_keys = [(item["visitor"]["S"], int(item["at"]["N"])) for item in items(server)]
    assert sorted(put_keys) == sorted(set(keys))
    assert isinstance(result, Answer)
    refused = {record.index for record in result.refused}
    assert refused == {position for position, key in enumerate(keys) if key[0] in left}
    stored = len({key for key in keys if key[0] not in left})
    assert len(keys) - len(refused) == stored + result.overwritten


@pytest.mark.parametrize(
    ("unfit", "code", "words"),
    [
        (b'{"at":1}', "MissingKey", "no field 'visitor'"),
        (b'{"visitor":7,"at":1}', "WrongKeyType", "must be text"),
        (b'{"visitor":"ann","at":"1"}', "WrongKeyType", "must be a number"),
        (b'{"visitor":"ann","at":true}', "WrongKeyType", "must be a number"),
        (b'{"visitor":"","at":1}', "WrongKeyLength", "1 to 2,048 bytes"),
        (b'{"visitor":"ann","at":1,"x":1e400}', "NumberOutOfRange", "exactly"),
        (b'{"visitor":"ann","at":1,"x":' + b"1" * 39 + b"}", "NumberOutOfRange", "exactly"),
        (b'{"visitor":"ann","at":1,"x":NaN}', "NoItem", "Float"),
        (b'{"visitor":"ann","at":1,"x":"\\ud800"}', "NoItem", "surrogates"),
        (b'{"visitor":"ann","at":1,"x":"' + b"a" * ITEM_BYTES + b'"}', "ItemTooLarge", "409,600"),
    ],
)
def test_an_event_that_can_be_no_item_is_refused_alone_and_for_good(unfit: bytes, code: str, words: str) -> None:
    with wire(everything) as server:
        result = sink_at(server.url).put(batch_from([unfit, event("bob", 1)]))
    assert [item["visitor"]["S"] for item in items(server)] == ["bob"]
    assert isinstance(result, Answer)
    ((index, kind, found, message),) = [(r.index, r.kind, r.code, r.message) for r in result.refused]
    assert (index, kind, found) == (0, Refusal.FINAL, code)
    assert words in message


def test_nothing_is_called_where_no_event_can_be_an_item() -> None:
    with wire(everything) as server:
        result = sink_at(server.url).put(batch_from([b"{}", b"{}"]), [1])
    assert server.bodies == []
    assert isinstance(result, Answer)
    assert [record.index for record in result.refused] == [1]


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "ProvisionedThroughputExceededException", Refusal.THROTTLED),
        (400, "ThrottlingException", Refusal.THROTTLED),
        (400, "RequestLimitExceeded", Refusal.THROTTLED),
        (500, "InternalServerError", Refusal.TRANSIENT),
        (400, "ResourceNotFoundException", Refusal.FATAL),
        (400, "AccessDeniedException", Refusal.FATAL),
        (400, "ValidationException", Refusal.FINAL),
    ],
)
def test_errors_of_a_whole_call_decide_about_patience(status: int, code: str, kind: Refusal) -> None:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "words"}).encode()
    result = put(lambda _: (status, body), [event("ann", 1)])
    assert isinstance(result, CallRefused)
    assert (result.kind, result.code) == (kind, code)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"<html>a proxy's page</html>",
        b'{"UnprocessedItems":{"clicks":[{"PutRequest":{"Item":{"visitor":{"S":"eve"},"at":{"N":"1"}}}}]}}',
    ],
)
def test_an_answer_that_proves_nothing_is_none(body: bytes) -> None:
    assert isinstance(put(lambda _: (200, body), [event("ann", 1)]), NoAnswer)


def test_nobody_there_is_not_reached() -> None:
    assert isinstance(sink_at("http://127.0.0.1:9").put(batch_from([event("ann", 1)])), NotReached)


def test_the_limits_are_those_of_botocores_model() -> None:
    assert Session().get_service_model("dynamodb").shape_for("WriteRequests").metadata["max"] == LIMITS.records
    assert LIMITS.records * ITEM_BYTES < LIMITS.call_bytes  # so that no call of items that fit is too large


def test_the_size_of_an_item_is_counted_as_documented() -> None:
    # Developer Guide, "Item sizes and formats": text as UTF-8, a number about a byte for two digits and one more,
    # a list or map 3 bytes and one for each element
    assert item_size({"S": "é"}) == 2
    assert item_size({"N": "1234"}) == 4
    assert item_size({"BOOL": True}) == item_size({"NULL": True}) == 1
    assert item_size({"L": [{"S": "ab"}, {"NULL": True}]}) == 3 + 2 + 1 + 2
    assert item_size({"M": {"key": {"S": "ab"}}}) == 3 + 1 + 3 + 2
