"""Laws of the time between clicks: lognormals by page and kind, cut at the timeout, and the pace of a session."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats, Paces
from clickgen.learn.visits import Visits
from clickgen.profile.waits import PACES

_NORMAL = NormalDist()
_ROUNDS = 25
_LEAST_SIGMA = 0.1
_MOST_SIGMA = 3.0
_LEAST_S = 1e-3
_SHRINKING = 20.0  # gaps that the law of a page counts as, in that of the page in one kind
_NONE_ROUNDS = 25
_SHORTEST = -5.0  # the shortest gap of none that is thought of, as the log of a share of the resolution
_SMALL_PACE = 0.05  # sigma of the pace that is not worth a parameter
# The paces of simulated sessions are middles of equally likely parts, which spread a little less than the law.
_PACE_SPREAD = float(np.std([_NORMAL.inv_cdf((part + 0.5) / PACES) for part in range(PACES)]))


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The gaps of sessions: the page before each, its session, and its logarithm."""

    page: NDArray[np.int64]
    session: NDArray[np.int64]
    log: Floats  # of half the resolution where a gap is none
    none: NDArray[np.bool_]  # whether it is shorter than what the recording tells apart
    resolution_s: float
    longest_s: float  # that a gap can be within a session

    @classmethod
    def of(cls, visits: Visits, timeout_s: float) -> "Gaps":
        """The gaps of these sessions."""
        later = visits.later
        seconds = visits.time[later] - visits.time[later - 1]
        resolution = resolution_of(visits.time)
        return cls(
            page=visits.page[later - 1],
            session=visits.number[later],
            log=np.log(np.maximum(seconds, resolution / 2)),
            none=seconds < resolution / 2,
            resolution_s=resolution,
            longest_s=timeout_s,
        )

    @property
    def known(self) -> bool:
        """Whether there are gaps at all, and not all of them none."""
        return len(self.log) > 1 and bool(self.log.max() > np.log(self.resolution_s))


def resolution_of(time: Floats) -> float:
    """What times tell apart, in seconds: whole seconds or thousandths."""
    return 1.0 if len(time) and bool(np.all(time == np.floor(time))) else _LEAST_S


@dataclass(frozen=True, slots=True, eq=False)
class GapLaws:
    """Log medians and sigmas: of all gaps, by page, and by kind and page; NaN where there are too few."""

    median: float
    sigma: float
    page_median: Floats
    page_sigma: Floats
    kind_median: Floats  # kinds × pages
    kind_sigma: Floats
    pace_sigma: float


def paces_of(gaps: Gaps, pages: int, sessions: int) -> Paces:
    """How fast each session was, without what its pages make of it."""
    left = gaps.log - _means(gaps.page, gaps.log, np.ones(len(gaps.log)), pages)[gaps.page]
    counts = np.bincount(gaps.session, minlength=sessions)
    sums: Floats = np.bincount(gaps.session, left, sessions).astype(np.float64)
    squares: Floats = np.bincount(gaps.session, left**2, sessions).astype(np.float64)
    between = _between(counts, sums, squares)
    variance = float(left.var()) if len(left) else 1.0
    return Paces(sums / np.maximum(counts, 1), counts, max(variance - between, 0.05), max(between, 0.01))


def fit_gaps(gaps: Gaps, pages: int, belongs: Floats) -> GapLaws:
    """The laws of the gaps of sessions that belong to kinds with these weights."""
    kinds, top = belongs.shape[1], float(np.log(max(gaps.longest_s - 10, 1.0)))
    every = np.ones(len(gaps.log))
    whole = replace(gaps, page=np.zeros_like(gaps.page))
    start = np.array([float(gaps.log.mean())]), np.array([float(gaps.log.var())])
    all_mean, all_variance = _moments(whole, every, 1, *start)
    mean, variance = float(all_mean[0]), float(all_variance[0])
    page_mean, page_variance = _moments(gaps, every, pages, np.full(pages, mean), np.full(pages, variance))
    kind_mean, kind_variance = np.empty((kinds, pages)), np.empty((kinds, pages))
    for kind in range(kinds):
        weight = belongs[gaps.session, kind]
        kind_mean[kind], kind_variance[kind] = _moments(gaps, weight, pages, page_mean, page_variance)
    pace = _pace_variance(gaps, belongs, kind_mean)
    pace = pace if pace > _SMALL_PACE**2 else 0.0
    pace_sigma = float(np.sqrt(pace)) / _PACE_SPREAD

    def uncut(means: Floats, variances: Floats) -> tuple[Floats, Floats]:
        pairs = [
            _uncut(m, v, top) for m, v in zip(means.ravel().tolist(), variances.ravel().tolist(), strict=True)
        ]
        medians = np.array([median for median, _ in pairs]).reshape(means.shape)
        sigmas = np.array([sigma for _, sigma in pairs]).reshape(means.shape)
        return medians, np.sqrt(np.maximum(sigmas**2 - pace, _LEAST_SIGMA**2)).clip(max=_MOST_SIGMA)

    median, sigma = uncut(np.array([mean]), np.array([variance]))
    return GapLaws(
        float(median[0]),
        float(sigma[0]),
        *uncut(page_mean, page_variance),
        *uncut(kind_mean, kind_variance),
        pace_sigma,
    )


