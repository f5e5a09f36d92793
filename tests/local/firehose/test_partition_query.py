"""Partition keys by jq: what is carried out here agrees with libjq."""

import json
from typing import Any

import jq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.local.firehose.partition_query import ExtractionFailed, compile_query
from clickgen.local.platform.errors import ServiceError

RECORD = {
    "type": {"device": "mobile", "event": "click"},
    "customer_id": "1234567890",
    "event_timestamp": 1565382027,
    "region": "sample region",
    "odd key": {"ü": True},
    "price": 1.5,
}


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("{customer_id:.customer_id}", {"customer_id": "1234567890"}),
        ("{ device : .type.device ,\n region: .region }", {"device": "mobile", "region": "sample region"}),
        ("{region}", {"region": "sample region"}),
        ('{"k":."odd key"["ü"], t:.event_timestamp}', {"k": "true", "t": "1565382027"}),
        ('{e:.["type"].event, p:.price}', {"e": "click", "p": "1.5"}),
        (
            '{year:.event_timestamp|strftime("%Y"), hour:.event_timestamp|strftime("%H")}',
            {"year": "2019", "hour": "20"},
        ),
        ("{region:.region|ascii_upcase}", {"region": "SAMPLE REGION"}),
        ('{r:(if .none == null then "nobody" else .none end)}', {"r": "nobody"}),
        ('{r:(.none // "other")}', {"r": "other"}),
    ],
)
def test_keys_are_extracted_as_text(query: str, keys: dict[str, str]) -> None:
    assert compile_query(query)(json.dumps(RECORD).encode()) == keys


@pytest.mark.parametrize("query", ["{u:.user}", "{u:(.user|.)}"])
@pytest.mark.parametrize(
    ("record", "words"),
    [
        (b"no json", "Non JSON record provided"),
        (b"", "query does not give an object|Non JSON record provided"),
        (b'{"user":"a"', "Non JSON record provided"),
        (b'{"user":"\xff"}', "Non JSON|codec can't decode"),
        (b'{"user":null}', "must not be null or empty"),
        (b'{"user":""}', "must not be null or empty"),
        (b"{}", "must not be null or empty"),
        (b'{"user":{"a":1}}', "strings, numbers or booleans"),
        (b'"text"', "Cannot index string"),
        (b"[1]", "Cannot index array"),
    ],
)
def test_a_record_without_its_keys_fails_with_the_reason(query: str, record: bytes, words: str) -> None:
    with pytest.raises(ExtractionFailed, match=words):
        compile_query(query)(record)


@pytest.mark.parametrize(
    "query", ["{u:.user", "{u:nothing(.user)}", "{" + ",".join(f"k{n}:.k" for n in range(51)) + "}"]
)
def test_a_query_that_cannot_be_used_is_refused_at_creation(query: str) -> None:
    with pytest.raises(ServiceError) as caught:
        compile_query(query)
    assert caught.value.code == "InvalidArgumentException"


NAMES = st.sampled_from(["a", "b", "_c", "d e", "ü", 'q"'])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.dictionaries(NAMES, inner, max_size=4) | st.lists(inner, max_size=2),
    max_leaves=12,
)


@given(st.dictionaries(NAMES, st.lists(NAMES, min_size=1, max_size=3), min_size=1, max_size=3), VALUES)
def test_paths_followed_here_give_what_libjq_gives(paths: dict[str, list[str]], record: Any) -> None:
    steps = {key: "".join(f".[{json.dumps(name)}]" for name in path) for key, path in paths.items()}
    query = "{" + ", ".join(f"{json.dumps(key)}: {path}" for key, path in steps.items()) + "}"
    text = json.dumps(record)
    try:
        expected = jq.compile(query).input_text(text).first()
    except ValueError:
        with pytest.raises(ExtractionFailed):
            compile_query(query)(text.encode())
        return
    try:
        found = compile_query(query)(text.encode())
    except ExtractionFailed:
        assert any(value in (None, "") or isinstance(value, dict | list) for value in expected.values())
    else:
        assert found == {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in expected.items()
        }


def test_the_prefix_can_be_checked_against_the_keys_of_a_query() -> None:
    assert compile_query("{a:.x, b:.y}").keys == frozenset("ab")
    assert compile_query('{a:.x, b:(.y // "n")}').keys == frozenset("ab")
    assert compile_query("(.x | {a:(.y + 1)})").keys == frozenset("a")
