"""The time of day jumps in mid-run, as after a suspend or a wrong NTP server: nothing but times is wrong."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.deliver.allowance import BilledBytesCap
from clickgen.deliver.delivery import Delivery
from clickgen.deliver.sender_context import Patience
from clickgen.ledger.folder import Home
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.batch import Batch, CallRefused, CallResult, NoAnswer, Refusal
from clickgen.model.destination import FirehoseDestination
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.report import Verdict
from tests.deliver.test_delivery import PatientCourier, ScriptedSink, batch_of, states
from tests.support.planted import (
    AFTER_DEADLINE_MS,
    CREATED_MS,
    LANDED_MS,
    RUN,
    SENT_MS,
    HeldClock,
    Planted,
    events,
    found,
    lines,
)

HOUR_MS, DAY_MS = 3_600_000, 86_400_000


class JumpingClock:
    """Monotonic time goes on; each look at the time of day finds it further off."""

    def __init__(self, jumps_ms: Sequence[int]) -> None:
        self.seconds = 0.0
        self._jumps = list(jumps_ms)
        self._wall_ms = SENT_MS

    def now(self) -> float:
        return self.seconds

    def wall_ms(self) -> int:
        if self._jumps:
            self._wall_ms += self._jumps.pop(0)
        return self._wall_ms + round(self.seconds * 1000)

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


jumps = st.lists(st.sampled_from([0, -HOUR_MS, DAY_MS, 40 * DAY_MS]), max_size=12)
results = st.lists(
    st.sampled_from([NoAnswer("silent"), CallRefused(Refusal.TRANSIENT, "InternalFailure", "broken")]), max_size=6
)


@given(jumps, results)
def test_patience_and_states_do_not_depend_on_the_time_of_day(
    jumps_ms: list[int], script: list[CallResult]
) -> None:
    ends = []
    for clock in (JumpingClock([]), JumpingClock(jumps_ms)):
        sink = ScriptedSink(script)
        delivery = Delivery(batch_of(4), PatientCourier(sink, clock, BilledBytesCap(None), Patience(attempts=4)))
        delivery.run()
        ends.append((states(delivery), [outcome.attempts for outcome in delivery.outcomes()], len(sink.calls)))
    assert ends[0] == ends[1]


def test_what_was_sent_while_the_clock_was_wrong_is_in_the_ledger_as_it_was(tmp_path: Path) -> None:
    plan = Plan(
        run=RUN,
        command="send",
        created_ms=CREATED_MS,
        start_ms=CREATED_MS,
        lanes=2,
        planned=2_008,
        destination=FirehoseDestination(stream="clicks"),
    )
    folder = Home(tmp_path).new_run(RUN)
    folder.write_plan(plan)
    ledger = LedgerWriter(folder.ledger_file)
    batch: Batch = batch_of(4)
    for jump in (0, -HOUR_MS, DAY_MS):
        ledger.lease([Lease(batch.lane, batch.first, batch.first + 4)])
        clock = JumpingClock([0, jump])  # between a call and its answer
        delivery = Delivery(batch, PatientCourier(ScriptedSink([]), clock, BilledBytesCap(None)))
        delivery.run()
        ledger.note(delivery.outcomes())
        [outcome] = delivery.outcomes()
        assert outcome.answered_ms - outcome.sent_ms == jump
    ledger.close()
    claims = read_claims(folder, plan)
    assert claims.account().accepted == 4
    assert claims.account().closed
    assert claims.lanes[1].sends["attempts"].sum() == 3


def note(run: Planted, first: int, end: int, sent_ms: int) -> None:
    """Note events that were sent when the time of day was that."""
    ledger = LedgerWriter(run.run.ledger_file)
    ledger.lease([Lease(0, first, end)])
    ledger.note([Outcome(0, first, end, State.ACCEPTED, 1, sent_ms, sent_ms)])
    ledger.close()


@pytest.mark.parametrize("jump", [-HOUR_MS, DAY_MS])
def test_verification_finds_what_was_sent_and_landed_while_the_clock_was_wrong(tmp_path: Path, jump: int) -> None:
    run = Planted(tmp_path)
    note(run, 0, 10, SENT_MS)
    note(run, 10, 20, SENT_MS + jump)
    run.put("right", lines(events(0, 10)))
    run.put("wrong", lines(events(10, 20)), landed_ms=LANDED_MS + jump)
    report = run.verify(clock=HeldClock(AFTER_DEADLINE_MS + max(0, jump)))
    assert found(report) == {"delivered": 20}
    assert report.verdict is Verdict.VERIFIED


def test_an_event_that_landed_before_it_was_sent_took_no_time(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    note(run, 0, 10, SENT_MS + DAY_MS)
    run.put("landed", lines(events(0, 10)))
    report = run.verify(clock=HeldClock(AFTER_DEADLINE_MS + DAY_MS))
    assert found(report) == {"delivered": 10}
    assert (report.latencies.sent.quantile(0.5), report.latencies.sent.largest) == (0.0, 0.0)
