"""From recorded times to due times, which never decrease, in whatever order the events were recorded."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FOLLOWERS = 256  # a visit, or the rest of a log, with a wrong date is still fewer
JUMP_S = 3600.0


class Timed(NamedTuple):
    """Due times, in seconds since the start of the run, of the first `len(due)` events asked about."""

    due: NDArray[np.float64]
    out_of_order: int
    without_time: int


class ReplayClock:
    """The due times of one lane: (time - origin) / speed, or the last one if that would be earlier.

    origin: the Unix time in seconds that is second 0, or None for the lane's first time. followers: how many later
    events must be there before a jump ahead is believed.
    """

    def __init__(self, origin: float | None, speed: float, followers: int, max_gap_s: float | None = None) -> None:
        """max_gap_s: a longer gap between two events is shortened to this, in the time of the recording."""
        self._max_gap_s = max_gap_s
        self._shortened = 0.0
        self._origin = origin
        self._speed = speed
        self._followers = followers
        self._latest = -np.inf

    def due(self, times: NDArray[np.float64], count: int, *, ended: bool) -> Timed:
        """When the first `count` of these events are due, or fewer if more events must be known first.

        times: Unix times in seconds of the lane's next events, NaN for events without one; those after `count` are
        looked at, not timed. ended: no more follow. An event that is more than an hour ahead of all before it,
        while most that follow are not, is treated as having no time, and is out of order.
        """
        known = times.copy()
        count, strays = self._drop_strays(known, count, ended=ended)
        ahead = self._highest(known[:count])
        if count == 0:
            return Timed(ahead, 0, 0)
        before = np.concatenate(([self._latest], ahead[:-1]))
        self._latest = float(ahead[-1])
        if self._origin is None and np.isfinite(self._latest):
            self._origin = float(ahead[np.isfinite(ahead)][0])
        return Timed(
            self._since_origin(ahead) - self._gaps_shortened(ahead, before) / self._speed,
            out_of_order=int(np.count_nonzero(known[:count] < before)) + strays,
            without_time=int(np.count_nonzero(np.isnan(times[:count]))),
        )

    def _highest(self, times: NDArray[np.float64]) -> NDArray[np.float64]:
        """The highest time so far at each event; -inf before the first."""
        filled = np.where(np.isnan(times), -np.inf, times)
        return np.maximum(np.maximum.accumulate(filled), self._latest) if len(filled) else filled

    def _since_origin(self, ahead: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._origin is None:
            return np.zeros(len(ahead))
        timed = ahead[np.isfinite(ahead)]
        first = timed[0] if len(timed) else self._origin  # events before the first time get that one
        return np.maximum(np.where(np.isfinite(ahead), ahead, first) - self._origin, 0.0) / self._speed

    def _gaps_shortened(self, ahead: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how much all gaps up to each event were shortened, in seconds of the recording."""
        if self._max_gap_s is None or self._origin is None:
            return np.zeros(len(ahead))
        began = np.maximum(before, self._origin)
        gaps = np.where(np.isfinite(ahead), np.maximum(ahead, self._origin) - began, 0.0)
        shortened: NDArray[np.float64] = self._shortened + np.cumsum(np.maximum(gaps - self._max_gap_s, 0.0))
        self._shortened = float(shortened[-1])
        return shortened

    def _drop_strays(self, known: NDArray[np.float64], count: int, *, ended: bool) -> tuple[int, int]:
        """Remove single times that jump ahead: how many events are decided, and how many had such times."""
        strays = 0
        at = 0
        while True:
            before = np.concatenate(([self._latest], self._highest(known[:count])[:-1]))[:count]
            if self._origin is not None:
                before = np.maximum(before, self._origin)
            jumps = np.flatnonzero(known[at:count] > before[at:] + JUMP_S)
            if len(jumps) == 0:
                return count, strays
            at += int(jumps[0])
            following = known[at + 1 : at + 1 + FOLLOWERS]
            if len(following) < self._followers and not ended:
                return at, strays
            if is_stray(float(known[at]), float(before[at]), following):
                known[at] = np.nan
                strays += 1
            at += 1


def is_stray(time: float, latest: float, following: NDArray[np.float64]) -> bool:
    """Whether most of the following events go back from `time` towards `latest` (-inf: not known)."""
    timed = following[~np.isnan(following)]
    fallen = timed < (max(time - JUMP_S, (latest + time) / 2) if np.isfinite(latest) else time - JUMP_S)
    return 2 * int(np.count_nonzero(fallen)) > len(timed)
