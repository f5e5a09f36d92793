"""The schema `flat`: one compact JSON object an event, all fields at the top level.

Every event has event_id, event_time, visitor_id, session_id, event_type, page, page_number,
returning, device, os, browser, language, country and city. Beside them stand, where they apply: category,
search_term, product_id and price (what the page shows); referrer, utm_source, utm_medium and utm_campaign
(landing pages); order_id, quantity, cart_items, cart_value and currency (the cart). What does not apply is
left out.
"""

from collections.abc import Iterator
from urllib.parse import quote

import numpy as np
import orjson
from numpy.typing import NDArray

from clickgen.model.event_id import ID_LENGTH, id_rows, seal_all
from clickgen.schema.facts import ChannelWords, Facts, PageWords, ProductWords, Vocabulary
from clickgen.schema.fragments import Bytes, Fragments, decimal_digits, hex_digits, time_digits

_HEAD = (
    (b'{"event_id":"', ID_LENGTH),
    (b'","event_time":"', 24),
    (b'","visitor_id":"', 16),
    (b'","session_id":"', 16),
    (b'"', 0),
)
_ID_AT = len(_HEAD[0][0])
_END = b"}\n"
_NOTHING = np.zeros(0, dtype=np.uint8)
_ROWS = 4096  # what is filled at once stays in the processor's cache

_ORDER, _QUOTE, _QUANTITY = b',"order_id":"', b'"', b',"quantity":'
_ITEMS, _VALUE, _POINT = b',"cart_items":', b',"cart_value":', b"."
_ORDER_DIGITS, _COUNT_DIGITS, _UNIT_DIGITS = 16, 5, 10


class FlatPools:
    """A vocabulary as fragments of flat JSON; made once, shared by the encoders of all lanes.

    matrix: `_ROWS` events, one column a fragment, in which only the fixed bytes are filled in. Encoders fill it
    in turn, so that it stays in the processor's cache; they are not for several threads at once.
    """

    def __init__(self, vocabulary: Vocabulary) -> None:
        pages = list(_page_fragments(vocabulary))
        sizes = [len(texts) for texts in pages]
        self.first_of_page = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64)
        self.cart = CartFragments(vocabulary)
        self.columns = {
            "page": Fragments([text for texts in pages for text in texts]),
            "visit": Fragments(
                [
                    _members(page_number=number, returning=returning)
                    for number in range(vocabulary.longest_session + 1)
                    for returning in (False, True)
                ]
            ),
            "landing": Fragments([b"", *map(_landing, vocabulary.channels)]),
            "device": Fragments(
                [_members(device=kind, os=os, browser=browser) for kind, os, browser in vocabulary.devices]
            ),
            "place": Fragments(
                [_members(language=lang, country=country, city=city) for lang, country, city in vocabulary.places]
            ),
        }
        self.matrix = self._empty_matrix()

    def _empty_matrix(self) -> NDArray[np.void]:
        columns: list[tuple[str, str]] = []
        for n, (label, width) in enumerate(_HEAD):
            columns += [(f"label{n}", f"V{len(label)}"), (f"value{n}", f"V{width}")]
        columns += [(name, f"V{pool.width}") for name, pool in self.columns.items()]
        columns += [("cart", f"V{self.cart.width}"), ("end", f"V{len(_END)}")]
        matrix = np.zeros(_ROWS, dtype=[(name, kind) for name, kind in columns if kind != "V0"])
        for n, (label, _) in enumerate(_HEAD):
            matrix[f"label{n}"] = np.void(label)
        matrix["end"] = np.void(_END)
        return matrix


class FlatEncoder:
    """Facts of one lane to flat JSON, column by column."""

    def __init__(self, pools: FlatPools, run: str, lane: int) -> None:
        self._run, self._lane = run, lane
        self._first_of_page, self._cart, self._pools = pools.first_of_page, pools.cart, pools.columns
        self._matrix = pools.matrix

    def encode(self, first: int, facts: Facts) -> tuple[memoryview, NDArray[np.int64]]:
        """The events as bytes, each ended by a newline, and their n + 1 offsets; `first` is the first's number."""
        data = []
        lengths = [np.zeros(1, dtype=np.int64)]
        for begin in range(0, len(facts), _ROWS):
            rows = slice(begin, min(begin + _ROWS, len(facts)))
            lengths.append(self._fill(first + begin, facts, rows))
            flat = self._matrix[: len(lengths[-1])].view(np.uint8)
            data.append(flat[flat.view(np.bool_)])
        offsets = np.cumsum(np.concatenate(lengths))
        joined = (data[0] if len(data) == 1 else np.concatenate([_NOTHING, *data])).data
        seal_all(joined, offsets[:-1].tolist(), (offsets[1:] - 1).tolist(), _ID_AT)
        return joined, offsets

    def _fill(self, first: int, facts: Facts, rows: slice) -> NDArray[np.int64]:
        """Put these events into the first rows of the matrix; returns their lengths."""
        count = rows.stop - rows.start
        matrix = self._matrix[:count]
        heads = (
            id_rows(self._run, self._lane, first, count),
            time_digits(facts.time_ms[rows]),
            hex_digits(facts.visitor[rows]),
            hex_digits(facts.session[rows]),
        )
        for n, digits in enumerate(heads):
            matrix[f"value{n}"] = _as_items(digits)
        chosen = {
            "page": self._first_of_page[facts.page[rows]] + facts.item[rows],
            "visit": facts.page_number[rows] * 2 + facts.returning[rows],
            "landing": facts.channel[rows] + 1,
            "device": facts.device[rows],
            "place": facts.place[rows],
        }
        lengths = np.full(count, sum(len(label) + width for label, width in _HEAD) + len(_END))
        for name, numbers in chosen.items():
            pool = self._pools[name]
            matrix[name] = pool.rows[numbers]
            lengths += pool.lengths[numbers]
        matrix["cart"] = np.zeros((), dtype=f"V{self._cart.width}")
        with_cart = np.flatnonzero(self._cart.shown[facts.page[rows]])
        if len(with_cart):
            texts = self._cart.texts(facts, with_cart + rows.start)
            matrix["cart"][with_cart] = _as_items(texts)
            lengths[with_cart] += np.count_nonzero(texts, axis=1)
        return lengths


