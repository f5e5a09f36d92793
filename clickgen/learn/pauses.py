"""Two laws of log times in one: usual times, each group with its own lognormal, and long pauses, alike in all."""

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats

LEAST_SIGMA = 0.1
MOST_SIGMA = 3.0
_NORMAL = NormalDist()
_ROUNDS = 40
_UNCUT_ROUNDS = 25
_FEW_PAUSES = 0.002
_BEYOND = 1.5  # sigmas of all times above their mean, where pauses are looked for first
_APART = 1.0  # that the logs of pauses and of usual times differ by at least


@dataclass(frozen=True, slots=True, eq=False)
class Mixed:
    """The laws of groups: mean and variance of usual log times, and the share of pauses."""

    mean: Floats
    variance: Floats
    share: Floats
    pause_mean: float
    pause_variance: float

    def taken(self, groups: NDArray[np.int64]) -> "Mixed":
        """The laws of these groups, one each."""
        return replace(self, mean=self.mean[groups], variance=self.variance[groups], share=self.share[groups])

    def paused(self, group: NDArray[np.int64], log: Floats) -> Floats:
        """How likely each time is a pause."""
        usual, pause = self._likely(group, log)
        found: Floats = pause / np.maximum(usual + pause, 1e-300)
        return found

    def bits_of(self, group: NDArray[np.int64], log: Floats) -> Floats:
        """The log likelihood (natural) of each time."""
        usual, pause = self._likely(group, log)
        found: Floats = np.log(np.maximum(usual + pause, 1e-300))
        return found

    def _likely(self, group: NDArray[np.int64], log: Floats) -> tuple[Floats, Floats]:
        share = self.share[group]
        usual = (1 - share) * _density(log, self.mean[group], self.variance[group])
        return usual, share * _density(log, self.pause_mean, self.pause_variance)


def _density(log: Floats, mean: Floats | float, variance: Floats | float) -> Floats:
    found: Floats = np.exp(-((log - mean) ** 2) / (2 * variance)) / np.sqrt(2 * np.pi * variance)
    return found


def fit_groups(group: NDArray[np.int64], log: Floats, weight: Floats, back: Mixed, strength: float) -> Mixed:
    """The laws of groups, each leaning on the one in `back` as on so many more times. Pauses stay as they are."""
    groups = len(back.mean)
    total = np.maximum(np.bincount(group, weight, groups) + strength, 1e-9)
    found = back
    for _ in range(_ROUNDS if back.share.any() else 1):
        paused = found.paused(group, log) * weight
        usual = weight - paused
        found = _maximised(found, back, group, log, usual, strength)
        found = replace(found, share=(np.bincount(group, paused, groups) + strength * back.share) / total)
    return found


def _maximised(
    found: Mixed, back: Mixed, group: NDArray[np.int64], log: Floats, usual: Floats, strength: float
) -> Mixed:
    groups = len(back.mean)
    count = np.maximum(np.bincount(group, usual, groups) + strength, 1e-9)
    mean = (np.bincount(group, usual * log, groups) + strength * back.mean) / count
    squares = np.bincount(group, usual * log**2, groups) + strength * (back.variance + back.mean**2)
    return replace(found, mean=mean, variance=np.maximum(squares / count - mean**2, LEAST_SIGMA**2))


def find_pauses(group: NDArray[np.int64], log: Floats, groups: int, strength: float) -> Mixed:
    """The laws of groups, with long pauses if times are likelier with them than it costs to say so."""
    mean, variance = float(log.mean()), max(float(log.var()), LEAST_SIGMA**2)
    every = np.ones(len(log))
    back = Mixed(np.full(groups, mean), np.full(groups, variance), np.zeros(groups), mean, variance)
    plain = fit_groups(group, log, every, back, strength)
    long = log[log > mean + _BEYOND * np.sqrt(variance)]
    if len(long) < strength:
        return plain
    pause = Mixed(plain.mean, plain.variance, np.full(groups, len(long) / len(log)), float(long.mean()), 0.5)
    for _ in range(_ROUNDS):
        paused = pause.paused(group, log)
        total = max(float(paused.sum()), 1e-9)
        middle = float((paused * log).sum()) / total
        spread = max(float((paused * (log - middle) ** 2).sum()) / total, LEAST_SIGMA**2)
        counted: Floats = np.bincount(group, paused, groups).astype(np.float64)
        share = counted + strength * total / len(log)
        share = share / (np.bincount(group, minlength=groups) + strength)
        pause = _maximised(pause, back, group, log, 1 - paused, strength)
        pause = replace(pause, share=share, pause_mean=middle, pause_variance=spread)
    gain = float((pause.bits_of(group, log) - plain.bits_of(group, log)).sum())
    known = int(np.count_nonzero(np.bincount(group, minlength=groups)))
    apart = pause.pause_mean - float(pause.mean[group].mean()) > _APART
    worth = gain > 0.5 * (known + 2) * np.log(len(log)) and float(pause.share[group].mean()) > _FEW_PAUSES
    return pause if apart and worth else plain


def uncut(mean: float, variance: float, top: float) -> tuple[float, float]:
    """Log median and sigma of the lognormal that has this mean and variance if it is cut at `top` (all logs)."""
    median, sigma = mean, float(np.sqrt(max(variance, LEAST_SIGMA**2)))
    for _ in range(_UNCUT_ROUNDS):
        z = (top - median) / sigma
        below = _NORMAL.cdf(z)
        if below < 0.2:  # most of the law is beyond the cut: what is seen says little
            return mean, float(np.sqrt(max(variance, LEAST_SIGMA**2)))
        slope = _NORMAL.pdf(z) / below
        median = mean + sigma * slope
        sigma = float(np.sqrt(max(variance / max(1 - z * slope - slope**2, 0.1), LEAST_SIGMA**2)))
    return median, min(sigma, MOST_SIGMA)
