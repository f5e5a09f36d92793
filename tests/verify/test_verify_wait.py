"""Waiting: pending is never called lost, and nobody waits longer than something can still come."""

from pathlib import Path

import pytest

from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outcome import State
from clickgen.verify.proof.compare.report import Verdict
from clickgen.verify.proof.delivery import Looked, NotDrained, Notice, Waiting
from clickgen.verify.proof.found.landing import Reading
from tests.support.planted import AFTER_DEADLINE_MS, CREATED_MS, SENT_MS, HeldClock, Planted, events, found, lines


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 100 accepted events, sent at SENT_MS; the buffer hint of 60 s makes the deadline 150 s later."""
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def test_returns_at_once_when_all_is_there(run: Planted) -> None:
    run.put("1", lines(events(0, 100)))
    clock = HeldClock(SENT_MS + 1000)
    assert run.verify(clock=clock).verdict is Verdict.VERIFIED
    assert clock.slept == 0


def test_what_comes_while_waiting_is_found_and_ends_the_wait(run: Planted) -> None:
    run.put("1", lines(events(0, 50)))

    def land(now_ms: int) -> None:
        if now_ms >= SENT_MS + 70_000:
            run.put("2", lines(events(50, 100)), landed_ms=SENT_MS + 70_000)

    clock = HeldClock(SENT_MS + 1000, land)
    told: list[Notice] = []
    report = run.verify(clock=clock, tell=told.append)
    assert found(report) == {"delivered": 100}
    assert 69 <= clock.slept <= 80
    assert [notice.objects for notice in told if isinstance(notice, Reading)] == [1, 1]
    assert any(isinstance(notice, Waiting) and notice.absent == 50 for notice in told)


def test_is_missing_only_after_the_deadline_of_the_buffer(run: Planted) -> None:
    clock = HeldClock(SENT_MS + 1000)
    report = run.verify(clock=clock)
    assert found(report) == {"missing": 100}
    assert clock.slept == pytest.approx(149, abs=1)


def test_a_wait_that_ends_before_the_deadline_leaves_it_pending(run: Planted) -> None:
    run.put("1", lines(events(0, 50)))
    clock = HeldClock(SENT_MS + 1000)
    report = run.verify(clock=clock, wait=20.0)
    assert found(report) == {"delivered": 50, "pending": 50}
    assert report.verdict is Verdict.INCOMPLETE
    assert report.absent == [(0, 50, 99)]
    assert clock.slept == pytest.approx(20, abs=0.01)


def test_damage_outweighs_what_is_pending(run: Planted) -> None:
    run.put("1", lines(events(0, 50)) + b'{"cut')
    assert run.verify(clock=HeldClock(SENT_MS + 1000), wait=0.0).verdict is Verdict.ANOMALOUS


def test_a_longer_wait_goes_on_past_the_deadline(run: Planted) -> None:
    late_ms = AFTER_DEADLINE_MS + 200_000

    def land(now_ms: int) -> None:
        if now_ms >= late_ms:
            run.put("1", lines(events(0, 100)), landed_ms=late_ms)

    assert found(run.verify(clock=HeldClock(SENT_MS, land), wait=600.0)) == {"delivered": 100}


def test_staying_sees_late_copies(run: Planted) -> None:
    run.put("1", lines(events(0, 100)))

    def land(now_ms: int) -> None:
        if now_ms >= SENT_MS + 120_000:
            run.put("2", lines(events(0, 10)), landed_ms=SENT_MS + 120_000)

    clock = HeldClock(SENT_MS + 1000, land)
    assert found(run.verify(clock=clock, stay=True)) == {"delivered": 100, "unexplained": 10}
    assert clock.slept == pytest.approx(149, abs=1)


def test_a_drained_lake_is_not_waited_for(run: Planted) -> None:
    drained: list[bool] = []

    def drain() -> None:
        drained.append(True)
        run.put("1", lines(events(0, 99)))

    clock = HeldClock(SENT_MS + 1000)
    assert found(run.verify(clock=clock, drain=drain)) == {"delivered": 99, "missing": 1}
    assert (clock.slept, drained) == (0, [True])


def test_a_lake_that_cannot_be_drained_is_told_and_waited_for(run: Planted) -> None:
    def drain() -> None:
        raise EnvironmentProblem("another server holds the lake")

    told: list[Notice] = []
    report = run.verify(clock=HeldClock(SENT_MS + 1000), tell=told.append, drain=drain, wait=5.0)
    assert found(report) == {"pending": 100}
    assert NotDrained("another server holds the lake") in told


def test_a_live_run_is_incomplete_and_not_waited_for(run: Planted) -> None:
    run.put("1", lines(events(0, 90)))
    clock = HeldClock(AFTER_DEADLINE_MS)
    with run.run.held():
        report = run.verify(clock=clock)
    assert found(report) == {"delivered": 90, "pending": 10}
    assert (report.verdict, report.live, clock.slept) == (Verdict.INCOMPLETE, True, 0)


def test_a_live_run_is_waited_for_when_asked(run: Planted) -> None:
    def more(now_ms: int) -> None:
        if now_ms >= AFTER_DEADLINE_MS + 30_000:
            held.__exit__(None, None, None)
            run.put("1", lines(events(0, 100)))

    held = run.run.held()
    with held:
        report = run.verify(clock=HeldClock(AFTER_DEADLINE_MS, more), wait=60.0)
    assert report.verdict is Verdict.VERIFIED


def test_an_object_that_was_rewritten_is_read_again(run: Planted) -> None:
    run.put("1", lines(events(0, 50)))

    def rewrite(now_ms: int) -> None:
        run.put("1", lines(events(0, 100)), landed_ms=now_ms)

    clock = HeldClock(SENT_MS + 1000, rewrite)
    report = run.verify(clock=clock)
    assert found(report) == {"delivered": 100}
    assert report.objects == 1


def test_what_is_older_than_the_run_is_not_read(run: Planted) -> None:
    run.put("1", lines(events(0, 100)))
    run.put("0", b"no event at all", landed_ms=CREATED_MS - 300_001)
    run.put("2", b"", landed_ms=CREATED_MS - 300_000)  # clocks may differ by so much
    told: list[Notice] = []
    assert found(run.verify(tell=told.append)) == {"delivered": 100}
    assert [(notice.objects, notice.older) for notice in told if isinstance(notice, Reading)] == [(2, 1)]


def test_nothing_but_unknown_events_are_not_waited_for(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 10, State.UNKNOWN)
    clock = HeldClock(SENT_MS)
    report = run.verify(clock=clock)
    assert (report.verdict, found(report), clock.slept) == (Verdict.INCOMPLETE, {}, 0)


@pytest.mark.parametrize(("early_ms", "verdict"), [(1, Verdict.INCOMPLETE), (0, Verdict.ANOMALOUS)])
def test_at_the_deadline_to_the_millisecond_it_is_missing(run: Planted, early_ms: int, verdict: Verdict) -> None:
    clock = HeldClock(SENT_MS + 150_000 - early_ms)
    assert run.verify(clock=clock, wait=0.0).verdict is verdict
    assert clock.slept == 0


def test_looks_no_more_once_the_time_is_up(run: Planted) -> None:
    told: list[Notice] = []
    run.verify(clock=HeldClock(SENT_MS + 1000), tell=told.append, wait=0.0)
    assert [type(notice) for notice in told if not isinstance(notice, Reading)] == [Looked]
