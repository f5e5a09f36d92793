"""Calls keep their distance: within a quota in any second, within what one interpreter makes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.deliver.call_bound import BURST_CALLS, BY_EXPRESS, BY_THREADS, CallBound


def calls(bound: CallBound, wanted: list[float]) -> list[float]:
    """When calls leave that are wanted at these seconds, each as early as it may."""
    left = []
    for at in wanted:
        left.append(max(at, bound.permitted_at))
        bound.take(left[-1])
    return left


gaps = st.lists(st.one_of(st.just(0.0), st.floats(0, 0.003), st.floats(0, 2)), min_size=1, max_size=400)


@given(gaps, st.integers(20, 500))
def test_no_second_has_more_calls_than_the_quota(gaps: list[float], most: int) -> None:
    wanted = [sum(gaps[: index + 1]) for index in range(len(gaps))]
    left = calls(CallBound(most), wanted)
    assert all(later >= earlier for earlier, later in pairwise(left))
    for index, at in enumerate(left):
        assert sum(at <= other < at + 1 for other in left[index:]) <= most + 1


def test_calls_that_are_far_enough_apart_are_never_held() -> None:
    wanted = [0.01 * number for number in range(1000)]
    assert calls(CallBound(250), wanted) == wanted


def test_a_few_calls_may_leave_together_and_then_they_come_as_fast_as_they_are_made() -> None:
    left = calls(CallBound(), [1.0] * 50)
    assert left[:BURST_CALLS] == pytest.approx([1.0] * BURST_CALLS)
    assert left[-1] - left[BURST_CALLS - 1] == pytest.approx(
        (50 - BURST_CALLS) * BY_THREADS.cost_s / BY_THREADS.share
    )


def test_dearer_calls_keep_further_apart() -> None:
    bound = CallBound()
    for _ in range(500):
        bound.cost(0.01)
    left = calls(bound, [1.0] * 50)
    assert left[-1] - left[BURST_CALLS - 1] == pytest.approx(
        (50 - BURST_CALLS) * 0.01 / BY_THREADS.share, rel=1e-3
    )


def test_by_express_no_event_waits_longer_than_the_gaps_that_are_to_be_kept() -> None:
    bound = CallBound(effort=BY_EXPRESS)
    for _ in range(500):
        bound.cost(0.01)
    assert max(b - a for a, b in pairwise(calls(bound, [1.0] * 50))) == pytest.approx(BY_EXPRESS.most_apart_s)
