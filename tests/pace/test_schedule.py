"""Schedules are arithmetic: expected and due agree with each other, and lanes share them out."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clickgen.model.destination import FirehoseDestination
from clickgen.model.plan import Plan
from clickgen.pace.curve import Piece, RateCurve
from clickgen.pace.schedule import ConstantRate, LaneSchedule, Schedule

rates = st.floats(0.001, 1e6)
pieces = st.builds(
    Piece,
    st.just(0.0) | st.floats(1e-3, 1e5),
    st.just(0.0) | st.floats(1e-3, 1e6),
    st.just(0.0) | st.floats(1e-3, 1e6),
)


@st.composite
def curves(draw: st.DrawFn) -> RateCurve:
    """Ramps, jumps and stretches at rate 0; some of them end, some go on at a rate, some repeat."""
    drawn = draw(st.lists(pieces, min_size=1, max_size=8))
    match draw(st.sampled_from(["ends", "goes on", "repeats"])):
        case "goes on":
            rate = draw(rates)
            return RateCurve([*drawn, Piece(math.inf, rate, rate)])
        case "repeats":
            return RateCurve(drawn, repeat_from=draw(st.integers(0, len(drawn) - 1)))
        case _:
            return RateCurve(drawn)


schedules = curves() | st.builds(ConstantRate, rates)


def due_of(schedule: Schedule, number: int) -> float:
    return float(schedule.due(np.array([number]))[0])


def area(stretches: list[Piece]) -> float:
    """What the pieces amount to, each a trapezium."""
    return math.fsum(piece.seconds * (piece.begin + piece.end) / 2 for piece in stretches)


@given(schedules, st.integers(1, 10**9))
def test_an_event_is_expected_exactly_when_it_is_due(schedule: Schedule, number: int) -> None:
    due = due_of(schedule, number)
    assume(due < math.inf)
    assert schedule.expected(due) >= number
    assert schedule.expected(float(np.nextafter(due, -1))) < number


@given(schedules, st.integers(1, 10**9))
def test_due_times_never_fall(schedule: Schedule, number: int) -> None:
    due = schedule.due(np.arange(number, number + 1000))
    assert (due[1:] >= due[:-1]).all()
    assert due[0] >= 0


@given(schedules, st.integers(1, 10**6), st.integers(1, 1000))
def test_a_due_time_is_the_same_whichever_others_are_asked_for(schedule: Schedule, first: int, step: int) -> None:
    numbers = np.arange(first, first + 20 * step, step)
    assert schedule.due(numbers).tolist() == [due_of(schedule, int(number)) for number in numbers]


@given(schedules, st.floats(0, 1e6), st.floats(0, 1e6))
def test_expected_never_falls(schedule: Schedule, some: float, more: float) -> None:
    assert schedule.expected(some) <= schedule.expected(some + more)


@given(st.lists(pieces, min_size=1, max_size=8))
def test_all_pieces_together_bring_the_sum_of_their_areas(stretches: list[Piece]) -> None:
    curve = RateCurve(stretches)
    total = area(stretches)
    assert abs(curve.expected(curve.length) - total) <= 1 + 1e-12 * total
    assert curve.expected(curve.length + 1e6) == curve.expected(curve.length)
    assert due_of(curve, curve.expected(curve.length) + 1) == math.inf
    for whole in range(1, len(stretches)):
        at = math.fsum(piece.seconds for piece in stretches[:whole])
        assert abs(curve.expected(at) - area(stretches[:whole])) <= 1 + 1e-9 * total


@given(st.lists(pieces, min_size=1, max_size=6), st.data())
def test_what_repeats_brings_the_same_each_time(stretches: list[Piece], data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(stretches) - 1))
    curve = RateCurve(stretches, repeat_from=start)
    period = math.fsum(piece.seconds for piece in stretches[start:])
    assume(period > 0)
    times = data.draw(st.integers(0, 1000))
    total = area(stretches) + times * area(stretches[start:])
    end = math.fsum(piece.seconds for piece in stretches) + times * period
    slack = 1 + 1e-9 * total + curve.peak * math.ulp(end) * 4
    assert abs(curve.expected(end) - total) <= slack
    # from running sums, in which a small period behind large pieces drowns; simulated events depend on these bits
    mean = area(stretches[start:]) / period
    lost = (
        1e-15 * area(stretches) + 4 * mean * math.ulp(math.fsum(piece.seconds for piece in stretches))
    ) / period
    assert curve.mean == pytest.approx(mean, abs=lost)
    if total > 2:
        assert due_of(curve, math.floor(total * (1 - 1e-9)) - 1) <= end + 1e-6


@given(rates, st.integers(1, 10**9), st.floats(0, 1e6))
def test_a_flat_curve_is_a_constant_rate(rate: float, number: int, seconds: float) -> None:
    constant = ConstantRate(rate)
    for flat in (RateCurve([Piece(math.inf, rate, rate)]), RateCurve([Piece(1e13, rate, rate)])):
        assert due_of(flat, number) == due_of(constant, number)
        assert flat.expected(seconds) == constant.expected(seconds)
        assert (flat.rate_at(seconds), flat.peak) == (constant.rate_at(seconds), constant.peak)
        assert flat.mean == pytest.approx(constant.mean)


def test_a_ramp_in_whole_numbers() -> None:
    """From 0 to 4/s in 2 s: the integral is t², so event n is due at √n; then 3 s of nothing; then 1/s."""
    curve = RateCurve([Piece(2, 0, 4), Piece(3, 0, 0), Piece(2, 1, 1)])
    assert curve.due(np.arange(1, 8)).tolist() == pytest.approx([1, 2**0.5, 3**0.5, 2, 6, 7, math.inf])
    assert [curve.expected(t) for t in (-1, 0, 0.99, 1, 1.99, 2, 4.9, 5, 6, 7, 100)] == [
        *(0, 0, 0, 1, 3, 4, 4, 4, 5, 6, 6)
    ]
    assert [curve.rate_at(t) for t in (-1, 0, 1, 2, 4, 5, 6.9, 7)] == [0, 0, 2, 0, 0, 1, 1, 0]
    assert (curve.peak, curve.length) == (4, 7)


def test_a_period_after_a_beginning() -> None:
    curve = RateCurve([Piece(5, 2, 2), Piece(1, 0, 0), Piece(1, 3, 3)], repeat_from=1)
    assert curve.expected(5) == 10
    assert [curve.expected(5 + 2 * k) for k in range(4)] == [10, 13, 16, 19]
    assert curve.due(np.array([10, 11, 13, 14, 16])).tolist() == pytest.approx([5, 6 + 1 / 3, 7, 8 + 1 / 3, 9])
    assert [curve.rate_at(t) for t in (4.5, 5.5, 6.5, 7.5, 8.5, 1005.5, 1006.5)] == [2, 0, 3, 0, 3, 0, 3]
    assert curve.length == math.inf


def test_nothing_at_all_is_never_due() -> None:
    for empty in (RateCurve([]), RateCurve([Piece(60, 0, 0)]), RateCurve([Piece(60, 0, 0)], repeat_from=0)):
        assert due_of(empty, 1) == math.inf
        assert empty.expected(1e9) == 0
        assert empty.peak == 0


@pytest.mark.parametrize(
    "wrong",
    [
        [Piece(1, -1, 0)],
        [Piece(-1, 1, 1)],
        [Piece(1, math.inf, 0)],
        [Piece(math.inf, 1, 2)],
        [Piece(math.inf, 1, 1), Piece(1, 1, 1)],
    ],
)
def test_a_curve_that_cannot_be_is_refused(wrong: list[Piece]) -> None:
    with pytest.raises(ValueError, match="rate"):
        RateCurve(wrong)


@given(schedules, st.sampled_from([1, 2, 4, 8, 16, 32, 64]), st.integers(0, 5000))
def test_the_lanes_share_out_every_due_time_once(schedule: Schedule, lanes: int, planned: int) -> None:
    plan = Plan(
        run="0" * 12,
        command="send",
        created_ms=0,
        start_ms=0,
        lanes=lanes,
        planned=planned,
        destination=FirehoseDestination(stream="x"),
    )
    shares = [
        LaneSchedule(schedule, lane, lanes).due(np.arange(plan.lane_planned(lane, planned)))
        for lane in range(lanes)
    ]
    assert np.array_equal(np.sort(np.concatenate(shares)), schedule.due(np.arange(1, planned + 1)))


def test_the_steps_of_a_staircase_are_found() -> None:
    curve = RateCurve([Piece(10, rate, rate) for rate in range(50)])
    due = curve.due(np.arange(1, curve.expected(500) + 1))
    assert [int(((due > a) & (due <= b)).sum()) for a, b in itertools.pairwise(range(0, 501, 10))] == [
        10 * rate for rate in range(50)
    ]
