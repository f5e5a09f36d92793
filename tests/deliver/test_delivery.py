"""Sending one batch: only what failed is sent again, and every record ends in the state that it deserves."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.deliver.allowance import BilledBytesCap
from clickgen.deliver.delivery import Delivery
from clickgen.deliver.sender_context import Patience, SenderContext
from clickgen.deliver.timings import Durations
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
from clickgen.model.outcome import State
from clickgen.sink.firehose import LIMITS
from clickgen.sink.interface import Leave, at_once
from tests.support.held_clock import HeldClock


class PatientCourier(SenderContext):
    """A courier whose pauses pass at once on a held clock."""

    def pause(self, seconds: float) -> None:
        self.clock.sleep(seconds)


class ScriptedSink:
    """Answers calls from a script, then accepts everything; remembers what each call carried."""

    limits = LIMITS

    def __init__(self, script: Sequence[CallResult]) -> None:
        self.script = list(script)
        self.calls: list[list[int]] = []

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        leave()
        carried = list(range(len(batch)) if records is None else records)
        self.calls.append(carried)
        if not self.script:
            return Answer()
        result = self.script.pop(0)
        if isinstance(result, Answer):
            return replace(
                result,
                refused=[record for record in result.refused if record.index in carried],
                unanswered=[index for index in result.unanswered if index in carried],
            )
        return result


def batch_of(records: int) -> Batch:
    """A batch of that many one-event records."""
    data = b"".join(b'{"n":%d}\n' % (100 + n) for n in range(records))
    return Batch(
        lane=1,
        first=1000,
        data=memoryview(data),
        record_offsets=[9 * n for n in range(records + 1)],
        record_events=list(range(records + 1)),
        due=np.zeros(records),
        close=0.0,
        billed=5120 * records,
        billed_alone=5120 * records,
    )


def send(
    script: Sequence[CallResult], records: int = 4, patience: Patience | None = None, most: int | None = None
) -> tuple[Delivery, ScriptedSink, SenderContext]:
    """Deliver a batch against a script."""
    sink = ScriptedSink(script)
    courier = PatientCourier(sink, HeldClock(), BilledBytesCap(most), patience)
    delivery = Delivery(batch_of(records), courier)
    delivery.run()
    return delivery, sink, courier


def states(delivery: Delivery) -> dict[int, State]:
    """The state of each event of a delivery."""
    return {n: o.state for o in delivery.outcomes() for n in range(o.first, o.end)}


kinds = st.sampled_from([Refusal.THROTTLED, Refusal.TRANSIENT, Refusal.FINAL])
answers = st.lists(st.tuples(st.integers(0, 3), kinds), max_size=4, unique_by=lambda pair: pair[0]).map(
    lambda pairs: Answer([RefusedRecord(index, kind, kind.value, "no") for index, kind in pairs])
)
results = st.one_of(
    answers,
    kinds.map(lambda kind: CallRefused(kind, kind.value, "no")),
    st.just(NoAnswer("timed out")),
    st.just(NotReached("refused")),
)


@given(st.lists(results, max_size=12))
def test_the_states_follow_from_what_was_answered(script: list[CallResult]) -> None:
    delivery, sink, courier = send(script, patience=Patience(attempts=4, unreached_s=1e9))
    history: dict[int, list[str]] = {index: [] for index in range(4)}
    for result, carried in zip([*script, *[Answer()] * 99], sink.calls, strict=False):
        for index in carried:
            if isinstance(result, Answer):
                refused = {record.index: record.kind.value for record in result.refused}
                history[index].append(refused.get(index, "accepted"))
            elif isinstance(result, CallRefused):
                history[index].append(result.kind.value)
            elif isinstance(result, NoAnswer):
                history[index].append("unanswered")
    expected = {}
    for index, seen in history.items():
        assert "accepted" not in seen[:-1], "an accepted record was sent again"
        assert "final" not in seen[:-1], "a record refused for good was sent again"
        if "accepted" in seen:
            expected[1000 + index] = State.ACCEPTED
        elif "unanswered" in seen:
            expected[1000 + index] = State.UNKNOWN
        else:
            expected[1000 + index] = State.REJECTED if seen else State.UNSENT
    assert states(delivery) == expected
    attempts = {n: o.attempts for o in delivery.outcomes() for n in range(o.first, o.end)}
    assert attempts == {1000 + index: len(seen) for index, seen in history.items()}
    billed = sum(seen.count("accepted") + seen.count("unanswered") for seen in history.values())
    assert courier.budget.spent == 5120 * billed


def test_throttling_never_uses_up_the_patience_for_errors() -> None:
    slow = Answer([RefusedRecord(index, Refusal.THROTTLED, "Slow", "Slow down.") for index in range(4)])
    delivery, sink, courier = send([slow] * 60, patience=Patience(attempts=3))
    assert set(states(delivery).values()) == {State.ACCEPTED}
    assert len(sink.calls) == 61
    assert courier.tally.throttled == 240


def test_errors_end_in_rejected_with_the_services_words() -> None:
    fault = CallRefused(Refusal.TRANSIENT, "InternalFailure", "broken")
    delivery, sink, _ = send([fault] * 99, patience=Patience(attempts=5))
    assert set(states(delivery).values()) == {State.REJECTED}
    assert len(sink.calls) == 5
    first = next(iter(delivery.rejected()))
    assert (first.code, first.message, first.attempts) == ("InternalFailure", "broken", 5)


def test_an_endpoint_that_is_not_there_leaves_events_unsent_and_ends_the_run() -> None:
    delivery, _, courier = send([NotReached("connection refused")] * 999, patience=Patience(unreached_s=30))
    assert set(states(delivery).values()) == {State.UNSENT}
    assert courier.problem is not None
    assert "connection refused" in courier.problem.message


def test_a_fatal_refusal_stops_everything() -> None:
    delivery, sink, courier = send([CallRefused(Refusal.FATAL, "ResourceNotFoundException", "no such stream")])
    assert len(sink.calls) == 1
    assert courier.stopped
    assert set(states(delivery).values()) == {State.REJECTED}


@pytest.mark.parametrize(("most", "calls"), [(4 * 5120, 1), (4 * 5120 - 1, 0)])
def test_the_budget_is_never_exceeded(most: int, calls: int) -> None:
    delivery, sink, courier = send([], most=most)
    assert len(sink.calls) == calls
    assert courier.budget.spent <= most
    assert set(states(delivery).values()) == {State.ACCEPTED if calls else State.UNSENT}
    assert courier.budget.exhausted is (calls == 0)


@given(st.lists(results, max_size=12), st.sets(st.integers(1, 3)))
def test_a_copy_has_no_outcome_but_its_attempts_count(script: list[CallResult], copies: set[int]) -> None:
    own = [index for index in range(4) if index not in copies]
    events = [0]
    for index in range(4):
        events.append(events[-1] + (index not in copies))
    batch = replace(batch_of(4), record_events=events, due=np.zeros(events[-1]))
    sink = ScriptedSink(script)
    delivery = Delivery(
        batch, PatientCourier(sink, HeldClock(), BilledBytesCap(None), Patience(attempts=4, unreached_s=1e9))
    )
    delivery.run()
    told, _, _ = send(script, patience=Patience(attempts=4, unreached_s=1e9))
    usual = {n: o for o in told.outcomes() for n in range(o.first, o.end)}
    found = {n: o for o in delivery.outcomes() for n in range(o.first, o.end)}
    assert sorted(found) == [1000 + number for number in range(len(own))]
    for number, index in enumerate(own):
        behind = [index]
        while behind[-1] + 1 in copies:
            behind.append(behind[-1] + 1)
        assert found[1000 + number].state is usual[1000 + index].state
        assert found[1000 + number].attempts == max(usual[1000 + record].attempts for record in behind)
    rejected = [record.first for record in delivery.rejected()]
    assert rejected == [number for number, outcome in found.items() if outcome.state is State.REJECTED]


class SlowSink(ScriptedSink):
    """Takes a second and a half to make a call ready, and two seconds to answer it."""

    def __init__(self, script: Sequence[CallResult], clock: HeldClock) -> None:
        super().__init__(script)
        self._clock = clock

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        self._clock.sleep(1.5)
        result = super().put(batch, records, leave)
        self._clock.sleep(2.0)
        return result


def timed(script: Sequence[CallResult], close: float) -> Durations:
    """What a delivery takes whose four events are due at seconds 0 to 3."""
    clock = HeldClock()
    courier = PatientCourier(SlowSink(script, clock), clock, BilledBytesCap(None), Patience(backoff_s=1e-9))
    batch = replace(batch_of(4), due=np.arange(4.0), close=close)
    Delivery(batch, courier).run()
    return courier.timings.take()


def test_a_call_that_is_ready_waits_until_its_batch_closes() -> None:
    lag, answer, latency = timed([], close=4.0)
    assert (lag.total, lag.largest) == (4, 4.0)
    assert (answer.total, answer.largest) == (1, 2.0)
    assert (latency.total, latency.largest) == (4, 6.0)


def test_one_that_is_late_leaves_at_once_and_its_events_lag() -> None:
    lag, answer, latency = timed([], close=1.0)
    assert lag.largest == 1.5
    assert answer.largest == 2.0
    assert latency.largest == 3.5


def test_an_event_that_was_accepted_does_not_wait_for_one_that_is_sent_again() -> None:
    again = Answer([RefusedRecord(3, Refusal.TRANSIENT, "no", "no")])
    lag, answer, latency = timed([again], close=3.0)
    assert lag.total == 4
    assert lag.largest == 3.0
    assert answer.total == 2
    assert latency.total == 4
    assert latency.quantile(0.2) == pytest.approx(3.0, rel=0.01)  # the third: due at 2, answered at 5
    assert latency.largest == pytest.approx(5.5, rel=0.01)  # the last: due at 3, answered at 5 and again at 8.5


def test_where_no_answer_comes_none_is_timed_and_the_lag_is_of_the_first_attempt() -> None:
    lag, answer, latency = timed([NoAnswer("timed out"), NotReached("refused")], close=3.0)
    assert (lag.total, lag.largest) == (4, 3.0)
    assert answer.total == 1
    assert latency.total == 4
