"""The paced dispatcher: hands off each batch a moment before it closes, on an absolute schedule."""

import math
import threading
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from clickgen.deliver.call_bound import CallBound
from clickgen.deliver.lane_queue import Candidate, LaneQueue
from clickgen.model.batch import Batch
from clickgen.pace.clock import Clock

HandOff = Callable[[Batch], bool]

# A batch that is known is handed off this long before it closes: its body and signature are made while it waits,
# so that only the sending itself is between its moment and the wire.
AHEAD_S = 0.02


class Dispatcher:
    """Takes batches from the queues of a worker's lanes in the order in which they close.

    start: second 0 of the schedule on the clock, to be set before `run`. condition: guards the queues; notify it
    when blocks or grants arrive. hand_off blocks while the sink is busy, and returns False when nothing more is
    accepted. on_release is called with the condition held, when a batch has left and when all have. calls: how
    close together calls may leave; an event that has to wait for its call joins what is due by then. unpaced: as
    fast as the sink accepts batches; the release of an event is then its due time, and there is no lag.
    """

    def __init__(
        self,
        queues: dict[int, LaneQueue],
        hand_off: HandOff,
        clock: Clock,
        *,
        condition: threading.Condition,
        on_release: Callable[[], None],
        calls: CallBound | None = None,
        unpaced: bool = False,
    ) -> None:
        self.condition = condition
        self.start = 0.0
        self.released = 0
        self.first_due: float | None = None  # of all that has left
        self.finished = False
        self._queues = queues
        self._hand_off = hand_off
        self._clock = clock
        self._on_release = on_release
        self._calls = calls or CallBound()
        self._unpaced = unpaced
        self._ahead_s = 0.0 if unpaced else AHEAD_S
        self._stop_at = math.inf

    def stop(self, at: float) -> None:
        """Let no event leave that is due after second `at`; unpaced, let none leave at all."""
        with self.condition:
            self._stop_at = -math.inf if self._unpaced else min(self._stop_at, at)
            for queue in self._queues.values():
                queue.drop_candidate()
            self.condition.notify()

    def run(self) -> None:
        """Hand off batches until every lane is done, or stopped."""
        try:
            while (batch := self._next_batch()) is not None:
                if self._unpaced:
                    now = self._clock.now() - self.start
                    batch = replace(batch, due=np.full(batch.events, now), close=now)
                events, first_due = batch.events, float(batch.due[0])
                if not self._hand_off(batch):
                    return
                with self.condition:
                    self.released += events
                    self.first_due = first_due if self.first_due is None else min(self.first_due, first_due)
                    self._on_release()
        finally:
            with self.condition:
                self.finished = True
                self._on_release()

    def _next_batch(self) -> Batch | None:
        """Wait until it is time to make the batch that closes first ready, and take it; None after the last."""
        with self.condition:
            while True:
                found = self._earliest()
                if found is None:
                    if self._exhausted():
                        return None
                    remaining = self._stop_at - (self._clock.now() - self.start)
                    self.condition.wait(remaining if 0 < remaining < math.inf else None)
                    continue
                queue, candidate = found
                now = self._clock.now() - self.start
                wait = candidate.close - now - (self._ahead_s if candidate.final else 0.0)
                if wait <= 0 or (self._unpaced and candidate.cut.full):
                    self._calls.take(max(candidate.close, now))
                    return queue.take(candidate)
                self.condition.wait(wait)

    def _earliest(self) -> tuple[LaneQueue, Candidate] | None:
        best: tuple[LaneQueue, Candidate] | None = None
        for queue in self._queues.values():
            candidate = queue.candidate(self._stop_at)
            if candidate is not None and (best is None or candidate.wanted < best[1].wanted):
                best = (queue, candidate)
        if best is None or best[1].cut.full:
            return best
        # a batch that is already late, or must wait for its call, takes along what is due by then
        since = max(self._calls.permitted_at, self._clock.now() - self.start)
        queue, candidate = best
        if candidate.close < since:
            candidate = queue.candidate(self._stop_at, since) or candidate
        return queue, candidate

    def _exhausted(self) -> bool:
        """Whether nothing more can leave: every lane is done, or has reached the stop.

        After the stop a lane with nothing prepared is not waited for: its source may be a silent pipe.
        """
        stopped = self._clock.now() - self.start >= self._stop_at
        return all(
            queue.done or (stopped and queue.first_due() > self._stop_at) for queue in self._queues.values()
        )
