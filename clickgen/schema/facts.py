"""What a schema turns into bytes: the facts of consecutive events as columns, and the words they refer to."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Consecutive events of a lane, one row each.

    time_ms: Unix time in ms. visitor, session: their ids, 64 bits. returning: whether the visitor was there in
    an earlier session. signed_in: whether the site knows who the visitor is. page_number: 1 on the landing page.
    page, item, channel, device, place: numbers of the vocabulary's words; item is of the kind that the page
    shows; channel is what brought the session, on all of its events. quantity: pieces put into the cart by this
    event, else 0.
    cart_items, cart_cents: what is in the cart after this event, on an order what is bought. lines: the same as a
    tuple of (product, pieces), each product once. order: a 64-bit id. These four count on pages that are about the
    cart, order on an order only; elsewhere they are 0, and lines None.
    """

    time_ms: NDArray[np.int64]
    visitor: NDArray[np.uint64]
    session: NDArray[np.uint64]
    returning: NDArray[np.bool_]
    signed_in: NDArray[np.bool_]
    page_number: NDArray[np.int64]
    page: NDArray[np.int64]
    item: NDArray[np.int64]
    channel: NDArray[np.int64]
    device: NDArray[np.int64]
    place: NDArray[np.int64]
    quantity: NDArray[np.int64]
    cart_items: NDArray[np.int64]
    cart_cents: NDArray[np.int64]
    lines: NDArray[np.object_]
    order: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.time_ms)

    def part(self, rows: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Some of the events: a stretch, those at some places in that order, or those that are chosen."""
        return type(self)(*(getattr(self, name)[rows] for name in _COLUMNS))

    @classmethod
    def joined(cls, stretches: "Sequence[Facts]") -> "Facts":
        """Several stretches one after the other; at least one."""
        return cls(*(np.concatenate([getattr(facts, name) for facts in stretches]) for name in _COLUMNS))


_COLUMNS = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True, slots=True)
class PageWords:
    """A page: its name in the profile, event type, path and title with {category}, {product} or {term}.

    shows: "nothing", "category", "search" or "product": what it shows, and what may stand in path and title.
    cart: "keep", "add", "needs" or "order".
    """

    name: str
    event: str
    path: str
    title: str
    shows: str
    cart: str


@dataclass(frozen=True, slots=True)
class ProductWords:
    """A product, or an article: id, name, category and price (0 where nothing is sold)."""

    id: str
    name: str
    category: str
    price_cents: int


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """What a visitor browses with. type: mobile, desktop, tablet or bot. screen: width and height in pixels."""

    type: str
    os: str
    os_version: str
    browser: str
    browser_version: str
    user_agent: str
    screen: tuple[int, int]


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """Where a visitor lives: language tag, ISO country code, city, IANA time zone."""

    language: str
    country: str
    city: str
    zone: str


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """Where a session came from; "" where there is no referrer or no UTM tag."""

    name: str
    referrer: str
    utm_source: str
    utm_medium: str
    utm_campaign: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that the numbers in `Facts` stand for.

    site: the site's host name. currency: ISO code, "" where nothing is sold. longest_session: the largest page
    number.
    """

    site: str
    pages: tuple[PageWords, ...]
    categories: tuple[str, ...]
    terms: tuple[str, ...]
    products: tuple[ProductWords, ...]
    currency: str
    devices: tuple[DeviceWords, ...]
    places: tuple[PlaceWords, ...]
    channels: tuple[ChannelWords, ...]
    longest_session: int
