"""The products that a visit has seen: pages show them again, or one that is related to the last."""

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.catalogue import CatalogueTables

_HALF = np.uint64(32)


class SeenProducts:
    """What visits remember of products: a row of numbers for each, of the last product shown, the one before, …

    A number is that of the product plus 1; 0 is none.
    """

    def __init__(self, catalogue: CatalogueTables) -> None:
        self._catalogue = catalogue
        self.depth = max(len(catalogue.memory) - 1, 1) if len(catalogue.memory) else 0

    def chosen(
        self,
        seen: NDArray[np.uint32],
        category: NDArray[np.int64],
        bits: NDArray[np.uint64],
        item_bits: NDArray[np.uint64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which pages show a product that memory chooses, and the products.

        seen: what the visits remember. category: the only one whose products each page shows, or -1. bits: 64
        random bits each, of which 32 decide; item_bits: those that decide between related products.
        """
        catalogue = self._catalogue
        choice = np.searchsorted(catalogue.memory, bits >> _HALF, side="right")
        rows = np.flatnonzero(choice < len(catalogue.memory))
        choice = choice.take(rows)
        is_related = choice == len(catalogue.memory) - 1
        remembered = seen[rows, np.where(is_related, 0, choice)].astype(np.int64) - 1
        known = np.flatnonzero(remembered >= 0)
        rows, is_related, product = rows.take(known), is_related.take(known), remembered.take(known)
        follow = np.flatnonzero(is_related)
        product[follow] = catalogue.related.draw(product.take(follow), item_bits.take(rows.take(follow)))
        wanted = category.take(rows)
        fits = np.flatnonzero((wanted < 0) | (catalogue.product_category.take(product) == wanted))
        return rows.take(fits), product.take(fits)

    def noted(self, seen: NDArray[np.uint32], product: NDArray[np.int64]) -> NDArray[np.uint32]:
        """What these visits remember after each was shown a product."""
        latest = (product + 1).astype(np.uint32)[:, np.newaxis]
        return np.concatenate([latest, seen[:, :-1]], axis=1)
