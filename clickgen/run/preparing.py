"""A worker's generator: it keeps every lane prepared ahead of its schedule, within bounds."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from clickgen.deliver.lane_queue import LaneQueue
from clickgen.feed.lanes import open_feeds
from clickgen.ledger.folder import RunFolder
from clickgen.model.block import Block
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock
from clickgen.run.messages import Assignment, Start
from clickgen.sink.gil_turn import GilTurn
from clickgen.traffic.replay_files import is_live
from clickgen.traffic.selection import Selection

HORIZON_S = 2.0  # paced lanes are prepared and leased this far ahead
READ_AHEAD = 65_536  # events that a worker holds prepared; packed, where batches are large, twice that
READ_AHEAD_BYTES = 12 << 20  # of the events of one that is as fast as it goes, once a call can be filled
PACKED_AHEAD_BYTES = 8 << 20  # packed, where the calls under way take as much memory again
FIRST_S = 1.0  # a replay as recorded leases so much first: the next lease comes an exchange and a write later
FULL_BATCH = 8192  # events that fill a call even packed


class Preparer:
    """Fills the queues of a worker's lanes, in a thread of its own."""

    def __init__(
        self,
        plan: Plan,
        assignment: Assignment,
        queues: Mapping[int, LaneQueue],
        lock: threading.Lock,
        clock: Clock,
        turn: GilTurn,
        prepared: Callable[[], None],
    ) -> None:
        """lock: of the queues. prepared: called with the lock held when a lane has more, or has ended."""
        self.problem: ClickgenError | None = None  # why its lanes end
        self.feeds = open_feeds(RunFolder(assignment.folder), plan, assignment.lanes)
        self._queues = queues
        self._lock = lock
        self._room = threading.Condition(lock)
        self._clock = clock
        self._turn = turn
        self._prepared = prepared
        self._unpaced = plan.unpaced
        self._reads_pipe = any(is_live(path) for path in plan.sources)
        self._first_s = FIRST_S if plan.as_recorded and not self._reads_pipe else -np.inf
        self._selections = {lane: Selection(wanted) for lane, wanted in (assignment.wanted or {}).items()}
        # every lane may hold most of a full batch, and still one of them must be able to fill up
        self._read_ahead = max(READ_AHEAD, len(queues) * FULL_BATCH) if plan.pack else READ_AHEAD
        self._most_bytes = PACKED_AHEAD_BYTES if plan.pack else READ_AHEAD_BYTES
        self._start = 0.0
        self._filling = -1

    def begin(self, start: Start) -> None:
        """Second 0 is at that moment."""
        self._start = start.at
        for feed in self.feeds.values():
            feed.begin_at(start.start_ms)

    def run(self, stopped: Callable[[], bool]) -> None:
        """Prepare lanes until nothing more is wanted."""
        try:
            while not stopped():
                lane = self._hungriest()
                if lane is None:
                    with self._lock:
                        self._room.wait(0.1)
                    continue
                block = self._next_block(lane)
                selection = self._selections.get(lane)
                for piece in [block] if block is None or selection is None else selection.pieces(block):
                    self._take_in(lane, piece)
                if block is not None and selection is not None and selection.exhausted(block.end):
                    self._take_in(lane, None)
        except ClickgenError as problem:
            self._fail(problem)
        except Exception as problem:  # noqa: BLE001  # a worker must say why its lanes end
            self._fail(EnvironmentProblem(f"making events failed: {type(problem).__name__}: {problem}"))

    def make_room(self) -> None:
        """Go on if there is room, now that events have left; called with the lock held."""
        few = sum(waiting.waiting for waiting in self._queues.values()) < self._read_ahead * 3 // 4
        if few and not (self._unpaced and self._enough_bytes()):
            self._room.notify()

    def has_first(self) -> bool:
        """Whether each lane has enough for a first lease, or has ended; called with the lock held."""
        return all(
            waiting.ended or (waiting.prepared > waiting.granted and waiting.last_due() >= self._first_s)
            for waiting in self._queues.values()
        )

    def _fail(self, problem: ClickgenError) -> None:
        with self._lock:
            self.problem = problem
            self._prepared()

    def _next_block(self, lane: int) -> Block | None:
        if self._reads_pipe:
            return self.feeds[lane].source.next_block()  # it may be silent for hours
        self._turn.take_to_prepare()
        try:
            return self.feeds[lane].source.next_block()
        finally:
            self._turn.give()

    def _take_in(self, lane: int, block: Block | None) -> None:
        with self._lock:
            if block is None:
                self._queues[lane].end()
            elif self._unpaced:
                ready = np.full(len(block), self._clock.now() - self._start)
                self._queues[lane].push(replace(block, due=ready))
            else:
                self._queues[lane].push(block)
            self._prepared()

    def _hungriest(self) -> int | None:
        """The lane that needs a block most; None while all have enough."""
        with self._lock:
            lanes = [(lane, q) for lane, q in self._queues.items() if not q.ended]
            if not lanes or sum(q.waiting for _, q in lanes) >= self._read_ahead:
                return None
            if self._unpaced:
                return None if self._enough_bytes() else self._fullest_first(dict(lanes))
            lane, hungry = min(lanes, key=lambda entry: entry[1].last_due())
            # twice the horizon, so that a lease never waits for the generator
            ahead = self._clock.now() - self._start + 2 * HORIZON_S
            return lane if hungry.last_due() < ahead else None

    def _enough_bytes(self) -> bool:
        """Whether so many bytes wait that no more are to, and a call of them can leave."""
        queues = self._queues.values()
        return sum(q.waiting_bytes for q in queues) >= self._most_bytes and any(q.fills_call for q in queues)

    def _fullest_first(self, lanes: dict[int, LaneQueue]) -> int:
        """One lane until it holds a full batch, then the one that is behind: a little of each would fill none."""
        filling = lanes.get(self._filling)
        if filling is None or filling.waiting >= FULL_BATCH:
            self._filling = min(lanes, key=lambda lane: lanes[lane].prepared)
        return self._filling
