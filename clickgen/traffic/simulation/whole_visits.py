"""Visits that go on as their visitors like, and start so that their clicks add up to a schedule."""

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.rounds import NO_ROWS, NO_TIMES, TimedClicks, joined, to_their_ends
from clickgen.traffic.simulation.sessions import NEVER, LiveSessions
from clickgen.traffic.simulation.starts import Due
from clickgen.traffic.simulation.time_window import TimeWindow
from clickgen.traffic.simulation.visits import Arrivals

# Visits that are simulated to their ends together: each page of the longest costs the same however few see it, so
# that 8192 cost a third of what 1024 do, and their clicks fill some 3 MB.
_VISITS_AT_ONCE = 8192
_FEWEST_VISITS = 16
APART_EVENTS = 32  # a start is moved by up to half of this, so that neighbours come independently of each other
_HALF = np.uint64(32)
_FAR_S = 1e9


class WholeVisits:
    """The clicks of a lane in the order of time, each at the moment at which its visitor really clicks.

    A visit starts when the schedule has as many events as all visits before it have pages together. So the clicks
    keep to the schedule to within a few visits, however long the run is, and none has to wait for a slot of it.
    """

    def __init__(
        self, live: LiveSessions, arrivals: Arrivals, tables: Tables, *, slots: Due, count: int | None
    ) -> None:
        """live: the sessions under way at second 0. slots: the seconds since the start of the run at which the
        schedule has its events, by number. count: how many events the lane has, or None if it is endless.
        """
        self._live, self._arrivals, self._slots, self._count = live, arrivals, slots, count
        self._pages = tables.sessions.pages_e6 / 1e6
        self._held: TimeWindow | None = None  # clicks that are not taken yet
        self._held_ms = NO_TIMES
        self._known_ms = 0  # all clicks before this are held
        self._started = 0  # pages of all visits so far
        self._taken = 0

    def take(self, wanted: int) -> TimedClicks:
        """The next clicks and their times in ms since the start of the run; as many as wanted, if there are."""
        if self._held is None:
            self._hold(to_their_ends(self._live, NO_ROWS, NO_TIMES))
        while self._known_ms < NEVER and self._known(wanted) < wanted:
            self._start_visits()
        assert self._held is not None  # noqa: S101  # it was just filled
        taken = self._held.part(0, wanted), self._held_ms[:wanted]
        self._held, self._held_ms = self._held.part(wanted, len(self._held_ms)), self._held_ms[wanted:]
        self._taken += len(taken[1])
        return taken

    def _known(self, wanted: int) -> int:
        """How many clicks held are followed by no other that is not held yet; no more than wanted are counted."""
        return int(np.searchsorted(self._held_ms[:wanted], self._known_ms))

    def _start_visits(self) -> None:
        """Let the next visits start, and simulate them to their ends."""
        size = _VISITS_AT_ONCE
        if self._count is not None:
            size = min(size, int((self._count - self._started) / self._pages) + _FEWEST_VISITS)
        visits = self._arrivals.take(size)
        # how many pages the visits have is known afterwards; until then each is taken to have the mean
        guessed_ms = self._times_ms(self._started + self._pages * np.arange(size, dtype=np.float64))
        window, times_ms = joined(to_their_ends(self._live, self._live.start(visits), guessed_ms))
        place = window.visit["number"] - int(visits["number"][0])
        pages = np.bincount(place, minlength=size)
        before = self._started + np.cumsum(pages) - pages
        begin_ms = self._times_ms(np.abs(before + APART_EVENTS * (self._moments(visits) - 0.5)))
        times_ms = times_ms + (begin_ms - guessed_ms).take(place)
        if self._count is not None and before[-1] + pages[-1] >= self._count:
            chosen = np.flatnonzero((before < self._count).take(place))
            self._hold([(window.chosen(chosen), times_ms.take(chosen))])
            self._end(self._count)
            return
        self._hold([(window, times_ms)])
        self._started += int(pages.sum())
        self._known_ms = int(self._times_ms(np.array([max(0.0, self._started - APART_EVENTS / 2)]))[0])

    def _end(self, count: int) -> None:
        """Add the visits that are missing for every click to be there by the time of the last slot."""
        self._known_ms = NEVER
        end_ms = int(self._times_ms(np.array([count - 1.0]))[0])
        missing = count - self._taken - int(np.searchsorted(self._held_ms, end_ms, side="right"))
        if missing <= 0:
            return
        visits = self._arrivals.take(missing)  # each has a click by then
        begin_ms = self._times_ms(np.maximum(0.0, count - 1 - APART_EVENTS * self._moments(visits)))
        window, times_ms = joined(to_their_ends(self._live, self._live.start(visits), begin_ms))
        place = window.visit["number"] - int(visits["number"][0])
        by_then = np.cumsum(np.bincount(place[times_ms <= end_ms], minlength=missing))
        chosen = np.flatnonzero(place <= int(np.searchsorted(by_then, missing)))
        self._hold([(window.chosen(chosen), times_ms.take(chosen))])

    def _hold(self, rounds: list[TimedClicks]) -> None:
        """Put clicks among those that are held, in the order of time."""
        held = [] if self._held is None else [(self._held, self._held_ms)]
        self._held, self._held_ms = joined([*held, *rounds])

    def _moments(self, visits: NDArray[np.void]) -> NDArray[np.float64]:
        """A random number from 0 to 1 for each visit."""
        moments: NDArray[np.float64] = (self._live.moment_bits(visits) >> _HALF) / 2.0**32
        return moments

    def _times_ms(self, places: NDArray[np.float64]) -> NDArray[np.int64]:
        """When the schedule comes to these places between its events, in ms since the start of the run."""
        numbers = places.astype(np.int64)
        before, after = self._slots(numbers), self._slots(numbers + 1)
        after = np.where(np.isfinite(after), after, before)
        before, after = np.minimum(before, _FAR_S), np.minimum(after, _FAR_S)
        return np.rint((before + (after - before) * (places - numbers)) * 1000).astype(np.int64)
