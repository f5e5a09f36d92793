"""Visits of a lane in which little happens: many are simulated to their ends at once, whenever they come.

Simulated window by window, a year with a hundred events would cost as much as one with a million. What is given
for a window is the same to the last bit, the order of clicks in one millisecond included: that is the order of the
rounds in which sessions would click within the window, and within a round that of the rows in which they are kept.
"""

import numpy as np

from clickgen.traffic.simulation.rounds import NO_ROWS, NO_TIMES, TimedClicks, joined, to_their_ends
from clickgen.traffic.simulation.sessions import NEVER, LiveSessions, rows_to_add
from clickgen.traffic.simulation.starts import NaturalStarts
from clickgen.traffic.simulation.visits import Arrivals

_VISITS_AT_ONCE = 8192  # their clicks fill some 3 MB


class SparseVisits:
    """The clicks of a lane, window by window."""

    def __init__(
        self,
        live: LiveSessions,
        arrivals: Arrivals,
        starts: NaturalStarts,
        until_ms: int,
    ) -> None:
        """live: the sessions under way when the span begins. until_ms: its end, in Unix ms as are all times."""
        self._live, self._arrivals, self._starts = live, arrivals, starts
        self._until_ms = until_ms
        self._coming = starts.from_cell(0)
        self._row_of, self._free, self._rows = live.rows()
        self._numbers, self._starts_ms = NO_TIMES, NO_TIMES  # of sessions that are not simulated yet
        self._drawn_ms = 0  # all of them that start before this are drawn
        self._held, self._held_ms = joined(to_their_ends(live, NO_ROWS, NO_TIMES))

    @property
    def _known_ms(self) -> int:
        """All clicks before this are held."""
        return min(int(self._starts_ms[0]), self._drawn_ms) if len(self._numbers) else self._drawn_ms

    def next_ms(self) -> int:
        """When the next click is, or the end of the span if there is none before it."""
        while self._known_ms < self._until_ms and (not len(self._held_ms) or self._held_ms[0] >= self._known_ms):
            self._start_visits()
        return min(int(self._held_ms[0]) if len(self._held_ms) else NEVER, self._until_ms)

    def take(self, end_ms: int) -> TimedClicks:
        """All clicks before `end_ms` that were not taken yet, those of one window."""
        while self._known_ms < end_ms:
            self._start_visits()
        count = int(np.searchsorted(self._held_ms, end_ms))
        window, times_ms = self._held.part(0, count), self._held_ms[:count]
        self._held, self._held_ms = self._held.part(count, len(self._held_ms)), self._held_ms[count:]
        _, first, place = np.unique(window.visit["number"], return_index=True, return_inverse=True)
        rounds = window.page_number - window.page_number.take(first).take(place)
        starting = window.page_number == 1
        self._begin(window.visit["number"][starting].tolist())
        if (np.diff(times_ms) == 0).any():
            rows = np.array([self._row_of[number] for number in window.visit["number"].tolist()])
            rows = np.where(starting, np.arange(count), rows)
            order = np.lexsort((rows, starting, rounds, times_ms))
            window, times_ms, rounds = window.chosen(order), times_ms.take(order), rounds.take(order)
        ended = np.flatnonzero(window.last)
        ended = ended.take(np.argsort(rounds.take(ended), kind="stable"))
        self._free += [self._row_of.pop(number) for number in window.visit["number"].take(ended).tolist()]
        return window, times_ms

    def _begin(self, numbers: list[int]) -> None:
        """Give rows to sessions that start, as LiveSessions does."""
        if len(numbers) > len(self._free):
            more = rows_to_add(len(numbers) - len(self._free), self._rows)
            self._free += range(self._rows, self._rows + more)
            self._rows += more
        if numbers:
            self._row_of.update(zip(numbers, self._free[-len(numbers) :], strict=True))
            del self._free[-len(numbers) :]

    def _start_visits(self) -> None:
        """Simulate the next visits to their ends."""
        while len(self._numbers) < _VISITS_AT_ONCE and self._drawn_ms < self._until_ms:
            self._draw_until(self._drawn_ms + 1)
        count = min(int(np.searchsorted(self._starts_ms, self._until_ms)), _VISITS_AT_ONCE)
        if not count:
            return
        rows = self._live.start(self._arrivals.at(self._numbers[:count]))
        rounds = to_their_ends(self._live, rows, self._starts_ms[:count])
        self._held, self._held_ms = joined([(self._held, self._held_ms), *rounds])
        self._numbers, self._starts_ms = self._numbers[count:], self._starts_ms[count:]

    def _draw_until(self, ms: int) -> None:
        """Draw the sessions that start before then, and some more."""
        while self._drawn_ms < ms:
            numbers, starts_ms, self._drawn_ms = next(self._coming)
            self._numbers = np.concatenate([self._numbers, numbers])
            self._starts_ms = np.concatenate([self._starts_ms, starts_ms])
