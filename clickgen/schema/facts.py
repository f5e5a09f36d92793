"""What a schema turns into bytes: the facts of consecutive events as columns, and the words they refer to."""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Facts:
    """Consecutive events of a lane, one row each.

    time_ms: Unix time in ms. visitor, session: their ids, 64 bits. page_number: 1 on the landing page.
    page, item, channel, device, place: numbers of the vocabulary's words; item is of the kind that the page
    shows; channel is -1 but on the landing page. quantity: pieces put into the cart by this event, else 0.
    cart_items, cart_cents: what is in the cart after this event, on an order what is bought. order: a
    64-bit id. These three count on pages that are about the cart, on an order the last one.
    """

    time_ms: NDArray[np.int64]
    visitor: NDArray[np.uint64]
    session: NDArray[np.uint64]
    returning: NDArray[np.bool_]
    page_number: NDArray[np.int64]
    page: NDArray[np.int64]
    item: NDArray[np.int64]
    channel: NDArray[np.int64]
    device: NDArray[np.uint16]
    place: NDArray[np.uint32]
    quantity: NDArray[np.int64]
    cart_items: NDArray[np.int64]
    cart_cents: NDArray[np.int64]
    order: NDArray[np.uint64]

    def __len__(self) -> int:
        return len(self.time_ms)

    def part(self, rows: slice) -> Self:
        """Some of the events."""
        return type(self)(*(getattr(self, name)[rows] for name in _COLUMNS))


_COLUMNS = tuple(field.name for field in fields(Facts))


@dataclass(frozen=True, slots=True)
class PageWords:
    """A page: event type, path with {category} or {product}, and what it shows and does.

    shows: "nothing", "category", "search" or "product". cart: "keep", "add", "needs" or "order".
    """

    event: str
    path: str
    shows: str
    cart: str


@dataclass(frozen=True, slots=True)
class ProductWords:
    """A product: id, name, category and price."""

    id: str
    name: str
    category: str
    price_cents: int


@dataclass(frozen=True, slots=True)
class ChannelWords:
    """Where a session came from; "" where there is no referrer or no UTM tag."""

    referrer: str
    utm_source: str
    utm_medium: str
    utm_campaign: str


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that the numbers in `Facts` stand for.

    devices: (type, operating system, browser). places: (language, country, city). longest_session: the
    largest page number.
    """

    pages: tuple[PageWords, ...]
    categories: tuple[str, ...]
    terms: tuple[str, ...]
    products: tuple[ProductWords, ...]
    currency: str
    devices: tuple[tuple[str, str, str], ...]
    places: tuple[tuple[str, str, str], ...]
    channels: tuple[ChannelWords, ...]
    longest_session: int
