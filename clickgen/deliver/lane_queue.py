"""The events of one lane that are prepared but not yet handed off, and the next batch among them."""

import math
from collections import deque
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.deliver.pack import Cut, cut_packed, cut_single
from clickgen.model.batch import Batch, SinkLimits
from clickgen.model.block import Block

LINGER_S = 1.0  # no event waits longer than this for its batch to fill


@dataclass(frozen=True, slots=True)
class Packing:
    """How events become records: one each, or several up to `record_bytes` and `record_events`."""

    limits: SinkLimits
    pack: bool = False
    record_bytes: int = 5 * 1024
    record_events: int = 500

    def cut(self, offsets: NDArray[np.int64]) -> Cut:
        """Cut a stretch of events into records."""
        if self.pack:
            return cut_packed(offsets, self.limits, self.record_bytes, self.record_events)
        return cut_single(offsets, self.limits)

    @property
    def most_events(self) -> int:
        """Events that one batch can hold at the most."""
        return self.limits.records * (self.record_events if self.pack else 1)


class Candidate(NamedTuple):
    """The next batch of a lane as it stands: when it closes, its records, whether it can still grow."""

    close: float
    cut: Cut
    final: bool


class LaneQueue:
    """First in, first out. `granted` is the number up to which the lane is leased; nothing beyond may leave.

    Not safe for several threads at once: its owner holds a lock.
    """

    def __init__(self, lane: int, first: int, packing: Packing) -> None:
        self.lane = lane
        self.granted = first
        self.prepared = first
        self.ended = False
        self.oversize: list[tuple[int, bytes]] = []
        self._next = first
        self._packing = packing
        self._blocks: deque[Block] = deque()
        self._head: Block | None = None
        self._candidate: Candidate | None = None

    @property
    def next_number(self) -> int:
        """The number of the next event to leave."""
        return self._next

    @property
    def waiting(self) -> int:
        """How many prepared events have not left yet."""
        return self.prepared - self._next

    @property
    def done(self) -> bool:
        """Whether the lane has ended and everything of it has left."""
        return self.ended and self._next == self.prepared

    def push(self, block: Block) -> None:
        """Take in the lane's next block; ValueError if it is not the next."""
        if block.first != self.prepared:
            raise ValueError(f"lane {self.lane}: block begins at {block.first}, {self.prepared} was due")
        self._blocks.append(block)
        self.prepared = block.end
        self._forget_unless_final()

    def grant(self, upto: int) -> None:
        """Allow events up to, not including, number `upto` to leave."""
        self.granted = max(self.granted, upto)
        self._forget_unless_final()

    def end(self) -> None:
        """Say that no further block will come."""
        self.ended = True
        self._forget_unless_final()

    def prepared_by(self, due: float) -> int:
        """The number up to which events are prepared and due by that second."""
        count = self._next
        blocks = ([self._head] if self._head is not None else []) + list(self._blocks)
        for block in blocks:
            count = max(count, block.first + int(np.searchsorted(block.due, due, side="right")))
            if count < block.end:
                break
        return count

    def first_due(self) -> float:
        """When the next event to leave is due; inf if none is prepared."""
        if self.waiting == 0:
            return math.inf
        head = self._head
        if head is None or self._next >= head.end:
            head = self._blocks[0]
        return float(head.due[self._next - head.first])

    def last_due(self) -> float:
        """When the last prepared event is due; -inf if none is waiting."""
        if self._blocks:
            return float(self._blocks[-1].due[-1])
        return float(self._head.due[-1]) if self._head is not None and self.waiting else -math.inf

    def candidate(self, stop_at: float) -> Candidate | None:
        """The next batch, or None while no event may leave. Events due after `stop_at` are not part of it."""
        if self._candidate is not None:
            return self._candidate
        stretch = self._stretch(stop_at)
        if stretch is None:
            return None
        offsets, due, more = stretch
        reach = int(np.searchsorted(due, due[0] + LINGER_S, side="right"))
        cut = self._packing.cut(offsets[: reach + 1])
        if cut.full:
            close, final = float(due[cut.events[-1] - 1]), True
        elif not more and reach == len(due):
            close, final = float(due[-1]), False
        else:
            close, final = float(due[0]) + LINGER_S, reach < len(due)
        self._candidate = Candidate(close, cut, final)
        return self._candidate

    def take(self, candidate: Candidate) -> Batch:
        """Remove the candidate's events and return them as a batch."""
        head = self._head
        assert head is not None  # noqa: S101  # a candidate was made from it
        limits = self._packing.limits
        at = self._next - head.first
        events = candidate.cut.events
        count = events[-1]
        base = int(head.offsets[at])
        record_ends = head.offsets[np.asarray(events) + at] - base
        batch = Batch(
            lane=self.lane,
            first=self._next,
            data=memoryview(head.data)[base : base + int(record_ends[-1])],
            record_offsets=record_ends.tolist(),
            record_events=events,
            due=head.due[at : at + count],
            close=candidate.close,
            billed=int(limits.billed(np.diff(record_ends)).sum()),
            billed_alone=int(limits.billed(np.diff(head.offsets[at : at + count + 1])).sum()),
        )
        self._next += count
        self._candidate = None
        return batch

    def drop_candidate(self) -> None:
        """Look afresh: what may leave has changed."""
        self._candidate = None

    def _forget_unless_final(self) -> None:
        if self._candidate is not None and not self._candidate.final:
            self._candidate = None

    def _stretch(self, stop_at: float) -> tuple[NDArray[np.int64], NDArray[np.float64], bool] | None:
        """Offsets and due times of the events that may leave, and whether more may join them."""
        limit = min(self.granted, self.prepared)
        while self._next < limit:
            self._fill_head(limit)
            head = self._head
            assert head is not None  # noqa: S101  # an event is waiting, so a block holds it
            at = self._next - head.first
            end = min(limit - head.first, self._reach(head, at))
            stopped = int(np.searchsorted(head.due[at:end], stop_at, side="right"))
            if stopped == 0:
                return None
            more = at + stopped == end and not (self.ended and head.first + end == self.prepared)
            offsets = head.offsets[at : at + stopped + 1]
            fitting = self._fitting(offsets)
            if fitting == 0:
                self.oversize.append((self._next, head.event(at)))
                self._next += 1
                continue
            if fitting < stopped:
                return offsets[: fitting + 1], head.due[at : at + fitting], False
            return offsets, head.due[at : at + stopped], more
        return None

    def _reach(self, head: Block, at: int) -> int:
        """A position in the block that no single call can pass."""
        if not self._packing.pack:
            return min(len(head), at + self._packing.limits.records)
        most_bytes = head.offsets[at] + self._packing.limits.call_bytes
        return min(len(head), int(np.searchsorted(head.offsets, most_bytes, side="right")))

    def _fitting(self, offsets: NDArray[np.int64]) -> int:
        """How many events stand before the first that is larger than a record may be."""
        too_large = np.diff(offsets) > self._packing.limits.record_bytes
        return int(np.argmax(too_large)) if too_large.any() else len(too_large)

    def _fill_head(self, limit: int) -> None:
        """Make the first block hold a batch's worth of events, if that many may leave."""
        wanted = min(limit, self._next + self._packing.most_events)
        head = self._head
        if head is not None and self._next >= head.end:
            head = None
        while self._blocks and (head is None or head.end < wanted):
            following = self._blocks.popleft()
            head = following if head is None else _joined(head, self._next - head.first, following)
            if self._packing.pack and _enough_bytes(head, self._next, self._packing):
                break
        self._head = head


def _enough_bytes(head: Block, number: int, packing: Packing) -> bool:
    waiting = len(head.data) - int(head.offsets[number - head.first])
    return waiting > packing.limits.records * packing.record_bytes


def _joined(head: Block, at: int, following: Block) -> Block:
    """What is left of a block from event `at` on, and the block after it, as one."""
    base = int(head.offsets[at])
    kept = memoryview(head.data)[base:]
    offsets = np.concatenate([head.offsets[at:-1] - base, following.offsets + len(kept)])
    return Block(
        lane=head.lane,
        first=head.first + at,
        data=b"".join((kept, following.data)),
        offsets=offsets,
        due=np.concatenate([head.due[at:], following.due]),
    )
