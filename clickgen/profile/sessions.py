"""The tables of how sessions go on: chances by depth, think times, and who is under way at any moment."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.contexts import Context, Contexts
from clickgen.profile.survival import by_page, survival_of_people

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile

THINK_LEVELS = 8192
THINK_UNIT = 1 << 16  # and so many bits are shifted out
PACES = 16
"""How many different paces sessions have, where they differ: each is as likely as the others."""
_CAP_MARGIN_S = 10.0
_HALF = np.uint64(32)
_UNIT_SHIFT = np.uint64(16)
_PACE_SHIFT = np.uint64(64 - (PACES - 1).bit_length())


@dataclass(frozen=True, slots=True, eq=False)
class SessionTables:
    """How sessions go on.

    Think times in a context are median_ms × factor[first_level + q] × pace, both in parts of THINK_UNIT, with q
    uniform under `levels`: a lognormal, cut so that no gap reaches the timeout; for bots always the same.
    """

    go_on: NDArray[np.uint64]
    """Thresholds of the chance of another click after page 1, 2, … (0 after max_pages), row after row."""
    go_on_from: NDArray[np.int64]  # where the row of each context begins
    max_pages: int
    depths: Choices
    """How many pages the sessions under way at one moment have seen, if think times were alike in every context; a
    row for people, one for bots."""
    factor: NDArray[np.uint64]
    median_ms: NDArray[np.uint64]  # of each context, as is first_level
    levels: NDArray[np.uint64]  # of each context at each pace: context × paces + pace, as are stays
    first_level: NDArray[np.int64]
    pace: NDArray[np.uint64]  # factors of think times, in parts of THINK_UNIT; a session has one of them
    stays: NDArray[np.uint32]  # threshold of the mean think time relative to the largest
    longest_ms: NDArray[np.int64]  # the largest mean think time of people, and of bots
    steps_e6: NDArray[np.int64]  # mean clicks after the first in a session, in millionths, of people, and of bots
    bots: int  # threshold of the chance that a session is a bot's
    pages_e6: int  # mean pages a session, in millionths, bots included
    timeout_ms: int

    @classmethod
    def draw(cls, profile: "Profile") -> Self:
        """The tables of a profile's sessions; nothing in them is random."""
        sessions, bots = profile.sessions, profile.bots
        contexts = Contexts(profile)
        bot_share, bot_chance = (bots.share, 1 - 1 / bots.pages) if bots else (0.0, 0.0)
        of_bots = np.cumprod([bot_chance] * (sessions.max_pages - 1)).tolist()
        survivals = [survival_of_people(profile, contexts), of_bots]
        steps = [math.fsum(survival) for survival in survivals]
        think = _ThinkTimes(profile, contexts.all)
        is_bot = np.repeat([context.is_bot for context in contexts.all], len(think.paces))
        means = np.array(think.means)
        longest = [float(means[is_bot == kind].max()) for kind in (False, True)]
        go_on, go_on_from = _go_on(contexts.all, sessions.max_pages)
        return cls(
            go_on=go_on,
            go_on_from=go_on_from,
            max_pages=sessions.max_pages,
            depths=Choices.of_rows(
                (range(1, len(survival) + 1), survival if any(survival) else [1.0] * len(survival))
                for survival in survivals
            ),
            factor=np.array(think.factors, dtype=np.uint64),
            median_ms=np.array(think.medians, dtype=np.uint64),
            levels=np.array(think.levels, dtype=np.uint64),
            first_level=np.array(think.first, dtype=np.int64),
            pace=np.array([round(pace * THINK_UNIT) for pace in think.paces], dtype=np.uint64),
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

    def gaps_ms(
        self, contexts: NDArray[np.int64], paces: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """Think times in ms in these contexts, of sessions with these paces, from 32 random bits each."""
        level = (bits * self.levels.take(self._rows(contexts, paces)) >> _HALF).view(np.int64)
        return self._at_level(contexts, paces, level + self.first_level.take(contexts))

    def gaps_under_way_ms(
        self, contexts: NDArray[np.int64], paces: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """Think times that a random moment falls into: the longer ones are hit more often."""
        sums = np.concatenate([[0], np.cumsum(self.factor)]).astype(np.uint64)
        first = self.first_level[contexts]
        before = sums[first]
        # 24 bits: the sums stay under 2^40, so that the product does not overflow
        within = sums[first + self.levels[self._rows(contexts, paces)].view(np.int64)] - before
        spot = before + ((bits >> np.uint64(8)) * within >> np.uint64(24))
        return self._at_level(contexts, paces, np.searchsorted(sums, spot, side="right") - 1)

    def staying(
        self, contexts: NDArray[np.int64], paces: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.bool_]:
        """Whether 32 random bits each accept a wait in these contexts, in proportion to its mean."""
        accepted: NDArray[np.bool_] = bits < self.stays.take(self._rows(contexts, paces))
        return accepted

    def paces(self, is_bot: NDArray[np.bool_], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The paces of sessions, from 64 random bits each."""
        if len(self.pace) == 1:
            return np.zeros(len(bits), dtype=np.int64)
        return np.where(is_bot, PACES, (bits >> _PACE_SHIFT).view(np.int64))

    def _rows(self, contexts: NDArray[np.int64], paces: NDArray[np.int64]) -> NDArray[np.int64]:
        return contexts if len(self.pace) == 1 else contexts * len(self.pace) + paces

    def _at_level(
        self, contexts: NDArray[np.int64], paces: NDArray[np.int64], level: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        gaps = self.median_ms.take(contexts) * self.factor.take(level) >> _UNIT_SHIFT
        if len(self.pace) > 1:
            gaps = gaps * self.pace.take(paces) >> _UNIT_SHIFT
        return gaps.view(np.int64)


def _go_on(contexts: list[Context], max_pages: int) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The different rows of thresholds one after the other, and where the row of each context begins."""
    begins: dict[tuple[float, ...], int] = {}
    thresholds: list[int] = []
    for context in contexts:
        if context.go_on not in begins:
            begins[context.go_on] = len(thresholds)
            thresholds += [*map(threshold, by_page(context.go_on, max_pages)), 0]
    return np.array(thresholds, dtype=np.uint64), np.array([begins[context.go_on] for context in contexts])


class _ThinkTimes:
    """The think times of every context, from quantiles of lognormals of median 1, one for each sigma."""

    def __init__(self, profile: "Profile", contexts: list[Context]) -> None:
        sigma, longest_s = profile.sessions.pace_sigma, profile.sessions.timeout_s - _CAP_MARGIN_S
        # the last is that of bots
        self.paces = [*_quantiles(sigma, PACES), 1.0] if sigma else [1.0]
        self.factors: list[int] = []
        self.medians: list[int] = []
        self.levels: list[int] = []  # of each context at each pace, as are the means
        self.means: list[float] = []
        self.first: list[int] = []
        blocks: dict[float, tuple[int, list[float]]] = {}
        for context in contexts:
            if not context.think_s:  # nobody waits before the first page
                self.medians.append(1)
                self.first.append(0)
                self.levels += [1] * len(self.paces)
                self.means += [1.0] * len(self.paces)
                continue
            if context.think_sigma not in blocks:
                blocks[context.think_sigma] = len(self.factors), _quantiles(context.think_sigma, THINK_LEVELS)
                self.factors += [max(1, round(value * THINK_UNIT)) for value in blocks[context.think_sigma][1]]
            first, quantiles = blocks[context.think_sigma]
            self.medians.append(max(1, round(context.think_s * 1000)))
            self.first.append(first)
            for pace in self.paces:
                top = max(1, int(np.searchsorted(quantiles, longest_s / (context.think_s * pace))))
                self.levels.append(top)
                self.means.append(self.medians[-1] * pace * (math.fsum(quantiles[:top]) / top))


def _quantiles(sigma: float, parts: int) -> list[float]:
    """The middles of equally likely parts of a lognormal of median 1; one part where sigma is 0."""
    if not sigma:
        return [1.0]
    normal = NormalDist()
    return [math.exp(sigma * normal.inv_cdf((q + 0.5) / parts)) for q in range(parts)]
