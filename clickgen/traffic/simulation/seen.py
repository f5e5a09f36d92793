"""The products that a visit has seen: pages show them again, or one that is related to the last, or a new one."""

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import WORDS, bits_at, key_of
from clickgen.profile.catalogue import CatalogueTables
from clickgen.profile.choices import CERTAIN
from clickgen.profile.page_products import MOST_REMEMBERED, Choice
from clickgen.profile.site import Shows

_HALF = np.uint64(32)
_LOW = np.uint64(CERTAIN - 1)
_TRIES = 2  # to find a product that is new to the visit


class SeenProducts:
    """What visits remember of products: a row of numbers for each, of the last product shown, the one before, …

    A number is that of the product plus 1; 0 is none. Where pages say which products they show, each product is
    remembered once.
    """

    def __init__(self, catalogue: CatalogueTables, seed: int) -> None:
        self._catalogue = catalogue
        self._once = catalogue.pages.matter
        by_chance = max(len(catalogue.memory) - 1, 1) if len(catalogue.memory) else 0
        self.depth = max(by_chance, MOST_REMEMBERED if self._once else 0)
        self._company, self._retry = key_of("company", seed), key_of("new product", seed)

    def choose(
        self,
        shown: NDArray[np.int64],
        seen: NDArray[np.uint32],
        page: NDArray[np.int64],
        category: NDArray[np.int64],
        bits: tuple[NDArray[np.uint64], NDArray[np.uint64]],
    ) -> None:
        """Let memory choose some of the products shown.

        shown: what popularity chose, which is brought up to date. seen: what the visits remember. page: of each.
        category: the only one whose products each page shows, or -1. bits: 64 random bits each, of which 32
        decide, and those that popularity chose by, which decide between related products.
        """
        if not self._once:
            self._choose_any(shown, seen, category, bits)
            return
        choice = self._catalogue.pages.choice.take(page)
        rows = np.flatnonzero(choice == Choice.ANY)
        before = shown.take(rows)
        products = before.copy()
        self._choose_any(products, seen[rows], category.take(rows), (bits[0].take(rows), bits[1].take(rows)))
        shown[rows] = np.where(self._can_show(page.take(rows), products), products, before)
        same, again = np.flatnonzero(choice == Choice.SAME), np.flatnonzero(choice == Choice.SEEN)
        self._go_back(shown, same, self._last(seen[same], page.take(same)))
        self._go_back(shown, again, self._earlier(seen[again], page.take(again), bits[0].take(again)))
        rows = np.flatnonzero(choice == Choice.NEW)
        shown[rows] = self._new(shown.take(rows), seen[rows], page.take(rows), bits[0].take(rows))

    def noted(self, seen: NDArray[np.uint32], product: NDArray[np.int64]) -> NDArray[np.uint32]:
        """What these visits remember after each was shown a product."""
        latest = (product + 1).astype(np.uint32)[:, np.newaxis]
        if not self._once:
            return np.concatenate([latest, seen[:, :-1]], axis=1)
        known = seen == latest
        place = np.where(known.any(axis=1), known.argmax(axis=1), seen.shape[1] - 1)
        moved = np.concatenate([latest, seen[:, :-1]], axis=1)
        return np.where(np.arange(seen.shape[1]) <= place[:, np.newaxis], moved, seen)

    def _choose_any(
        self,
        shown: NDArray[np.int64],
        seen: NDArray[np.uint32],
        category: NDArray[np.int64],
        bits: tuple[NDArray[np.uint64], NDArray[np.uint64]],
    ) -> None:
        """Pages that leave it to the catalogue."""
        catalogue = self._catalogue
        choice = np.searchsorted(catalogue.memory, bits[0] >> _HALF, side="right")
        rows = np.flatnonzero(choice < len(catalogue.memory))
        choice = choice.take(rows)
        is_related = choice == len(catalogue.memory) - 1
        remembered = seen[rows, np.where(is_related, 0, choice)].astype(np.int64) - 1
        known = np.flatnonzero(remembered >= 0)
        rows, is_related, product = rows.take(known), is_related.take(known), remembered.take(known)
        follow = np.flatnonzero(is_related)
        product[follow] = catalogue.related.draw(product.take(follow), bits[1].take(rows.take(follow)))
        wanted = category.take(rows)
        fits = np.flatnonzero((wanted < 0) | (catalogue.product_category.take(product) == wanted))
        shown[rows.take(fits)] = product.take(fits)

    @staticmethod
    def _go_back(shown: NDArray[np.int64], rows: NDArray[np.int64], remembered: NDArray[np.uint32]) -> None:
        """Show what was remembered, where something was."""
        known = np.flatnonzero(remembered)
        shown[rows.take(known)] = remembered.take(known).astype(np.int64) - 1

    def _last(self, seen: NDArray[np.uint32], page: NDArray[np.int64]) -> NDArray[np.uint32]:
        """The last product that the page can show, or 0."""
        fits = self._can_show(page[:, np.newaxis], seen.astype(np.int64) - 1)
        found: NDArray[np.uint32] = np.where(fits.any(axis=1), seen[np.arange(len(seen)), fits.argmax(axis=1)], 0)
        return found

    def _earlier(
        self, seen: NDArray[np.uint32], page: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.uint32]:
        """One of the products before the last that the page can show, or 0 if there is none."""
        weights = np.diff(self._catalogue.pages.seen, prepend=np.uint64(0))[: self.depth - 1]
        fits = self._can_show(page[:, np.newaxis], seen[:, 1 : len(weights) + 1].astype(np.int64) - 1)
        sums = np.cumsum(np.where(fits, weights, np.uint64(0)), axis=1)
        reached = (bits >> _HALF) * sums[:, -1] >> _HALF
        place = (reached[:, np.newaxis] >= sums).sum(axis=1)
        chosen = seen[np.arange(len(seen)), np.minimum(place + 1, self.depth - 1)]
        found: NDArray[np.uint32] = np.where(sums[:, -1] > 0, chosen, 0)
        return found

    def _can_show(self, page: NDArray[np.int64], product: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether these pages show products of these ranks; product: -1 is none."""
        pages = self._catalogue.pages
        first, last = pages.first_rank.take(page), pages.last_rank.take(page)
        found: NDArray[np.bool_] = (product >= np.maximum(first, 0)) & (product <= last)
        return found

    def _new(
        self,
        shown: NDArray[np.int64],
        seen: NDArray[np.uint32],
        page: NDArray[np.int64],
        bits: NDArray[np.uint64],
    ) -> NDArray[np.int64]:
        """Products that are related to the last, or those that popularity chose, but none that was seen before."""
        catalogue = self._catalogue
        row = catalogue.pages.row.take(page)
        row = np.where(row >= 0, row, int(Shows.PRODUCT))
        if len(catalogue.memory):
            low = catalogue.memory[-2] if len(catalogue.memory) > 1 else np.uint64(0)
            chance = catalogue.memory[-1] - low
            follow = np.flatnonzero((bits >> _HALF < chance) & (seen[:, 0] > 0))
            place = np.searchsorted(catalogue.pages.company, bits.take(follow) & _LOW, side="right")
            company = seen[follow, 0].astype(np.int64) * len(catalogue.pages.company) + place
            shown[follow] = catalogue.items.draw(row.take(follow), bits_at(self._company, company * WORDS))
        for attempt in range(_TRIES):
            known = np.flatnonzero((seen == (shown + 1).astype(np.uint32)[:, np.newaxis]).any(axis=1))
            again = bits_at(self._retry, (bits.take(known) >> np.uint64(8)).view(np.int64) + attempt)
            shown[known] = catalogue.items.draw(row.take(known), again)
        return shown
