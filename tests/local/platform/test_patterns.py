"""Event patterns as the EventBridge user guide describes them, operator by operator."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.platform.links import StreamRecord
from clickgen.local.platform.patterns import Filters, WrongPattern, filterable

EVENT = {
    "source": "aws.ec2",
    "state": "Running",
    "ip": "10.0.0.7",
    "tags": ["a", "b"],
    "none": None,
    "dynamodb": {"NewImage": {"price": {"N": "101"}}, "Keys": {"id": {"S": "x-1"}}},
    "amount": 12.5,
    "on": True,
    "items": [{"kind": "book"}, {"kind": "pen"}],
}


def matches(pattern: Any, event: Any = EVENT) -> bool:
    return Filters([json.dumps(pattern)]).match(event)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ({"source": ["aws.ec2"]}, True),
        ({"source": ["aws.s3", "aws.ec2"]}, True),
        ({"source": ["aws.s3"]}, False),
        ({"source": ["aws.ec2"], "state": ["Stopped"]}, False),
        ({"tags": ["b"]}, True),
        ({"tags": ["c"]}, False),
        ({"items": {"kind": ["pen"]}}, True),
        ({"dynamodb": {"Keys": {"id": {"S": [{"prefix": "x-"}]}}}}, True),
        ({"dynamodb": {"NewImage": {"price": {"N": [{"numeric": [">", 0]}]}}}}, False),  # a text is no number
        ({"none": [None]}, True),
        ({"missing": [None]}, False),
        ({"on": [True]}, True),
        ({"on": [1]}, False),
        ({"amount": [12.5]}, True),
        ({"state": [{"suffix": "ing"}]}, True),
        ({"state": [{"prefix": {"equals-ignore-case": "RUN"}}]}, True),
        ({"state": [{"equals-ignore-case": "RUNNING"}]}, True),
        ({"state": [{"wildcard": "R*n*g"}]}, True),
        ({"state": [{"wildcard": "R*x*"}]}, False),
        ({"state": [{"anything-but": "Running"}]}, False),
        ({"state": [{"anything-but": ["Stopped", "Gone"]}]}, True),
        ({"state": [{"anything-but": {"prefix": "Run"}}]}, False),
        ({"missing": [{"anything-but": "Running"}]}, False),
        ({"amount": [{"numeric": [">", 12, "<=", 12.5]}]}, True),
        ({"amount": [{"numeric": ["=", 12]}]}, False),
        ({"on": [{"numeric": ["=", 1]}]}, False),
        ({"missing": [{"exists": False}]}, True),
        ({"source": [{"exists": False}]}, False),
        ({"source": [{"exists": True}]}, True),
        ({"dynamodb": {"OldImage": [{"exists": False}]}}, True),
        ({"missing": {"inner": [{"exists": False}]}}, True),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"$or": [{"source": ["aws.s3"]}, {"on": [True]}]}, True),
        ({"$or": [{"source": ["aws.s3"]}, {"on": [False]}]}, False),
        ({"state": ["Stopped"], "$or": [{"source": ["aws.ec2"]}, {"on": [True]}]}, False),
    ],
)
def test_an_event_matches_as_the_guide_says(pattern: Any, expected: bool) -> None:
    assert matches(pattern) is expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not valid JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "at least one field"),
        ('{"a": "x"}', "a must be an object or a list"),
        ('{"a": []}', "at least one alternative"),
        ('{"a": {"b": [{"begins": "x"}]}}', "a.b has the unknown operator 'begins'"),
        ('{"a": [{"prefix": 3}]}', "a.prefix must be a text"),
        ('{"a": [{"numeric": [">"]}]}', "a.numeric must be one or two pairs"),
        ('{"a": [{"numeric": ["!", 3]}]}', "'!' and 3"),
        ('{"a": [{"exists": "yes"}]}', "true or false"),
        ('{"a": [{"cidr": "here"}]}', "not a block of addresses"),
        ('{"a": [{"anything-but": {"numeric": [">", 1]}}]}', "a.anything-but takes one of"),
        ('{"$or": [{"a": [1]}]}', "at least two patterns"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_place(text: str, says: str) -> None:
    with pytest.raises(WrongPattern, match=says.replace("[", r"\[")):
        Filters([text])


def test_filters_are_alternatives_and_none_lets_everything_pass() -> None:
    assert Filters([]).match(EVENT)
    assert not Filters([])
    either = Filters(['{"source": ["aws.s3"]}', '{"state": ["Running"]}'])
    assert either.match(EVENT)
    assert not either.match({"source": "aws.sqs", "state": "Stopped"})


def test_filters_of_kinesis_see_the_data_as_json_and_the_fields_of_the_record() -> None:
    def record(data: bytes) -> StreamRecord:
        event = {"kinesis": {"partitionKey": "p", "data": "..."}, "eventSource": "aws:kinesis"}
        return StreamRecord("1", event, data, "p", 0.0)

    pattern = {"data": {"type": ["view"]}, "partitionKey": ["p"], "eventSource": ["aws:kinesis"]}
    assert matches(pattern, filterable(record(b'{"type": "view"}')))
    assert not matches(pattern, filterable(record(b'{"type": "buy"}')))
    assert not matches(pattern, filterable(record(b"not json")))
    assert matches({"data": [{"prefix": "not"}]}, filterable(record(b"not json")))
    stream_record = StreamRecord("1", EVENT, None, None, 0.0)
    assert filterable(stream_record) is EVENT


# the service compares numbers up to 5.0e9 only
LEAVES = st.none() | st.booleans() | st.integers(-5_000_000_000, 5_000_000_000) | st.text(max_size=5)


@given(
    event=st.dictionaries(st.text(min_size=1, max_size=3).filter(lambda name: name != "$or"), LEAVES, min_size=1)
)
def test_an_event_matches_the_pattern_made_of_itself_and_not_its_negation(event: dict[str, Any]) -> None:
    assert matches({name: [value] for name, value in event.items()}, event)
    for name, value in event.items():
        if isinstance(value, (str, int)) and not isinstance(value, bool):
            assert not matches({name: [{"anything-but": [value]}]}, event)
        assert not matches({name: [{"exists": False}]}, event)
