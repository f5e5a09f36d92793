"""What pages show: how many items there are, how popularity falls, and how sessions come back to what they saw."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats
from clickgen.learn.visits import Visits

MOST_ITEMS = 50_000  # that a catalogue can have
LAGS = 8
RELATED = 5
_ROUNDS = 40
_COUNTED_ONE_BY_ONE = 48
_FEWEST_VIEWS = 50
_FEWEST_FIRST = 5_000  # views that begin a session before popularity is taken from them alone
_LITTLE_RELATED = 0.02
_RELATED_SQUARES = sum(1 / k**2 for k in range(1, RELATED + 1)) / sum(1 / k for k in range(1, RELATED + 1)) ** 2


@dataclass(frozen=True, slots=True)
class ItemLaws:
    """The laws of a catalogue."""

    products: int
    popularity: float  # Zipf's exponent
    seen_again: tuple[float, ...]  # by how many items ago
    related: float


def fit_items(visits: Visits) -> ItemLaws | None:
    """The laws of the items of these sessions; None if too few are shown."""
    rows = np.flatnonzero(visits.item >= 0)
    if len(rows) < _FEWEST_VIEWS:
        return None
    item, session = visits.item[rows], visits.number[rows]
    counts = np.bincount(item)
    history = _history(item, session)
    again, fresh = _memory(item, history, counts / counts.sum())
    related = _related(item, history, fresh, visits.visitor[session]) * float(
        fresh[history[0] >= 0].mean() if (history[0] >= 0).any() else 0
    )
    again = again[: int(np.max(np.flatnonzero(again >= 0.002), initial=-1)) + 1]
    chosen = _chosen_by_popularity(history, fresh, related)
    drawn = np.bincount(item, chosen, len(counts)).round().astype(np.int64)
    products, popularity = fit_zipf(drawn[drawn > 0])
    scale = min(1.0, 0.95 / max(float(again.sum()), 1e-9))
    seen = tuple(round(float(chance) * scale, 4) for chance in again)
    return ItemLaws(products, popularity, seen, round(min(related, max(0.0, 0.99 - sum(seen))), 4))


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


def _related(
    item: NDArray[np.int64], history: NDArray[np.int64], fresh: Floats, visitor: NDArray[np.int64]
) -> float:
    """The chance of an item related to the last, from how often the same one follows it, beyond its popularity.

    What one visitor does again and again counts once.
    """
    rows = np.flatnonzero((history[0] >= 0) & (fresh > 0.5))
    steps = np.stack([visitor[rows], history[0][rows], item[rows]], axis=1)
    rows = rows[np.unique(steps, axis=0, return_index=True)[1]]
    if len(rows) < _FEWEST_VIEWS:
        return 0.0
    span = int(item.max()) + 1
    _, together = np.unique(history[0][rows] * span + item[rows], return_counts=True)
    _, after = np.unique(history[0][rows], return_counts=True)
    _, alone = np.unique(item[rows], return_counts=True)
    pairs = float((after * (after - 1)).sum())
    if pairs < _FEWEST_VIEWS:
        return 0.0
    within = float((together * (together - 1)).sum()) / pairs
    usual = float((alone * (alone - 1)).sum()) / (len(rows) * (len(rows) - 1))
    return float(min(1.0, np.sqrt(max(0.0, within - usual) / max(_RELATED_SQUARES - usual, 0.01))))


def fit_zipf(counts: NDArray[np.int64]) -> tuple[int, float]:
    """How many items there are and Zipf's exponent, from how often each that was seen at all was seen.

    For an exponent, so many items that as many different ones are expected as were seen; of the exponents the one
    under which the numbers of items seen once, twice, … are likeliest.
    """
    if len(counts) < 3:
        return max(1, len(counts)), 0.0
    views = int(counts.sum())
    edges = _edges(int(counts.max()))
    seen = np.histogram(counts, bins=edges)[0]

    def misfit(exponent: float) -> float:
        chances = _zipf(_items_needed(exponent, views, len(counts)), exponent)
        expected = _seen_so_often(chances * views, edges)
        return float((expected - seen * np.log(np.maximum(expected, 1e-9))).sum())

    tried = np.arange(0.0, 2.51, 0.1)
    best = float(tried[int(np.argmin([misfit(float(one)) for one in tried]))])
    for width in (0.04, 0.01, 0.004):
        near = [max(0.0, best + width * step) for step in (-2, -1, 0, 1, 2)]
        best = near[int(np.argmin([misfit(one) for one in near]))]
    return _items_needed(best, views, len(counts)), round(best, 3)


def _edges(most: int) -> Floats:
    """Bounds of counts: one by one at first, then ever wider."""
    edges = [float(one) for one in range(1, 9)]
    while edges[-1] <= most:
        edges.append(float(np.ceil(edges[-1] * 1.5)))
    return np.array(edges) - 0.5


def _zipf(items: int, exponent: float) -> Floats:
    weights = np.arange(1, items + 1, dtype=np.float64) ** -exponent
    found: Floats = weights / weights.sum()
    return found


def _items_needed(exponent: float, views: int, different: int) -> int:
    """How many items there are if so many different ones were seen."""

    def expected(items: int) -> float:
        return float(-np.expm1(-views * _zipf(items, exponent)).sum())

    low, high = different, MOST_ITEMS
    if different >= MOST_ITEMS or expected(high) < different:
        return MOST_ITEMS
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if expected(middle) < different else (low, middle)
    return high if expected(low) < different else low


def _seen_so_often(means: Floats, edges: Floats) -> Floats:
    """How many items are expected to be seen so often, by Poisson's law; the normal one for large means."""
    found = np.zeros(len(edges) - 1)
    small = means[means < _COUNTED_ONE_BY_ONE]
    if len(small):
        probability = np.exp(-small)
        for seen in range(1, 3 * _COUNTED_ONE_BY_ONE):
            probability = probability * small / seen
            place = int(np.searchsorted(edges, seen)) - 1
            if place < len(found):
                found[place] += probability.sum()
    large = means[means >= _COUNTED_ONE_BY_ONE]
    if len(large):
        z = (edges[:, None] - large) / np.sqrt(large)
        found += np.diff(_normal(z).sum(axis=1))
    return found


def _normal(z: Floats) -> Floats:
    """The normal law's share below z, to a thousandth: as good as a logistic curve has it."""
    found: Floats = 1 / (1 + np.exp(-(1.5976 * z + 0.07056 * z**3).clip(-40, 40)))
    return found