class CartFragments:
    """The members about the cart: order_id and quantity where they apply, cart_items, cart_value, currency."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.shown = np.array([page.cart != "keep" for page in vocabulary.pages])
        self._orders = np.array([page.cart == "order" for page in vocabulary.pages])
        self._currency = _members(currency=vocabulary.currency)
        labels = (_ORDER, _QUOTE, _QUANTITY, _ITEMS, _VALUE, _POINT, self._currency)
        digits = (_ORDER_DIGITS, 1, _COUNT_DIGITS, _UNIT_DIGITS, 2)
        self.width = sum(map(len, labels)) + sum(digits)

    def texts(self, facts: Facts, chosen: NDArray[np.int64]) -> Bytes:
        """One row of `width` bytes for each of the chosen events, with NULs where a part does not apply."""
        units, cents = np.divmod(facts.cart_cents[chosen], 100)
        always = np.ones(len(chosen), dtype=bool)
        order = self._orders[facts.page[chosen]]
        added = facts.quantity[chosen] > 0
        parts = (
            _where(order, _ORDER),
            hex_digits(facts.order[chosen]) * order[:, None],
            _where(order, _QUOTE),
            _where(added, _QUANTITY),
            decimal_digits(facts.quantity[chosen].astype(np.int64), 1) * added[:, None],
            _where(always, _ITEMS),
            decimal_digits(facts.cart_items[chosen], _COUNT_DIGITS),
            _where(always, _VALUE),
            decimal_digits(units, _UNIT_DIGITS),
            _where(always, _POINT),
            decimal_digits(cents + 100, 3)[:, 1:],
            _where(always, self._currency),
        )
        return np.concatenate(parts, axis=1)


def _where(wanted: NDArray[np.bool_], text: bytes) -> Bytes:
    return np.where(wanted[:, None], np.frombuffer(text, dtype=np.uint8), np.uint8(0))


def _as_items(rows: Bytes) -> NDArray[np.void]:
    return np.ascontiguousarray(rows).view(f"V{rows.shape[1]}").reshape(-1)


def _members(**values: object) -> bytes:
    """`,"key":value` for each value, as JSON."""
    return b"," + orjson.dumps(values)[1:-1]


def _price(cents: int) -> bytes:
    return b',"price":%d.%02d' % divmod(cents, 100)


def _landing(channel: ChannelWords) -> bytes:
    words = {
        "referrer": channel.referrer,
        "utm_source": channel.utm_source,
        "utm_medium": channel.utm_medium,
        "utm_campaign": channel.utm_campaign,
    }
    given = {name: word for name, word in words.items() if word}
    return _members(**given) if given else b""


def _page_fragments(vocabulary: Vocabulary) -> Iterator[list[bytes]]:
    """For each page the fragments of the items that it can show, in their order."""
    for page in vocabulary.pages:
        if page.shows == "category":
            yield [_page(page, {"category": name}, {"category": name}) for name in vocabulary.categories]
        elif page.shows == "search":
            yield [_page(page, {"term": term}, {"search_term": term}) for term in vocabulary.terms]
        elif page.shows == "product":
            yield [_product_page(page, product) for product in vocabulary.products]
        else:
            yield [_page(page, {}, {})]


def _product_page(page: PageWords, product: ProductWords) -> bytes:
    filling = {"product": f"{product.name} {product.id}", "category": product.category}
    shown = {"product_id": product.id, "category": product.category}
    return _page(page, filling, shown) + _price(product.price_cents)


def _page(page: PageWords, filling: dict[str, str], shown: dict[str, str]) -> bytes:
    path = page.path.format(**{name: _slug(words) for name, words in filling.items()})
    return _members(event_type=page.event, page=path, **shown)


def _slug(words: str) -> str:
    """Words as a part of a path: letters and digits in lower case, joined by hyphens."""
    kept = "".join(letter if letter.isalnum() else " " for letter in words.lower())
    return quote("-".join(kept.split()))
