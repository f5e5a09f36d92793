"""One click of many sessions at once: the next page, what it shows, and what happens to the cart."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import WORDS, bits_at, key_of
from clickgen.profile.site import CartModel, Shows
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.seen import SeenProducts

PLACES_A_SESSION = 1024 * WORDS

# the four words of random bits that each click has
STEP, ITEM, STAY, MOMENT = range(WORDS)
_NOBODY = np.zeros(0, dtype=np.int64)
_LOW = np.uint64((1 << 32) - 1)
MEMORY = MOMENT  # when a session starts is decided before its first page, and nothing is remembered on that


class Clicks(NamedTuple):
    """What one click of each session did: its new context, the page, what that shows, pieces put into the cart."""

    context: NDArray[np.int64]
    page: NDArray[np.int64]
    item: NDArray[np.int64]
    quantity: NDArray[np.int64]


Lines = tuple[tuple[int, int], ...]  # the products of a cart, each with its pieces


class Browsing:
    """The laws of browsing, as a function of a session's number, its page number and where it is.

    Where a session is, its state: the context, twice, plus one if something is in the cart.
    """

    def __init__(self, tables: Tables, seed: int, lane: int) -> None:
        self._tables = tables
        self._key, self._pace_key = key_of("click", seed, lane), key_of("pace", seed, lane)
        site = tables.site
        self.entry, self.bot_entry = site.entry * 2, site.bot_entry * 2
        cart: NDArray[np.int8] = site.cart
        self._adds, self.buys = np.equal(cart, CartModel.ADD), np.equal(cart, CartModel.ORDER)
        self.about_cart = np.not_equal(cart, CartModel.KEEP)
        self._item_row, self._item_weight, self._campaign_weight = _item_rows(tables)
        self._rows_after = _RowsAfter(tables)
        self.products = SeenProducts(tables.catalogue, seed)
        self._revisits, self.steps_matter = site.revisits, bool(len(tables.sessions.waits.step))
        self.memory = self.products.depth + site.revisits.depth
        self._shows_product = (site.shows == Shows.PRODUCT) & ~self._adds

    def bits(self, place: NDArray[np.int64], word: int) -> NDArray[np.uint64]:
        """One of the random words of the clicks at these places (see `place_of`)."""
        return bits_at(self._key, place + word)

    def paces(self, numbers: NDArray[np.int64], is_bot: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The paces of the sessions with these numbers."""
        return self._tables.sessions.waits.paces(is_bot, bits_at(self._pace_key, numbers))

    def click(
        self,
        place: NDArray[np.int64],
        state: NDArray[np.int64],
        item: NDArray[np.int64],
        campaign: NDArray[np.int64] | None = None,
        seen: NDArray[np.uint32] | None = None,
    ) -> Clicks:
        """The next click of sessions that are in `state` (at first an entry) and were last shown `item`.

        campaign: the one that runs at each click, counted from 1, or None if none does. seen: what the sessions
        remember, a row of `memory` numbers each, which is brought up to date: products, then pages; None if they
        remember nothing.
        """
        site, catalogue = self._tables.site, self._tables.catalogue
        column, context, back = self._step(place, state, seen)
        page = site.page.take(context)
        first, weight, of_campaign = (
            each.take(column) for each in (self._item_row, self._item_weight, self._campaign_weight)
        )
        if len(back):
            before = site.page.take(state.take(back) // 2)
            first[back], weight[back], of_campaign[back] = self._rows_after(before, page.take(back))
        row = first + weight * item
        if campaign is not None:
            row += campaign * of_campaign
        bits = self.bits(place, ITEM)
        shown = catalogue.items.draw(row, bits)
        if self.products.depth and seen is not None:
            self._remember(seen, shown, page, np.where(weight, item, -1), place)
        if self._revisits.depth and seen is not None:
            at = self.products.depth
            last = np.where(site.page.take(state // 2) < len(site.names), site.page.take(state // 2), -1)
            seen[:, at:] = self._revisits.noted(seen[:, at:], last)
        quantity = np.zeros(len(page), dtype=np.int64)
        adding = np.flatnonzero(self._adds.take(page))
        shown[adding] = item.take(adding)
        quantity[adding] = catalogue.quantities.draw(0, bits.take(adding))
        return Clicks(context, page, shown, quantity)

    def _step(
        self, place: NDArray[np.int64], state: NDArray[np.int64], seen: NDArray[np.uint32] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """Where sessions go next: the column of the step, the context, and which of them go back instead."""
        site = self._tables.site
        column = site.steps.columns(state, self.bits(place, STEP))
        context = site.steps.value.take(column)
        if not self._revisits.depth or seen is None:
            return column, context, _NOBODY
        trail, bits = seen[:, self.products.depth :], self.bits(place, MEMORY) & _LOW
        back, there = self._revisits.chosen(state // 2, site.page.take(state // 2), trail, bits)
        context[back] = there
        return column, context, back

    def waits(
        self, place: NDArray[np.int64], state: NDArray[np.int64], seen: NDArray[np.uint32] | None
    ) -> NDArray[np.int64]:
        """The waits of sessions in `state`, whose next click is at `place`; seen: what they remember by now."""
        if not self.steps_matter:
            return state // 2
        _, context, _ = self._step(place, state, seen)
        return self._tables.sessions.waits.of(state // 2, self._tables.site.page.take(context))

    def _remember(
        self,
        seen: NDArray[np.uint32],
        shown: NDArray[np.int64],
        page: NDArray[np.int64],
        within: NDArray[np.int64],
        place: NDArray[np.int64],
    ) -> None:
        """Let memory choose some of the products shown, and note all of them.

        within: the category that the page before was about, if its products follow, or -1.
        """
        rows = np.flatnonzero(self._shows_product.take(page))
        own = self._tables.site.category.take(page.take(rows))
        category = np.where(own >= 0, own, within.take(rows))
        bits = self.bits(place.take(rows), MEMORY), self.bits(place.take(rows), ITEM)
        remembered = seen[rows, : self.products.depth]
        products = shown.take(rows)
        self.products.choose(products, remembered, page.take(rows), category, bits)
        shown[rows] = products
        seen[rows, : self.products.depth] = self.products.noted(remembered, products)

    def worth(self, clicks: Clicks) -> NDArray[np.int64]:
        """The price of what each click put into the cart, in cents."""
        added = np.flatnonzero(clicks.quantity)
        worth = np.zeros(len(clicks.quantity), dtype=np.int64)
        worth[added] = self._tables.catalogue.price_cents.take(clicks.item.take(added)) * clicks.quantity.take(
            added
        )
        return worth


def with_more(lines: Lines, product: int, pieces: int) -> Lines:
    """The lines of a cart with some pieces of a product more."""
    for place, (held, there) in enumerate(lines):
        if held == product:
            return (*lines[:place], (product, there + pieces), *lines[place + 1 :])
    return (*lines, (product, pieces))


def place_of(number: NDArray[np.int64], depth: NDArray[np.int64]) -> NDArray[np.int64]:
    """The position of the random words for the click after `depth` pages of a session."""
    return number * PLACES_A_SESSION + depth * WORDS


class _RowsAfter:
    """The row of the items on a page after another: first + second × the item shown before + third × the number of
    the campaign.
    """

    def __init__(self, tables: Tables) -> None:
        site = tables.site
        # nothing is shown before the first page
        self._shows = np.append(site.shows, Shows.NOTHING).astype(np.int64)
        self._category = np.append(site.category, -1)
        self._catalogue = tables.catalogue

    def __call__(
        self, before: NDArray[np.int64], after: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        catalogue, shows, category = self._catalogue, self._shows, self._category
        product = shows.take(after) == Shows.PRODUCT
        # after the page of a category the products of that category follow, unless the page has one of its own
        own = category.take(after) >= 0
        within = product & ~own & (shows.take(before) == Shows.CATEGORY)
        row = np.where(within, catalogue.by_category_row, shows.take(after))
        row = np.where(own, catalogue.by_category_row + category.take(after), row)
        ranks = catalogue.pages.row.take(after)
        row, within = np.where(ranks >= 0, ranks, row), within & (ranks < 0)
        return row, within.astype(np.int64), product * catalogue.rows_a_campaign


def _item_rows(tables: Tables) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The row of the items, as `_RowsAfter` says, for each step."""
    site = tables.site
    first = (site.steps.row >> np.uint64(32)).astype(np.int64)
    source = np.searchsorted(first, np.arange(len(site.steps.value)), side="right") - 1
    return _RowsAfter(tables)(site.page.take(source // 2), site.page.take(site.steps.value))
