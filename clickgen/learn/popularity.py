"""How popular items are: Zipf's law, or steps of equally popular items where views do not fall like that."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats

MOST_ITEMS = 50_000  # that a catalogue can have
_COUNTED_ONE_BY_ONE = 48
_MUCH_BETTER = 20.0  # log likelihood that steps have to gain over Zipf's law
_FINENESS = 1.25  # ratio of the popularity of a step and of the next
# expected views of the least popular items: the first with which all of them fit into a catalogue
_LEAST_VIEWS = (0.1, 0.2, 0.4, 0.8, 1.6)
_MANY_VIEWS = 50  # of an item, from which its share is what was seen
_STEP_ROUNDS = 400
_FEW_VIEWS = 50
_FEW_ITEMS = 5


@dataclass(frozen=True, slots=True)
class Popularity:
    """How many items there are, and how popular they are."""

    products: int
    exponent: float  # of Zipf's law
    steps: tuple[tuple[int, float], ...] = ()  # items and their share of the views, if they do not follow the law
    views: float = 1.0  # of all of them together

    @property
    def shares(self) -> Floats:
        """The share of the views of each item, falling."""
        if not self.steps:
            return _zipf(self.products, self.exponent)
        return np.repeat([share / items for items, share in self.steps], [items for items, _ in self.steps])


def fit_popularity(counts: NDArray[np.int64]) -> Popularity:
    """The law from how often each item that was seen at all was seen; there is one at least."""
    views = float(counts.sum())
    if views < _FEW_VIEWS or len(counts) < _FEW_ITEMS:  # too few for a law
        steps = _whole([(float(number), float(seen)) for seen, number in _how_often(counts)[::-1]])
        return Popularity(len(counts), 0.0, steps, views)
    products, exponent = fit_zipf(counts)
    plain = Popularity(products, exponent, views=views)
    steps = _fit_steps(counts)
    other = replace(plain, products=sum(items for items, _ in steps), steps=steps)
    return other if _misfit(counts, plain.shares) - _misfit(counts, other.shares) > _MUCH_BETTER else plain


def joined(catalogues: Sequence[Popularity]) -> tuple[Popularity, ...]:
    """Catalogues that all fit into one: if they are many, the least popular items are left out."""
    kept, room = list(catalogues), MOST_ITEMS
    sizes = sorted(range(len(kept)), key=lambda number: kept[number].products)
    for place, number in enumerate(sizes):
        most = room // (len(sizes) - place)  # what the smaller ones leave, the larger ones share
        if kept[number].products > most:
            kept[number] = replace(kept[number], products=most, steps=())
        room -= kept[number].products
    return tuple(kept)


def stepped(catalogues: Sequence[Popularity]) -> tuple[tuple[int, float], ...]:
    """Several catalogues as the steps of one, one after the other."""
    views = sum(one.views for one in catalogues)
    found: list[tuple[int, float]] = []
    for one in catalogues:
        steps = one.steps or _steps_of(one.shares)
        found += [(items, share * one.views / views) for items, share in steps]
    return tuple(found)


def _steps_of(shares: Floats) -> list[tuple[int, float]]:
    """Steps that are as good as these shares, which fall."""
    found, first = [], 0
    while first < len(shares):
        last = int(np.searchsorted(-shares, -shares[first] / _FINENESS, side="right"))
        found.append((last - first, float(shares[first:last].sum())))
        first = last
    return found


def _fit_steps(counts: NDArray[np.int64]) -> tuple[tuple[int, float], ...]:
    """Steps of popularity that make the numbers of items seen once, twice, … likeliest, unseen ones included.

    It is a mixture of Poisson laws without zeros, fitted by expectation and maximisation.
    """
    few = counts[counts < _MANY_VIEWS]
    found: list[tuple[float, float]] = []  # items, and the views of each
    top = np.sort(counts[counts >= _MANY_VIEWS])[::-1].astype(np.float64)
    while len(top):
        near = top[top >= top[0] / _FINENESS]
        found.append((float(len(near)), float(near.mean())))
        top = top[len(near) :]
    for least in _LEAST_VIEWS:
        rest = _rates(few, least) if len(few) else []
        if sum(items for items, _ in [*found, *rest]) <= MOST_ITEMS:
            break
    return _whole([*found, *rest])


def _rates(counts: NDArray[np.int64], least: float) -> list[tuple[float, float]]:
    """How many items have which expected views, most first."""
    seen, items = np.array(_how_often(counts)).T
    rate = least * _FINENESS ** np.arange(1 + int(np.log(1.6 * seen[-1] / least) / np.log(_FINENESS)))
    logs = seen[:, None] * np.log(rate) - rate - np.array([lgamma(one + 1) for one in seen.tolist()])[:, None]
    chance = np.exp(logs) / -np.expm1(-rate)
    share = np.full(len(rate), 1 / len(rate))
    for _ in range(_STEP_ROUNDS):
        belongs = chance * share
        belongs /= belongs.sum(axis=1, keepdims=True)
        share = items @ belongs / items.sum()
    number = items.sum() * share / -np.expm1(-rate)
    return [(float(number[n]), float(rate[n])) for n in range(len(rate) - 1, -1, -1) if number[n] > 1e-3]


def _how_often(counts: NDArray[np.int64]) -> list[tuple[int, int]]:
    """How often items were seen, least first, and how many so often."""
    seen, items = np.unique(counts, return_counts=True)
    return list(zip(seen.tolist(), items.tolist(), strict=True))


def _whole(found: list[tuple[float, float]]) -> tuple[tuple[int, float], ...]:
    """The steps with whole items, and the share of the views of each. What is left of an item goes to the next."""
    steps: list[tuple[int, float]] = []
    items, views = 0.0, 0.0
    for number, rate in found:
        items, views = items + number, views + number * rate
        if items >= 0.5:
            each, whole = views / items, max(1, round(items))
            steps.append((whole, each * whole))
            items = max(0.0, items - whole)
            views = each * items
    total = sum(views for _, views in steps)
    room = MOST_ITEMS
    kept = []
    for whole, of_step in steps:
        if room > 0:
            kept.append((min(whole, room), of_step / total * min(whole, room) / whole))
        room -= whole
    return tuple(kept)


def fit_zipf(counts: NDArray[np.int64]) -> tuple[int, float]:
    """How many items there are and Zipf's exponent, from how often each that was seen at all was seen.

    For an exponent, so many items that as many different ones are expected as were seen; of the exponents the one
    under which the numbers of items seen once, twice, … are likeliest.
    """
    if len(counts) < 3:
        return max(1, len(counts)), 0.0
    views = int(counts.sum())

    def misfit(exponent: float) -> float:
        return _misfit(counts, _zipf(_items_needed(exponent, views, len(counts)), exponent))

    tried = np.arange(0.0, 2.51, 0.1)
    best = float(tried[int(np.argmin([misfit(float(one)) for one in tried]))])
    for width in (0.04, 0.01, 0.004):
        near = [max(0.0, best + width * step) for step in (-2, -1, 0, 1, 2)]
        best = near[int(np.argmin([misfit(one) for one in near]))]
    return _items_needed(best, views, len(counts)), round(best, 3)


def _misfit(counts: NDArray[np.int64], shares: Floats) -> float:
    """The log likelihood, with its sign changed, of the numbers of items seen once, twice, …, by Poisson's law."""
    edges = _edges(int(counts.max()))
    seen = np.histogram(counts, bins=edges)[0]
    expected = _seen_so_often(shares * counts.sum(), edges)
    return float((expected - seen * np.log(np.maximum(expected, 1e-9))).sum())


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
