"""A profile's own fields: order, nesting, types and constants as they are written, and every mistake at once."""

from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.schema.facts_by_name import FACTS
from clickgen.schema.fields import field_problems
from clickgen.schema.registry import events_problems, id_path, layout_of
from tests.support.made_facts import ADD, OWN_FIELDS, PRODUCT, a_walk, lines_of, vocabulary

TYPES: dict[str, tuple[type, ...]] = {"string": (str,), "number": (int, float), "boolean": (bool,)}


def events(fields: dict[str, Any], **columns: Any) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in lines_of(fields, vocabulary(), a_walk(**columns))]


def test_fields_stand_as_they_are_written() -> None:
    (first, *_) = lines_of(OWN_FIELDS, vocabulary(), a_walk())
    event = orjson.loads(first)
    assert list(event) == list(OWN_FIELDS)
    assert list(event["meta"]) == ["id", "at", "source"]
    assert event["meta"]["source"] == "web"
    assert (event["product"], event["price"], event["cart"]) == (
        None,
        None,
        {"pieces": None, "value": None, "order": None},
    )


@settings(max_examples=40)
@given(st.lists(st.sampled_from(sorted(FACTS)), min_size=1, unique=True), st.booleans())
def test_any_facts_in_any_order_have_their_types(names: list[str], signed_in: bool) -> None:
    for event in events({name: name for name in names}, signed_in=signed_in, page_number=1, channel=1):
        assert [name for name in event if name != "clickgen_id"] == names
        for name in names:
            assert event[name] is None or isinstance(event[name], TYPES[FACTS[name].kind])


def test_every_fact_is_told_by_some_event() -> None:
    told = {
        name
        for event in events({name: name for name in FACTS}, page_number=1, channel=1, signed_in=True)
        for name, value in event.items()
        if value is not None
    }
    assert told == FACTS.keys() - {"utm_medium"}  # which the channel of the made site does not have


def test_facts_can_be_of_another_type() -> None:
    names = ("price", "epoch_ms", "returning", "cart_items", "user_id")
    as_text = {name: {"fact": name, "type": "string"} for name in names}
    product, added = (events(as_text, returning=np.arange(7) == ADD)[page] for page in (PRODUCT, ADD))
    assert [product[name] for name in names] == ["49.9", "1795255200123", "false", None, None]
    assert (added["returning"], added["cart_items"]) == ("true", "2")
    numbers = {
        "new": {"fact": "is_new", "type": "number"},
        "first": {"const": 1},
        "deep": {"const": {"const": 2.5}},
    }
    assert events(numbers)[0].items() >= {"new": 1, "first": 1, "deep": {"const": 2.5}}.items()


def test_the_id_is_added_where_no_field_carries_it() -> None:
    assert list(events({"page": "path"})[0]) == ["clickgen_id", "page"]
    assert id_path({"page": "path"}, "trace") == ("trace",)
    assert id_path(OWN_FIELDS) == ("meta", "id")


def test_all_mistakes_are_told_at_once_with_their_places() -> None:
    fields = {
        "id": "event_id",
        "a": {"again": "event_id", "wrong": "vistor_id"},
        "b": {"fact": "visitor_id", "type": "number"},
        "c": {"fact": "price", "type": "text"},
        "d": {"fact": "price", "tpye": "string"},
        "e": 7,
        "f": {"const": ["x"]},
        "g": {"fact": "pice"},
    }
    assert field_problems(fields, "clickgen_id") == [
        ("fields.a.wrong", 'there is no fact "vistor_id"; did you mean "visitor_id"?'),
        ("fields.b.type", "visitor_id is a string that is not a number"),
        ("fields.c.type", 'must be "string" or "number" (given: \'text\')'),
        ("fields.d.tpye", 'unknown key; did you mean "type"?'),
        ("fields.e", 'must be the name of a fact, or a table with "fact" or "const" (given: 7)'),
        ("fields.f.const", "must be a string, a number, true or false"),
        ("fields.g", 'there is no fact "pice"; did you mean "price"?'),
        ("fields.a.again", "carries event_id, which another field carries already"),
    ]
    with pytest.raises(UsageProblem) as caught:
        layout_of(fields, vocabulary())
    assert len(caught.value.message.splitlines()) == 8


@pytest.mark.parametrize(
    ("name", "fields", "places"),
    [
        (None, None, []),
        ("flat", None, []),
        (None, dict(OWN_FIELDS), []),
        ("flta", None, ["schema"]),
        ("flat", {}, ["schema", "fields"]),
        (None, {"clickgen_id": "path"}, ["fields.clickgen_id"]),
    ],
)
def test_what_a_profile_says_of_its_events_is_checked(
    name: str | None, fields: dict[str, object] | None, places: list[str]
) -> None:
    assert [place for place, _ in events_problems(name, fields)] == places
