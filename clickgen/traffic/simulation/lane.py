"""One lane of a simulated run: windows of the schedule, filled by visitors' clicks, as blocks of bytes."""

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
from clickgen.traffic.simulation.under_way import begin_under_way
from clickgen.traffic.simulation.visits import Arrivals

WINDOW_S = 2.0
WINDOW_EVENTS = 4096
BLOCK_S = 0.5

_US_A_SECOND = 1e6


class SimulatedLane:
    """The events of one lane of a run, in order: a clickgen.model.block.LaneSource.

    The same tables, run, lane, seed, start and due times give the same bytes, wherever reading began. Event n is
    released at due(n); its event_time is start_ms plus that, rounded to microseconds and then cut to milliseconds.
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
    ) -> None:
        """A lane of `lanes`, `rate` events a second in the steady state that it begins with.

        due: seconds since the start of the run for the lane's event numbers (0 is its first); it is also called
        with numbers beyond `count`, and may give inf there. count: how many events the lane has; None is endless.
        mean_rate: the rate in the long run, if it differs; it decides how many visits ago a returning visitor was
        there before. block_s: the most seconds of due times in a block. layout: the schema over the tables' words,
        which lanes share. disorder: what is planted in the lane.
        """
        if not 0 <= lane < lanes:
            raise ValueError(f"lane {lane} of {lanes}")
        self._lane, self._start_ms, self._due, self._count = lane, start_ms, due, count
        self._block_s = block_s
        self._rate = rate
        self._disorder, self._reach = disorder, 0 if disorder is None else disorder.reach
        self._tables = tables
        starts_e6, mean_starts_e6 = (
            round(events * 1e12 / tables.sessions.pages_e6)
            for events in (rate, rate if mean_rate is None else mean_rate)
        )
        browsing = Browsing(tables, seed, lane)
        self._starts = StartsBetween(start_ms, due, tables.sessions.pages_e6, mean_starts_e6)
        self._arrivals = Arrivals(tables, run=run, seed=seed, lane=lane, starts=self._starts)
        self._live = LiveSessions(
            tables, browsing, self._arrivals, self._campaigns, keeps_lines=layout.tells_lines
        )
        begin_under_way(self._live, tables, self._arrivals, seed=seed, lane=lane, starts_e6=starts_e6)
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
        self._starts = replace(self._starts, start_ms=start_ms, due=due)
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
            due, slots_ms = self._next_slots()
            window = self._live.advance(slots_ms)
            self._simulated += len(due)
            if self._simulated > self._skipped - self._reach:
                facts = self._teller.facts(window, slots_ms + self._start_ms)
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

    def _next_slots(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """The due times of the next window, in seconds and in whole ms since the start of the run."""
        usual = min(WINDOW_EVENTS, int(self._rate * WINDOW_S) + 2)
        due = self._due(np.arange(self._simulated, self._simulated + usual))
        if usual < WINDOW_EVENTS and due[-1] <= due[0] + WINDOW_S:
            due = self._due(np.arange(self._simulated, self._simulated + WINDOW_EVENTS))
        due = due[: max(1, int(np.searchsorted(due, due[0] + WINDOW_S, side="right")))]
        return due, np.rint(due * _US_A_SECOND).astype(np.int64) // 1000

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
