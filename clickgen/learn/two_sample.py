"""A classifier two-sample test: how well a model tells the sessions of one set from those of another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats

_BINS = 32
_TREES = 80
_DEPTH = 3
_RATE = 0.15
_LEAST_IN_LEAF = 8.0
_RIDGE = 1.0
_FOLDS = 4
MOST_SESSIONS = 6_000  # of each set: their AUC has a standard error of .005


@dataclass(frozen=True, slots=True, eq=False)
class Separation:
    """How well a model tells two sets of sessions apart, and by which of their figures."""

    area: float  # the AUC
    gains: Floats  # the share of what the trees gained by each figure; all zero if they found nothing


def separation(first: Floats, second: Floats, seed: int = 1) -> float:
    """The AUC of boosted trees on sessions that they were not trained with: .5 is not told apart, 1 is always.

    Raises nothing for small sets, but the AUC of 20 sessions against 20 is right to .1 only.
    """
    return tell_apart(first, second, seed=seed).area


def tell_apart(first: Floats, second: Floats, *, most: int = MOST_SESSIONS, seed: int = 1) -> Separation:
    """The same, with what each figure does for it. most: how many sessions of each set are looked at."""
    dice = np.random.default_rng(seed)
    first, second = (_some(each, most, dice) for each in (first, second))
    both = np.concatenate([first, second])
    label = np.repeat([0.0, 1.0], [len(first), len(second)])
    binned = _binned(both)
    fold = np.empty(len(label), dtype=np.int64)
    for side in (0.0, 1.0):  # both in each fold alike
        rows = np.flatnonzero(label == side)
        fold[dice.permutation(rows)] = np.arange(len(rows)) % _FOLDS
    areas, gains = [], np.zeros(both.shape[1])
    for held in range(_FOLDS):
        train, test = fold != held, fold == held
        if 0 < label[test].sum() < test.sum():
            areas.append(_area(_scores(binned, label, train, gains)[test], label[test]))
    return Separation(float(np.mean(areas)) if areas else 0.5, gains / max(float(gains.sum()), 1e-12))


def _some(rows: Floats, most: int, dice: np.random.Generator) -> Floats:
    return rows if len(rows) <= most else rows[dice.permutation(len(rows))[:most]]


def _binned(values: Floats) -> NDArray[np.int64]:
    """Each figure as the number of its quantile."""
    found = np.empty(values.shape, dtype=np.int64)
    for column in range(values.shape[1]):
        bounds = np.unique(np.quantile(values[:, column], np.linspace(0, 1, _BINS + 1)[1:-1]))
        found[:, column] = np.searchsorted(bounds, values[:, column], side="right")
    return found


def _scores(binned: NDArray[np.int64], label: Floats, train: NDArray[np.bool_], gains: Floats) -> Floats:
    """The score of each session by trees that are trained with some. gains: what each figure gains is added."""
    score = np.full(len(label), float(np.log(label[train].mean() / (1 - label[train].mean()))))
    places = binned + np.arange(binned.shape[1]) * _BINS
    trained, held = np.flatnonzero(train), np.flatnonzero(~train)
    for _ in range(_TREES):
        chance = 1 / (1 + np.exp(-score))
        tree = _Tree(binned, places, label - chance, chance * (1 - chance), gains)
        tree.grow(trained, held, tree.sums(trained), _DEPTH)
        score += _RATE * tree.leaf
    return score


_Sums = tuple[Floats, Floats]  # of slopes and of curves, by figure and quantile


class _Tree:
    """A tree that is grown on some rows, and its values for all of them."""

    def __init__(
        self,
        binned: NDArray[np.int64],
        places: NDArray[np.int64],
        slope: Floats,
        curve: Floats,
        gains: Floats,
    ) -> None:
        self._binned, self._places, self._slope, self._curve, self._gains = binned, places, slope, curve, gains
        self.leaf = np.zeros(len(slope))

    def sums(self, rows: NDArray[np.int64]) -> _Sums:
        """What the slopes and curves of these rows add up to in each quantile of each figure."""
        columns = self._binned.shape[1]
        places = self._places[rows].ravel()

        def sums_of(values: Floats) -> Floats:
            sums = np.bincount(places, np.repeat(values[rows], columns), columns * _BINS)
            return sums.reshape(columns, _BINS).astype(np.float64, copy=False)

        return sums_of(self._slope), sums_of(self._curve)

    def grow(self, rows: NDArray[np.int64], held: NDArray[np.int64], sums: _Sums, depth: int) -> None:
        """Split these rows as long as that pays. held: rows that get values, but are not trained with."""
        slopes, curves = sums
        total, weight = float(slopes[0].sum()), float(curves[0].sum())
        self.leaf[rows] = self.leaf[held] = total / (weight + _RIDGE)
        if depth == 0 or len(rows) < 4 * _LEAST_IN_LEAF:
            return
        split = _best_split(slopes.cumsum(axis=1), curves.cumsum(axis=1), total, weight)
        if split is None:
            return
        column, bound, gain = split
        self._gains[column] += gain
        left, left_held = self._binned[rows, column] <= bound, self._binned[held, column] <= bound
        parts = [(rows[left], held[left_held]), (rows[~left], held[~left_held])]
        parts.sort(key=lambda part: len(part[0]))
        # the sums of the larger part are what those of the smaller one leave
        smaller = self.sums(parts[0][0])
        self.grow(*parts[0], smaller, depth - 1)
        self.grow(*parts[1], (slopes - smaller[0], curves - smaller[1]), depth - 1)


def _best_split(slopes: Floats, curves: Floats, total: float, weight: float) -> tuple[int, int, float] | None:
    """The figure and the quantile that tell most apart, and the gain; None if none does."""
    gain = slopes**2 / (curves + _RIDGE) + (total - slopes) ** 2 / (weight - curves + _RIDGE)
    gain[(curves < _LEAST_IN_LEAF / 4) | (weight - curves < _LEAST_IN_LEAF / 4)] = 0
    best = int(gain.argmax())
    whole = total**2 / (weight + _RIDGE)
    if gain.flat[best] <= whole + 1e-6:
        return None
    return best // _BINS, best % _BINS, float(gain.flat[best] - whole)


def _area(score: Floats, label: Floats) -> float:
    """The area under the curve: the chance that one of the second set scores higher than one of the first."""
    _, inverse, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    ones = label.sum()
    zeros = len(label) - ones
    return float((ranks[label == 1].sum() - ones * (ones + 1) / 2) / (ones * zeros))
