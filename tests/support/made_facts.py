"""Facts made up for tests: a small site that shows every kind of page, its words, and events on it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clickgen.schema.encode import Encoder
from clickgen.schema.facts import (
    ChannelWords,
    DeviceWords,
    Facts,
    PageWords,
    PlaceWords,
    ProductWords,
    Vocabulary,
)
from clickgen.schema.registry import Schema, layout_of

RUN = "0123456789ab"
LANE = 5
TIME_MS = 1_795_255_200_123  # 2026-11-21T10:00:00.123Z
PAGES = (
    PageWords("home", "page_view", "/", "Home", "nothing", "keep"),
    PageWords("category", "category_view", "/c/{category}", "All: {category}", "category", "keep"),
    PageWords("search", "search", "/search?q={term}", "Search: {term}", "search", "keep"),
    PageWords("product", "product_view", "/p/{product}", "{product}", "product", "keep"),
    PageWords("add", "add_to_cart", "/p/{product}", "{product}", "product", "add"),
    PageWords("cart", "cart_view", "/cart", "Cart", "nothing", "needs"),
    PageWords("thanks", "purchase", "/thanks", "Thanks", "nothing", "order"),
)
PRODUCT, ADD, CART, ORDER = 3, 4, 5, 6
OWN_FIELDS: Mapping[str, object] = {
    "meta": {"id": "event_id", "at": "event_time", "source": {"const": "web"}},
    "user": {"id": "visitor_id", "account": "user_id", "new": "is_new"},
    "what": "event_type",
    "page": {"path": "path", "title": "title", "number": "page_number"},
    "product": "product_id",
    "price": {"fact": "price", "type": "string"},
    "cart": {"pieces": "cart_items", "value": "cart_value", "order": "order_id"},
    "country": "country",
    "user_agent": "user_agent",
}


def vocabulary(word: str = "Kettle", price_cents: int = 4990) -> Vocabulary:
    """A site on which everything is called `word`, with two products."""
    plain = word.replace("{", "{{").replace("}", "}}")
    pages = tuple(replace(page, title=f"{page.title} {plain}", path=page.path) for page in PAGES)
    return Vocabulary(
        site="www.example.com",
        pages=pages,
        categories=(word,),
        terms=(word,),
        products=(ProductWords("123", word, word, price_cents), ProductWords("124", f"Small {word}", word, 1250)),
        currency="EUR",
        devices=(DeviceWords("mobile", word, word, word, word, word, (390, 844)),),
        places=(PlaceWords(word, "DE", word, "Europe/Berlin"),),
        channels=(
            ChannelWords("direct", "", "", "", ""),
            ChannelWords(word, "https://a.example/", word, "", word),
        ),
        longest_session=20,
    )


def facts(count: int, **columns: Any) -> Facts:
    """Events that are alike but for these columns."""
    values: dict[str, Any] = {
        "time_ms": TIME_MS,
        "visitor": np.uint64(255),
        "session": np.uint64(2**64 - 1),
        "returning": False,
        "signed_in": False,
        "page_number": 3,
        "page": 0,
        "item": 0,
        "channel": 0,
        "device": 0,
        "place": 0,
        "quantity": 0,
        "cart_items": 0,
        "cart_cents": 0,
        "lines": None,
        "order": np.uint64(0),
    }
    return Facts(
        **{name: np.broadcast_to(columns.get(name, value), count).copy() for name, value in values.items()}
    )


def a_walk(**columns: Any) -> Facts:
    """One event on each page, two pieces of a product being bought."""
    lines = np.empty(len(PAGES), dtype=object)
    lines[ADD:] = [((0, 2),)] * (len(PAGES) - ADD)
    walk = {
        "page": np.arange(len(PAGES)),
        "page_number": np.arange(1, len(PAGES) + 1),
        "quantity": np.array([0, 0, 0, 0, 2, 0, 0]),
        "cart_items": np.array([0, 0, 0, 0, 2, 2, 2]),
        "cart_cents": np.array([0, 0, 0, 0, 9980, 9980, 9980]),
        "lines": lines,
        "order": np.array([0, 0, 0, 0, 0, 0, 0xABC], dtype=np.uint64),
    }
    return facts(len(PAGES), **(walk | columns))


def lines_of(schema: Schema, words: Vocabulary, rows: Facts, *, id_field: str = "clickgen_id") -> Sequence[bytes]:
    """The events without their line ends; offsets are held to be right."""
    encoder = Encoder(layout_of(schema, words, id_field), RUN, LANE)
    data, offsets = encoder.encode(0, rows)
    lines = bytes(data).split(b"\n")
    assert lines.pop() == b""
    assert [len(line) + 1 for line in lines] == np.diff(offsets).tolist()
    return lines
