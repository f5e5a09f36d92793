"""One click of many sessions at once: the page that follows, what it shows, what becomes of the cart."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.site import Cart, Shows
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.bits import PLACES_A_SESSION, WORDS, bits_at, key_of

# the four words of random bits that each click has
STEP, ITEM, STAY, MOMENT = range(WORDS)


@dataclass(frozen=True, slots=True, eq=False)
class Clicks:
    """What sessions did with one click each. The cart is as the event reports it; `bought`: it is empty now."""

    page: NDArray[np.int32]
    item: NDArray[np.int32]
    quantity: NDArray[np.int32]
    cart_items: NDArray[np.int64]
    cart_cents: NDArray[np.int64]
    bought: NDArray[np.bool_]


class Browsing:
    """The laws of browsing, as a function of a session's number, its page number and where it is."""

    def __init__(self, tables: Tables, seed: int, lane: int) -> None:
        self._tables = tables
        self._key = key_of("click", seed, lane)
        site, catalogue = tables.site, tables.catalogue
        self._keeps_item = site.cart == Cart.ADD
        self._adds = site.cart == Cart.ADD
        self._buys = site.cart == Cart.ORDER
        self._item_row = site.shows.astype(np.int64)
        # after the page of a category the products of that category follow; the last is the entry's page
        shows_category = np.append(site.shows == Shows.CATEGORY, False)
        self._leads_to_category = np.where(shows_category, catalogue.by_category_row, 0)
        self._shows_product = site.shows == Shows.PRODUCT
        self.entry_page = len(site.names)

    def bits(self, session: NDArray[np.int64], depth: NDArray[np.int64], word: int) -> NDArray[np.uint64]:
        """Random bits of the click after `depth` pages of a session."""
        return bits_at(self._key, session * PLACES_A_SESSION + depth * WORDS + word)

    def click(
        self,
        session: NDArray[np.int64],
        depth: NDArray[np.int64],
        page: NDArray[np.int32],
        item: NDArray[np.int32],
        cart_items: NDArray[np.int64],
        cart_cents: NDArray[np.int64],
    ) -> Clicks:
        """The next click of sessions that have seen `depth` pages, the last one (`entry_page`: none) given."""
        catalogue = self._tables.catalogue
        filled = cart_items > 0
        following = self._tables.site.steps.draw(
            page.astype(np.int64) * 2 + filled, self.bits(session, depth, STEP)
        )
        bits = self.bits(session, depth, ITEM)
        category_row = self._leads_to_category[page]
        within = (category_row > 0) & self._shows_product[following]
        shown = catalogue.items.draw(np.where(within, category_row + item, self._item_row[following]), bits)
        adding = np.flatnonzero(self._adds[following])
        quantity = np.zeros(len(session), dtype=np.int32)
        if len(adding):
            shown[adding] = item[adding]
            quantity[adding] = catalogue.quantities.draw(0, bits[adding])
            cart_items = cart_items + quantity
            cart_cents = cart_cents.copy()
            cart_cents[adding] += catalogue.price_cents[item[adding]] * quantity[adding]
        return Clicks(following, shown, quantity, cart_items, cart_cents, self._buys[following])
