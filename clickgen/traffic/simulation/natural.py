"""A lane of traffic at its natural rate: visitors come when they like, and click when they have read."""

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.profile.tables import Tables
from clickgen.schema.encode import Encoder, Layout
from clickgen.schema.facts import Facts
from clickgen.traffic.disorder.plant import LaneDisorder
from clickgen.traffic.simulation.clicks import Browsing
from clickgen.traffic.simulation.event_facts import Teller
from clickgen.traffic.simulation.rounds import NO_ROWS, NO_TIMES, TimedClicks, in_turn, joined
from clickgen.traffic.simulation.sessions import LiveSessions
from clickgen.traffic.simulation.sparse_visits import SparseVisits
from clickgen.traffic.simulation.starts import NaturalStarts
from clickgen.traffic.simulation.under_way import begin_under_way
from clickgen.traffic.simulation.visits import VISIT, Arrivals

_WINDOW_EVENTS = 4096
_MANY_EVENTS = 16_384
_LONGEST_MS = 12 * 3_600_000
_VISITS_DRAWN = 16_384  # at most; many at once cost less each
_MOST_SPARSE = 25.0  # events a second; with more, a window has so many that its rounds cost each of them little
_AT_ONCE_MS = 1000  # a click that comes sooner than this after another may be told with the next window


