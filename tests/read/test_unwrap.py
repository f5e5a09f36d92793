"""Events inside other objects are found, with the bytes that they have there."""

import base64
import gzip
import json

import pytest

from clickgen.model.form import Form
from clickgen.read.formats.rows import read_rows
from clickgen.read.pieces import Bad, JsonObject
from clickgen.read.unwrap import known_wrapper


def encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


PACKED = encoded(gzip.compress(b'[{"n":1},{"n":2}]'))


def inside(wrapper: object, each: str) -> tuple[list[bytes], list[str]]:
    """The events at that path, and why others are bad."""
    data = wrapper if isinstance(wrapper, bytes) else json.dumps(wrapper).encode()
    pieces = [piece for group in read_rows([data], Form(each=each)) for piece in group]
    events = [piece for piece in pieces if isinstance(piece, JsonObject)]
    assert all(json.loads(event.data) == event.value for event in events)
    return [event.data for event in events], [piece.reason for piece in pieces if isinstance(piece, Bad)]


def test_bytes_stay_as_they_are_in_the_wrapper() -> None:
    data = b'{"v":1,"Records": [ {"a":1.50,"b":"\\u00e9"} ,{ "a" : 2 }]}\n{"Records":[{"a":3}]}'
    assert inside(data, "Records") == ([b'{"a":1.50,"b":"\\u00e9"}', b'{ "a" : 2 }', b'{"a":3}'], [])


@pytest.mark.parametrize(
    ("wrapper", "each"),
    [
        ({"Records": [{"kinesis": {"data": encoded(b'{"n":1}\n{"n":2}\n')}}]}, "Records.kinesis.data"),
        (
            {"records": [{"recordId": "1", "data": encoded(b'{"n":1}')}, {"data": encoded(b'{"n":2}')}]},
            "records.data",
        ),
        (
            {"rawData": PACKED, "errorCode": "x", "attemptsMade": 4},
            "rawData",
        ),
        ({"data": '[{"n":1},{"n":2}]', "appId": "shop"}, "data"),
        ({"Records": [{"body": '{"n":1}', "eventSource": "aws:sqs"}, {"body": '{"n":2}'}]}, "Records.body"),
    ],
)
def test_texts_are_decoded_as_they_need_to_be(wrapper: dict[str, object], each: str) -> None:
    events, bad = inside(wrapper, each)
    assert ([json.loads(event) for event in events], bad) == ([{"n": 1}, {"n": 2}], [])
    known = known_wrapper(wrapper)
    assert known is not None
    assert known.each == each


@pytest.mark.parametrize(
    ("wrapper", "reason"),
    [
        ({"other": 1}, "the object has nothing at batch"),
        ({"batch": 7}, "the object has 7 at batch, not an object"),
        ({"batch": "no base64!"}, "the object has a text at batch that is neither JSON nor base64"),
        ({"batch": encoded(b"plain words")}, "the object holds at batch: not JSON"),
    ],
)
def test_a_wrapper_without_events_is_bad(wrapper: dict[str, object], reason: str) -> None:
    assert inside(wrapper, "batch") == ([], [reason])


def test_plain_events_are_no_wrappers() -> None:
    assert known_wrapper({"event": "view", "items": [1, 2], "user": "x"}) is None
    assert known_wrapper({"n": 1}) is None
