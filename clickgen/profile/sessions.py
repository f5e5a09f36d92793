"""The tables of how sessions go on: chances by depth, think times, and who is under way at any moment."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.model import Profile
from clickgen.profile.site import SiteTables

THINK_LEVELS = 8192
THINK_UNIT = 1 << 16  # and so many bits are shifted out
_CAP_MARGIN_S = 10.0
_HALF = np.uint64(32)
_UNIT_SHIFT = np.uint64(16)


@dataclass(frozen=True, slots=True, eq=False)
class SessionTables:
    """How sessions go on.

    Think times in a context are median_ms × factor[first_level + q] / THINK_UNIT, with q uniform under `levels`: a
    lognormal, cut so that no gap reaches the timeout; for bots always the same.
    """

    go_on: NDArray[np.uint64]
    """Thresholds of the chance of another click after page 1, 2, … (0 after max_pages), then those of bots."""
    max_pages: int
    depths: Choices
    """How many pages the sessions under way at one moment have seen, if think times were alike in every context; a
    row for people, one for bots."""
    factor: NDArray[np.uint64]
    median_ms: NDArray[np.uint64]  # of each context, as are levels and first_level
    levels: NDArray[np.uint64]
    first_level: NDArray[np.int64]
    stays: NDArray[np.uint32]  # threshold of a context's mean think time relative to the largest
    longest_ms: NDArray[np.int64]  # the largest mean think time of people, and of bots
    steps_e6: NDArray[np.int64]  # mean clicks after the first in a session, in millionths, of people, and of bots
    bots: int  # threshold of the chance that a session is a bot's
    pages_e6: int  # mean pages a session, in millionths, bots included
    timeout_ms: int

    @classmethod
    def draw(cls, profile: Profile, site: SiteTables) -> Self:
        """The tables of a profile's sessions; nothing in them is random."""
        sessions, bots = profile.sessions, profile.bots
        chances = (sessions.go_on + sessions.go_on[-1:] * sessions.max_pages)[: sessions.max_pages - 1]
        bot_share, bot_chance = (bots.share, 1 - 1 / bots.pages) if bots else (0.0, 0.0)
        of_bots = [bot_chance] * len(chances)
        survivals = [np.cumprod(each).tolist() for each in (chances, of_bots)]
        steps = [math.fsum(survival) for survival in survivals]
        think, is_bot = _ThinkTimes(profile, site), site.is_bot
        means = np.array(think.means)
        longest = [float(means[is_bot == kind].max()) for kind in (False, True)]
        return cls(
            go_on=np.array([*map(threshold, chances), 0, *map(threshold, of_bots), 0], dtype=np.uint64),
            max_pages=sessions.max_pages,
            depths=Choices.of_rows(
                (range(1, len(survival) + 1), survival if any(survival) else [1.0] * len(survival))
                for survival in survivals
            ),
            factor=np.array(think.factors, dtype=np.uint64),
            median_ms=np.array(think.medians, dtype=np.uint64),
            levels=np.array(think.levels, dtype=np.uint64),
            first_level=np.array(think.first, dtype=np.int64),
            stays=np.array(
                [threshold(mean / longest[bot]) for mean, bot in zip(think.means, is_bot.tolist(), strict=True)],
                dtype=np.uint32,
            ),
            longest_ms=np.array(longest).round().astype(np.int64),
            steps_e6=np.array([round(each * 1e6) for each in steps], dtype=np.int64),
            bots=threshold(bot_share),
            pages_e6=round((1 + (1 - bot_share) * steps[0] + bot_share * steps[1]) * 1e6),
            timeout_ms=round(sessions.timeout_s * 1000),
        )

    def gaps_ms(self, contexts: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Think times in ms in these contexts, from 32 random bits each."""
        level = (bits * self.levels.take(contexts) >> _HALF).view(np.int64) + self.first_level.take(contexts)
        gaps = self.median_ms.take(contexts) * self.factor.take(level) >> _UNIT_SHIFT
        return gaps.view(np.int64)

    def gaps_under_way_ms(self, contexts: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """Think times that a random moment falls into: the longer ones are hit more often."""
        sums = np.concatenate([[0], np.cumsum(self.factor)]).astype(np.uint64)
        first = self.first_level[contexts]
        before = sums[first]
        # 24 bits: the sums stay under 2^40, so that the product does not overflow
        within = sums[first + self.levels[contexts].view(np.int64)] - before
        spot = before + ((bits >> np.uint64(8)) * within >> np.uint64(24))
        level = np.searchsorted(sums, spot, side="right") - 1
        return (self.median_ms[contexts] * self.factor[level] >> _UNIT_SHIFT).view(np.int64)


class _ThinkTimes:
    """The think times of every context, from quantiles of lognormals of median 1, one for each sigma."""

    def __init__(self, profile: Profile, site: SiteTables) -> None:
        pages, sessions = list(profile.pages.values()), profile.sessions
        self.factors: list[int] = []
        self.medians: list[int] = []
        self.levels: list[int] = []
        self.first: list[int] = []
        self.means: list[float] = []
        blocks: dict[float, tuple[int, list[float]]] = {}
        is_bot = site.is_bot.tolist()
        for context, page in enumerate(site.page.tolist()):
            if page == len(pages):  # nobody waits before the first page
                self._add(1, 0, 1, 1.0)
                continue
            think_s, sigma = pages[page].think_s, pages[page].think_sigma or sessions.think_sigma
            if is_bot[context]:
                think_s, sigma = profile.bots.pace_s if profile.bots else think_s, 0.0
            if sigma not in blocks:
                blocks[sigma] = len(self.factors), _quantiles(sigma)
                self.factors += [max(1, round(value * THINK_UNIT)) for value in blocks[sigma][1]]
            first, quantiles = blocks[sigma]
            top = max(1, int(np.searchsorted(quantiles, (sessions.timeout_s - _CAP_MARGIN_S) / think_s)))
            self._add(max(1, round(think_s * 1000)), first, top, math.fsum(quantiles[:top]) / top)

    def _add(self, median_ms: int, first: int, levels: int, mean_factor: float) -> None:
        self.medians.append(median_ms)
        self.first.append(first)
        self.levels.append(levels)
        self.means.append(median_ms * mean_factor)


def _quantiles(sigma: float) -> list[float]:
    """The middles of `THINK_LEVELS` equally likely parts of a lognormal of median 1; one part where sigma is 0."""
    if not sigma:
        return [1.0]
    normal = NormalDist()
    return [math.exp(sigma * normal.inv_cdf((q + 0.5) / THINK_LEVELS)) for q in range(THINK_LEVELS)]
