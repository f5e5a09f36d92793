"""The report's chart of rates: a schedule that is kept is drawn as it is, and what came late where it came."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.pace.schedule import ConstantRate
from clickgen.run.events import Progressed, Started, started
from clickgen.run.timeline import ON_TIME_S, Moment, Timeline, read_timeline, seconds_of
from clickgen.view.report.series import MOST_BARS, by_second, progress, rates_by_second
from tests.cli.test_report_page import moment
from tests.support.planted import CREATED_MS, HeldClock
from tests.support.snapshots import a_finish, a_plan, some_figures


@given(st.integers(1, 5_000), st.integers(1, 20), st.floats(0.001, ON_TIME_S - 0.2))
def test_events_answered_in_time_count_for_the_second_they_were_due_in(
    rate: int, seconds: int, latency: float
) -> None:
    """Whatever the batches: each second of a schedule that is kept has all of its events, and no other."""
    due = ConstantRate(rate).due(np.arange(1, rate * seconds + 1))
    counted = seconds_of(0.0, np.array([]))
    for batch in np.split(due, np.searchsorted(due, np.arange(0.1, seconds, 0.1))):
        if len(batch):
            now = float(batch[-1]) + latency
            counted += seconds_of(now, now - batch)
    assert counted.total() == len(due)
    assert counted == dict.fromkeys(range(seconds), rate)


def test_late_events_count_for_the_second_of_their_answer() -> None:
    due = np.array([0.5, 7.2, 9.0, 9.1])
    assert seconds_of(10.0, 10.0 - due) == {9: 3, 8: 1}
    assert seconds_of(3.5, np.array([3.5])) == {3: 1}
    assert seconds_of(0.0, np.array([0.0])) == {0: 1}


def kept(seconds: int, **changes: Any) -> list[Moment]:
    """A run of 500 events a second, seen every 1.034 s, whose batches are answered once a second."""
    moments, told = [], 0
    for number in range(1, round(seconds / 1.034) + 2):
        elapsed = min(number * 1.034, seconds + 0.02)
        fresh = [(second, 500) for second in range(told, int(elapsed))]
        told = int(elapsed)
        moments.append(
            moment(elapsed, 500 * told, expected=min(500 * seconds, int(500 * elapsed)), course=fresh, **changes)
        )
    return moments


def test_a_rate_that_was_kept_is_drawn_as_a_straight_line() -> None:
    rows = rates_by_second(kept(30), CREATED_MS, ConstantRate(500).expected)
    assert rows[:, 0].tolist() == pytest.approx(np.repeat(np.arange(31), 2)[1:-1].tolist(), abs=0.01)
    assert set(rows[:, 1]) == {500.0}
    assert set(rows[:, 2]) == {500.0}
    course = progress(kept(30), CREATED_MS, ConstantRate(500).expected)
    assert course is not None
    assert set(course.accepted) == {500.0}


def test_without_a_schedule_the_moments_tell_what_was_wanted() -> None:
    rows = rates_by_second(kept(30), CREATED_MS, None)
    assert rows[:-2, 1] == pytest.approx(500, rel=0.01)


def test_what_was_wanted_and_never_accepted_is_drawn_too() -> None:
    moments = [*kept(10), *(moment(s, 5_000, expected=500 * s, course=[]) for s in range(11, 21))]
    rows = rates_by_second(moments, CREATED_MS, ConstantRate(500).expected)
    assert rows[-1, 0] == pytest.approx(20, abs=1.01)
    assert rows[-1].tolist()[1:] == [500.0, 0.0]


def test_sessions_follow_each_other_with_a_gap_and_long_ones_are_drawn_in_few_bars() -> None:
    rows = rates_by_second([*kept(3_000), *kept(600, session=5_000)], CREATED_MS, None)
    assert len(rows) <= 2 * MOST_BARS + 5
    (gap,) = np.flatnonzero(np.isnan(rows[:, 0]))
    assert rows[gap - 1, 0] == pytest.approx(3_000, abs=1)
    assert rows[gap + 1, 0] == pytest.approx(5_000, abs=1)
    assert rows[:gap, 2] == pytest.approx(500.0)


def test_lines_of_earlier_versions_are_drawn_as_ever(tmp_path: Path) -> None:
    old = [moment(s, s * 10) for s in range(5)]
    assert not by_second(old)
    assert not by_second([])
    course = progress(old, CREATED_MS)
    assert course is not None
    assert course.rate_seconds.tolist() == course.seconds.tolist()


def test_a_timeline_holds_every_accepted_event_once(tmp_path: Path) -> None:
    """However often the run tells of a second that is not over."""
    clock = HeldClock(CREATED_MS)
    timeline = Timeline(tmp_path / "t", clock)
    with started(timeline):
        timeline.handle(Started(a_plan(), 1))
        for quarter in range(1, 41):
            now = quarter / 4
            course = {second: min(100, round(100 * (now - second))) for second in range(int(now) + 1)}
            timeline.handle(Progressed(figures := some_figures(elapsed=now, course=course)))
        timeline.handle(a_finish(figures=figures))
    counted: dict[int, int] = {}
    for noted in read_timeline(tmp_path / "t"):
        for second, events in noted.course or []:
            counted[second] = counted.get(second, 0) + events
    assert counted == dict.fromkeys(range(10), 100)
