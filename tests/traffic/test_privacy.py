"""Fields that are dropped and pseudonyms: nothing else of an event changes, and nothing of a value is left."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.traffic.personal import personal_fields
from clickgen.traffic.privacy import Privacy
from clickgen.traffic.pseudonym import pseudonym

KEY, OTHER = b"k" * 32, b"o" * 32
NAMES = st.sampled_from(["a", "b", "c", "é", "a.b", "0"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
EVENTS = st.dictionaries(NAMES, VALUES, max_size=5)
PATHS = st.lists(st.sampled_from(["a", "b", "é", "a.b", "b.c", "a.b.c", "c.0"]), min_size=1, max_size=3)


def without(value: Any, paths: list[list[str]]) -> Any:
    """What is left of a value, by a plain rule over parsed JSON."""
    if not isinstance(value, dict | list):
        return value
    in_list = isinstance(value, list)
    items: Iterable[tuple[Any, Any]] = enumerate(value) if isinstance(value, list) else value.items()
    kept = []
    for name, inner in items:
        left = [path for path in paths if in_list and not path[0].isdecimal()]
        for path in paths:
            if in_list and not path[0].isdecimal():
                continue
            lengths = range(1, len(path) + 1)
            left += [path[count:] for count in lengths if str(name) == ".".join(path[:count])]
        if [] not in left:
            kept.append((name, without(inner, left) if left else inner))
    return [inner for _, inner in kept] if in_list else dict(kept)


@given(event=EVENTS, paths=PATHS, indent=st.sampled_from([None, 1]), ascii_only=st.booleans())
def test_what_is_dropped_is_gone_and_all_else_is_there(
    event: dict[str, Any], paths: list[str], indent: int | None, ascii_only: bool
) -> None:
    data = json.dumps(event, indent=indent, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    found = Privacy(paths, (), b"").applied(data)
    assert json.loads(found) == without(event, [path.split(".") for path in paths])


@pytest.mark.parametrize(
    ("paths", "left"),
    [
        (["a"], b'{ "b" : [1,  {"c":2, "a":3}],"d":"\\u00e9" }'),
        (["d"], b'{ "a":1.50, "b" : [1,  {"c":2, "a":3}] }'),
        (["b.a", "d"], b'{ "a":1.50, "b" : [1,  {"c":2}] }'),
        (["b.0"], b'{ "a":1.50, "b" : [{"c":2, "a":3}],"d":"\\u00e9" }'),
        (["a", "b", "d"], b"{  }"),
        (["nothing"], b'{ "a":1.50, "b" : [1,  {"c":2, "a":3}],"d":"\\u00e9" }'),
    ],
)
def test_all_other_bytes_stay(paths: list[str], left: bytes) -> None:
    event = b'{ "a":1.50, "b" : [1,  {"c":2, "a":3}],"d":"\\u00e9" }'
    assert Privacy(paths, (), b"").applied(event) == left


def test_a_name_that_comes_twice_or_is_written_otherwise_is_dropped_each_time() -> None:
    event = b'{"mail":"a@b.de","n":1,"mail":"c@d.de","\\u006dail":"e@f.de"}'
    assert Privacy(["mail"], (), b"").applied(event) == b'{"n":1}'


@given(numbers=st.sets(st.integers(-(2**63), 2**64 - 1) | st.integers(-999, 999), max_size=30))
def test_numbers_become_other_numbers_of_their_size(numbers: set[int]) -> None:
    found = {number: int(pseudonym(str(number).encode(), "n", KEY)) for number in numbers}
    assert len(set(found.values())) == len(numbers)
    for number, other in found.items():
        assert len(str(abs(other))) == len(str(abs(number)))
        assert (other < 0) == (number < 0) or other == 0
        for bound in (2**31, 2**53, 2**63, 2**64):
            assert (abs(number) < bound) == (abs(other) < bound)


@given(number=st.floats(allow_nan=False, allow_infinity=False))
def test_decimals_stay_decimals(number: float) -> None:
    found = json.loads(pseudonym(json.dumps(number).encode(), "n", KEY))
    assert type(found) is float
    assert (abs(found) < 1) == (abs(number) < 1) or number == 0 or 1 <= abs(number) < 10


def test_digits_are_permuted_one_to_one() -> None:
    assert {int(pseudonym(str(n).encode(), "n", KEY)) for n in range(10)} == set(range(10))
    assert {int(pseudonym(str(n).encode(), "n", KEY)) for n in range(100, 1000)} == set(range(100, 1000))


@given(event=EVENTS)
def test_null_and_truth_stay_and_the_same_value_has_one_pseudonym(event: dict[str, Any]) -> None:
    names = list(event)
    both = json.dumps({"one": {"x": event}, "two": [{"x": event}]}, ensure_ascii=False).encode("utf-8", "replace")
    found = json.loads(Privacy((), ("one.x", "two.x"), KEY).applied(both))
    assert found["one"]["x"] == found["two"][0]["x"]
    assert list(found["one"]["x"]) == names


def test_texts_have_one_form_and_depend_on_name_and_key() -> None:
    texts = [pseudonym(text, "mail", KEY) for text in (b'"a@b.de"', b'"\xc3\xa9"', b'"12345"', b'"a@b.de "')]
    assert all(re.fullmatch(rb'"[0-9a-f]{20}"', text) for text in texts)
    assert len(set(texts)) == 4
    assert pseudonym(b'"\\u00e9"', "mail", KEY) == texts[1]
    assert pseudonym(b'"a@b.de"', "mail", OTHER) != texts[0] != pseudonym(b'"a@b.de"', "user", KEY)
    assert [pseudonym(value, "x", KEY) for value in (b"null", b"true", b'""')] == [b"null", b"true", b'""']
    assert pseudonym(b"2.50", "x", KEY) == pseudonym(b"2.5", "x", KEY)
    assert len(pseudonym(b"9" * 5000, "x", KEY)) < 40


def test_personal_values_are_recognised() -> None:
    event = {
        "user": {"email": "jo@example.com", "name": "Jo", "phone": "0170 1234567"},
        "ips": ["203.0.113.9"],
        "client": "203.0.113.9:4711",
        "v6": "2001:db8::1",
        "tel": 491701234567,
        "call": "+49 170 1234567",
        "lastName": "Doe",
        "event": {"name": "click"},
        "name": "page_view",
        "version": "1.2.3",
        "time": "10:11:12",
        "id": "1700000000",
        "lo": "127.0.0.1",
    }
    found = personal_fields([event])
    assert {kind: sorted(name for name in found if found[name] == kind) for kind in set(found.values())} == {
        "an e-mail address": ["user.email"],
        "an IP address": ["client", "ips", "v6"],
        "a phone number": ["call", "tel", "user.phone"],
        "a name": ["lastName", "user.name"],
    }
