"""What holds across a stream of visitors, event by event: order, identity, carts."""

import itertools
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import orjson
import pytest

from clickgen.model.block import Block
from tests.support.simulated import shop, shop_lane

Event = dict[str, Any]
LANDING_KEYS = {"referrer", "utm_source", "utm_medium", "utm_campaign"}
CART_EVENTS = {"add_to_cart", "cart_view", "checkout_start", "purchase"}


@pytest.fixture(scope="module")
def events() -> list[Event]:
    """Ninety minutes of a small shop: long enough for whole sessions and returning visitors."""
    source, found = shop_lane(12, count=12 * 5400), []
    while (block := source.next_block()) is not None:
        found += parsed(block)
    return found


@pytest.fixture(scope="module")
def sessions(events: list[Event]) -> dict[str, list[Event]]:
    return by("session_id", events)


def parsed(block: Block) -> list[Event]:
    return [
        orjson.loads(line) | {"due": due}
        for line, due in zip(bytes(block.data).splitlines(), block.due, strict=True)
    ]


def by(key: str, events: Iterable[Event]) -> dict[str, list[Event]]:
    groups: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        groups[event[key]].append(event)
    return groups


def whole(sessions: dict[str, list[Event]]) -> list[list[Event]]:
    """The sessions whose first page was seen."""
    return [session for session in sessions.values() if session[0]["page_number"] == 1]


def test_ids_are_unique(events: list[Event]) -> None:
    assert len({event["event_id"] for event in events}) == len(events)


def test_pages_of_a_session_are_numbered_without_a_gap(sessions: dict[str, list[Event]]) -> None:
    for session in sessions.values():
        numbers = [event["page_number"] for event in session]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))


def test_a_session_never_pauses_for_half_an_hour(sessions: dict[str, list[Event]]) -> None:
    pauses = [b["due"] - a["due"] for session in sessions.values() for a, b in itertools.pairwise(session)]
    assert max(pauses) < 1800


def test_a_visitor_is_the_same_in_every_event(events: list[Event]) -> None:
    for seen in by("visitor_id", events).values():
        for key in ("device", "os", "browser", "language", "country", "city"):
            assert len({event[key] for event in seen}) == 1


def test_a_session_belongs_to_one_visitor_who_returns_or_not(sessions: dict[str, list[Event]]) -> None:
    for session in sessions.values():
        assert len({(event["visitor_id"], event["returning"]) for event in session}) == 1


def test_who_comes_a_second_time_is_marked_as_returning(events: list[Event]) -> None:
    second_visits = 0
    for seen in by("visitor_id", events).values():
        _, *later = by("session_id", seen).values()
        second_visits += len(later)
        assert all(session[0]["returning"] for session in later)
    assert second_visits > 50


def test_referrer_and_utm_stand_on_landing_pages_only(events: list[Event]) -> None:
    landings = [event for event in events if event["page_number"] == 1]
    assert not any(LANDING_KEYS & event.keys() for event in events if event["page_number"] > 1)
    assert {key for event in landings for key in LANDING_KEYS & event.keys()} == LANDING_KEYS


def test_attributes_agree_with_each_other(events: list[Event]) -> None:
    audience = shop().audience
    devices = set(zip(audience.device_types, audience.systems, audience.browsers, strict=True))
    places = set(zip(audience.countries, audience.cities, audience.languages, strict=True))
    assert {(event["device"], event["os"], event["browser"]) for event in events} <= devices
    assert {(event["country"], event["city"], event["language"]) for event in events} <= places


def test_what_is_put_into_the_cart_was_seen_just_before(sessions: dict[str, list[Event]]) -> None:
    added = 0
    for session in sessions.values():
        for before, event in itertools.pairwise(session):
            if event["event_type"] == "add_to_cart":
                added += 1
                assert [event[key] for key in ("product_id", "price")] == [
                    before[key] for key in ("product_id", "price")
                ]
    assert added > 1000


def test_a_product_after_its_category_page_is_of_that_category(sessions: dict[str, list[Event]]) -> None:
    for session in sessions.values():
        for before, event in itertools.pairwise(session):
            if before["event_type"] == "category_view" and event["event_type"] == "product_view":
                assert event["category"] == before["category"]


def test_a_product_always_has_its_price_and_category(events: list[Event]) -> None:
    for seen in by("product_id", (event for event in events if "product_id" in event)).values():
        assert len({(event["price"], event["category"], event["page"]) for event in seen}) == 1


def test_carts_and_purchases_add_up(sessions: dict[str, list[Event]]) -> None:
    purchases = 0
    for session in whole(sessions):
        items, value = 0, Decimal(0)
        for event in session:
            if event["event_type"] == "add_to_cart":
                items += event["quantity"]
                value += event["quantity"] * Decimal(str(event["price"]))
            if event["event_type"] in CART_EVENTS:
                assert items > 0
                assert (event["cart_items"], Decimal(str(event["cart_value"]))) == (items, value)
            else:
                assert "cart_items" not in event
            if event["event_type"] == "purchase":
                purchases += 1
                items, value = 0, Decimal(0)
    assert purchases > 200


def test_every_purchase_has_an_order_id_of_its_own(events: list[Event]) -> None:
    orders = [event["order_id"] for event in events if event["event_type"] == "purchase"]
    assert len(set(orders)) == len(orders)
    assert all("order_id" not in event for event in events if event["event_type"] != "purchase")