class NaturalLane:
    """The events of one lane from one time to another, in order: a clickgen.model.block.LaneSource.

    Sessions start as a Poisson process that follows the profile's rhythm, growth, campaigns and moods; so how many
    events there are is only known at the end. The same tables, run, lane, seed and span give the same bytes.
    Event times are whole milliseconds. Blocks have their due times in seconds since the beginning of the span.
    """

    def __init__(
        self,
        tables: Tables,
        *,
        run: str,
        lane: int,
        lanes: int,
        seed: int,
        since_ms: int,
        until_ms: int,
        rate: float,
        layout: Layout,
        disorder: LaneDisorder | None = None,
        changes_at: float = math.inf,
    ) -> None:
        """A lane of `lanes`, `rate` events a second on average over the span since_ms to until_ms (Unix time).

        disorder: what is planted in the lane. changes_at: the due time whose first event `changed_from` will be.
        """
        if not 0 <= lane < lanes:
            raise ValueError(f"lane {lane} of {lanes}")
        self._lane, self._since_ms, self._until_ms = lane, since_ms, until_ms
        self._tables = tables
        self._disorder, self._reach = disorder, 0 if disorder is None else disorder.reach
        pages = tables.sessions.pages_e6 / 1e6
        self._starts = NaturalStarts(
            tables, seed=seed, lane=lane, since_ms=since_ms, until_ms=until_ms, starts_a_minute=rate / pages * 60
        )
        browsing = Browsing(tables, seed, lane)
        self._arrivals = Arrivals(tables, run=run, seed=seed, lane=lane, starts=self._starts)
        self._live = LiveSessions(
            tables, browsing, self._arrivals, self._campaigns, keeps_lines=layout.tells_lines
        )
        starts_e6 = round(self._starts.a_second() * 1e6)
        begin_under_way(
            self._live, tables, self._arrivals, seed=seed, lane=lane, starts_e6=starts_e6, now_ms=since_ms
        )
        self._teller = Teller(self._arrivals, run=run, seed=seed, lane=lane)
        self._encoder = Encoder(layout, run, lane)
        self._window_ms = _window_ms(rate)
        self._coming = self._starts.from_cell(0)
        self._sparse: SparseVisits | None = None
        if rate <= _MOST_SPARSE:
            self._sparse = SparseVisits(self._live, self._arrivals, self._starts, until_ms=until_ms)
        self._numbers = self._times_ms = np.zeros(0, dtype=np.int64)
        self._visits = np.zeros(0, dtype=VISIT)  # of the first of the numbers
        self._known_ms = self._now_ms = since_ms
        self._told = 0
        self._skipped = 0
        self._changes_at = changes_at
        self.changed_from: int | None = None  # the first event due at `changes_at` or later, once it was reached

    def next_facts(self) -> Facts | None:
        """What happens in the next stretch of time in which anything does, or None at the end of the span."""
        windows: list[TimedClicks] = []
        count = 0
        wanted = 1 if self._sparse is None else _WINDOW_EVENTS
        while self._now_ms < self._until_ms and count < wanted:
            if self._sparse is not None:  # windows in which nothing happens take no time
                self._now_ms += (self._sparse.next_ms() - self._now_ms) // self._window_ms * self._window_ms
            end_ms = min(self._now_ms + self._window_ms, self._until_ms)
            windows.append(self._window(end_ms))
            self._now_ms = end_ms
            count += len(windows[-1][1])
        if not count:
            return None
        self._told += count
        window, times_ms = windows[0] if len(windows) == 1 else in_turn(windows)
        return self._teller.facts(window, times_ms)

    def next_block(self) -> Block | None:
        """The events of the next stretch of time, at least one, or None at the end of the span."""
        while (told := self._next_told()) is not None:
            first, due, facts = told
            if not len(due) or first + len(due) <= self._skipped - self._reach:
                continue
            skip = 0 if self._disorder is not None else max(0, self._skipped - first)
            data, offsets = self._encoder.encode(first + skip, facts.part(slice(skip, None)) if skip else facts)
            block = Block(self._lane, first + skip, data, offsets, due[skip:])
            if self._disorder is not None:
                block = self._disorder.plant(block)
            begin = max(0, self._skipped - block.first)
            if begin < len(block):
                return block.part(begin, len(block))
        return None

    def _next_told(self) -> tuple[int, NDArray[np.float64], Facts] | None:
        """The first number, the due times and the facts of the next events, with disorder if that is planted."""
        facts = self.next_facts()
        if facts is None:
            return None if self._disorder is None else self._disorder.rest()
        first, due = self._told - len(facts), (facts.time_ms - self._since_ms) / 1000
        told = (first, due, facts) if self._disorder is None else self._disorder.order(first, due, facts)
        if self.changed_from is None and len(told[1]) and told[1][-1] >= self._changes_at:
            self.changed_from = told[0] + int(np.searchsorted(told[1], self._changes_at))
        return told

    def skip_to(self, number: int) -> None:
        """Leave out the events before `number`: they are simulated but not encoded. There is no way back."""
        self._skipped = max(self._skipped, number)

    def _window(self, end_ms: int) -> TimedClicks:
        """All clicks before `end_ms`, and their times."""
        if self._sparse is not None:
            return self._sparse.take(end_ms)
        visits, starts_ms = self._starts_until(end_ms)
        started = self._live.start(visits)
        rounds = [self._live.click_until(end_ms, started, starts_ms)]
        if end_ms - self._now_ms > _AT_ONCE_MS or self._tables.sessions.waits.exact:
            rounds += self._more_rounds(end_ms)
        window, times_ms = rounds[0] if len(rounds) == 1 else joined(rounds)
        return window, np.maximum(times_ms, self._now_ms)

    def _more_rounds(self, end_ms: int) -> Iterator[TimedClicks]:
        """The clicks that follow others within the window, until there are none."""
        while len((found := self._live.click_until(end_ms, NO_ROWS, NO_TIMES))[1]):
            yield found

    def _starts_until(self, end_ms: int) -> tuple[NDArray[np.void], NDArray[np.int64]]:
        """The sessions that start before then, and when."""
        while self._known_ms < end_ms:
            numbers, times_ms, self._known_ms = next(self._coming)
            self._numbers = np.concatenate([self._numbers, numbers])
            self._times_ms = np.concatenate([self._times_ms, times_ms])
        count, known = int(np.searchsorted(self._times_ms, end_ms)), len(self._visits)
        if count > known:
            more = self._arrivals.at(self._numbers[known : max(count, known + _VISITS_DRAWN)])
            self._visits = np.concatenate([self._visits, more])
        taken = self._visits[:count], self._times_ms[:count]
        self._visits, self._numbers = self._visits[count:], self._numbers[count:]
        self._times_ms = self._times_ms[count:]
        return taken

    def _campaigns(self, times_ms: NDArray[np.int64]) -> NDArray[np.int64] | None:
        rhythm = self._tables.rhythm
        if not len(rhythm.begins_ms):
            return None
        running = rhythm.campaigns_at(times_ms, self._since_ms)
        return running if running.any() else None


def _window_ms(rate: float) -> int:
    """How long a window is: at most a second if that has enough events, else long enough for many events."""
    if rate * _AT_ONCE_MS >= _WINDOW_EVENTS * 1000:
        return max(1, round(_WINDOW_EVENTS / rate * 1000))
    return round(min(_MANY_EVENTS / rate * 1000, _LONGEST_MS))
