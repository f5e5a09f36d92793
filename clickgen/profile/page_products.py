"""The tables of which product each page shows: of which ranks, and whether a visit has seen it before."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from itertools import accumulate
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import threshold

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.goods import Catalogue
    from clickgen.profile.model import Profile

MOST_REMEMBERED = 8  # products that a visit remembers; each costs memory a session


class Choice(IntEnum):
    """How a page chooses the product that it shows."""

    ANY = 0
    NEW = 1
    SAME = 2
    SEEN = 3


@dataclass(frozen=True, slots=True, eq=False)
class PageProducts:
    """Which product a page shows where the page says more than the catalogue."""

    choice: NDArray[np.int8]  # of each page, as are the next three
    row: NDArray[np.int64]  # of the catalogue's items with the only ranks that it shows, or -1
    first_rank: NDArray[np.int64]  # from 0, as is the last
    last_rank: NDArray[np.int64]
    seen: NDArray[np.uint64]
    """Sums of weights in parts of CERTAIN, with which a page goes back to the product before the last one, …."""
    company: NDArray[np.uint64]
    """Thresholds by which a new product that is related to the last is its first, second, … company."""

    @classmethod
    def draw(cls, profile: "Profile", bounds: Sequence[tuple[int, ...]], first_row: int) -> Self:
        """The tables of a profile's pages; nothing in them is random.

        bounds: the first and the last ranks that pages show. first_row: the row of the items of the first of them.
        """
        pages, catalogue = list(profile.pages.values()), profile.catalogue
        ranks = [page.ranks or [1, catalogue.products if catalogue else 1] for page in pages]
        return cls(
            choice=np.array([Choice[page.product.upper()] for page in pages], dtype=np.int8),
            row=np.array([first_row + bounds.index(tuple(page.ranks)) if page.ranks else -1 for page in pages]),
            first_rank=np.array([first - 1 for first, _ in ranks]),
            last_rank=np.array([last - 1 for _, last in ranks]),
            seen=_seen(catalogue),
            company=_sums([1 / (place + 1) for place in range(catalogue.related_products if catalogue else 0)]),
        )

    @property
    def matter(self) -> bool:
        """Whether any page says more than the catalogue."""
        return bool(self.choice.any()) or bool((self.row >= 0).any())


def _seen(catalogue: "Catalogue | None") -> NDArray[np.uint64]:
    weights = catalogue.seen_again[1:] if catalogue else []
    return _sums(weights if any(weights) else [1.0] * (MOST_REMEMBERED - 1))


def _sums(weights: Sequence[float]) -> NDArray[np.uint64]:
    """The sums of the first weights, in parts of CERTAIN of all of them."""
    sums = list(accumulate(weights))
    return np.array([threshold(reached / sums[-1]) for reached in sums], dtype=np.uint64)
