"""Packing and batching: every event leaves once, in order, within the limits, and not later than it should."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.deliver.lane_queue import LaneQueue, Linger
from clickgen.deliver.pack import Cutter, Packing
from clickgen.model.batch import Batch, SinkLimits
from clickgen.model.block import Block

LINGER_S = 1.0
LINGER = Linger(LINGER_S, LINGER_S)
SMALL = SinkLimits(records=7, record_bytes=90, call_bytes=300, bill_unit=40, base64=True)


def block(first: int, events: list[bytes], due: list[float], lane: int = 3) -> Block:
    """A block of these events."""
    offsets = np.cumsum([0, *(len(event) + 1 for event in events)])
    return Block(lane, first, b"".join(event + b"\n" for event in events), offsets, np.array(due))


events_strategy = st.lists(
    st.tuples(st.integers(1, 100).map(lambda n: b"x" * n), st.floats(0, 0.6)), min_size=1, max_size=60
)


def drain(queue: LaneQueue) -> list[Batch]:
    """All batches that may leave now."""
    batches = []
    while (candidate := queue.candidate(math.inf)) is not None:
        batches.append(queue.take(candidate))
    return batches


@given(events_strategy, st.booleans(), st.lists(st.integers(1, 9), min_size=1), st.data())
def test_every_event_leaves_once_in_order_and_within_the_limits(
    drawn: list[tuple[bytes, float]], pack: bool, cuts: list[int], data: st.DataObject
) -> None:
    events = [event for event, _ in drawn]
    due = np.cumsum([gap for _, gap in drawn]).tolist()
    queue = LaneQueue(3, 0, Packing(SMALL, pack, record_bytes=40, record_events=4), LINGER)
    batches: list[Batch] = []
    at = 0
    while at < len(events):
        size = cuts[at % len(cuts)]
        queue.push(block(at, events[at : at + size], due[at : at + size]))
        at = min(len(events), at + size)
        queue.grant(data.draw(st.integers(0, at)))
        batches += drain(queue)
    queue.end()
    queue.grant(len(events))
    batches += drain(queue)

    assert queue.done
    left = dict(queue.oversize)
    assert all(len(event) + 1 > SMALL.record_bytes for event in left.values())
    for batch in batches:
        assert 1 <= len(batch) <= SMALL.records
        sizes = [len(batch.record(i)) for i in range(len(batch))]
        assert max(sizes) <= SMALL.record_bytes
        assert sum(SMALL.encoded(size) for size in sizes) <= SMALL.call_bytes
        assert batch.due[-1] - batch.due[0] <= LINGER_S
        assert batch.due[-1] <= batch.close <= batch.due[0] + LINGER_S
        assert batch.billed == sum(-(-size // 40) * 40 for size in sizes)
        for i in range(len(batch)):
            inside = batch.record(i).splitlines()
            assert len(inside) == batch.record_events[i + 1] - batch.record_events[i]
            assert len(inside) == 1 or (pack and len(inside) <= 4 and len(batch.record(i)) <= 40)
        for i, line in enumerate(bytes(batch.data).splitlines()):
            assert batch.first + i not in left
            left[batch.first + i] = line
    assert [left[number] for number in range(len(events))] == events


@given(st.lists(st.integers(1, 60), min_size=1, max_size=80), st.booleans(), st.data())
def test_cutting_goes_on_where_it_stopped(sizes: list[int], pack: bool, data: st.DataObject) -> None:
    packing = Packing(SMALL, pack, record_bytes=40, record_events=4)
    ends = np.cumsum(sizes)
    whole, piecewise = Cutter(packing), Cutter(packing)
    whole.add(ends)
    at = reach = 0
    while at < len(sizes):
        following = data.draw(st.integers(at + 1, len(sizes)))
        base = ends[at - 1] if at else 0
        piecewise.add(ends[at:following] - base)
        at = following
        reach = data.draw(st.integers(reach, at))
        whole.restart()
        assert piecewise.cut(reach) == whole.cut(reach)


def test_nothing_leaves_without_a_grant() -> None:
    queue = LaneQueue(0, 0, Packing(SMALL), LINGER)
    queue.push(block(0, [b"a", b"b"], [0.1, 0.2]))
    assert queue.candidate(math.inf) is None
    queue.grant(1)
    candidate = queue.candidate(math.inf)
    assert candidate is not None
    assert queue.take(candidate).events == 1
    assert queue.candidate(math.inf) is None


def test_a_batch_closes_when_it_is_full_or_old() -> None:
    queue = LaneQueue(0, 0, Packing(SMALL), LINGER)
    queue.push(block(0, [b"a"] * 9, [0.1 * n for n in range(9)]))
    queue.grant(9)
    full = queue.candidate(math.inf)
    assert full is not None
    assert full.close == pytest.approx(0.6)
    queue.take(full)
    old = queue.candidate(math.inf)
    assert old is not None
    assert old.close == pytest.approx(0.7 + LINGER_S)
    queue.end()
    last = queue.candidate(math.inf)
    assert last is not None
    assert last.close == pytest.approx(0.8)


def test_a_stop_holds_back_what_is_due_later() -> None:
    queue = LaneQueue(0, 0, Packing(SMALL), LINGER)
    queue.push(block(0, [b"a"] * 5, [1.0, 2.0, 3.0, 4.0, 5.0]))
    queue.grant(5)
    queue.end()
    taken = []
    while (candidate := queue.candidate(2.5)) is not None:
        taken.append(queue.take(candidate).events)
    assert sum(taken) == 2
    assert queue.first_due() == 3.0


def test_a_batch_that_cannot_leave_yet_takes_along_what_is_due_by_then() -> None:
    queue = LaneQueue(0, 0, Packing(SMALL), Linger(0.0, 0.0))
    queue.push(block(0, [b"a"] * 5, [1.0, 1.1, 1.2, 1.3, 1.4]))
    queue.grant(5)
    first = queue.candidate(math.inf)
    assert first is not None
    assert (first.close, first.cut.events, first.final, first.wanted) == (1.0, [0, 1], True, 1.0)
    later = queue.candidate(math.inf, since=1.25)
    assert later is not None
    assert (later.close, later.cut.events, later.wanted) == (1.25, [0, 1, 2, 3], 1.0)
    queue.push(block(5, [b"a"], [1.22]))  # what comes does not make it smaller
    assert queue.candidate(math.inf) == later
    assert queue.take(later).events == 3
    following = queue.candidate(math.inf)
    assert following is not None
    assert following.close == 1.3


@given(events_strategy, st.booleans())
def test_what_fills_a_call_can_leave_as_a_full_one(drawn: list[tuple[bytes, float]], pack: bool) -> None:
    queue = LaneQueue(3, 0, Packing(SMALL, pack, record_bytes=40, record_events=4), LINGER)
    events = [event[:80] for event, _ in drawn]
    queue.push(block(0, events, [0.0] * len(events)))
    queue.grant(len(events))
    assert queue.waiting_bytes == sum(len(event) + 1 for event in events)
    candidate = queue.candidate(math.inf)
    assert candidate is not None
    assert candidate.cut.full or not queue.fills_call
