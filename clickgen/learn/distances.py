"""How far sessions are from others, aspect by aspect."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.features import features_of, nearest
from clickgen.learn.mixture import Floats
from clickgen.learn.two_sample import separation
from clickgen.learn.visits import Visits

_PSEUDO = 0.5
_MOST_NEAREST = 2_000
_SOME_EVENTS = 4  # of a session that is not like others by nature
_FEWEST_LONG = 50


@dataclass(frozen=True, slots=True)
class Aspect:
    """A distance between sets of sessions, and between two halves of one."""

    name: str
    unit: str
    control: float | None  # None where the recording is too short to say
    learned: float | None


@dataclass(frozen=True, slots=True)
class Closest:
    """How near sessions are to single recorded ones: the distance below which 5 % and half of them are."""

    held_out: tuple[float, float]
    learned: tuple[float, float]
    same: tuple[float, float]  # the shares that equal one in every figure
    nearer: float
    """The chance that a learned session is nearer to a recorded one than a held-out session is, of those of some
    events; .5 if they are as near. A tie counts half, since short sessions are often alike."""


def aspects(
    first: Visits, second: Visits, learned: Visits, pages: int, hours: tuple[Floats, Floats, Floats] | None
) -> list[Aspect]:
    """The distances of the second half to the first one, and to learned sessions.

    hours: the busyness by hour of the first half, the second, and of the learned profile.
    """
    order = np.argsort(-np.bincount(second.page, minlength=pages), kind="stable")
    seconds = features_of(second, order)
    areas = [separation(seconds, features_of(other, order)) for other in (first, learned)]
    told_apart = Aspect("sessions told apart", "AUC", areas[0], areas[1])
    return [*distances(first, second, learned, pages, hours), told_apart]


def distances(
    first: Visits, second: Visits, learned: Visits, pages: int, hours: tuple[Floats, Floats, Floats] | None
) -> list[Aspect]:
    """The same without the classifier."""

    def of(name: str, unit: str, values: list[float]) -> Aspect:
        return Aspect(name, unit, values[0], values[1])

    others = (first, learned)
    found = [
        of("session length", "KS", [ks(second.lengths, other.lengths) for other in others]),
        of("gaps", "KS", [ks(gaps_of(second), gaps_of(other)) for other in others]),
        of("page popularity", "TV", [_page_distance(second, other, pages) for other in others]),
        of("transitions", "bits a step", [_step_bits(second, other, pages) for other in others]),
    ]
    if (second.item >= 0).any():
        found.append(of("item popularity", "KS", [_item_distance(second, other) for other in others]))
        found.append(of("items seen again", "share", [abs(_again(second) - _again(other)) for other in others]))
    if hours is not None:
        found.append(of("hour curve", "TV", [_variation(hours[1], hours[0]), _variation(hours[1], hours[2])]))
    else:
        found.append(Aspect("hour curve", "TV", None, None))
    return found


def closest(first: Visits, second: Visits, learned: Visits, pages: int, seed: int = 1) -> Closest:
    """How near learned sessions come to those that were learned from, beside how near held-out ones do."""
    order = np.argsort(-np.bincount(first.page, minlength=pages), kind="stable")
    to = features_of(first, order)
    scale = np.maximum(to.std(axis=0), 1e-3)
    dice = np.random.default_rng(seed)
    distances, lengths = [], []
    for other in (second, learned):
        chosen = dice.permutation(other.count)[:_MOST_NEAREST]
        distances.append(nearest(features_of(other, order)[chosen], to, scale))
        lengths.append(other.lengths[chosen])
    bounds = [tuple(np.quantile(one, [0.05, 0.5]).tolist()) if len(one) else (0.0, 0.0) for one in distances]
    same = [float((one < 1e-3).mean()) if len(one) else 0.0 for one in distances]
    held_out, of_learned = bounds
    nearer = _nearer(*(_longer(one, chosen) for one, chosen in zip(distances, lengths, strict=True)))
    return Closest((held_out[0], held_out[1]), (of_learned[0], of_learned[1]), (same[0], same[1]), nearer)


def _longer(distances: Floats, lengths: NDArray[np.int64]) -> Floats:
    """The distances of sessions of some events; of all if those are few."""
    long = distances[lengths >= _SOME_EVENTS]
    return long if len(long) >= _FEWEST_LONG else distances


def _nearer(held_out: Floats, learned: Floats) -> float:
    """The chance that one of `learned` is less than one of `held_out`, ties counted half."""
    if not len(held_out) or not len(learned):
        return 0.5
    order = np.sort(held_out.round(6))
    above = len(order) - np.searchsorted(order, learned.round(6), side="right")
    ties = np.searchsorted(order, learned.round(6), side="right") - np.searchsorted(order, learned.round(6))
    return float((above + ties / 2).mean() / len(order))


def gaps_of(visits: Visits) -> Floats:
    """Seconds between the events of sessions."""
    later = visits.later
    found: Floats = visits.time[later] - visits.time[later - 1]
    return found


def ks(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """The largest distance between two distributions (Kolmogorov and Smirnov)."""
    if not len(first) or not len(second):
        return 0.0 if len(first) == len(second) else 1.0
    values = np.union1d(first, second)
    shares = [np.searchsorted(np.sort(one), values, side="right") / len(one) for one in (first, second)]
    return float(np.abs(shares[0] - shares[1]).max())


def _variation(first: Floats, second: Floats) -> float:
    return float(np.abs(first / first.sum() - second / second.sum()).sum() / 2)


def _page_distance(first: Visits, second: Visits, pages: int) -> float:
    shares: list[Floats] = [
        np.bincount(one.page, minlength=pages).astype(np.float64) + 1e-9 for one in (first, second)
    ]
    return _variation(shares[0], shares[1])


def _step_bits(of: Visits, by: Visits, pages: int) -> float:
    """The bits a step that the first's steps cost more by the second's chances than by their own.

    It is the divergence of Kullback and Leibler. Both tables are smoothed alike, ends included.
    """
    tables = []
    for one in (of, by):
        table = np.full((pages, pages + 1), _PSEUDO / (pages + 1))
        following = np.append(one.page[1:], pages)
        following[one.first[1:] - 1] = pages
        np.add.at(table, (one.page, following), 1.0)
        tables.append(table)
    own, other = (table / table.sum(axis=1, keepdims=True) for table in tables)
    weight = tables[0] / tables[0].sum()
    return float((weight * np.log2(own / other)).sum())


def _item_distance(first: Visits, second: Visits) -> float:
    """The distance of the ranks that views fall on, where as many views are drawn of each."""
    views = [one.item[one.item >= 0] for one in (first, second)]
    number = min(map(len, views))
    dice = np.random.default_rng(4)
    if not number:
        return 1.0
    curves = []
    for one in views:
        counts = np.sort(np.bincount(dice.permutation(one)[:number]))[::-1]
        curves.append(np.cumsum(counts[counts > 0]) / number)
    longest = max(map(len, curves))
    first_curve, second_curve = (np.pad(one, (0, longest - len(one)), constant_values=1.0) for one in curves)
    return float(np.abs(first_curve - second_curve).max())


def _again(visits: Visits) -> float:
    """The share of views that show an item of this session again."""
    rows = np.flatnonzero(visits.item >= 0)
    if not len(rows):
        return 0.0
    span = int(visits.item.max()) + 1
    return 1 - len(np.unique(visits.number[rows] * span + visits.item[rows])) / len(rows)
