"""The tables of going back: pages of this visit that are seen again, by how many pages ago they were seen."""

from dataclasses import dataclass
from itertools import accumulate
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import threshold
from clickgen.profile.contexts import Contexts


@dataclass(frozen=True, slots=True, eq=False)
class RevisitTables:
    """Where visits go back to. All of it is empty if none does, and depth is 0."""

    depth: int  # how many pages before the last are remembered
    chance: NDArray[np.uint64]  # kind × depth: thresholds under which the page before the last, … is next
    kind: NDArray[np.int64]  # of each context
    begin: NDArray[np.int64]  # of each kind: the context of page 0
    pair: NDArray[np.int64]  # (kind × pages + page before) × pages + page, of each pair that matters, sorted
    pair_context: NDArray[np.int64]
    may: NDArray[np.bool_]  # of each page, whether it is gone back to: not to what changes a cart

    @classmethod
    def draw(cls, contexts: Contexts, page: NDArray[np.int64], may: NDArray[np.bool_]) -> Self:
        """The tables of a profile's contexts. page: of each of them; may: of each page."""
        depth = max(map(len, contexts.again)) if any(any(again) for again in contexts.again) else 0
        if not depth:
            none = np.zeros(0, dtype=np.int64)
            return cls(0, none.view(np.uint64), none, none, none, none, none.astype(np.bool_))
        rows = [[*again, *[0.0] * (depth - len(again))] for again in contexts.again]
        begins = np.array(contexts.begins)
        kind = np.searchsorted(begins, np.arange(len(page)), side="right") - 1
        kind[contexts.entry - len(may) :] = -1  # bots, and who has seen nothing yet
        pairs = sorted(
            ((number * len(may) + before) * len(may) + int(page[context]), context)
            for number, before, context in contexts.pairs
        )
        return cls(
            depth=depth,
            chance=np.array([threshold(part) for row in rows for part in accumulate(row)], dtype=np.uint64),
            kind=kind,
            begin=begins,
            pair=np.array([key for key, _ in pairs], dtype=np.int64),
            pair_context=np.array([context for _, context in pairs], dtype=np.int64),
            may=may,
        )

    def chosen(
        self,
        context: NDArray[np.int64],
        last: NDArray[np.int64],
        trail: NDArray[np.uint32],
        bits: NDArray[np.uint64],
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Which of these visits go back, and the contexts that they come to.

        last: the page that each is on. trail: the pages before it, plus 1, latest first. bits: 32 each.
        """
        kind = self.kind.take(context)
        bounds = self.chance.reshape(-1, self.depth).take(kind, axis=0)
        lag = (bits[:, np.newaxis] >= bounds).sum(axis=1)
        rows = np.flatnonzero((lag < self.depth) & (kind >= 0))
        page = trail[rows, lag.take(rows)].astype(np.int64) - 1
        known = np.flatnonzero((page >= 0) & self.may.take(page))
        rows, page = rows.take(known), page.take(known)
        kind = kind.take(rows)
        found = self.begin.take(kind) + page
        if len(self.pair):
            key = (kind * len(self.may) + last.take(rows)) * len(self.may) + page
            place = np.searchsorted(self.pair, key).clip(max=len(self.pair) - 1)
            found = np.where(self.pair.take(place) == key, self.pair_context.take(place), found)
        return rows, found

    @staticmethod
    def noted(trail: NDArray[np.uint32], last: NDArray[np.int64]) -> NDArray[np.uint32]:
        """The trail of visits after a further page. last: the page that each was on, or -1."""
        return np.concatenate([(last + 1).astype(np.uint32)[:, np.newaxis], trail[:, :-1]], axis=1)
