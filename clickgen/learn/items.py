"""What pages show: how many items there are, how popularity falls, and how sessions come back to what they saw."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats
from clickgen.learn.popularity import Popularity, fit_popularity, joined
from clickgen.learn.variants import NEW, Looks
from clickgen.learn.visits import Visits

LAGS = 8
RELATED = 5
_ROUNDS = 40
_FEWEST_VIEWS = 50
_LEAST_AGAIN = 0.002
_FEWEST_FIRST = 5_000  # views that begin a session before popularity is taken from them alone
_LITTLE_RELATED = 0.02
_RELATED_SQUARES = sum(1 / k**2 for k in range(1, RELATED + 1)) / sum(1 / k for k in range(1, RELATED + 1)) ** 2


@dataclass(frozen=True, slots=True)
class ItemLaws:
    """The laws of a catalogue."""

    popularity: tuple[Popularity, ...]  # of each catalogue
    seen_again: tuple[float, ...]  # by how many items ago
    related: float


def fit_items(visits: Visits, looks: Looks, bands: int) -> ItemLaws | None:
    """The laws of the items of these sessions; None if too few are shown.

    bands: of popularity that pages with new items are told apart by; 0 if pages are not told apart by their items.
    """
    rows = looks.row
    if len(rows) < _FEWEST_VIEWS:
        return None
    item, session = visits.item[rows], visits.number[rows]
    history = _history(item, session)
    if bands:
        new = looks.how == NEW
        steps = _Steps.of(item, history, new, visits.visitor[session])
        related = steps.related((looks.below * bands).astype(np.int64).clip(0, bands - 1))
        again = np.bincount(looks.back.clip(max=LAGS + 1), minlength=LAGS + 2)[1 : LAGS + 1] / len(rows)
        return _laws(_popularity(visits, looks, new * 1.0), again, related)
    counts = np.bincount(item)
    again, fresh = _memory(item, history, counts / counts.sum())
    follows = history[0] >= 0
    steps = _Steps.of(item, history, fresh > 0.5, visits.visitor[session])
    related = steps.related(np.zeros(len(item), dtype=np.int64)) * float(
        fresh[follows].mean() if follows.any() else 0
    )
    chosen = _chosen_by_popularity(history, fresh, related)
    return _laws(_popularity(visits, looks, chosen), again, related)


def _popularity(visits: Visits, looks: Looks, chosen: Floats) -> tuple[Popularity, ...]:
    """The popularity in each catalogue. chosen: how likely each view was chosen by it.

    What one visitor looks at day after day counts once: there is nobody like him among others.
    """
    item, catalogue = visits.item[looks.row], looks.catalogue[visits.page[looks.row]]
    pairs = visits.visitor[visits.number[looks.row]] * (int(item.max()) + 1) + item
    order = np.lexsort((-chosen, pairs))
    once = np.zeros(len(pairs), dtype=np.bool_)
    once[order[np.flatnonzero(np.diff(pairs[order], prepend=-1))]] = True
    found = []
    for number in range(int(catalogue.max()) + 1):
        own = (catalogue == number) & once
        counts = np.bincount(item[own], chosen[own]).round().astype(np.int64)
        if not counts.any():  # nothing here begins a session: what is seen at all says as much as there is
            counts = np.bincount(item[own])
        found.append(fit_popularity(counts[counts > 0]))
    return joined(found)


def _laws(popularity: tuple[Popularity, ...], again: Floats, related: float) -> ItemLaws:
    again = again[: int(np.max(np.flatnonzero(again >= _LEAST_AGAIN), initial=-1)) + 1]
    scale = min(1.0, 0.95 / max(float(again.sum()), 1e-9))
    seen = tuple(round(float(chance) * scale, 4) for chance in again)
    return ItemLaws(popularity, seen, round(min(related, max(0.0, 0.99 - sum(seen))), 4))


def _chosen_by_popularity(history: NDArray[np.int64], fresh: Floats, related: float) -> Floats:
    """How likely each view was chosen by popularity alone; of related items only the first of a session count."""
    first = history[0] < 0
    if related < _LITTLE_RELATED or np.count_nonzero(first) < _FEWEST_FIRST:
        return fresh
    found: Floats = np.where(first, 1.0, 0.0)
    return found


def _history(item: NDArray[np.int64], session: NDArray[np.int64]) -> NDArray[np.int64]:
    """The items shown 1, 2, … items before in the session, or -1."""
    found = np.full((LAGS, len(item)), -1, dtype=np.int64)
    for lag in range(1, LAGS + 1):
        same = session[lag:] == session[:-lag]
        found[lag - 1, lag:] = np.where(same, item[:-lag], -1)
    return found


def _memory(item: NDArray[np.int64], history: NDArray[np.int64], popularity: Floats) -> tuple[Floats, Floats]:
    """The chances to see an item again by lag, and how likely each view is not such a one."""
    match, there = history == item, history >= 0
    can = np.maximum(there.sum(axis=1), 1)
    chance = np.full(LAGS, 0.02)
    fresh = np.ones(len(item))
    for _ in range(_ROUNDS):
        again = chance[:, None] * match
        left = 1 - (chance[:, None] * there).sum(axis=0)
        total = again.sum(axis=0) + left * popularity[item]
        fresh = left * popularity[item] / total
        chance = (again / total).sum(axis=1) / can
    return chance, fresh


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Items that followed others, each pair of them once for each visitor, however often he goes there."""

    item: NDArray[np.int64]
    before: NDArray[np.int64]
    row: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        item: NDArray[np.int64],
        history: NDArray[np.int64],
        new: NDArray[np.bool_],
        visitor: NDArray[np.int64],
    ) -> Self:
        """The steps to items that were chosen, not gone back to."""
        rows = np.flatnonzero((history[0] >= 0) & new)
        steps = np.stack([visitor[rows], history[0][rows], item[rows]], axis=1)
        rows = rows[np.unique(steps, axis=0, return_index=True)[1]]
        return cls(item[rows], history[0][rows], rows)

    def related(self, band: NDArray[np.int64]) -> float:
        """The chance of an item related to the last: the same one follows it beyond what its popularity explains.

        band: of popularity of each view, in which a related item is chosen from those of the band.
        """
        if len(self.item) < _FEWEST_VIEWS:
            return 0.0
        to = band[self.row]
        number = int(to.max()) + 1
        span = int(max(self.item.max(), self.before.max())) + 1
        _, together = np.unique(self.before * span + self.item, return_counts=True)
        after = np.bincount(self.before, minlength=span)
        pairs = float((after * (after - 1.0)).sum())
        if pairs < _FEWEST_VIEWS:
            return 0.0
        within = float((together * (together - 1.0)).sum()) / pairs
        to_band = np.bincount(self.before * number + to, minlength=span * number).reshape(span, number)
        alike = (to_band * (to_band - 1.0)).sum(axis=0) / pairs  # two steps from one item to this band
        usual = np.zeros(number)
        for one in range(number):
            views = np.bincount(self.item[to == one])
            total = views.sum()
            usual[one] = float((views * (views - 1.0)).sum()) / max(total * (total - 1.0), 1.0)
        beyond = max(0.0, within - float((alike * usual).sum()))
        return float(min(1.0, np.sqrt(beyond / max(float((alike * (_RELATED_SQUARES - usual)).sum()), 0.01))))
