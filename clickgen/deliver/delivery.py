"""One batch being sent: attempts, retries of only what failed, and what became of each record."""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from clickgen.deliver.record_fate import RecordFate, outcomes_of
from clickgen.deliver.sender_context import RejectedRecord, SenderContext
from clickgen.model.batch import (
    Answer,
    Batch,
    CallRefused,
    CallResult,
    NoAnswer,
    NotReached,
    Refusal,
    RefusedRecord,
)
from clickgen.model.errors import EnvironmentProblem, ReaderGone
from clickgen.model.outcome import Outcome, State
from clickgen.sink.interface import Sink
from clickgen.sink.standard_output import READER_GONE

if TYPE_CHECKING:
    from tenacity import RetryCallState

# A wait as brief as this ends soon enough by itself when everything stops. The clock's own sleep takes a third of
# the processor time of one that can be ended.
_BRIEF_S = 0.05


def _refused_for_good(refused: CallRefused) -> EnvironmentProblem:
    """The problem that ends a run in which every further call would be refused."""
    if refused.code == READER_GONE:
        return ReaderGone(refused.message, refused.hint)
    words = f"{refused.code}: {refused.message}" if refused.message else refused.code
    return EnvironmentProblem(f"the service refuses everything: {words}", refused.hint)


@dataclass(slots=True)
class Delivery:
    """Sends one batch until every record has its outcome.

    Records have fates of their own only once something went wrong: nearly every batch is accepted at once.
    """

    batch: Batch
    courier: SenderContext
    begun: Callable[[], CallResult] | None = None  # says what became of the first attempt, if it left by express
    _pending: Sequence[int] = ()
    _fates: list[RecordFate] = field(default_factory=list)
    _at_once: Outcome | None = None
    _errors: int = 0
    _slowed: bool = False
    _unreached_since: float | None = None
    _sink: Sink = field(init=False)
    _left_at: float | None = None  # when the latest attempt was on the wire
    _left_ms: int = 0
    _timed: bool = False

    def run(self) -> None:
        """Attempt, wait, attempt again what failed, until nothing is pending or patience runs out."""
        self._pending = range(len(self.batch))
        if self.begun is None and self.courier.stopped:
            return
        if not (self._attempt() if self.begun is None else self._hear(self.begun)):
            return
        from tenacity import Retrying, retry_if_result, wait_random, wait_random_exponential

        patience = self.courier.patience
        after_error = wait_random_exponential(multiplier=patience.backoff_s, max=patience.backoff_max_s)
        # the token budget decides how much may leave; this only spreads the batches
        after_throttling = wait_random(0, patience.slowed_s)

        def wait_of_the_moment(state: "RetryCallState") -> float:
            return (after_throttling if self._slowed else after_error)(state)

        retrying = Retrying(
            sleep=self.courier.pause,
            wait=wait_of_the_moment,
            stop=self._gives_up,
            retry=retry_if_result(bool),
            retry_error_callback=lambda _: [],
        )
        # the first wait comes before the second attempt, which is the first of these
        self.courier.pause(random.uniform(0, patience.backoff_s))
        retrying(self._again)

    def leaves_at_once(self) -> bool:
        """Whether the first attempt may be made now, outside of `run`; it then counts as made."""
        if self.courier.hindered or not self.courier.budget.take(self.batch.billed):
            return False
        self._pending = range(len(self.batch))
        self._sink = self.courier.sink
        self._left_at, self._left_ms = self.courier.clock.now(), self.courier.clock.wall_ms()
        return True

    def taken(self) -> None:
        """Note that every record of the first attempt was accepted."""
        self._hear(Answer)

    def _again(self) -> Sequence[int]:
        return self._pending if self._gives_up() else self._attempt()

    def outcomes(self) -> list[Outcome]:
        """The outcomes as ranges of event numbers, none for a copy that is a record of its own."""
        if self._at_once is not None:
            return [self._at_once]
        return outcomes_of(self.batch, self._fates or [RecordFate()] * len(self.batch))

    def rejected(self) -> Iterator[RejectedRecord]:
        """The records that were refused for good, apart from copies."""
        first, events = self.batch.first, self.batch.record_events
        for index, fate in enumerate(self._fates):
            start, end = first + events[index], first + events[index + 1]
            if fate.state is State.REJECTED and fate.refusal and start < end:
                yield RejectedRecord(
                    self.batch.lane, start, end, *fate.refusal, fate.attempts, self.batch.own_events(index)
                )

    @property
    def accepted_whole(self) -> bool:
        """Whether the first attempt was accepted whole."""
        return self._at_once is not None

    def accepted_records(self) -> list[int]:
        """Positions of the records that were accepted, if not all were."""
        return [index for index, fate in enumerate(self._fates) if fate.accepted]

    def _attempt(self) -> Sequence[int]:
        courier, pending = self.courier, self._pending
        whole = len(pending) == len(self.batch)
        size = len(self.batch.data) if whole else self._size(pending)
        courier.await_welcome()
        courier.tokens.take(len(pending), size, courier.pause, lambda: courier.stopped)
        if courier.stopped:
            return pending
        if not courier.budget.take(self.batch.billed if whole else self._billed(pending)):
            courier.abandon()
            return pending
        self._sink = courier.sink
        self._left_at, self._left_ms = None, 0
        return self._hear(lambda: self._sink.put(self.batch, None if whole else pending, self._leave))

    def _hear(self, call: Callable[[], CallResult]) -> Sequence[int]:
        """Note the result of a call of what is pending, and return what is pending then."""
        courier = self.courier
        try:
            result = call()
        except BaseException:
            self._settle(NoAnswer("the call broke"), self._pending, 0)  # and may have been taken
            raise
        if not isinstance(result, NoAnswer | NotReached):
            courier.answered = courier.clock.now()
        self._pending = self._settle(result, self._pending, courier.clock.wall_ms())
        return self._pending

    def _leave(self) -> None:
        """Wait until the batch closes, which later attempts do not, and note when that was."""
        wait = self.batch.close - (self.courier.clock.now() - self.courier.timings.start)
        if wait > _BRIEF_S:
            self.courier.pause(wait)
        elif wait > 0:
            self.courier.clock.sleep(wait)
        self._left_at, self._left_ms = self.courier.clock.now(), self.courier.clock.wall_ms()

    def _time(self, result: CallResult) -> None:
        """Note how long the batch took to the wire, and the service to answer."""
        timings = self.courier.timings
        if self._left_at is None:
            return  # it failed while it was made ready
        if not self._timed:
            self._timed = True
            timings.left(self.batch.due, self._left_at)
        if not isinstance(result, NoAnswer):
            timings.answered(self.courier.clock.now() - self._left_at)

    def _settle(self, result: CallResult, pending: Sequence[int], now_ms: int) -> Sequence[int]:
        """Note a call's result and return the records that are still pending."""
        if isinstance(result, NotReached):
            return self._not_reached(result, pending)
        self._time(result)
        sent_ms = self._left_ms or now_ms
        if not (isinstance(result, CallRefused) and result.kind is Refusal.EXPIRED):
            self.courier.credentials_taken()
        self._count(result, pending)
        if not self._fates and isinstance(result, Answer) and not (result.refused or result.unanswered):
            first, count = self.batch.first, self.batch.events
            self._at_once = Outcome(self.batch.lane, first, first + count, State.ACCEPTED, 1, sent_ms, now_ms)
            self.courier.timings.accepted(self.batch.due, self.courier.clock.now())
            return ()
        self._fates = self._fates or [RecordFate() for _ in range(len(self.batch))]
        self._unreached_since = None
        for index in pending:
            fate = self._fates[index]
            fate.attempts += 1
            fate.sent_ms = sent_ms
            fate.answered_ms = now_ms
        if isinstance(result, NoAnswer):
            if result.hint is not None:
                self.courier.halt(EnvironmentProblem(result.reason, result.hint))
            return self._unanswered(pending)
        self.courier.leave_alone(result.retry_after_s)
        if isinstance(result, CallRefused):
            return self._call_refused(result, pending)
        return self._answered(result, pending)

    def _count(self, result: CallResult, pending: Sequence[int]) -> None:
        """Note that a call left."""
        with self.courier.lock:
            tally = self.courier.tally
            tally.attempts += 1
            tally.sent_records += len(pending)
            tally.sent_bytes += self._size(pending) if self._fates else len(self.batch.data)
            if isinstance(result, Answer):
                tally.overwritten += result.overwritten
            if self._fates:
                tally.retried += sum(1 for index in pending if self._fates[index].attempts)

    def _answered(self, answer: Answer, pending: Sequence[int]) -> Sequence[int]:
        errors = self._errors
        again = self._refuse(answer.refused)
        if answer.unanswered:
            again = sorted([*again, *self._unanswered(answer.unanswered)])
            self._errors = errors + 1  # one attempt is one error, whatever went wrong in it
        open_ones = {record.index for record in answer.refused} | set(answer.unanswered)
        taken = [index for index in pending if index not in open_ones]
        for index in taken:
            self._fates[index].accepted = True
        if taken:
            events, due = self.batch.record_events, self.batch.due
            dues = np.concatenate([due[events[index] : events[index + 1]] for index in taken])
            self.courier.timings.accepted(dues, self.courier.clock.now())
        return again

    def _unanswered(self, records: Sequence[int]) -> Sequence[int]:
        """Note that nothing was heard of these records, which are worth another attempt."""
        self._errors += 1
        self._slowed = False
        for index in records:
            self._fates[index].unanswered = True
            self._fates[index].answered_ms = 0
        return records

    def _call_refused(self, refused: CallRefused, pending: Sequence[int]) -> Sequence[int]:
        records = [RefusedRecord(index, refused.kind, refused.code, refused.message) for index in pending]
        if refused.kind is Refusal.EXPIRED:
            self.courier.renew(self._sink, refused)
        if refused.kind is Refusal.FATAL:
            self.courier.halt(_refused_for_good(refused))
        return self._refuse(records)

    def _refuse(self, refused: Sequence[RefusedRecord]) -> Sequence[int]:
        """Note refusals; return the records that are worth another attempt."""
        courier = self.courier
        for record in refused:
            self._fates[record.index].refusal = (record.code, record.message)
        courier.budget.give_back(self._billed([record.index for record in refused]))
        throttled = sum(record.kind is Refusal.THROTTLED for record in refused)
        if throttled:
            with courier.lock:
                courier.tally.throttled += throttled
        if any(record.kind is Refusal.TRANSIENT for record in refused):
            self._errors += 1
        passing = [record for record in refused if record.kind not in (Refusal.FINAL, Refusal.FATAL)]
        self._slowed = bool(passing) and all(record.kind is not Refusal.TRANSIENT for record in passing)
        return [record.index for record in passing]

    def _not_reached(self, result: NotReached, pending: Sequence[int]) -> Sequence[int]:
        courier = self.courier
        courier.budget.give_back(self._billed(pending))
        now = courier.clock.now()
        if self._unreached_since is None:
            self._unreached_since = now
        if now - self._unreached_since >= courier.patience.unreached_s:
            since = f"for {courier.patience.unreached_s:.0f} s"
            courier.halt(
                EnvironmentProblem(f"the endpoint could not be reached {since}: {result.reason}", result.hint)
            )
        return pending

    def _billed(self, records: Sequence[int]) -> int:
        limits, offsets = self.courier.sink.limits, self.batch.record_offsets
        return sum(limits.billed(offsets[index + 1] - offsets[index]) for index in records)

    def _size(self, records: Sequence[int]) -> int:
        offsets = self.batch.record_offsets
        return sum(offsets[index + 1] - offsets[index] for index in records)

    def _gives_up(self, _: "RetryCallState | None" = None) -> bool:
        return self.courier.stopped or self._errors >= self.courier.patience.attempts
