"""Steps of a probe are made of a run's snapshots: what held, what did not and why, and how fast answers came."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.histogram import Histogram
from clickgen.run.events import Figures, Progressed
from clickgen.run.probe import Offer, ProbeStep
from clickgen.run.probe_steps import Bounds, StepWatch
from tests.support.snapshots import RUN, a_finish, some_figures

BOUNDS = Bounds(latency_s=1.0, share=0.001)
OFFERS = (Offer(1_000, 10), Offer(2_000, 10), Offer(4_000, 10))
Change = Callable[[float, Figures], Figures]


def due_by(second: float) -> int:
    """How many events of OFFERS are due by then; the last rate goes on."""
    return int(1_000 * min(second, 10) + 2_000 * min(max(0, second - 10), 10) + 4_000 * max(0, second - 20))


def figures_at(second: float, linger: float = 1.0) -> Figures:
    """A stream that takes everything at once: batches close every `linger` seconds and are answered in 50 ms.

    The run hears of an answer up to a quarter of a second later, as workers report four times a second.
    """
    accepted = due_by(max(0.0, (second - 0.05 - 0.2) // linger * linger))
    latencies = Histogram()
    latencies.add(np.full(accepted, 0.5 * linger + 0.05))
    return some_figures(
        elapsed=second,
        accepted=accepted,
        tally=SendCounts(released=accepted, sent_records=accepted, accepted_bytes=400 * accepted),
        latencies=latencies,
        backlog=0.9 * linger,
    )


def watched(change: Change = lambda _, figures: figures, seconds: float = 60.0) -> StepWatch:
    """A watch that has seen a run, four snapshots a second and a little late, until it wanted it to end."""
    watch = StepWatch(RUN, OFFERS, BOUNDS, linger_s=1.0)
    told: list[ProbeStep] = []
    for second in np.arange(0.1, seconds, 0.26).tolist():
        told += watch.take(Progressed(change(second, figures_at(second))))
        if watch.stopping:
            break
    assert told == watch.steps
    return watch


def test_all_steps_hold_and_their_rates_are_those_of_their_own_answers() -> None:
    watch = watched()
    assert watch.stopping
    assert [step.offer for step in watch.steps] == list(OFFERS)
    assert all(step.held for step in watch.steps)
    assert [step.accepted for step in watch.steps] == pytest.approx([1_000, 2_000, 4_000], rel=0.03)
    assert [step.event_bytes for step in watch.steps] == pytest.approx([400] * 3)


def test_answers_that_come_all_the_time_give_the_same_rates() -> None:
    watch = watched(lambda second, _: figures_at(second, linger=0.02))
    assert [step.accepted for step in watch.steps] == pytest.approx([1_000, 2_000, 4_000], rel=0.01)


def throttled_from(begin: float, share: float) -> Change:
    """From that second on that share of all that is sent is throttled."""

    def change(second: float, figures: Figures) -> Figures:
        over = max(0, figures.tally.sent_records - due_by(begin))
        return replace(figures, tally=replace(figures.tally, throttled=round(share * over)))

    return change


def test_a_throttled_step_is_the_last_and_the_run_is_to_end_at_once() -> None:
    watch = watched(throttled_from(12, 0.05))
    assert watch.stopping
    assert [step.trouble for step in watch.steps] == [None, "throttled"]
    assert watch.steps[0].accepted == pytest.approx(1_000, rel=0.03)


def test_a_share_that_is_tolerated_does_not_end_a_step() -> None:
    watch = watched(throttled_from(0, 0.0009))
    assert [step.held for step in watch.steps] == [True] * 3
    assert watch.steps[2].throttled == pytest.approx(0.0009, rel=0.1)


def test_throttling_that_comes_with_the_last_answers_counts() -> None:
    late = due_by(29.5)

    def change(second: float, figures: Figures) -> Figures:
        return replace(figures, tally=replace(figures.tally, throttled=500 if due_by(second) > late else 0))

    watch = watched(change)
    assert [step.trouble for step in watch.steps] == [None, None, "throttled"]


def test_records_that_are_sent_again_and_were_not_throttled_have_failed() -> None:
    def change(second: float, figures: Figures) -> Figures:
        repeated = figures.tally.sent_records // 50 if second > 10.5 else 0
        return replace(figures, tally=replace(figures.tally, retried=repeated))

    watch = watched(change)
    assert [step.trouble for step in watch.steps] == [None, "errors"]
    assert watch.steps[1].failed > BOUNDS.share


def test_events_that_were_given_up_have_failed() -> None:
    watch = watched(lambda second, figures: replace(figures, unknown=200 if second > 3 else 0))
    assert [step.trouble for step in watch.steps] == ["errors"]


def test_a_backlog_that_grows_ends_a_step() -> None:
    watch = watched(lambda second, figures: replace(figures, backlog=max(0.9, (second - 10) / 2)))
    assert [step.trouble for step in watch.steps] == [None, "behind"]


def test_latency_is_that_of_the_step_alone() -> None:
    def change(second: float, figures: Figures) -> Figures:
        latencies = Histogram()
        latencies.merge(figures.latencies)
        if second > 11:  # from 20 s on answers are quick again, but the run is over by then
            latencies.add(np.full(500, 2.5))
        return replace(figures, latencies=latencies)

    watch = watched(change)
    assert [step.trouble for step in watch.steps] == [None, "latency"]
    assert watch.steps[0].latency.p99 < 1
    assert watch.steps[1].latency.p99 == pytest.approx(2.5, rel=0.02)


def test_a_step_that_was_not_seen_to_its_end_is_none() -> None:
    watch = watched(seconds=18.0)
    assert not watch.stopping
    assert [step.offer for step in watch.steps] == [OFFERS[0]]


def test_a_step_that_held_is_not_forgotten_where_the_run_ends_before_its_answers_are_in() -> None:
    watch = watched(seconds=10.5)
    assert watch.steps == []
    closed = watch.take(a_finish())
    assert [step.held for step in closed] == [True]
    assert closed[0].accepted == pytest.approx(1_000, rel=0.05)
    assert not watch.stopping
