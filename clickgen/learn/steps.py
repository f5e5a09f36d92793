"""Sessions as steps of a chain: the context that each step is taken from, and what follows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.visits import Visits


@dataclass(frozen=True, slots=True, eq=False)
class Steps:
    """All steps of sessions over `pages` kinds of pages: to the first page, from page to page, and to the end.

    A context is a page, `pages` at the begin, or above that a pair of pages; an outcome is a page, or `pages` for
    the end. A cell is a context and an outcome that were seen together, by number.
    """

    pages: int
    session: NDArray[np.int64]  # of each step
    before: NDArray[np.int64]  # the page before the context's page, or `pages`
    context: NDArray[np.int64]  # without pairs
    outcome: NDArray[np.int64]

    @classmethod
    def of(cls, visits: Visits, pages: int) -> "Steps":
        """The steps of these sessions."""
        lengths = visits.lengths
        count = int(lengths.sum()) + visits.count
        begins = visits.first[:-1] + np.arange(visits.count)  # of each session among the steps
        context = np.full(count, pages, dtype=np.int64)
        outcome = np.full(count, pages, dtype=np.int64)
        inner = np.ones(count, dtype=np.bool_)
        inner[begins] = False
        context[inner] = visits.page
        ends = begins + lengths
        inner = np.ones(count, dtype=np.bool_)
        inner[ends] = False
        outcome[inner] = visits.page
        before = np.full(count, pages, dtype=np.int64)
        before[1:] = context[:-1]
        before[begins] = pages
        return cls(pages, np.repeat(np.arange(visits.count), lengths + 1), before, context, outcome)

    def with_pairs(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """The contexts, where these pairs (before × pages + page, sorted) have contexts of their own."""
        if not len(pairs):
            return self.context
        own = (self.context < self.pages) & (self.before < self.pages)
        code = np.where(own, self.before * self.pages + self.context, -1)
        place = np.searchsorted(pairs, code).clip(0, len(pairs) - 1)
        return np.where(own & (pairs[place] == code), self.pages + 1 + place, self.context)
