"""Laws of all schemas: sound lines, ids that hold, and the same facts told by each of them."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import checksum, needle, parse_id
from clickgen.schema.encode import Encoder
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.schema.registry import SCHEMAS, Schema, id_path, layout_of
from clickgen.schema.samples import sample_events
from clickgen.schema.snowplow_tsv import COLUMNS
from tests.support.made_facts import (
    LANE,
    ORDER,
    OWN_FIELDS,
    PAGES,
    PRODUCT,
    RUN,
    a_walk,
    facts,
    lines_of,
    vocabulary,
)

WORD = st.text(min_size=1, max_size=12) | st.sampled_from(
    ['"', "\\", "\n", "\t", "a\r\nb", "\x00", "Tëe 茶", "{x}"]
)
ALL: dict[str, Schema] = {**{name: name for name in SCHEMAS}, "own fields": OWN_FIELDS}
JSON = [name for name in ALL if name not in SCHEMAS or SCHEMAS[name].lines is None]
LOG_LINE = re.compile(
    r"(?P<ip>\d+\.\d+\.\d+\.\d+) - (?P<user>\S+) \[(?P<time>[^]]+)\] "
    r'"GET (?P<path>\S+) HTTP/1\.1" 200 (?P<size>\d+) '
    r'"(?P<referrer>[^"]*)" "(?P<agent>[^"]*)" "(?P<id>[0-9a-f-]{36})"'
)
every_schema = pytest.mark.parametrize("schema", ALL.values(), ids=list(ALL))


def read(schema: Schema, line: bytes) -> dict[str, Any]:
    """A line by the rules of its format alone."""
    if schema == "snowplow-tsv":
        return dict(zip(COLUMNS, line.decode().split("\t"), strict=True))
    if schema == "combined":
        found = LOG_LINE.fullmatch(line.decode("ascii"))
        assert found is not None
        return found.groupdict()
    event: dict[str, Any] = orjson.loads(line)
    return event


def events(schema: Schema, rows: Facts, words: Vocabulary | None = None) -> list[dict[str, Any]]:
    return [read(schema, line) for line in lines_of(schema, words or vocabulary(), rows)]


@every_schema
@settings(max_examples=12)
@given(word=WORD, landing=st.booleans(), signed_in=st.booleans())
def test_any_words_give_lines_of_the_format(schema: Schema, word: str, landing: bool, signed_in: bool) -> None:
    rows = a_walk(page_number=1 if landing else 2, signed_in=signed_in, channel=1)
    assert len(events(schema, rows, vocabulary(word))) == len(rows)


@every_schema
def test_samples_show_every_field_that_an_event_has(schema: Schema) -> None:
    samples = [
        read(schema, line) for line in sample_events(layout_of(schema, vocabulary()), vocabulary()).splitlines()
    ]
    known = set().union(*samples)
    assert all(set(event) <= known for event in events(schema, a_walk(page_number=1, signed_in=True, channel=1)))


@every_schema
def test_ids_stand_in_order_and_cover_their_line(schema: Schema) -> None:
    rows = facts(2500, page=np.arange(2500) % 4, visitor=np.arange(2500).astype(np.uint64))
    rows.signed_in[::3] = True
    for number, line in enumerate(lines_of(schema, vocabulary(), rows)):
        assert line.count(needle(RUN)) == 1
        at = line.index(needle(RUN))
        place = parse_id(line[at : at + 36])
        assert place is not None
        assert (place.lane, place.number, place.check) == (LANE, number, checksum(line, at))


@every_schema
def test_one_call_leaves_nothing_behind_for_the_next(schema: Schema) -> None:
    words = vocabulary()
    alone = lines_of(schema, words, facts(3))
    rows = facts(
        3 + len(PAGES),
        **{
            name: getattr(a_walk(signed_in=True), name)[[0] * 3 + list(range(7))]
            for name in ("page", "signed_in", "quantity", "cart_items", "cart_cents", "lines", "order")
        },
    )
    assert len(lines_of(schema, words, rows)) == len(rows)
    assert lines_of(schema, words, facts(3)) == alone
    assert lines_of(schema, words, facts(0)) == []


@every_schema
def test_events_are_the_same_however_many_are_made_at_once(schema: Schema) -> None:
    layout = layout_of(schema, vocabulary())
    count, walk = 9000, a_walk(signed_in=np.arange(len(PAGES)) % 2 == 0)
    rows = walk.part(np.arange(count) % len(walk))
    rows = replace(rows, time_ms=rows.time_ms + np.arange(count) * 7, visitor=np.arange(count, dtype=np.uint64))
    whole, offsets = Encoder(layout, RUN, LANE).encode(4000, rows)
    few = Encoder(layout, RUN, LANE)
    parts = [few.encode(4000 + begin, rows.part(slice(begin, begin + 611)))[0] for begin in range(0, count, 611)]
    assert b"".join(parts) == whole
    assert np.flatnonzero(np.frombuffer(whole, dtype=np.uint8) == ord("\n")).tolist() == (offsets[1:] - 1).tolist()


@pytest.mark.parametrize("name", ["flat", "ga4", "snowplow", "own fields"])
@pytest.mark.parametrize(("devices", "places"), [(3, 5), (70, 80)])
def test_however_many_words_there_are_each_event_has_its_own(name: str, devices: int, places: int) -> None:
    words = vocabulary()
    many = replace(
        words,
        devices=tuple(replace(words.devices[0], user_agent=f"agent {n}", os=f"agent {n}") for n in range(devices)),
        places=tuple(replace(words.places[0], city=f"city {n}", zone=f"city {n}") for n in range(places)),
    )
    generator = np.random.default_rng(1)
    device, place = generator.integers(0, devices, 400), generator.integers(0, places, 400)
    rows = facts(400, device=device, place=place, page_number=generator.integers(1, 20, 400))
    for line, agent, city in zip(lines_of(ALL[name], many, rows), device, place, strict=True):
        assert f'"agent {agent}"'.encode() in line
        assert f'"city {city}"'.encode() in line or name == "own fields"


@pytest.mark.parametrize("name", JSON)
def test_the_way_to_the_id_is_known(name: str) -> None:
    schema = ALL[name]
    (event,) = events(schema, facts(1))
    value: Any = event
    for key in id_path(schema):
        value = value[key][0] if isinstance(value[key], list) else value[key]
    assert parse_id(value.encode()) is not None


REVENUE: dict[str, Callable[[dict[str, Any]], object]] = {
    "flat": lambda event: event["cart_value"],
    "ga4": lambda event: event["ecommerce"]["purchase_revenue"],
    "snowplow": lambda event: float(event["data"][0]["tr_tt"]),
    "snowplow-tsv": lambda event: float(event["tr_total"]),
    "segment": lambda event: event["properties"]["revenue"],
    "aws-clickstream": lambda event: event["attributes"]["cart_value"],
    "own fields": lambda event: event["cart"]["value"],
}
ORDER_ID: dict[str, Callable[[dict[str, Any]], object]] = {
    "flat": lambda event: event["order_id"],
    "ga4": lambda event: event["ecommerce"]["transaction_id"],
    "snowplow": lambda event: event["data"][0]["tr_id"],
    "snowplow-tsv": lambda event: event["tr_orderid"],
    "segment": lambda event: event["properties"]["order_id"],
    "aws-clickstream": lambda event: event["attributes"]["order_id"],
    "own fields": lambda event: event["cart"]["order"],
}
SHOWN: dict[str, Callable[[dict[str, Any]], object]] = {
    "flat": lambda event: event["product_id"],
    "ga4": lambda event: event["items"][0]["item_id"],
    "segment": lambda event: event["properties"]["product_id"],
    "aws-clickstream": lambda event: event["items"][0]["id"],
    "own fields": lambda event: event["product"],
}
ACCOUNT: dict[str, Callable[[dict[str, Any]], object]] = {
    "ga4": lambda event: event["user_id"],
    "snowplow": lambda event: event["data"][0].get("uid"),
    "snowplow-tsv": lambda event: event["user_id"] or None,
    "segment": lambda event: event["userId"],
    "aws-clickstream": lambda event: event["user"]["_user_id"]["value"],
    "combined": lambda event: None if event["user"] == "-" else event["user"],
    "own fields": lambda event: event["user"]["account"],
}
PATH: dict[str, Callable[[dict[str, Any]], object]] = {
    "flat": lambda event: event["page"],
    "snowplow": lambda event: event["data"][0]["url"].removeprefix("https://www.example.com"),
    "snowplow-tsv": lambda event: (
        event["page_urlpath"] + (event["page_urlquery"] and "?" + event["page_urlquery"])
    ),
    "segment": lambda event: event["context"]["page"]["path"] + event["context"]["page"]["search"],
    "aws-clickstream": lambda event: event["attributes"]["_page_url"].removeprefix("https://www.example.com"),
    "combined": lambda event: event["path"],
    "page-view": lambda event: event["page"],
    "own fields": lambda event: event["page"]["path"],
}


@pytest.mark.parametrize("name", REVENUE)
def test_every_schema_tells_the_same_order(name: str) -> None:
    bought = events(ALL[name], a_walk())[ORDER]
    assert (REVENUE[name](bought), ORDER_ID[name](bought)) == (99.8, "0000000000000abc")


@pytest.mark.parametrize("name", SHOWN)
def test_every_schema_shows_the_same_product(name: str) -> None:
    rows = facts(2, page=PRODUCT, item=np.array([0, 1]))
    assert [SHOWN[name](event) for event in events(ALL[name], rows)] == ["123", "124"]


@pytest.mark.parametrize("name", ACCOUNT)
def test_every_schema_has_the_same_account_for_those_who_are_signed_in(name: str) -> None:
    visitors = np.array([7, 7, 8, 2**64 - 1], dtype=np.uint64)
    rows = facts(4, visitor=visitors, signed_in=np.array([True, False, True, True]))
    accounts = [ACCOUNT[name](event) for event in events(ALL[name], rows)]
    assert accounts == [ACCOUNT["ga4"](event) for event in events("ga4", rows)]
    assert accounts[1] is None
    assert len(set(accounts)) == 4


@pytest.mark.parametrize("name", PATH)
def test_every_schema_tells_the_same_pages(name: str) -> None:
    assert [PATH[name](event) for event in events(ALL[name], a_walk(), vocabulary("Big Tëe"))] == [
        "/",
        "/c/big-t%C3%ABe",
        "/search?q=big-t%C3%ABe",
        "/p/big-t%C3%ABe-123",
        "/p/big-t%C3%ABe-123",
        "/cart",
        "/thanks",
    ]


def test_an_unknown_schema_says_what_exists_and_what_was_meant() -> None:
    with pytest.raises(UsageProblem) as caught:
        layout_of("ga-4", vocabulary())
    assert 'there is no schema "ga-4"; did you mean "ga4"?' in caught.value.message
    assert all(name in caught.value.message for name in SCHEMAS)


def test_the_added_id_has_the_name_that_is_wanted_and_no_other_field_has_it() -> None:
    (line,) = lines_of("ga4", vocabulary(), facts(1), id_field="trace")
    assert line.startswith(b'{"trace":"' + needle(RUN))
    assert (id_path("ga4", "trace"), id_path("flat", "trace"), id_path("combined")) == (
        ("trace",),
        ("event_id",),
        (),
    )
    with pytest.raises(UsageProblem, match="has a field geo of its own"):
        layout_of("ga4", vocabulary(), "geo")


def test_orders_need_products() -> None:
    words = vocabulary()
    bare = Vocabulary(words.site, words.pages[:1], (), (), (), "", words.devices, words.places, words.channels, 20)
    with pytest.raises(UsageProblem, match="needs products"):
        layout_of("order", bare)
    for name in SCHEMAS.keys() - {"order"}:
        assert len(lines_of(name, bare, facts(2))) == 2


def test_only_schemas_that_tell_the_lines_of_carts_want_them() -> None:
    telling = {name for name, schema in ALL.items() if layout_of(schema, vocabulary()).tells_lines}
    assert telling == {"ga4", "segment", "aws-clickstream"}
    for name in ALL.keys() - telling:
        assert events(ALL[name], a_walk(lines=None)) == events(ALL[name], a_walk())
