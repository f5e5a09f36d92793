"""A worker: generates its lanes' blocks, paces them, sends them. Lives in a process of its own.

Its threads run on while the run's messages come and go: one generates, one dispatches, several send
(`senders.py`). The run calls `exchange` again and again; each call brings leases and takes back outcomes.
"""

import sys
import threading
from collections import Counter, deque
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from clickgen.deliver.allowance import BilledBytesCap
from clickgen.deliver.delivery import Delivery
from clickgen.deliver.dispatch import Dispatcher
from clickgen.deliver.lane_queue import LaneQueue
from clickgen.deliver.pack import Packing
from clickgen.deliver.sender_context import RejectedRecord, SenderContext
from clickgen.deliver.timings import drained, nothing, since_due
from clickgen.ledger.folder import RunFolder
from clickgen.model.batch import Batch
from clickgen.model.errors import ClickgenError, EnvironmentProblem
from clickgen.model.outcome import Outcome, State
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock, SystemClock
from clickgen.run.linger import call_bound, lane_linger, senders_of
from clickgen.run.messages import Assignment, Grant, Start, WorkerReport
from clickgen.run.preparing import HORIZON_S, Preparer
from clickgen.run.senders import Senders, express_of
from clickgen.run.timeline import seconds_of
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.interface import Sink, rehearse
from clickgen.sink.kind import Opening
from clickgen.sink.registry import open_sink

EXCHANGE_S = 0.25  # how long an exchange waits for something to report
LEASE_AHEAD = 16_384  # unpaced: prepared events worth a lease before the exchange is over
_SWITCH_INTERVAL_S = 0.0005  # the generator must not keep the dispatcher waiting for the interpreter
_SWITCH_AS_RECORDED_S = 0.00005  # ... where gaps are to be kept: it costs more, and each event waits less
_WRITE_TOO_LARGE = "RecordTooLarge"


