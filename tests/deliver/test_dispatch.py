"""The dispatcher on a held clock: gaps are kept, calls are bounded, and who is late takes along what is due."""

import threading
from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.deliver.call_bound import CallBound
from clickgen.deliver.dispatch import AHEAD_S, Dispatcher
from clickgen.deliver.lane_queue import LaneQueue, Linger
from clickgen.deliver.pack import Packing
from clickgen.model.batch import Batch
from clickgen.sink.firehose import LIMITS
from tests.deliver.test_lane_queue import block
from tests.support.held_clock import HeldClock

NONE = Linger(0.0, 0.0)


class HeldCondition(threading.Condition):
    """Waits by moving a held clock."""

    def __init__(self, clock: HeldClock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        """Let the time pass at once."""
        assert timeout is not None, "nothing would ever wake it"
        self._clock.sleep(max(timeout, 1e-9))  # less would not move the hands
        return False


def dispatched(
    lanes: Sequence[Sequence[float]],
    linger: Linger = NONE,
    calls: CallBound | None = None,
    busy_s: float = 0.0,
) -> list[tuple[float, Batch]]:
    """When each batch was handed off; every lane is known and leased to its end. busy_s: of each hand-off."""
    clock = HeldClock()
    queues = {lane: LaneQueue(lane, 0, Packing(LIMITS), linger) for lane in range(len(lanes))}
    for lane, due in enumerate(lanes):
        queues[lane].push(block(0, [b"{}"] * len(due), list(due), lane))
        queues[lane].grant(len(due))
        queues[lane].end()
    seen: list[tuple[float, Batch]] = []

    def hand_off(batch: Batch) -> bool:
        seen.append((clock.now(), batch))
        clock.sleep(busy_s)
        return True

    condition = HeldCondition(clock)
    Dispatcher(queues, hand_off, clock, condition=condition, on_release=lambda: None, calls=calls).run()
    return seen


def lanes(least_gap: float) -> st.SearchStrategy[list[list[float]]]:
    """Due times of one to four lanes."""
    gaps = st.lists(st.floats(least_gap, 0.2), min_size=1, max_size=100)
    return st.lists(gaps.map(lambda gaps: np.cumsum(gaps).tolist()), min_size=1, max_size=4)


@settings(max_examples=50)
@given(lanes(0.01))
def test_every_event_leaves_at_its_time_where_nothing_forbids_it(lanes: list[list[float]]) -> None:
    for handed_off, batch in dispatched(lanes):
        assert batch.events == 1
        assert 0 <= batch.close - batch.due[0] < 1e-9
        assert handed_off <= max(batch.close, 0.0)
        assert handed_off >= batch.close - AHEAD_S - 1e-9


@settings(max_examples=50)
@given(lanes(0.0), st.integers(5, 100), st.sampled_from([0.0, 0.05]))
def test_calls_keep_to_the_bound_and_nothing_leaves_before_it_is_due(
    lanes: list[list[float]], most: int, linger_s: float
) -> None:
    seen = dispatched(lanes, Linger(linger_s, linger_s), CallBound(most))
    assert sum(batch.events for _, batch in seen) == sum(map(len, lanes))
    closes = [batch.close for _, batch in seen]
    for _, batch in seen:
        assert batch.due[-1] <= batch.close
    for index, close in enumerate(closes):
        assert sum(close <= other < close + 1 for other in closes[index:]) <= most + 1


def test_events_that_have_to_wait_for_their_call_share_it() -> None:
    due = [0.001 * number for number in range(1000)]
    seen = dispatched([due], calls=CallBound(100))
    assert len(seen) < 125
    assert max(batch.close - batch.due[0] for _, batch in seen) < 0.012


def test_who_is_late_takes_along_what_is_due_by_then() -> None:
    due = [0.01 * number for number in range(100)]
    seen = dispatched([due], busy_s=0.1)
    assert sum(batch.events for _, batch in seen) == 100
    assert len(seen) <= 13
    assert [number for _, batch in seen for number in range(batch.first, batch.first + batch.events)] == [
        *range(100)
    ]


def test_lanes_take_turns_where_calls_are_short() -> None:
    due = [0.001 * number for number in range(500)]
    seen = dispatched([due, due], calls=CallBound(50))
    lanes = [batch.lane for _, batch in seen]
    assert abs(lanes.count(0) - lanes.count(1)) <= 1
