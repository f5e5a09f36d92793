"""How far a run is and how long it takes: against what a schedule says, and when it falls behind."""

from dataclasses import replace

import pytest

from clickgen.deliver.sender_context import SendCounts
from clickgen.model.timetable import Stage, Timetable
from clickgen.view.plain import progress_line
from clickgen.view.progress import all_left, current_rate, in_flight, pace_words, share_done, time_left, wanted_now
from tests.support.snapshots import a_plan, a_replay, some_figures


def test_a_run_on_schedule_needs_what_its_schedule_says() -> None:
    figures = some_figures()
    assert share_done(figures, a_plan()) == pytest.approx(5_500 / 15_000)
    assert time_left(figures, a_plan()) == pytest.approx(18.0)


def test_a_run_behind_its_schedule_goes_on_at_the_rate_it_manages() -> None:
    """However much has been released: what counts is what was accepted."""
    figures = some_figures(backlog=6.0, history=(250,) * 12, accepted=3_000, rejected=300, unknown=200)
    for released in (3_500, 15_000):
        now = replace(figures, tally=SendCounts(released=released))
        assert time_left(now, a_plan()) == pytest.approx(11_500 / 250)
        assert share_done(now, a_plan()) == pytest.approx(0.2)


def test_at_its_begin_a_run_that_is_behind_goes_by_all_of_it() -> None:
    early = some_figures(
        elapsed=4.0, backlog=2.0, history=(500, 0, 0, 0), accepted=500, sending=4.0, planned=2_000
    )
    assert time_left(early, a_plan()) == pytest.approx(1_500 / 125)


def test_a_run_that_catches_up_is_not_done_before_its_last_event_is_due() -> None:
    figures = some_figures(backlog=6.0, history=(2_500,) * 12)
    assert time_left(figures, a_plan()) == pytest.approx(18.0)


RAMP = Timetable(
    rate=0, stages=(Stage(seconds=10, rate=100), Stage(seconds=60, rate=0), Stage(seconds=30, rate=40))
)


def test_a_timetable_is_done_when_its_last_event_is_due() -> None:
    """500 events in 10 s, 3,000 in the next minute, 600 in the last half: event 4,100 is due at its very end."""
    plan = a_plan(timetable=RAMP, rate=100.0, planned=4_100)
    figures = some_figures(elapsed=70.0, planned=4_100, accepted=3_500)
    assert time_left(figures, plan) == pytest.approx(30.0)
    assert time_left(some_figures(elapsed=101.0, planned=4_100, accepted=4_100), plan) == 0.0
    assert time_left(some_figures(planned=None), plan) is None


def test_a_timetable_that_is_behind_takes_as_long_as_its_rate_needs() -> None:
    plan = a_plan(timetable=RAMP, rate=100.0, planned=4_100)
    behind = some_figures(
        elapsed=70.0,
        planned=4_100,
        accepted=1_100,
        tally=SendCounts(released=3_500),
        backlog=9.0,
        history=(50,) * 70,
    )
    assert time_left(behind, plan) == pytest.approx(60.0)
    assert time_left(replace(behind, history=(50, *[0] * 9)), plan) is None


def test_the_rate_wanted_is_that_of_the_last_five_seconds_too() -> None:
    plan = a_plan(timetable=RAMP, rate=100.0)
    wanted = [wanted_now(some_figures(elapsed=second), plan) for second in (-0.3, 5.0, 40.0, 85.0, 200.0)]
    assert wanted == ["0.0", "25.0", "54.2", "16.8", "0.0"]
    assert wanted_now(some_figures(elapsed=2.5, history=()), plan) == "25.0"
    assert wanted_now(some_figures(), a_plan()) == "500"
    assert wanted_now(some_figures(), a_plan(rate=None)) is None


def test_a_stalled_run_does_not_know() -> None:
    assert time_left(some_figures(backlog=6.0, history=(500, *[0] * 9)), a_plan()) is None


def test_at_full_speed_the_nearer_limit_counts() -> None:
    figures = some_figures(history=(3_000,) * 12)
    by_events = a_plan(rate=None, duration_s=None)
    assert time_left(figures, by_events) == pytest.approx(9_500 / 3_000)
    both = a_plan(rate=None, duration_s=14.0)
    assert time_left(figures, both) == pytest.approx(2.0)
    assert share_done(figures, both) == pytest.approx(12 / 14)


def test_an_endless_run_has_no_end_to_tell() -> None:
    endless = a_plan(planned=None, duration_s=None)
    figures = some_figures(planned=None)
    assert share_done(figures, endless) is None
    assert time_left(figures, endless) is None


def test_a_replay_as_recorded_tells_its_share_once_it_was_read_but_no_time() -> None:
    assert share_done(some_figures(planned=None), a_replay()) is None
    assert share_done(some_figures(planned=8_000), a_replay()) == pytest.approx(5_500 / 8_000)
    assert time_left(some_figures(planned=8_000), a_replay()) is None


def test_a_replay_whose_length_is_known_tells_how_far_it_is() -> None:
    recorded = a_replay().recording
    timed = a_replay(recording=recorded.model_copy(update={"events": 8_000, "takes_s": 40.0}))
    figures = some_figures(planned=None, elapsed=10.0)
    assert share_done(figures, timed) == pytest.approx(0.25)
    assert time_left(figures, timed) == pytest.approx(30.0)
    at_rate = a_replay(recording=recorded.model_copy(update={"events": 11_000}), rate=500.0)
    assert share_done(figures, at_rate) == pytest.approx(0.5)
    assert progress_line(figures, at_rate).startswith("00:10 50 %  5,500 accepted")


def test_a_run_about_to_end_has_released_everything_and_is_not_behind() -> None:
    released = some_figures(tally=SendCounts(released=15_000))
    assert all_left(released, a_plan())
    assert not all_left(replace(released, backlog=2.0), a_plan())
    assert not all_left(some_figures(), a_plan())
    assert not all_left(some_figures(planned=None), a_plan())


def test_everything_accepted_is_done_with_no_time_left() -> None:
    figures = some_figures(accepted=15_000, tally=SendCounts(released=15_000), history=(0,) * 5, backlog=2.0)
    assert share_done(figures, a_plan()) == 1.0
    assert time_left(figures, a_plan()) == 0.0


def test_the_current_rate_is_of_the_last_five_seconds() -> None:
    assert current_rate(some_figures(history=(900, 100, 100, 100, 100, 600))) == pytest.approx(200.0)
    assert current_rate(some_figures(history=())) == pytest.approx(500.0)


def test_what_a_dead_worker_took_along_never_makes_events_in_flight_negative() -> None:
    assert in_flight(some_figures(tally=SendCounts(released=5_000))) == 0
    assert in_flight(some_figures()) == 500


def test_paces_in_words() -> None:
    plans = [a_plan(), a_plan(rate=None), a_replay(), a_replay(speed=10.0)]
    assert [pace_words(plan) for plan in plans] == [
        "500/s",
        "as fast as it goes",
        "as recorded",
        "as recorded x10",
    ]
