"""One click of many sessions at once: the page that follows, what it shows, what becomes of the cart."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.site import Cart, Shows
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.bits import PLACES_A_SESSION, WORDS, bits_at, key_of

# the four words of random bits that each click has
STEP, ITEM, STAY, MOMENT = range(WORDS)


class Clicks(NamedTuple):
    """What sessions did with one click each: the page, what it shows, and how many pieces went into the cart."""

    page: NDArray[np.int64]
    item: NDArray[np.int64]
    quantity: NDArray[np.int64]


class Carts(NamedTuple):
    """What is in the carts of some sessions."""

    items: NDArray[np.int64]
    cents: NDArray[np.int64]


class Browsing:
    """The laws of browsing, as a function of a session's number, its page number and where it is.

    Where a session is: its page, twice, plus one if something is in the cart.
    """

    def __init__(self, tables: Tables, seed: int, lane: int) -> None:
        self._tables = tables
        self._key = key_of("click", seed, lane)
        site, catalogue = tables.site, tables.catalogue
        self.entry = site.entry_row
        cart: NDArray[np.int8] = site.cart
        self._adds, self._buys = np.equal(cart, Cart.ADD), np.equal(cart, Cart.ORDER)
        self.about_cart = np.not_equal(cart, Cart.KEEP)
        # after the page of a category the products of that category follow; the last row is the entry's
        shows = np.append(site.shows, Shows.NOTHING).astype(np.int64)
        target, first = site.steps.value, (site.steps.row >> np.uint64(32)).astype(np.int64)
        source = np.searchsorted(first, np.arange(len(target)), side="right") - 1
        within = (shows[source // 2] == Shows.CATEGORY) & (shows[target] == Shows.PRODUCT)
        self._item_row = np.where(within, catalogue.by_category_row, shows[target])
        self._item_weight = within.astype(np.int64)

    def bits(self, place: NDArray[np.int64], word: int) -> NDArray[np.uint64]:
        """One of the random words of the clicks at these places (see `place_of`)."""
        return bits_at(self._key, place + word)

    def click(self, place: NDArray[np.int64], state: NDArray[np.int64], item: NDArray[np.int64]) -> Clicks:
        """The next click of sessions that are in `state` (at first `entry`) and were last shown `item`."""
        catalogue, steps = self._tables.catalogue, self._tables.site.steps
        column = steps.columns(state, self.bits(place, STEP))
        page = steps.value.take(column)
        row = self._item_row.take(column) + self._item_weight.take(column) * item
        bits = self.bits(place, ITEM)
        shown = catalogue.items.draw(row, bits)
        quantity = np.zeros(len(page), dtype=np.int64)
        adding = np.flatnonzero(self._adds.take(page))
        shown[adding] = item.take(adding)
        quantity[adding] = catalogue.quantities.draw(0, bits.take(adding))
        return Clicks(page, shown, quantity)

    def fill(self, carts: Carts, clicks: Clicks) -> Carts:
        """The carts after these clicks, as their events report them."""
        price = self._tables.catalogue.price_cents
        added = clicks.quantity > 0
        cents = price.take(np.where(added, clicks.item, 0)) * clicks.quantity
        return Carts(carts.items + clicks.quantity, carts.cents + cents)

    def buys(self, page: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the cart is bought, and empty from then on."""
        return self._buys.take(page)


def place_of(number: NDArray[np.int64], depth: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where the random words lie of the click after `depth` pages of a session."""
    return number * PLACES_A_SESSION + depth * WORDS
