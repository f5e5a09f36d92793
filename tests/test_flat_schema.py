"""The flat schema: facts in, valid JSON out, whatever the words are."""

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.schema.digits import decimal_digits, hex_digits, iso_minute, seconds
from clickgen.schema.encode import Encoder
from clickgen.schema.facts import ChannelWords, Facts, PageWords, ProductWords, Vocabulary
from clickgen.schema.flat import flat_layout

RUN = "0123456789ab"
NEAR = st.integers(1_795_255_200_000, 1_795_255_500_000)
WORD = st.text(min_size=1, max_size=12)
PAGES = (
    PageWords("page_view", "/", "nothing", "keep"),
    PageWords("category_view", "/c/{category}", "category", "keep"),
    PageWords("search", "/search", "search", "keep"),
    PageWords("product_view", "/p/{product}", "product", "keep"),
    PageWords("add_to_cart", "/p/{product}", "product", "add"),
    PageWords("cart_view", "/cart", "nothing", "needs"),
    PageWords("purchase", "/thanks", "nothing", "order"),
)


def vocabulary(word: str, price_cents: int = 4990) -> Vocabulary:
    return Vocabulary(
        pages=PAGES,
        categories=(word,),
        terms=(word,),
        products=(ProductWords("123", word, word, price_cents),),
        currency="EUR",
        devices=((word, word, word),),
        places=((word, word, word),),
        channels=(ChannelWords("", "", "", ""), ChannelWords(word, "", word, "")),
        longest_session=20,
    )


def facts(count: int, **columns: Any) -> Facts:
    values: dict[str, Any] = {
        "time_ms": 1_700_000_000_000,
        "visitor": np.uint64(255),
        "session": np.uint64(2**64 - 1),
        "returning": False,
        "page_number": 3,
        "page": 0,
        "item": 0,
        "channel": -1,
        "device": 0,
        "place": 0,
        "quantity": 0,
        "cart_items": 0,
        "cart_cents": 0,
        "order": np.uint64(0),
    }
    return Facts(
        **{name: np.broadcast_to(columns.get(name, value), count).copy() for name, value in values.items()}
    )


def encode(words: Vocabulary, rows: Facts) -> list[dict[str, Any]]:
    data, offsets = Encoder(flat_layout(words), RUN, 5).encode(0, rows)
    lines = bytes(data).split(b"\n")
    assert lines.pop() == b""
    assert [len(line) + 1 for line in lines] == np.diff(offsets).tolist()
    return [orjson.loads(line) for line in lines]


@given(WORD)
def test_any_words_give_valid_json_that_says_them(word: str) -> None:
    rows = facts(len(PAGES), page_number=1, page=np.arange(len(PAGES)), channel=1, cart_items=1, cart_cents=4990)
    events = encode(vocabulary(word), rows)
    for event in events:
        assert [event[key] for key in ("device", "os", "browser", "language", "country", "city")] == [word] * 6
        assert (event["referrer"], event["utm_medium"]) == (word, word)
        assert "utm_source" not in event
    assert events[1]["category"] == events[2]["search_term"] == events[3]["category"] == word


def test_each_kind_of_page_has_its_fields() -> None:
    rows = facts(
        len(PAGES),
        page=np.arange(len(PAGES)),
        quantity=np.array([0, 0, 0, 0, 2, 0, 0]),
        cart_items=np.array([0, 0, 0, 0, 2, 2, 2]),
        cart_cents=np.array([0, 0, 0, 0, 9980, 9980, 9980]),
        order=np.uint64(0xABC),
        returning=True,
    )
    events = encode(vocabulary("Big Kettle"), rows)
    always = {
        "event_id",
        "event_time",
        "visitor_id",
        "session_id",
        "event_type",
        "page",
        "page_number",
        "returning",
    }
    always |= {"device", "os", "browser", "language", "country", "city"}
    product, cart = {"product_id", "category", "price"}, {"cart_items", "cart_value", "currency"}
    assert [event.keys() - always for event in events] == [
        set(),
        {"category"},
        {"search_term"},
        product,
        product | cart | {"quantity"},
        cart,
        cart | {"order_id"},
    ]
    assert events[3]["page"] == "/p/big-kettle-123"
    assert events[3]["price"] == 49.9
    assert (events[4]["quantity"], events[4]["cart_value"]) == (2, 99.8)
    assert events[6]["order_id"] == "0000000000000abc"
    assert (events[0]["visitor_id"], events[0]["session_id"]) == ("00000000000000ff", "f" * 16)
    assert (events[0]["page_number"], events[0]["returning"]) == (3, True)


@given(st.lists(st.tuples(st.integers(1, 9000), st.integers(0, 10**11)), min_size=1, max_size=30))
def test_carts_of_any_size_are_written_to_the_cent(carts: list[tuple[int, int]]) -> None:
    rows = facts(
        len(carts),
        page=5,
        cart_items=np.array([items for items, _ in carts]),
        cart_cents=np.array([c for _, c in carts]),
    )
    for event, (items, cents) in zip(encode(vocabulary("x"), rows), carts, strict=True):
        assert event["cart_items"] == items
        assert round(event["cart_value"] * 100) == cents


def test_more_events_than_are_filled_at_once_and_none() -> None:
    rows = facts(5000, page_number=np.arange(5000) % 20 + 1)
    events = encode(vocabulary("x"), rows)
    assert [event["page_number"] for event in events] == [n % 20 + 1 for n in range(5000)]
    assert len({event["event_id"] for event in events}) == 5000
    assert encode(vocabulary("x"), facts(0)) == []


def test_a_cart_leaves_nothing_behind_in_the_events_that_follow() -> None:
    encoder = Encoder(flat_layout(vocabulary("x")), RUN, 0)
    before, _ = encoder.encode(0, facts(3))
    encoder.encode(0, facts(3, page=6, cart_items=1, cart_cents=1, order=np.uint64(1)))
    after, _ = encoder.encode(0, facts(3))
    assert before == after


@given(st.lists(st.integers(0, 4_102_444_800_000), min_size=1, max_size=20) | st.lists(NEAR, min_size=1))
def test_times_are_iso_8601_in_utc(times: list[int]) -> None:
    epoch = datetime.fromtimestamp(0, UTC)
    times = sorted(times)
    array = np.array(times, dtype=np.int64)
    minutes = np.broadcast_to(iso_minute(array), len(times))
    for minute, second, ms in zip(minutes, seconds(array), times, strict=True):
        moment = epoch + timedelta(milliseconds=ms)
        text = (minute.tobytes() + second.tobytes()).decode()
        assert text == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@given(st.lists(st.integers(0, 2**64 - 1), max_size=10))
def test_hex_digits(numbers: list[int]) -> None:
    texts = hex_digits(np.array(numbers, dtype=np.uint64)).tolist()
    assert texts == [f"{number:016x}".encode() for number in numbers]


@pytest.mark.parametrize("number", [0, 7, 10, 99, 100, 99_999])
def test_decimal_digits_have_leading_zeros(number: int) -> None:
    assert decimal_digits(np.array([number]), 5).tolist() == [str(number).encode().rjust(5, b"0")]
