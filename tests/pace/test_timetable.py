"""Timetables become schedules: stages, the day and the week of a profile, and spikes on top of either."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.cli.schedule import ScheduleOptions, timetable_of
from clickgen.model.errors import UsageProblem
from clickgen.model.timetable import DayCurve, Spike, Stage, Timetable
from clickgen.pace.timetable import curve_of
from clickgen.profile.load import load_profile, load_profile_text
from tests.support.simulated import START_MS

HOURS = tuple(float(hour % 24 + 1) for hour in range(24))
WEEKDAYS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4)
WEEK_S = 7 * 86_400
MONDAY_MS = 1_767_571_200_000  # 2026-01-05T00:00:00Z

weights = st.just(0.0) | st.floats(0.01, 1)
days = st.builds(
    DayCurve,
    hours=st.tuples(*[weights] * 24).filter(any),
    weekdays=st.tuples(*[weights] * 7).filter(any),
    zone=st.just("UTC"),
    utc_offset_s=st.integers(-12, 14).map(lambda hours: hours * 3600.0),
)


def a_day(offset_h: float = 0) -> DayCurve:
    return DayCurve(hours=HOURS, weekdays=WEEKDAYS, zone="X", utc_offset_s=offset_h * 3600)


def test_stages_go_in_straight_lines_and_jump_where_they_take_no_time() -> None:
    stages = (Stage(seconds=10, rate=100), Stage(seconds=0, rate=20), Stage(seconds=5, rate=20))
    curve = curve_of(Timetable(rate=50, stages=stages), 0)
    assert [curve.rate_at(second) for second in (0, 5, 9.9, 10, 14.9, 15)] == pytest.approx(
        [50, 75, 99.5, 20, 20, 0]
    )
    assert [curve.expected(second) for second in (5, 10, 15, 99)] == [312, 750, 850, 850]


def test_an_hour_has_its_weight_in_its_middle_and_the_busiest_is_the_peak() -> None:
    curve = curve_of(Timetable(rate=240, day=a_day()), MONDAY_MS)
    for weekday, share in enumerate(WEEKDAYS):
        for hour, weight in enumerate(HOURS):
            middle = weekday * 86_400 + hour * 3600 + 1800
            assert curve.rate_at(middle) == pytest.approx(10 * weight * share)
    assert curve.peak == pytest.approx(240)
    assert curve.rate_at(2 * 3600) == pytest.approx(10 * (2 + 3) / 2)


@given(days, st.integers(0, 4 * 10**12), st.floats(0, WEEK_S), st.floats(1, 1e5))
def test_a_start_later_in_the_week_is_the_same_curve_from_there_on(
    day: DayCurve, start_ms: int, later: float, peak: float
) -> None:
    timetable = Timetable(rate=peak, day=day)
    whole, part = curve_of(timetable, start_ms), curve_of(timetable, start_ms + round(later) * 1000)
    for hour in (0, 7.3, 24, 100.5, 200):
        at = hour * 3600
        assert part.rate_at(at) == pytest.approx(whole.rate_at(at + round(later)), rel=1e-6, abs=1e-6 * peak)


@given(days, st.integers(0, 4 * 10**12), st.integers(0, 60))
def test_every_week_brings_the_same(day: DayCurve, start_ms: int, weeks: int) -> None:
    curve = curve_of(Timetable(rate=1000, day=day), start_ms)
    once = curve.expected(WEEK_S)
    middles = np.outer(day.weekdays, day.hours) / np.outer(day.weekdays, day.hours).max()
    assert once == pytest.approx(middles.sum() * 3600 * 1000, abs=2)
    assert abs(curve.expected(WEEK_S * (weeks + 1)) - once * (weeks + 1)) <= weeks + 2


def test_the_zone_decides_when_the_day_begins() -> None:
    berlin = curve_of(Timetable(rate=240, day=a_day(1)), MONDAY_MS)
    assert berlin.rate_at(0) == pytest.approx(10 * (1 + 2) / 2)
    assert berlin.rate_at(22.5 * 3600) == pytest.approx(10 * HOURS[23])


def test_a_spike_multiplies_whatever_the_schedule_is_and_comes_once() -> None:
    spike = Spike(factor=10, at_s=300, length_s=30)
    constant = curve_of(Timetable(rate=50, spikes=(spike,)), 0)
    assert [constant.rate_at(second) for second in (0, 299, 300, 329, 330, 1e9)] == [50, 50, 500, 500, 50, 50]
    assert constant.expected(1000) == 50_000 + 30 * 450
    stages = curve_of(Timetable(rate=0, stages=(Stage(seconds=600, rate=600),), spikes=(spike,)), 0)
    assert [stages.rate_at(second) for second in (299, 310, 330)] == pytest.approx([299, 3100, 330])
    day = curve_of(Timetable(rate=240, day=a_day(), spikes=(spike,)), MONDAY_MS)
    plain = curve_of(Timetable(rate=240, day=a_day()), MONDAY_MS)
    assert [day.rate_at(at) / plain.rate_at(at) for at in (299, 310, 331, WEEK_S + 310)] == pytest.approx(
        [1, 10, 1, 1]
    )
    more = day.expected(20 * WEEK_S) - plain.expected(20 * WEEK_S)
    assert more == pytest.approx(9 * 30 * plain.rate_at(315), abs=2)


def test_two_spikes_at_once_multiply_and_a_factor_of_0_is_silence() -> None:
    spikes = (
        Spike(factor=2, at_s=10, length_s=20),
        Spike(factor=3, at_s=20, length_s=20),
        Spike(factor=0, at_s=50, length_s=5),
    )
    curve = curve_of(Timetable(rate=7, spikes=spikes), 0)
    assert [curve.rate_at(second) for second in (5, 15, 25, 35, 45, 52, 55)] == [7, 14, 42, 21, 7, 0, 7]
    assert curve.expected(60) == 7 * (10 + 20 + 60 + 30 + 10 + 5)


def asked(profile_text: str | None = None, **changes: Any) -> Timetable | None:
    """What `send` makes of --schedule day, but for `changes`."""
    profile = load_profile("shop") if profile_text is None else load_profile_text(profile_text, "mine.toml")
    options = ScheduleOptions((), "day", (), rate_given=False)._replace(**changes)
    return timetable_of(options, 500.0, None, profile, START_MS, 1.0)


def test_the_shop_peaks_in_its_evening() -> None:
    timetable = asked()
    assert timetable is not None
    curve = curve_of(timetable, START_MS)
    busiest = max(range(0, WEEK_S, 600), key=curve.rate_at)
    local = datetime.fromtimestamp(START_MS / 1000 + busiest, UTC).astimezone(ZoneInfo("Europe/Berlin"))
    assert local.hour == 21
    assert curve.peak == pytest.approx(500)
    assert min(curve.rate_at(at) for at in range(0, WEEK_S, 600)) > 0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("hours = [\n", "hours = [ 1.0,\n", "rhythm.hours"),
        ("weekdays = [1.00,", "weekdays = [-1.00,", "rhythm.weekdays[0]"),
        ("Europe/Berlin", "Europe/Birlin", 'rhythm.zone: there is no time zone "Europe/Birlin"'),
        ("weekdays = [", "weekday = [", 'rhythm.weekday: unknown key; did you mean "weekdays"'),
        ("weekdays = [1.00, 0.98, 0.97, 0.95, 0.88, 0.86, 0.99]", f"weekdays = {[0] * 7}", "all weights are 0"),
    ],
)
def test_a_rhythm_with_a_mistake_names_its_place(old: str, new: str, words: str) -> None:
    text = load_profile("shop").text
    assert old in text
    with pytest.raises(UsageProblem) as caught:
        load_profile_text(text.replace(old, new, 1), "mine.toml")
    assert words in caught.value.message


def test_a_profile_without_a_rhythm_has_no_day_and_says_what_to_add() -> None:
    text = load_profile("shop").text
    begin, end = text.index("[rhythm]"), text.index("[[devices]]")
    with pytest.raises(UsageProblem) as caught:
        asked(text[:begin] + text[end:])
    assert "[rhythm]" in str(caught.value.hint)
    assert asked(text[:begin] + text[end:], schedule=None) is None
