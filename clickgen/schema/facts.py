"""What a schema turns into bytes: the facts of consecutive events as columns, and the words they refer to."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Consecutive events of a lane, one row each.

    What is said of the cart applies to pages that are about it; elsewhere it is 0, and lines None.
    """

    time_ms: NDArray[np.int64]  # Unix time
    visitor: NDArray[np.uint64]
    session: NDArray[np.uint64]
    returning: NDArray[np.bool_]  # the visitor was there in an earlier session
    signed_in: NDArray[np.bool_]  # the site knows who the visitor is
    page_number: NDArray[np.int64]  # 1 on the landing page
    page: NDArray[np.int64]  # this and the next four are numbers of the vocabulary's words
    item: NDArray[np.int64]  # of the kind that the page shows
    channel: NDArray[np.int64]  # what brought the session, on all of its events
    device: NDArray[np.int64]
    place: NDArray[np.int64]
    quantity: NDArray[np.int64]  # pieces put into the cart by this event
    cart_items: NDArray[np.int64]  # pieces in the cart after this event, or bought by an order
    cart_cents: NDArray[np.int64]  # what they cost
    lines: NDArray[np.object_]  # tuples of (product, pieces), each product once
    order: NDArray[np.uint64]  # the id of an order

    def __len__(self) -> int:
        return len(self.time_ms)

    def part(self, rows: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """Some of the events: a slice, those at these positions in that order, or those that are True."""
        return type(self)(*(getattr(self, name)[rows] for name in _COLUMNS))

    @classmethod
    def joined(cls, stretches: "Sequence[Facts]") -> "Facts":
        """Several stretches one after the other; at least one."""
        return cls(*(np.concatenate([getattr(facts, name) for facts in stretches]) for name in _COLUMNS))


_COLUMNS = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True, slots=True)
class PageWords:
    """A page of the profile."""

    name: str
    event: str  # the event type
    path: str  # with {category}, {product} or {term}, as the title
    title: str
    shows: str  # "nothing", "category", "search" or "product", which path and title may name
    cart: str  # "keep", "add", "needs" or "order"


@dataclass(frozen=True, slots=True)
class ProductWords:
    """A product, or an article: id, name, category and price (0 if nothing is sold)."""

    id: str
    name: str
    category: str
    price_cents: int


@dataclass(frozen=True, slots=True)
class DeviceWords:
    """What a visitor browses with."""

    type: str  # mobile, desktop, tablet or bot
    os: str
    os_version: str
    browser: str
    browser_version: str
    user_agent: str
    screen: tuple[int, int]  # width and height in pixels


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """Where a visitor lives: language tag, ISO country code, city, IANA time zone."""

    language: str
    country: str
    city: str
    zone: str


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """Where a session came from; "" if there is no referrer or no UTM tag."""

    name: str
    referrer: str
    utm_source: str
    utm_medium: str
    utm_campaign: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that the numbers in `Facts` stand for."""

    site: str  # the host name
    pages: tuple[PageWords, ...]
    categories: tuple[str, ...]
    terms: tuple[str, ...]  # what visitors search for
    products: tuple[ProductWords, ...]
    currency: str  # ISO code, "" if nothing is sold
    devices: tuple[DeviceWords, ...]
    places: tuple[PlaceWords, ...]
    channels: tuple[ChannelWords, ...]
    longest_session: int  # the largest page number
