"""The flat schema: which fields stand on which events, and what they say."""

from typing import Any

import numpy as np
import orjson
from hypothesis import given
from hypothesis import strategies as st

from clickgen.schema.facts import Facts, Vocabulary
from tests.support.made_facts import CART, a_walk, facts, lines_of, vocabulary

ALWAYS = {
    "event_id",
    "event_time",
    "visitor_id",
    "session_id",
    "event_type",
    "page",
    "page_number",
    "returning",
    "signed_in",
    "device",
    "os",
    "browser",
    "language",
    "country",
    "city",
}


def encode(words: Vocabulary, rows: Facts) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in lines_of("flat", words, rows)]


@given(st.text(min_size=1, max_size=12))
def test_any_words_are_said_as_they_are(word: str) -> None:
    events = encode(vocabulary(word), a_walk(page_number=1, channel=1))
    for event in events:
        assert [event[key] for key in ("os", "browser", "language", "city")] == [word] * 4
        assert (event["referrer"], event["utm_source"], event["utm_campaign"]) == (
            "https://a.example/",
            word,
            word,
        )
        assert "utm_medium" not in event
    assert events[1]["category"] == events[2]["search_term"] == events[3]["category"] == word


def test_where_a_visitor_came_from_stands_on_the_landing_page_only() -> None:
    rows = facts(6, page_number=np.array([1, 2, 20, 1, 2, 1]), channel=np.array([1, 1, 1, 0, 0, 1]))
    events = encode(vocabulary(), rows)
    assert ["referrer" in event for event in events] == [True, False, False, False, False, True]
    assert [event["page_number"] for event in events] == [1, 2, 20, 1, 2, 1]


def test_each_kind_of_page_has_its_fields() -> None:
    events = encode(vocabulary("Big Kettle"), a_walk(channel=0, returning=True, signed_in=True))
    product, cart = {"product_id", "category", "price"}, {"cart_items", "cart_value", "currency"}
    assert [event.keys() - ALWAYS for event in events] == [
        set(),
        {"category"},
        {"search_term"},
        product,
        product | cart | {"quantity"},
        cart,
        cart | {"order_id"},
    ]
    assert all(event.keys() >= ALWAYS for event in events)
    assert events[3]["page"] == "/p/big-kettle-123"
    assert events[3]["price"] == 49.9
    assert (events[4]["quantity"], events[4]["cart_value"]) == (2, 99.8)
    assert events[6]["order_id"] == "0000000000000abc"
    assert (events[0]["visitor_id"], events[0]["session_id"]) == ("00000000000000ff", "f" * 16)
    assert (events[0]["returning"], events[0]["signed_in"]) == (True, True)
    assert events[0]["event_time"] == "2026-11-21T10:00:00.123Z"


@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 10**11)), min_size=1, max_size=30))
def test_carts_of_any_size_are_written_to_the_cent(carts: list[tuple[int, int]]) -> None:
    rows = facts(
        len(carts),
        page=CART,
        cart_items=np.array([items for items, _ in carts]),
        cart_cents=np.array([cents for _, cents in carts]),
    )
    for event, (items, cents) in zip(encode(vocabulary("x"), rows), carts, strict=True):
        assert event["cart_items"] == items
        assert round(event["cart_value"] * 100) == cents


def test_more_events_than_are_filled_at_once() -> None:
    rows = facts(5000, page_number=np.arange(5000) % 20 + 1)
    events = encode(vocabulary("x"), rows)
    assert [event["page_number"] for event in events] == [n % 20 + 1 for n in range(5000)]
    assert len({event["event_id"] for event in events}) == 5000
