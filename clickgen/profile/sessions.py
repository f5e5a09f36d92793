"""The tables of how sessions go on: chances by depth, think times, and who is under way at any moment."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.model import Profile

THINK_LEVELS = 8192
THINK_UNIT = 1 << 16  # and so many bits are shifted out
_CAP_MARGIN_S = 10.0
_HALF = np.uint64(32)
_UNIT_SHIFT = np.uint64(16)


@dataclass(frozen=True, slots=True, eq=False)
class SessionTables:
    """go_on[d]: threshold of the chance of another click after page d + 1; the last is 0.

    Think times are median_ms[page] × factor[q] / THINK_UNIT, q uniform under levels[page]: a lognormal, cut
    so that no gap reaches the timeout. factor_sums[q]: the sum of the factors before q.
    depths: how many pages the sessions have seen that are under way at one moment, were think times alike
    on every page. longest_page_ms: the largest mean think time of a page; stays[page]: threshold of a
    page's mean relative to that one. pages_e6: mean pages a session, in millionths. steps_e6: mean clicks a
    session that follow another, in millionths.
    """

    go_on: NDArray[np.uint64]
    depths: Choices
    factor: NDArray[np.uint64]
    factor_sums: NDArray[np.uint64]
    median_ms: NDArray[np.uint64]
    levels: NDArray[np.uint64]
    stays: NDArray[np.uint32]
    longest_page_ms: int
    pages_e6: int
    steps_e6: int
    timeout_ms: int

    @classmethod
    def draw(cls, profile: Profile) -> Self:
        """The tables of a profile's sessions; nothing in them is random."""
        sessions = profile.sessions
        chances = sessions.go_on + sessions.go_on[-1:] * sessions.max_pages
        chances = chances[: sessions.max_pages - 1]
        survival = np.cumprod(chances).tolist()
        steps = math.fsum(survival)
        factors, levels = _think_levels(profile)
        sums = np.concatenate([[0], np.cumsum(factors)]).astype(np.uint64)
        medians = [max(1, round(page.think_s * 1000)) for page in profile.pages.values()]
        means = [median * int(sums[top]) / top / THINK_UNIT for median, top in zip(medians, levels, strict=True)]
        return cls(
            go_on=np.array([*map(threshold, chances), 0], dtype=np.uint64),
            depths=Choices.of_rows([(range(1, len(survival) + 1), survival)]),
            factor=factors,
            factor_sums=sums,
            median_ms=np.array(medians, dtype=np.uint64),
            levels=np.array(levels, dtype=np.uint64),
            stays=np.array([threshold(mean / max(means)) for mean in means], dtype=np.uint32),
            longest_page_ms=round(max(means)),
            pages_e6=round((1 + steps) * 1e6),
            steps_e6=round(steps * 1e6),
            timeout_ms=round(sessions.timeout_s * 1000),
        )

    def gaps_ms(self, pages: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Think times in ms after these pages, from 32 random bits each."""
        level = bits * self.levels.take(pages) >> _HALF
        gaps = self.median_ms.take(pages) * self.factor.take(level.view(np.int64)) >> _UNIT_SHIFT
        return gaps.view(np.int64)

    def gaps_under_way_ms(self, pages: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Think times that a moment chosen at random falls into: the longer ones are hit more often."""
        # 24 bits: the sums stay under 2^40, so that the product does not overflow
        spot = (bits >> np.uint64(8)) * self.factor_sums[self.levels[pages].astype(np.int64)] >> np.uint64(24)
        level = np.searchsorted(self.factor_sums, spot, side="right") - 1
        return (self.median_ms[pages] * self.factor[level] >> _UNIT_SHIFT).view(np.int64)


def _think_levels(profile: Profile) -> tuple[NDArray[np.uint64], list[int]]:
    """The quantiles of a lognormal of median 1, and for each page how many of them stay under the timeout."""
    sigma, normal = profile.sessions.think_sigma, NormalDist()
    quantiles = [math.exp(sigma * normal.inv_cdf((q + 0.5) / THINK_LEVELS)) for q in range(THINK_LEVELS)]
    cap_s = profile.sessions.timeout_s - _CAP_MARGIN_S
    factors = np.array([max(1, round(value * THINK_UNIT)) for value in quantiles], dtype=np.uint64)
    tops = [max(1, int(np.searchsorted(quantiles, cap_s / page.think_s))) for page in profile.pages.values()]
    return factors, tops