class Worker:
    """One worker at work on its assignment."""

    def __init__(self, assignment: Assignment) -> None:
        self._plan = plan = RunFolder(assignment.folder).read_plan()
        self.unpaced = plan.unpaced
        senders = senders_of(plan)
        self._clock = SystemClock()
        turn = GilTurn()
        self._context = context = _sender_context(plan, assignment, senders, self._clock, turn)
        context.timings.paced = not plan.unpaced
        rehearse(context.sink)
        limits = context.sink.limits
        packing = Packing(limits, plan.pack or limits.packs, limits.pack_bytes, limits.pack_events)
        self._queues = {
            lane: LaneQueue(lane, first, packing, lane_linger(plan, lane))
            for lane, first in assignment.lanes.items()
        }
        # one lock for the queues and what is reported; each thread is woken for its own reasons only
        self._lock = threading.Lock()
        self._reporting = threading.Condition(self._lock)
        express = express_of(plan, context.sink)
        calls = call_bound(plan, express=express is not None)
        self._senders = Senders(context, senders, calls, self._settle, express)
        self._dispatcher = Dispatcher(
            self._queues,
            self._hand_off,
            self._clock,
            condition=self._senders.condition(self._lock),
            on_release=self._released,
            calls=calls,
            unpaced=self.unpaced,
        )
        self._preparer = Preparer(
            plan, assignment, self._queues, self._lock, self._clock, turn, prepared=self._prepared
        )
        self._outcomes: list[Outcome] = []
        self._rejected: list[RejectedRecord] = []
        self._accepted: deque[tuple[NDArray[np.float64], float]] = deque()  # due times, and when it was
        self._on_the_way: dict[tuple[int, int], float] = {}  # lane and first number: when its first event was due
        self._start = 0.0
        self._stopping = False
        self._returned = False
        self._reported = False  # what was prepared first
        self._reported_ends = False  # of all lanes

    def start(self, start: Start) -> None:
        """Begin: second 0 is at that moment."""
        if not self.unpaced:
            sys.setswitchinterval(_SWITCH_AS_RECORDED_S if self._plan.as_recorded else _SWITCH_INTERVAL_S)
        self._start = self._dispatcher.start = self._context.timings.start = start.at
        self._preparer.begin(start)
        prepare = partial(self._preparer.run, lambda: self._stopping or self._context.stopped)
        self._senders.start()
        threading.Thread(target=prepare, name="generator", daemon=True).start()
        threading.Thread(target=self._dispatch, name="dispatcher", daemon=True).start()

    def exchange(self, grant: Grant) -> WorkerReport:
        """Take in leases, work on for a moment, and report. Returns at once when there is much to say."""
        if grant.upto:
            with self._lock:
                for lane, upto in grant.upto.items():
                    self._queues[lane].grant(upto)
                self._dispatcher.condition.notify()
        if grant.stop_at != np.inf:
            self._stopping = True
            self._dispatcher.stop(grant.stop_at)
        if grant.abandon:
            self._context.abandon()
        self._context.tokens.allow(grant.allowance)
        deadline = self._clock.now() + EXCHANGE_S
        with self._lock:
            while not self._worth_reporting():
                remaining = deadline - self._clock.now()
                if remaining <= 0:
                    break
                self._reporting.wait(remaining)
            report = self._report()
        # added up without the lock, which what is due may need
        return replace(report, durations=self._context.timings.take(), course=_course(drained(self._accepted)))

    def _worth_reporting(self) -> bool:
        if self._done() or self._failed() is not None:
            return True
        queues = self._queues.values()
        if not self.unpaced:
            # the first events are leased as soon as each lane has enough; from then on leases are ahead of them
            return not self._reported and self._preparer.has_first()
        all_prepared = not self._reported_ends and self._all_ended()
        return all_prepared or sum(q.prepared - q.granted for q in queues) >= LEASE_AHEAD

    def _all_ended(self) -> bool:
        """Whether there will be no further events to lease."""
        return all(q.ended for q in self._queues.values())

    def _report(self) -> WorkerReport:
        """What happened since the last report; called with the lock held."""
        self._collect_oversize()
        done = self._done()
        self._reported = self._reported or self._worth_reporting()
        self._reported_ends = self._all_ended()
        if done and not self._returned:
            self._give_back()
        outcomes, self._outcomes = self._outcomes, []
        rejected, self._rejected = self._rejected, []
        now = self._clock.now() - self._start
        first_dues = [*(q.first_due() for q in self._queues.values()), *self._on_the_way.values()]
        backlog = max(0.0, now - min(first_dues, default=now)) if not self.unpaced else 0.0
        horizon = np.inf if self.unpaced else now + HORIZON_S
        with self._context.lock:
            tally = replace(self._context.tally, released=self._dispatcher.released)
            answered = self._context.answered
        return WorkerReport(
            outcomes=outcomes,
            prepared={lane: q.prepared_by(horizon) for lane, q in self._queues.items()},
            read={lane: q.prepared for lane, q in self._queues.items()},
            ended={lane: q.prepared for lane, q in self._queues.items() if q.ended},
            tally=tally,
            billed=self._context.budget.spent,
            durations=nothing(),
            course=Counter(),
            rejected=rejected,
            skipped=[piece for feed in self._preparer.feeds.values() for piece in feed.take_skipped()],
            out_of_order=sum(feed.out_of_order for feed in self._preparer.feeds.values()),
            without_time=sum(feed.without_time for feed in self._preparer.feeds.values()),
            first_due=self._dispatcher.first_due,
            answered=None if answered is None else answered - self._start,
            backlog_s=backlog,
            done=done,
            budget_exhausted=self._context.budget.exhausted,
            problem=self._failed(),
            waiting_for=self._context.waiting_for,
        )

    def _failed(self) -> ClickgenError | None:
        return self._preparer.problem or self._context.problem

    def _done(self) -> bool:
        return self._dispatcher.finished and not self._on_the_way

    def _give_back(self) -> None:
        """Return what was leased and never attempted as unsent."""
        self._returned = True
        for lane, waiting in self._queues.items():
            if waiting.granted > waiting.next_number:
                self._outcomes.append(Outcome(lane, waiting.next_number, waiting.granted, State.UNSENT, 0, 0, 0))

    def _collect_oversize(self) -> None:
        """Events larger than a record may be are refused here: one of them would fail a whole call."""
        most = self._context.sink.limits.record_bytes
        for lane, waiting in self._queues.items():
            for number, event in waiting.oversize:
                message = f"the event has {len(event) + 1:,} bytes, a record takes {most:,}"
                self._outcomes.append(Outcome(lane, number, number + 1, State.REJECTED, 0, 0, 0))
                self._rejected.append(
                    RejectedRecord(lane, number, number + 1, _WRITE_TOO_LARGE, message, 0, event + b"\n")
                )
            waiting.oversize.clear()

    def _dispatch(self) -> None:
        try:
            self._dispatcher.run()
            self._senders.finish()
        except Exception as problem:  # noqa: BLE001  # a worker must say why its lanes end
            self._context.halt(EnvironmentProblem(f"sending failed: {type(problem).__name__}: {problem}"))

    def _hand_off(self, batch: Batch) -> bool:
        """Pass a batch to the senders, waiting while all are busy; False when nothing is taken any more."""
        with self._lock:
            self._on_the_way[batch.lane, batch.first] = float(batch.due[0])
        return self._senders.take(batch)

    def _settle(self, delivery: Delivery) -> None:
        """Note a batch's outcomes."""
        batch = delivery.batch
        outcomes = delivery.outcomes()
        attempted = any(outcome.attempts for outcome in outcomes)
        now = self._clock.now() - self._start
        due = batch.due
        accepted_events, accepted_bytes = batch.events, len(batch.data)
        if not delivery.accepted_whole:
            records = delivery.accepted_records()
            events, offsets = batch.record_events, batch.record_offsets
            accepted_events = sum(events[index + 1] - events[index] for index in records)
            accepted_bytes = sum(offsets[index + 1] - offsets[index] for index in records)
            due = np.concatenate([due[:0], *(due[events[index] : events[index + 1]] for index in records)])
        with self._context.lock:
            tally = self._context.tally
            tally.accepted_bytes += accepted_bytes
            tally.billed_alone += batch.billed_alone * accepted_events // batch.events
            tally.batches += attempted
            tally.records += len(batch) if attempted else 0
        self._accepted.append((due, now))
        with self._lock:
            self._outcomes += outcomes
            self._rejected += delivery.rejected()
            del self._on_the_way[batch.lane, batch.first]
            if not self._on_the_way:
                self._reporting.notify()

    def _prepared(self) -> None:
        """A lane has more to send, has ended, or cannot go on; called with the lock held."""
        self._dispatcher.condition.notify()
        if self._worth_reporting():
            self._reporting.notify()

    def _released(self) -> None:
        """Events have left, so there is room for more, or none will come; called with the lock held."""
        self._preparer.make_room()
        if self._dispatcher.finished:
            self._reporting.notify()


def _course(accepted: list[tuple[NDArray[np.float64], float]]) -> Counter[int]:
    """How many accepted events count for which second. accepted: their due times, and when they were accepted."""
    if not accepted:
        return Counter()
    dues, moments = [due for due, _ in accepted], [at for _, at in accepted]
    return seconds_of(np.repeat(moments, [len(due) for due in dues]), since_due(dues, moments))


def _sender_context(
    plan: Plan, assignment: Assignment, senders: int, clock: Clock, turn: GilTurn
) -> SenderContext:
    """What this worker's senders share."""

    def reopen() -> Sink:
        return open_sink(
            plan.destination,
            Opening(
                folder=assignment.folder,
                id_field=plan.id_field,
                visitor_field=plan.visitor_field,
                connections=senders,
                turn=turn,
                now_ms=clock.wall_ms,
            ),
        )

    return SenderContext(reopen(), clock, BilledBytesCap(assignment.most_billed), assignment.patience, reopen)
