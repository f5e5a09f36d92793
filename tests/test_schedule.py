"""Schedules are arithmetic: expected and due agree with each other, and lanes share them out."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.plan import Destination, Plan
from clickgen.pace.schedule import ConstantRate, LaneSchedule

rates = st.floats(0.001, 1e6)


@given(rates, st.integers(1, 10**9))
def test_an_event_is_expected_exactly_when_it_is_due(rate: float, number: int) -> None:
    schedule = ConstantRate(rate)
    due = float(schedule.due(np.array([number]))[0])
    assert schedule.expected(due) >= number
    assert schedule.expected(np.nextafter(due, 0)) < number


@given(rates, st.floats(0, 1e6))
def test_expected_never_falls_and_follows_the_rate(rate: float, seconds: float) -> None:
    schedule = ConstantRate(rate)
    assert abs(schedule.expected(seconds) - rate * seconds) <= 1 + 1e-9 * rate * seconds
    assert schedule.expected(seconds + 1) >= schedule.expected(seconds)


@given(rates, st.sampled_from([1, 2, 4, 8, 16, 32, 64]), st.integers(0, 5000))
def test_the_lanes_share_out_every_due_time_once(rate: float, lanes: int, planned: int) -> None:
    schedule = ConstantRate(rate)
    plan = Plan(
        run="0" * 12,
        command="send",
        created_ms=0,
        start_ms=0,
        lanes=lanes,
        planned=planned,
        destination=Destination(stream="x"),
    )
    shares = [
        LaneSchedule(schedule, lane, lanes).due(np.arange(plan.lane_planned(lane, planned)))
        for lane in range(lanes)
    ]
    assert np.array_equal(np.sort(np.concatenate(shares)), schedule.due(np.arange(1, planned + 1)))
