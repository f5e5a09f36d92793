"""The tables of the time until the next click: lognormals by page and step, clicks at once, and long pauses."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import CERTAIN, threshold
from clickgen.profile.contexts import Context, Law

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile

THINK_LEVELS = 8192
THINK_UNIT = 1 << 16  # and so many bits are shifted out
PACES = 16
"""How many different paces sessions have, where they differ: each is as likely as the others."""
SHAPE_REACH = 3.0  # sigmas of a normal law, on both sides, over which a shape is given
_CAP_MARGIN_S = 10.0
_HALF = np.uint64(32)
_UNIT_SHIFT = np.uint64(16)
_PACE_SHIFT = np.uint64(64 - (PACES - 1).bit_length())
_CERTAIN = np.uint64(CERTAIN)


@dataclass(frozen=True, slots=True, eq=False)
class WaitTables:
    """How long visits wait for their next click.

    A wait has the number of its context; those of certain steps from page to page have the numbers after these.
    A time is median_ms × factor[first_level + q] × pace, both in parts of THINK_UNIT, with q uniform under
    `levels`: a lognormal, cut so that no gap reaches the timeout; for bots always the same.
    """

    factor: NDArray[np.uint64]
    median_ms: NDArray[
        np.uint64
    ]  # of each wait, as is first_level; the last is that of long pauses, if there are any
    levels: NDArray[np.uint64]  # of each wait at each pace: wait × paces + pace, as are stays and paused
    first_level: NDArray[np.int64]
    pace: NDArray[np.uint64]  # factors of think times, in parts of THINK_UNIT; a session has one of them
    stays: NDArray[np.uint32]  # threshold of the mean think time relative to the largest
    longest_ms: NDArray[np.int64]  # the largest mean think time of people, and of bots
    step: NDArray[np.int64]  # context × pages + the page that follows, of each step with a wait of its own, sorted
    pages: int
    at_once: NDArray[
        np.uint64
    ]  # of each wait, threshold of no time at all; empty if there is none, as are the next
    pause: NDArray[np.uint64]  # threshold of a long pause or no time at all
    paused: NDArray[np.uint64]  # threshold of a long pause at a random moment of a wait
    unit_ms: int  # times are multiples of this

    @classmethod
    def draw(cls, profile: "Profile", contexts: list[Context]) -> Self:
        """The tables of a profile's contexts; nothing in them is random."""
        pages = len(profile.pages)
        steps = sorted((number * pages + page, law) for number, one in enumerate(contexts) for page, law in one.to)
        laws = [one.wait for one in contexts] + [law for _, law in steps]
        is_bot = [one.is_bot for one in contexts] + [False] * len(steps)
        made = _Laws(profile, laws)
        means = np.array(made.means).reshape(len(laws), len(made.paces))
        longest = [float(means[np.array(is_bot) == kind].max()) for kind in (False, True)]
        relative = means / np.array(longest).take(is_bot)[:, np.newaxis]
        return cls(
            factor=np.array(made.factors, dtype=np.uint64),
            median_ms=np.array(made.medians, dtype=np.uint64),
            levels=np.array(made.levels, dtype=np.uint64),
            first_level=np.array(made.first, dtype=np.int64),
            pace=np.array([round(pace * THINK_UNIT) for pace in made.paces], dtype=np.uint64),
            stays=np.array([threshold(mean) for mean in relative.ravel().tolist()], dtype=np.uint32),
            longest_ms=np.array(longest).round().astype(np.int64),
            step=np.array([key for key, _ in steps], dtype=np.int64),
            pages=pages,
            at_once=np.array(made.at_once, dtype=np.uint64),
            pause=np.array(made.pause, dtype=np.uint64),
            paused=np.array(made.paused, dtype=np.uint64),
            unit_ms=round((profile.sessions.resolution_s or 0.001) * 1000),
        )

    @property
    def exact(self) -> bool:
        """Whether times have to be kept to the millisecond: some clicks come at once, or times are multiples."""
        return bool(len(self.pause)) or self.unit_ms > 1

    def of(self, contexts: NDArray[np.int64], pages: NDArray[np.int64]) -> NDArray[np.int64]:
        """The waits in these contexts for a click on these pages."""
        key = contexts * self.pages + pages
        place = np.searchsorted(self.step, key).clip(max=len(self.step) - 1)
        steps = len(self.median_ms) - len(self.step) - bool(len(self.pause)) + place
        return np.where(self.step.take(place) == key, steps, contexts)

    def times_ms(
        self, waits: NDArray[np.int64], paces: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """Waits in ms, of sessions with these paces, from 32 random bits each."""
        if not len(self.pause):
            level = (bits * self.levels.take(self._rows(waits, paces)) >> _HALF).view(np.int64)
            return self._at_level(waits, paces, level + self.first_level.take(waits))
        at_once, pause = self.at_once.take(waits), self.pause.take(waits)
        paused, none = (bits >= at_once) & (bits < pause), bits < at_once
        waits, paces = self._with_pauses(waits, paces, paused)
        # what is left of the bits is uniform once more
        begin, end = np.where(paused, at_once, pause), np.where(paused, pause, _CERTAIN)
        bits = _spread(bits - begin, end - begin)
        level = (bits * self.levels.take(self._rows(waits, paces)) >> _HALF).view(np.int64)
        return np.where(none, 0, self._at_level(waits, paces, level + self.first_level.take(waits)))

    def times_under_way_ms(
        self, waits: NDArray[np.int64], paces: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.int64]:
        """Waits that a random moment falls into: the longer ones are hit more often."""
        if len(self.pause):
            met = self.paused.take(self._rows(waits, paces))
            paused = bits < met
            waits, paces = self._with_pauses(waits, paces, paused)
            bits = _spread(np.where(paused, bits, bits - met), np.where(paused, met, _CERTAIN - met))
        sums = np.concatenate([[0], np.cumsum(self.factor)]).astype(np.uint64)
        first = self.first_level[waits]
        before = sums[first]
        # 24 bits: the sums stay under 2^40, so that the product does not overflow
        within = sums[first + self.levels[self._rows(waits, paces)].view(np.int64)] - before
        spot = before + ((bits >> np.uint64(8)) * within >> np.uint64(24))
        return self._at_level(waits, paces, np.searchsorted(sums, spot, side="right") - 1)

    def staying(
        self, waits: NDArray[np.int64], paces: NDArray[np.int64], bits: NDArray[np.uint64]
    ) -> NDArray[np.bool_]:
        """Whether 32 random bits each accept these waits, in proportion to their means."""
        accepted: NDArray[np.bool_] = bits < self.stays.take(self._rows(waits, paces))
        return accepted

    def paces(self, is_bot: NDArray[np.bool_], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """The paces of sessions, from 64 random bits each."""
        if len(self.pace) == 1:
            return np.zeros(len(bits), dtype=np.int64)
        return np.where(is_bot, PACES, (bits >> _PACE_SHIFT).view(np.int64))

    def _rows(self, waits: NDArray[np.int64], paces: NDArray[np.int64]) -> NDArray[np.int64]:
        return waits if len(self.pace) == 1 else waits * len(self.pace) + paces

    def _with_pauses(
        self, waits: NDArray[np.int64], paces: NDArray[np.int64], paused: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The waits and paces, where some are long pauses: those have a law of their own and no pace."""
        return np.where(paused, len(self.median_ms) - 1, waits), np.where(paused, len(self.pace) - 1, paces)

    def _at_level(
        self, waits: NDArray[np.int64], paces: NDArray[np.int64], level: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        times = self.median_ms.take(waits) * self.factor.take(level) >> _UNIT_SHIFT
        if len(self.pace) > 1:
            times = times * self.pace.take(paces) >> _UNIT_SHIFT
        if self.unit_ms > 1:
            unit = np.uint64(self.unit_ms)
            times = np.maximum((times + unit // np.uint64(2)) // unit, np.uint64(1)) * unit
        return times.view(np.int64)


def _spread(bits: NDArray[np.uint64], under: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers below these bounds as 32 bits; those that are not below are not looked at."""
    whole = (bits << _HALF) // np.maximum(under, np.uint64(1))
    found: NDArray[np.uint64] = np.minimum(whole, _CERTAIN - np.uint64(1))
    return found


class _Laws:
    """The times of all waits, from quantiles of lognormals of median 1, one for each sigma."""

    def __init__(self, profile: "Profile", laws: list[Law]) -> None:
        sessions = profile.sessions
        sigma = sessions.pace_sigma
        self._longest_s = sessions.timeout_s - _CAP_MARGIN_S
        # the last is that of bots
        self.paces = [*_quantiles(sigma, PACES), 1.0] if sigma else [1.0]
        self.factors: list[int] = []
        self.medians: list[int] = []
        self.levels: list[int] = []  # of each wait at each pace, as are the means
        self.means: list[float] = []
        self.first: list[int] = []
        self.at_once: list[int] = []
        self.pause: list[int] = []
        self.paused: list[int] = []
        self._blocks: dict[tuple[float, tuple[float, ...]], tuple[int, list[float], NDArray[np.float64]]] = {}
        self._sums: dict[tuple[tuple[float, tuple[float, ...]], int], float] = {}
        for law in laws:
            self._add(law, self.paces)
        if any(law.at_once or law.pause for law in laws):
            self._mix(laws, Law(sessions.pause_s, sessions.pause_sigma))

    def _mix(self, laws: list[Law], pause: Law) -> None:
        """Let some of the waits be long pauses, and some take no time."""
        whole = self.means
        self.means = []
        self._add(pause, [1.0] * len(self.paces))
        pause_mean = self.means[0]
        shares = [(law.at_once, (1 - law.at_once) * law.pause) for law in laws]
        self.at_once = [threshold(at_once) for at_once, _ in shares]
        self.pause = [threshold(at_once + paused) for at_once, paused in shares]
        self.means = []
        for (at_once, paused), mean in zip((share for share in shares for _ in self.paces), whole, strict=True):
            usual, long = (1 - at_once - paused) * mean, paused * pause_mean
            self.means.append(usual + long)
            self.paused.append(threshold(long / (usual + long)) if usual + long else 0)

    def _add(self, law: Law, paces: list[float]) -> None:
        if not law.think_s:  # nobody waits before the first page
            self.medians.append(1)
            self.first.append(0)
            self.levels += [1] * len(paces)
            self.means += [1.0] * len(paces)
            return
        block = law.sigma, law.shape
        if block not in self._blocks:
            quantiles = _quantiles(law.sigma, THINK_LEVELS, law.shape)
            self._blocks[block] = len(self.factors), quantiles, np.array(quantiles)
            self.factors += [max(1, round(value * THINK_UNIT)) for value in quantiles]
        first, quantiles, as_array = self._blocks[block]
        self.medians.append(max(1, round(law.think_s * 1000)))
        self.first.append(first)
        for pace in paces:
            top = max(1, int(np.searchsorted(as_array, self._longest_s / (law.think_s * pace))))
            if (block, top) not in self._sums:
                self._sums[block, top] = math.fsum(quantiles[:top])
            self.levels.append(top)
            self.means.append(self.medians[-1] * pace * (self._sums[block, top] / top))


def _quantiles(sigma: float, parts: int, shape: Sequence[float] = ()) -> list[float]:
    """The middles of equally likely parts of a law of median 1, lognormal but for its shape; one if sigma is 0."""
    if not sigma:
        return [1.0]
    if parts not in _NORMAL:
        normal = NormalDist()
        _NORMAL[parts] = [normal.inv_cdf((q + 0.5) / parts) for q in range(parts)]
    return [math.exp(sigma * (_shaped(z, shape) if shape else z)) for z in _NORMAL[parts]]


def _shaped(z: float, shape: Sequence[float]) -> float:
    """Where a law of this shape is if a normal one is at z: on straight lines between the points."""
    step = 2 * SHAPE_REACH / (len(shape) - 1)
    at = (z + SHAPE_REACH) / step
    left = min(max(int(at), 0), len(shape) - 2)
    return shape[left] + (at - left) * (shape[left + 1] - shape[left])


_NORMAL: dict[int, list[float]] = {}  # the middles of the normal law's parts, by how many there are
