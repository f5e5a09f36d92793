"""Durations counted in logarithmic bins: constant memory, mergeable, percentiles within 1 %."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LOWEST_S = 1e-6
_BINS_PER_E_FOLD = 100
_BINS = 2600  # 1 µs × e^26: two days and a bit


class Percentiles(NamedTuple):
    """p50, p99 and the largest duration, in seconds."""

    p50: float
    p99: float
    max: float


class Histogram:
    """A count of durations in seconds; what is under a microsecond counts as one."""

    __slots__ = ("counts", "largest")

    def __init__(self) -> None:
        self.counts: NDArray[np.int64] = np.zeros(_BINS, dtype=np.int64)
        self.largest = 0.0

    def add(self, seconds: NDArray[np.float64], weights: NDArray[np.int64] | None = None) -> None:
        """Count many durations, each as often as `weights` says, or once."""
        if len(seconds) == 0:
            return
        clipped = np.maximum(seconds, _LOWEST_S)
        bins = (np.log(clipped / _LOWEST_S) * _BINS_PER_E_FOLD).astype(np.int64)
        self.counts += np.bincount(np.minimum(bins, _BINS - 1), weights, _BINS).astype(np.int64)
        self.largest = max(self.largest, float(seconds.max()))

    def add_one(self, seconds: float, weight: int = 1) -> None:
        """Count one duration `weight` times."""
        position = int(np.log(max(seconds, _LOWEST_S) / _LOWEST_S) * _BINS_PER_E_FOLD)
        self.counts[min(position, _BINS - 1)] += weight
        self.largest = max(self.largest, seconds)

    def merge(self, other: "Histogram") -> None:
        self.counts += other.counts
        self.largest = max(self.largest, other.largest)

    def since(self, before: "Histogram") -> "Histogram":
        """What was counted since an earlier state of this histogram; `largest` stays that of all."""
        rest = Histogram()
        rest.counts = self.counts - before.counts
        rest.largest = self.largest
        return rest

    @property
    def total(self) -> int:
        return int(self.counts.sum())

    def values(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The durations in seconds that were counted, rising, each for all within 1 % of it, and their counts."""
        filled = np.flatnonzero(self.counts)
        middles = _LOWEST_S * np.exp((filled + 0.5) / _BINS_PER_E_FOLD)
        return np.minimum(middles, self.largest), self.counts[filled]

    def quantile(self, share: float) -> float:
        """The duration in seconds that `share` of all do not exceed; 0 if none was counted."""
        total = self.total
        if total == 0:
            return 0.0
        position = int(np.searchsorted(np.cumsum(self.counts), share * total))
        middle = _LOWEST_S * float(np.exp((position + 0.5) / _BINS_PER_E_FOLD))
        return min(middle, self.largest)

    def percentiles(self) -> Percentiles:
        return Percentiles(self.quantile(0.5), self.quantile(0.99), self.largest)
