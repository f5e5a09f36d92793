"""One lane of a simulated run: windows of the schedule, filled by visitors' clicks, as blocks of bytes."""

import math
from collections import deque
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.profile.tables import Tables
from clickgen.schema.encode import Encoder, Layout
from clickgen.schema.facts import Facts
from clickgen.traffic.disorder.plant import LaneDisorder
from clickgen.traffic.simulation.clicks import Browsing
from clickgen.traffic.simulation.event_facts import Teller
from clickgen.traffic.simulation.sessions import LiveSessions
from clickgen.traffic.simulation.starts import Due, StartsBetween
from clickgen.traffic.simulation.time_window import TimeWindow
from clickgen.traffic.simulation.under_way import begin_under_way
from clickgen.traffic.simulation.visits import Arrivals
from clickgen.traffic.simulation.whole_visits import WholeVisits

WINDOW_S = 2.0
WINDOW_EVENTS = 4096
BLOCK_S = 0.5

_US_A_SECOND = 1e6


class SimulatedLane:
    """The events of one lane of a run, in order: a clickgen.model.block.LaneSource.

    The same tables, run, lane, seed, start and due times give the same bytes, wherever reading began. Event n is
    released at due(n). Its slot is at that second times `time_scale`, and its event_time is start_ms plus the
    slot, rounded to microseconds and then cut to milliseconds; or, where slots are so far apart that visitors
    would have to wait for them, the moment at which the visitor clicks (see WholeVisits).
    """

    def __init__(
        self,
        tables: Tables,
        *,
        run: str,
        lane: int,
        lanes: int,
        seed: int,
        start_ms: int,
        due: Due,
        rate: float,
        count: int | None,
        layout: Layout,
        mean_rate: float | None = None,
        block_s: float = BLOCK_S,
        disorder: LaneDisorder | None = None,
        time_scale: float = 1.0,
        whole_visits: bool = False,
    ) -> None:
        """A lane of `lanes`, `rate` events a second of their own time in the steady state that it begins with.

        due: seconds since the start of the run for the lane's event numbers (0 is its first); it is also called
        with numbers beyond `count`, and may give inf there. count: how many events the lane has; None is endless.
        mean_rate: the rate in the long run, if it differs; it decides how many visits ago a returning visitor was
        there before. block_s: the most seconds of due times in a block. layout: the schema over the tables' words,
        which lanes share. disorder: what is planted in the lane. time_scale: seconds of the events' own time in a
        second of due times. whole_visits: whether visitors click when they like, and not in slots.
        """
        if not 0 <= lane < lanes:
            raise ValueError(f"lane {lane} of {lanes}")
        self._lane, self._start_ms, self._due, self._count = lane, start_ms, due, count
        self._block_s, self._time_scale = block_s, time_scale
        self._window_s = math.inf if math.isinf(block_s) else WINDOW_S / (1.0 if whole_visits else time_scale)
        self._rate = rate * time_scale  # a second of due times
        self._disorder, self._reach = disorder, 0 if disorder is None else disorder.reach
        self._tables = tables
        starts_e6, mean_starts_e6 = (
            round(events * 1e12 / tables.sessions.pages_e6)
            for events in (rate, rate if mean_rate is None else mean_rate)
        )
        browsing = Browsing(tables, seed, lane)
        self._starts = StartsBetween(start_ms, self._slots, tables.sessions.pages_e6, mean_starts_e6)
        self._arrivals = Arrivals(tables, run=run, seed=seed, lane=lane, starts=self._starts)
        self._live = LiveSessions(
            tables, browsing, self._arrivals, self._campaigns, keeps_lines=layout.tells_lines
        )
        begin_under_way(self._live, tables, self._arrivals, seed=seed, lane=lane, starts_e6=starts_e6)
        self._visits: WholeVisits | None = None
        if whole_visits:
            self._visits = WholeVisits(self._live, self._arrivals, tables, slots=self._slots, count=count)
        self._teller = Teller(self._arrivals, run=run, seed=seed, lane=lane)
        self._encoder = Encoder(layout, run, lane)
        self._simulated = 0
        self._skipped = 0
        self._blocks: deque[Block] = deque()

    def begin_at(self, start_ms: int, due: Due) -> None:
        """Set the time of second 0, in Unix ms, and the due times from there; only before a block is read."""
        if self._simulated:
            raise ValueError("the lane has begun")
        self._start_ms, self._due = start_ms, due
        self._starts = replace(self._starts, start_ms=start_ms)
        self._arrivals.begin_at(self._starts)

    def next_block(self) -> Block | None:
        """The next events, with no more than `block_s` of due times, or None at the end of the lane."""
        while not self._blocks:
            first = self._simulated
            if self._count is not None and first >= self._count:
                if self._disorder is None or (held := self._disorder.rest()) is None:
                    return None
                self._blocks.extend(self._cut(*held))
                continue
            due = self._next_due()
            window, times_ms = self._clicks(due)
            self._simulated += len(due)
            if self._simulated > self._skipped - self._reach:
                facts = self._teller.facts(window, times_ms + self._start_ms)
                if self._disorder is not None:
                    first, due, facts = self._disorder.order(first, due, facts)
                self._blocks.extend(self._cut(first, due, facts))
        return self._blocks.popleft()

    def skip_to(self, number: int) -> None:
        """Leave out the events before `number`: they are simulated, which costs little, but not encoded.

        There is no way back to numbers that were already read.
        """
        self._skipped = max(self._skipped, number)
        waiting, self._blocks = self._blocks, deque()
        self._blocks.extend(block for held in waiting if (block := _from(held, self._skipped)) is not None)

    def _slots(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """The seconds since the start of the run, in the events' own time, at which events have their slots."""
        return self._due(numbers) * self._time_scale

    def _next_due(self) -> NDArray[np.float64]:
        """The due times of the next window in seconds since the start of the run."""
        usual = WINDOW_EVENTS
        if self._window_s < math.inf:
            usual = min(WINDOW_EVENTS, int(self._rate * self._window_s) + 2)
        due = self._due(np.arange(self._simulated, self._simulated + usual))
        if usual < WINDOW_EVENTS and due[-1] <= due[0] + self._window_s:
            due = self._due(np.arange(self._simulated, self._simulated + WINDOW_EVENTS))
        if self._visits is not None and self._count is not None:
            due = due[: self._count - self._simulated]
        return due[: max(1, int(np.searchsorted(due, due[0] + self._window_s, side="right")))]

    def _clicks(self, due: NDArray[np.float64]) -> tuple[TimeWindow, NDArray[np.int64]]:
        """The clicks that are released then, and their times in ms since the start of the run."""
        if self._visits is not None:
            return self._visits.take(len(due))
        slots_ms = np.rint(due * self._time_scale * _US_A_SECOND).astype(np.int64) // 1000
        return self._live.advance(slots_ms), slots_ms

    def _campaigns(self, slots_ms: NDArray[np.int64]) -> NDArray[np.int64] | None:
        rhythm = self._tables.rhythm
        if not len(rhythm.begins_ms):
            return None
        running = rhythm.campaigns_at(slots_ms + self._start_ms, self._start_ms)
        return running if running.any() else None

    def _cut(self, first: int, due: NDArray[np.float64], facts: Facts) -> list[Block]:
        """The window as blocks, without what is skipped or beyond the count."""
        whole = Block(self._lane, first, *self._encoder.encode(first, facts), due)
        if self._disorder is not None:
            whole = self._disorder.plant(whole)
        end = len(due) if self._count is None else min(len(due), self._count - first)
        begin = max(0, self._skipped - first)
        blocks = []
        while begin < end:
            stop = min(end, int(np.searchsorted(due, due[begin] + self._block_s, side="right")))
            blocks.append(whole.part(begin, stop))
            begin = stop
        return blocks


def _from(block: Block, number: int) -> Block | None:
    """The part of a block that is not before `number`."""
    skip = number - block.first
    if skip <= 0:
        return block
    return None if skip >= len(block) else block.part(skip, len(block))
