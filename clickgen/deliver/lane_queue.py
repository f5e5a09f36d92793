"""The events of one lane that are prepared but not yet handed off, and the next batch among them."""

import math
from bisect import bisect_right
from collections import deque
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.deliver.pack import Cut, Cutter, Packing
from clickgen.model.batch import Batch
from clickgen.model.block import Block

LAST_S = 0.1  # over which the lanes' last batches are spread


class Candidate(NamedTuple):
    """The next batch of a lane as it is now."""

    close: float  # when it closes
    cut: Cut  # its records
    final: bool  # whether it cannot grow any more
    wanted: float  # when it would have closed if it could leave at any time, which decides the order of batches


class Linger(NamedTuple):
    """How long the first event of a batch waits for the batch to fill.

    If the lanes' first and last batches wait differently, they close one after another and not all at once.
    """

    seconds: float
    first_s: float  # in a lane's first batch
    last_s: float = 0.0  # in its last one, which cannot fill


class LaneQueue:
    """First in, first out. `granted` is the number up to which the lane is leased; nothing beyond may leave.

    Numbers may be left out: no batch spans such a gap. Not safe for several threads at once: its owner holds a
    lock.
    """

    def __init__(self, lane: int, first: int, packing: Packing, linger: Linger) -> None:
        self.lane = lane
        self.granted = first
        self.prepared = first
        self.ended = False
        self.oversize: list[tuple[int, bytes]] = []
        self._next = first
        self._limits = packing.limits
        self._usual_s, self._linger_s, self._last_s = linger
        self._cutter = Cutter(packing)
        self._blocks: deque[Block] = deque()  # those with waiting events; a part of the first may have left
        self._too_large: deque[int] = deque()  # numbers of events that fit no record
        self._gaps: deque[tuple[int, int]] = deque()  # numbers that were left out: first, end
        self._breaks: deque[int] = deque()  # numbers that must begin a batch
        self._left_out = 0
        self._candidate: Candidate | None = None
        self._since = -math.inf

    @property
    def next_number(self) -> int:
        """The number of the next event to leave."""
        return self._next

    @property
    def waiting(self) -> int:
        """How many prepared events have not left yet."""
        return self.prepared - self._next - self._left_out

    @property
    def waiting_bytes(self) -> int:
        """How large these events are."""
        return self._cutter.size

    @property
    def fills_call(self) -> bool:
        """Whether more waits than a call takes."""
        return self._cutter.fills_call

    @property
    def done(self) -> bool:
        """Whether the lane has ended and everything of it has left."""
        return self.ended and self._next == self.prepared

    def push(self, block: Block) -> None:
        """Add the lane's next block; ValueError if it begins before the last one's end."""
        if block.first < self.prepared:
            raise ValueError(f"lane {self.lane}: block begins at {block.first}, {self.prepared} was due")
        if block.first > self.prepared:
            self._gaps.append((self.prepared, block.first))
            self._left_out += block.first - self.prepared
        self._blocks.append(block)
        self.prepared = block.end
        self._pass_gap()
        self._cutter.add(block.offsets[1:], block.copies)
        too_large = np.diff(block.offsets) > self._limits.record_bytes
        if too_large.any():
            self._too_large += (block.first + np.flatnonzero(too_large)).tolist()
        if block.breaks is not None:
            self._breaks += (block.first + block.breaks).tolist()
        self._forget_unless_final()

    def grant(self, upto: int) -> None:
        """Allow events up to, not including, number `upto` to leave."""
        self.granted = max(self.granted, upto)
        self._forget_unless_final()

    def end(self) -> None:
        """Note that there will be no further block."""
        self.ended = True
        self._forget_unless_final()

    def prepared_by(self, due: float) -> int:
        """The number up to which events are prepared and due by that second."""
        count = self._next
        for block in self._blocks:
            if block.due[-1] > due:
                return max(count, block.first + int(np.searchsorted(block.due, due, side="right")))
            count = block.end
        return count

    def first_due(self) -> float:
        """When the next event to leave is due; inf if none is prepared."""
        return self._due(self._next) if self._blocks else math.inf

    def last_due(self) -> float:
        """When the last prepared event is due; -inf if none is waiting."""
        return float(self._blocks[-1].due[-1]) if self._blocks else -math.inf

    def candidate(self, stop_at: float, since: float = -math.inf) -> Candidate | None:
        """The next batch, or None while no event may leave. Events due after `stop_at` are not part of it.

        since: the batch cannot leave before that second, so it takes along what is due by then.
        """
        found = self._candidate
        if found is not None and (found.cut.full or found.close >= since):
            return found
        allowed, more = self._allowed(stop_at)
        if allowed == self._next:
            return None
        self._since = max(self._since, since)  # the cutter continues where it stopped, never back
        wanted = self._due(self._next) + self._linger_s
        lingered = max(wanted, self._since)
        reach = min(allowed, self.prepared_by(lingered))
        cut = self._cutter.cut(reach - self._next)
        if cut.full:
            close, final = self._due(self._next + cut.events[-1] - 1), True
        elif not more and reach == allowed:
            close, final = min(max(self._due(reach - 1) + self._last_s, self._since), lingered), True
        else:
            close, final = lingered, reach < allowed
        self._candidate = Candidate(close, cut, final, min(close, wanted))
        return self._candidate

    def take(self, candidate: Candidate) -> Batch:
        """Remove the candidate's events and return them as a batch."""
        events, ends = candidate.cut.events, candidate.cut.ends
        data, offsets, due, copies = self._pieces(events[-1])
        record_ends = offsets[events] if ends is None else np.array(ends)
        lines = offsets if copies is None else np.union1d(offsets, copies)
        billed = billed_alone = int(self._limits.billed(np.diff(lines)).sum())
        if len(record_ends) < len(lines):
            billed = int(self._limits.billed(np.diff(record_ends)).sum())
        batch = Batch(
            lane=self.lane,
            first=self._next,
            data=data,
            record_offsets=record_ends.tolist(),
            record_events=events,
            due=due,
            close=candidate.close,
            billed=billed,
            billed_alone=billed_alone,
            copies=() if copies is None else copies.tolist(),
        )
        self._leave(events[-1])
        self._linger_s = self._usual_s
        return batch

    def drop_candidate(self) -> None:
        """Start again: what may leave has changed."""
        self._candidate = None
        self._since = -math.inf
        self._cutter.restart()

    def _forget_unless_final(self) -> None:
        if self._candidate is not None and not self._candidate.final:
            self._candidate = None

    def _allowed(self, stop_at: float) -> tuple[int, bool]:
        """The number up to which events may leave in the next batch, and whether more may join them."""
        limit = min(self.granted, self.prepared)
        while self._too_large and self._next == self._too_large[0] < limit:
            head = self._blocks[0]
            self.oversize.append((self._next, head.event(self._next - head.first)))
            self._too_large.popleft()
            self._leave(1)
        while self._breaks and self._breaks[0] <= self._next:
            self._breaks.popleft()
        boundary = min(
            self._too_large[0] if self._too_large else math.inf,
            self._gaps[0][0] if self._gaps else math.inf,
            self._breaks[0] if self._breaks else math.inf,
        )
        if boundary < limit:
            limit, more = int(boundary), False
        else:
            more = not (self.ended and limit == self.prepared)
        if stop_at == math.inf:
            return limit, more
        stopped = self.prepared_by(stop_at)
        return min(limit, stopped), more and limit <= stopped

    def _due(self, number: int) -> float:
        """When a waiting event is due."""
        head = self._blocks[0]
        if number >= head.end:
            head = self._blocks[bisect_right(self._blocks, number, key=lambda block: block.first) - 1]
        return float(head.due[number - head.first])

    def _pieces(
        self, count: int
    ) -> tuple[memoryview, NDArray[np.int64], NDArray[np.float64], NDArray[np.int64] | None]:
        """The next events joined: bytes, count + 1 offsets, due times, and where copies begin, if any."""
        end = self._next + count
        data, offsets, due, copies, size = [], [], [], [], 0
        for block in self._blocks:
            if block.first >= end:
                break
            begin, stop = max(0, self._next - block.first), min(len(block), end - block.first)
            cut = block.offsets[begin : stop + 1]
            data.append(memoryview(block.data)[int(cut[0]) : int(cut[-1])])
            offsets.append(cut[:-1] - (cut[0] - size))
            due.append(block.due[begin:stop])
            if block.copies is not None:
                copies.append(block.copies_within(int(cut[0]), int(cut[-1])) - (cut[0] - size))
            size += int(cut[-1] - cut[0])
        offsets.append(np.array([size]))
        whole = data[0] if len(data) == 1 else memoryview(b"".join(data))
        return whole, np.concatenate(offsets), np.concatenate(due), np.concatenate(copies) if copies else None

    def _leave(self, count: int) -> None:
        self._next += count
        while self._blocks and self._blocks[0].end <= self._next:
            self._blocks.popleft()
        self._pass_gap()
        self._cutter.drop(count)
        self._candidate = None
        self._since = -math.inf

    def _pass_gap(self) -> None:
        if self._gaps and self._next == self._gaps[0][0]:
            first, self._next = self._gaps.popleft()
            self._left_out -= self._next - first