def _means(group: NDArray[np.int64], values: Floats, weight: Floats, groups: int) -> Floats:
    found: Floats = np.bincount(group, values * weight, groups) / np.maximum(
        np.bincount(group, weight, groups), 1e-9
    )
    return found


def _moments(
    gaps: Gaps, weight: Floats, pages: int, back_mean: Floats, back_variance: Floats
) -> tuple[Floats, Floats]:
    """Mean and variance of the log gaps after each page, leaning on those given where gaps are few.

    What gaps of none really were is taken from the law itself, round by round.
    """
    total = np.bincount(gaps.page, weight, pages)
    strength = np.where(total < 50 * _SHRINKING, _SHRINKING, 0.0)
    none = np.bincount(gaps.page, weight * gaps.none, pages)
    known = weight * ~gaps.none
    sums, squares = (np.bincount(gaps.page, known * gaps.log**power, pages) for power in (1, 2))
    every = np.maximum(total + strength, 1e-9)
    mean, variance = back_mean, back_variance
    for _ in range(_NONE_ROUNDS if none.any() else 1):
        short, short_squares = _below(mean, variance, float(np.log(gaps.resolution_s)))
        mean = (sums + none * short + strength * back_mean) / every
        of_squares = squares + none * short_squares + strength * (back_variance + back_mean**2)
        variance = np.maximum(of_squares / every - mean**2, _LEAST_SIGMA**2)
    return mean, variance


def _below(mean: Floats, variance: Floats, resolution: float) -> tuple[Floats, Floats]:
    """The mean and the mean square of log gaps that a clock of this (log) resolution shows as none.

    It does so to a gap of a share g of the resolution with the chance 1 - g.
    """
    logs = resolution + np.linspace(_SHORTEST, 0.0, 61)[:-1]
    law = -((logs - mean[:, None]) ** 2) / (2 * variance[:, None])
    weight = np.exp(law - law.max(axis=1, keepdims=True)) * -np.expm1(logs - resolution)
    total = weight.sum(axis=1)
    return (weight @ logs) / total, (weight @ logs**2) / total


def _between(counts: NDArray[np.int64], sums: Floats, squares: Floats) -> float:
    """The variance that the values of one session have in common: the mean product of two of them."""
    pairs = float((counts * (counts - 1)).sum())
    return max(0.0, float((sums**2 - squares).sum()) / pairs) if pairs else 0.0


def _pace_variance(gaps: Gaps, belongs: Floats, kind_mean: Floats) -> float:
    """The variance of the pace of sessions of one kind, from those that surely belong to it."""
    kind = belongs.argmax(axis=1)[gaps.session]
    left = gaps.log - kind_mean[kind, gaps.page]
    sessions = len(belongs)
    # each session counts once, however long it is: the long ones of a real site are slower and alike
    counts = np.bincount(gaps.session, minlength=sessions)
    sums, squares = np.bincount(gaps.session, left, sessions), np.bincount(gaps.session, left**2, sessions)
    weight = np.where(counts > 1, 1 / np.maximum(counts - 1, 1), 0.0)
    pairs = float((weight * counts * (counts - 1)).sum())
    return max(0.0, float((weight * (sums**2 - squares)).sum()) / pairs) if pairs else 0.0


def _uncut(mean: float, variance: float, top: float) -> tuple[float, float]:
    """Log median and sigma of the lognormal that has this mean and variance if it is cut at `top` (all logs)."""
    median, sigma = mean, float(np.sqrt(max(variance, _LEAST_SIGMA**2)))
    for _ in range(_ROUNDS):
        z = (top - median) / sigma
        below = _NORMAL.cdf(z)
        if below < 0.2:  # most of the law is beyond the cut: what is seen says little
            return mean, float(np.sqrt(max(variance, _LEAST_SIGMA**2)))
        slope = _NORMAL.pdf(z) / below
        median = mean + sigma * slope
        sigma = float(np.sqrt(max(variance / max(1 - z * slope - slope**2, 0.1), _LEAST_SIGMA**2)))
    return median, min(sigma, _MOST_SIGMA)
