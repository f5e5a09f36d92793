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

from clickgen.model.event_id import ID_LENGTH
from clickgen.schema.digits import hex_digits, iso_minute, seconds
from clickgen.schema.encode import Layout
from clickgen.schema.facts import ChannelWords, PageWords, ProductWords, Vocabulary
from clickgen.schema.parts import Chosen, Extended, Fixed, Part, Rows, id_of

_ID_LABEL = b'{"event_id":"'
_MOST_COMBINED = 1 << 14  # combinations of two pools that are joined ahead


def flat_layout(vocabulary: Vocabulary) -> Layout:
    """The schema over this vocabulary; made once, shared by the encoders of all lanes."""
    head = Fixed(
        _ID_LABEL,
        (ID_LENGTH, id_of),
        b'","event_time":"',
        (16, lambda rows: iso_minute(rows.facts.time_ms)),
        (8, lambda rows: seconds(rows.facts.time_ms)),
        b'","visitor_id":"',
        (16, lambda rows: hex_digits(rows.facts.visitor)),
        b'","session_id":"',
        (16, lambda rows: hex_digits(rows.facts.session)),
        b'"',
    )
    visit = Extended(_visit_part(vocabulary), CartTexts(vocabulary))
    parts = (head, _page_part(vocabulary), visit, *_who_parts(vocabulary))
    return Layout(parts, id_within=len(_ID_LABEL))


def _page_part(vocabulary: Vocabulary) -> Part:
    """What the page is and what it shows."""
    fragments = list(_page_fragments(vocabulary))
    first = np.cumsum([0, *map(len, fragments)])[:-1]
    return Chosen(
        [text for texts in fragments for text in texts],
        lambda facts: first.take(facts.page) + facts.item,
    )


def _visit_part(vocabulary: Vocabulary) -> Part:
    """Which page of the visit it is, and on the first one where the visitor comes from."""
    usual = [
        _members(page_number=number, returning=returning)
        for number in range(vocabulary.longest_session + 1)
        for returning in (False, True)
    ]
    landings = [
        _members(page_number=1, returning=returning) + _landing(channel)
        for channel in vocabulary.channels
        for returning in (False, True)
    ]
    # a landing page of channel c is at the end of the pool instead
    beyond = np.array([0, *range(len(usual) - 2, len(usual) - 2 + len(landings), 2)])
    return Chosen(
        usual + landings,
        lambda facts: facts.page_number * 2 + facts.returning + beyond.take(facts.channel + 1),
    )


def _who_parts(vocabulary: Vocabulary) -> list[Part]:
    """The visitor's device and place, to the end of the event."""
    devices = [_members(device=kind, os=os, browser=browser) for kind, os, browser in vocabulary.devices]
    places = [
        _members(language=language, country=country, city=city) + b"}"
        for language, country, city in vocabulary.places
    ]
    if len(devices) * len(places) > _MOST_COMBINED:
        return [
            Chosen(devices, lambda facts: facts.device.astype(np.int64)),
            Chosen(places, lambda facts: facts.place.astype(np.int64)),
        ]
    count = len(places)
    both = [device + place for device in devices for place in places]
    return [Chosen(both, lambda facts: facts.device.astype(np.int64) * count + facts.place)]


class CartTexts:
    """The members about the cart: order_id and quantity where they apply, cart_items, cart_value, currency."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._shown = np.array([page.cart != "keep" for page in vocabulary.pages])
        self._orders = np.array([page.cart == "order" for page in vocabulary.pages])
        currency = _members(currency=vocabulary.currency).decode()
        self._cents = [f".{cents:02}{currency}" for cents in range(100)]

    def __call__(self, rows: Rows) -> tuple[NDArray[np.int64], list[bytes]]:
        """The events on pages about the cart, and their members."""
        facts = rows.facts
        chosen = np.flatnonzero(self._shown.take(facts.page))
        units, cents = np.divmod(facts.cart_cents.take(chosen), 100)
        columns = (facts.cart_items.take(chosen), units, cents)
        texts = [
            f',"cart_items":{items},"cart_value":{unit}{self._cents[cent]}'
            for items, unit, cent in zip(*(column.tolist() for column in columns), strict=True)
        ]
        quantities = facts.quantity.take(chosen)
        for n in np.flatnonzero(quantities).tolist():
            texts[n] = f',"quantity":{quantities[n]}{texts[n]}'
        for n in np.flatnonzero(self._orders.take(facts.page.take(chosen))).tolist():
            texts[n] = f',"order_id":"{facts.order[chosen[n]]:016x}"{texts[n]}'
        return chosen, [text.encode() for text in texts]


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
