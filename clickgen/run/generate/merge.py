"""Several lanes as one stream in the order of their due times, column by column."""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import LaneSource

Bytes = bytes | bytearray | memoryview

_AHEAD_EVENTS = 2048  # held of each lane, so that what is sorted at once is worth it


@dataclass(frozen=True, slots=True)
class MergedStretch:
    """Events that follow one another. counts: how many of them each lane has. last_due: in seconds."""

    data: Bytes
    counts: dict[int, int]
    last_due: float


class LanesInOrder:
    """The events of lanes by due time, then by lane. How much is taken at once never changes their order."""

    def __init__(self, sources: Mapping[int, LaneSource]) -> None:
        self._lanes = [_Waiting(lane, source) for lane, source in sorted(sources.items())]

    def take(self, most: int) -> MergedStretch | None:
        """The next events, `most` at the most; None at the end of all lanes."""
        ahead = _AHEAD_EVENTS if len(self._lanes) > 1 else 1
        while True:
            for lane in self._lanes:
                lane.hold(ahead)
            if not any(lane.events for lane in self._lanes):
                return None
            if len(self._lanes) == 1:
                return self._of_one(self._lanes[0], most)
            until = min(lane.known_until(ahead) for lane in self._lanes)
            known = [lane.before(until) for lane in self._lanes]
            if any(known):
                return self._merged(known, most)
            ahead *= 2  # all that was looked at is due at once, and more may be

    def _of_one(self, lane: "_Waiting", most: int) -> MergedStretch:
        run = lane.take_run(most)
        return MergedStretch(run.data, {lane.lane: len(run.due)}, float(run.due[-1]))

    def _merged(self, known: list[int], most: int) -> MergedStretch:
        held = [run for lane, count in zip(self._lanes, known, strict=True) for run in lane.head(count)]
        due = np.concatenate([run.due for run in held])
        order = np.argsort(due, kind="stable")[:most]
        run_of = np.repeat(np.arange(len(held)), [len(run.due) for run in held])
        # neighbours of one run are copied as one
        breaks = np.flatnonzero((np.diff(order) != 1) | (np.diff(run_of.take(order)) != 0))
        firsts = order.take(np.concatenate([[0], breaks + 1]))
        lasts = order.take(np.concatenate([breaks, [len(order) - 1]]))
        begins = np.concatenate([run.offsets[:-1] for run in held]).take(firsts)
        ends = np.concatenate([run.offsets[1:] for run in held]).take(lasts)
        views = [memoryview(run.data) for run in held]
        spans = zip(run_of.take(firsts).tolist(), begins.tolist(), ends.tolist(), strict=True)
        joined = b"".join([views[number][begin:end] for number, begin, end in spans])
        lane_of = np.repeat(np.arange(len(self._lanes)), known).take(order)
        taken = np.bincount(lane_of, minlength=len(self._lanes)).tolist()
        counts = {}
        for lane, count in zip(self._lanes, taken, strict=True):
            lane.drop(count)
            counts[lane.lane] = count
        return MergedStretch(joined, counts, float(due[order[-1]]))


class _Run(NamedTuple):
    """Events of a lane, or of a block of it; offsets as those of a block."""

    data: Bytes
    offsets: NDArray[np.int64]
    due: NDArray[np.float64]

    def part(self, first: int, end: int) -> "_Run":
        if first == 0 and end == len(self.due):
            return self
        begin, stop = int(self.offsets[first]), int(self.offsets[end])
        return _Run(memoryview(self.data)[begin:stop], self.offsets[first : end + 1] - begin, self.due[first:end])


class _Waiting:
    """The events of one lane that were read and not taken yet."""

    def __init__(self, lane: int, source: LaneSource) -> None:
        self.lane = lane
        self.events = 0
        self.ended = False
        self._source = source
        self._runs: deque[_Run] = deque()

    def hold(self, count: int) -> None:
        """Read until so many events are held, or the lane has ended."""
        while self.events < count and not self.ended:
            block = self._source.next_block()
            if block is None:
                self.ended = True
            else:
                self._runs.append(_Run(block.data, block.offsets, block.due))
                self.events += len(block)

    def known_until(self, ahead: int) -> float:
        """Before this time none is missing among the first `ahead`, which are held unless the lane is shorter."""
        if self.events < ahead:
            return np.inf
        for run in self._runs:
            if ahead <= len(run.due):
                return float(run.due[ahead - 1])
            ahead -= len(run.due)
        raise AssertionError("so many events are held")

    def before(self, due: float) -> int:
        """How many of the events held are due before that."""
        return sum(int(np.searchsorted(run.due, due, side="left")) for run in self._runs)

    def head(self, count: int) -> list[_Run]:
        """The first events."""
        runs = []
        for run in self._runs:
            if count <= 0:
                break
            runs.append(run.part(0, min(count, len(run.due))))
            count -= len(run.due)
        return runs

    def take_run(self, most: int) -> _Run:
        """The first events, as many as came together, and forget them."""
        run = self.head(min(most, len(self._runs[0].due)))[0]
        self.drop(len(run.due))
        return run

    def drop(self, count: int) -> None:
        """Forget the first events."""
        self.events -= count
        while count:
            run = self._runs.popleft()
            if count < len(run.due):
                self._runs.appendleft(run.part(count, len(run.due)))
                return
            count -= len(run.due)
