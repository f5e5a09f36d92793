"""Visits in their own time: whole, in order, as many events as are planned, and none after the last is due."""

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from clickgen.feed.due_times import NOMINAL_RATE, schedule_of
from clickgen.model.timetable import DayCurve, Timetable
from clickgen.pace.curve import RateCurve
from clickgen.pace.schedule import ConstantRate, LaneSchedule, Schedule
from clickgen.pace.timetable import curve_of
from clickgen.traffic.simulation import SimulatedLane
from tests.support.simulated import RUN, START_MS, flat, read_bytes, read_events, shop
from tests.support.snapshots import a_plan

DAY_S = 86_400.0
PAGES = shop().sessions.pages_e6 / 1e6
EVENING = DayCurve(hours=(1.0,) * 18 + (20.0,) * 6, weekdays=(1.0,) * 7, zone="UTC", utc_offset_s=0.0)


def lane_of(
    schedule: Schedule, count: int | None, *, lane: int = 0, lanes: int = 1, seed: int = 7, time_scale: float = 1.0
) -> SimulatedLane:
    return SimulatedLane(
        shop(),
        run=RUN,
        lane=lane,
        lanes=lanes,
        seed=seed,
        start_ms=START_MS,
        due=LaneSchedule(schedule, lane, lanes).due,
        rate=schedule.rate_at(0.0) / lanes / time_scale,
        mean_rate=schedule.mean / lanes / time_scale,
        count=count,
        layout=flat(),
        block_s=np.inf if time_scale == 1 else 0.5,
        time_scale=time_scale,
        whole_visits=True,
    )


def times_s(lane: SimulatedLane) -> NDArray[np.float64]:
    """The event times of a lane, in seconds since the start."""
    texts = [event["event_time"].removesuffix("Z") for event in read_events(lane)]
    return (np.array(texts, dtype="datetime64[ms]").astype(np.int64) - START_MS) / 1000


def test_visits_have_the_pages_that_they_have_in_the_long_run() -> None:
    events = read_events(lane_of(ConstantRate(20_000 / DAY_S), 20_000))
    visits: dict[str, list[int]] = defaultdict(list)
    for event in events:
        visits[event["session_id"]].append(event["page_number"])
    assert len(events) / len(visits) == pytest.approx(PAGES, rel=0.06)
    assert all(pages == list(range(pages[0], pages[0] + len(pages))) for pages in visits.values())
    cut = sum(pages[0] > 1 for pages in visits.values())
    assert cut <= 30  # those that were under way at the start


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 4000), st.floats(1.0, DAY_S), st.integers(0, 2**32), st.sampled_from([1, 2, 16]))
def test_all_events_are_there_in_order_and_none_is_later_than_the_last_is_due(
    count: int, span_s: float, seed: int, lanes: int
) -> None:
    schedule = ConstantRate(count * lanes / span_s)
    times = times_s(lane_of(schedule, count, lane=lanes - 1, lanes=lanes, seed=seed))
    assert len(times) == count
    assert (np.diff(times) >= 0).all()
    assert times[0] >= 0
    assert times[-1] <= span_s + 0.001


def test_the_events_keep_to_the_schedule_and_end_with_it() -> None:
    times = times_s(lane_of(ConstantRate(20_000 / DAY_S), 20_000))
    behind = times - np.arange(1, 20_001) * DAY_S / 20_000
    assert np.abs(behind).max() < 0.02 * DAY_S
    assert DAY_S - times[-1] < 600


def test_the_hours_of_the_day_are_followed() -> None:
    curve = curve_of(Timetable(rate=1.0, day=EVENING), 0)
    assert isinstance(curve, RateCurve)
    count = curve.expected(DAY_S)
    times = times_s(lane_of(curve, count))
    assert (times >= 18 * 3600).mean() == pytest.approx(1 - curve.expected(18 * 3600) / count, abs=0.03)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 9999))
def test_reading_may_begin_at_any_event(number: int) -> None:
    schedule = ConstantRate(10_000 / DAY_S)
    whole, part = lane_of(schedule, 10_000), lane_of(schedule, 10_000)
    part.skip_to(number)
    assert read_bytes(part) == b"\n".join([*read_bytes(whole).splitlines()[number:], b""])


def test_events_whose_time_is_scaled_are_released_in_real_time() -> None:
    lane = lane_of(ConstantRate(100.0), 2000, time_scale=60.0)
    due: list[float] = []
    while (block := lane.next_block()) is not None:
        due += block.due.tolist()
        assert block.due[-1] - block.due[0] <= 0.5
    assert due == pytest.approx([(number + 1) / 100 for number in range(2000)])
    times = times_s(lane_of(ConstantRate(100.0), 2000, time_scale=60.0))
    assert np.abs(times - np.array(due) * 60).max() < 120
    assert times[-1] <= 1200


def test_where_slots_are_close_together_scaled_times_are_exactly_those_of_the_slots() -> None:
    lane = SimulatedLane(
        shop(),
        run=RUN,
        lane=0,
        lanes=1,
        seed=7,
        start_ms=START_MS,
        due=LaneSchedule(ConstantRate(4000.0), 0, 1).due,
        rate=2000.0,
        count=8000,
        layout=flat(),
        time_scale=2.0,
    )
    assert times_s(lane) == pytest.approx(np.floor(np.arange(1, 8001) / 2000 * 1000 + 1e-6) / 1000)


def test_a_run_of_an_earlier_version_is_simulated_as_it_was() -> None:
    schedule = schedule_of(a_plan(rate=None, duration_s=None, planned=100))
    assert schedule is not None
    assert (schedule.mean, float(schedule.due(np.array([16_000]))[0])) == (NOMINAL_RATE, 1.0)
