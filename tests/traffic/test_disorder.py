"""Planted disorder: exactly the events that the plan decides on are treated, each as it says, and no other."""

import math
from datetime import datetime
from itertools import pairwise

import numpy as np
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyroaring import BitMap64

from clickgen.deliver.lane_queue import LaneQueue, Linger
from clickgen.deliver.pack import Packing
from clickgen.model.disorder import Disorder, Drift
from clickgen.model.event_id import ID_LENGTH, checksum, needle, parse_id
from clickgen.sink.firehose import LIMITS
from clickgen.traffic.disorder.damage import damaged
from clickgen.traffic.disorder.decisions import COPY_REACH, Decisions, first_due
from clickgen.traffic.disorder.drift import Drifting
from tests.support.disordered import RATE, SEED, blocks_of, disordered_lane, events_of, lines_of
from tests.support.simulated import RUN

COUNT = 4000


def sound(count: int = COUNT) -> list[bytes]:
    """The events as they are without disorder."""
    return events_of(blocks_of(disordered_lane(None, count)))


def time_ms(event: bytes) -> int:
    return round(datetime.fromisoformat(orjson.loads(event)["event_time"]).timestamp() * 1000)


def rest(event: bytes) -> dict[str, object]:
    """What an event tells but for its id and time."""
    told: dict[str, object] = orjson.loads(event)
    del told["event_id"], told["event_time"]
    return told


def is_sealed(event: bytes, number: int) -> bool:
    at = event.find(needle(RUN))
    event_id = parse_id(event[at : at + ID_LENGTH])
    return event_id is not None and event_id.number == number and checksum(event, at) == event_id.check


def decisions(disorder: Disorder, count: int | None = COUNT) -> Decisions:
    return Decisions(disorder, seed=SEED, lane=0, count=count)


NUMBERS = np.arange(COUNT)


def test_late_events_lie_up_to_so_long_before_their_release() -> None:
    disorder = Disorder(late=0.1, late_s=30)
    events = events_of(blocks_of(disordered_lane(disorder, COUNT)))
    by = np.array([time_ms(before) - time_ms(event) for before, event in zip(sound(), events, strict=True)])
    assert by.tolist() == decisions(disorder).late_ms(NUMBERS).tolist()
    assert 0.08 < (by > 0).mean() < 0.12
    assert 0 < by[by > 0].min() < 1000
    assert 29_000 < by.max() <= 30_000
    assert by[by > 0].mean() == pytest.approx(15_000, rel=0.1)
    assert all(is_sealed(event, number) for number, event in enumerate(events))


@pytest.mark.parametrize("rate", [0.4, RATE], ids=["an event a window", "many a window"])
@pytest.mark.parametrize("count", [500, 501])
def test_swapped_neighbours_tell_what_the_other_would_have(rate: float, count: int) -> None:
    disorder = Disorder(reorder=0.3)
    before = events_of(blocks_of(disordered_lane(None, count, rate=rate)))
    blocks = blocks_of(disordered_lane(disorder, count, rate=rate))
    swapped = decisions(disorder, count).swapped(np.arange(count))
    after = events_of(blocks)
    for number, event in enumerate(after):
        other = before[number ^ 1 if swapped[number] else number]
        assert (rest(event), time_ms(event)) == (rest(other), time_ms(other))
        assert is_sealed(event, number)
    assert 0.2 < swapped.mean() < 0.4
    due = np.concatenate([block.due for block in blocks])
    assert due.tolist() == [(number + 1) / rate for number in range(count)]


def test_copies_are_bytes_of_their_events_and_follow_soon() -> None:
    disorder = Disorder(duplicate=0.2)
    lines = lines_of(blocks_of(disordered_lane(disorder, COUNT)))
    carriers = decisions(disorder).carriers(NUMBERS)
    copied = np.flatnonzero(carriers >= 0).tolist()
    assert 0.18 < len(copied) / COUNT < 0.22
    assert len(lines) == COUNT + len(copied)
    first_at: dict[bytes, int] = {}
    again: dict[bytes, int] = {}
    for position, line in enumerate(lines):
        (again if line in first_at else first_at)[line] = position
    events = sound()
    assert list(first_at) == events
    assert set(again) == {events[number] for number in copied}
    for number in copied:
        event, carrier = events[number], events[carriers[number]]
        assert first_at[events[number + 1]] <= first_at[carrier] < again[event]
        assert carriers[number] - number <= COPY_REACH


def test_only_the_chosen_events_are_malformed_and_most_still_show_their_id() -> None:
    disorder = Disorder(malformed=0.2)
    events = events_of(blocks_of(disordered_lane(disorder, COUNT)))
    malformed = decisions(disorder).malformed(NUMBERS)
    bad = []
    for number, (before, event) in enumerate(zip(sound(), events, strict=True)):
        assert (event != before) == malformed[number]
        if malformed[number]:
            bad.append(event)
    assert 0.17 < len(bad) / COUNT < 0.23
    assert b"" in bad
    assert sum(needle(RUN) in event for event in bad) / len(bad) > 0.8
    readable = sum(is_json(event) for event in bad) / len(bad)
    assert 0.15 < readable < 0.35  # a wrong type is JSON still


def is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


@given(st.binary(min_size=2).filter(lambda event: b"\n" not in event), st.integers(0, 2**64 - 1))
def test_damage_always_shows_and_never_makes_lines(event: bytes, bits: int) -> None:
    assert damaged(event, bits) != event
    assert b"\n" not in damaged(event, bits)


@pytest.mark.parametrize(
    ("field", "renamed", "number", "text"),
    [("page_number", None, str, None), ("page", None, None, dict), ("page", "path", None, str)],
)
def test_a_field_drifts_from_its_moment_on(
    field: str, renamed: str | None, number: type | None, text: type | None
) -> None:
    at_s = 3.21
    drift = Drift(field=field, at_s=at_s, renamed=renamed)
    events = events_of(blocks_of(disordered_lane(Disorder(drift=(drift,)), COUNT)))
    since = next(n for n in range(COUNT) if (n + 1) / RATE >= at_s)
    for position, (before, event) in enumerate(zip(sound(), events, strict=True)):
        assert is_sealed(event, position)
        if position < since:
            assert event == before
            continue
        told, usual = rest(event), rest(before)
        value, changed = usual.pop(field), told.pop(renamed or field)
        assert told == usual
        assert type(changed) is (number or text)
        assert changed == (str(value) if number else {"value": value} if text is dict else value)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b", 'a"b', "\\"]),
            st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text() | st.lists(st.just(1)),
        ),
        min_size=1,
    ),
    st.sampled_from(["a", "b", 'a"b', "\\"]),
    st.booleans(),
)
def test_drift_changes_that_field_and_nothing_else(
    events: list[dict[str, object]], field: str, rename: bool
) -> None:
    lines = [orjson.dumps({"x": [event]}) for event in events]
    offsets = np.cumsum([0, *(len(line) + 1 for line in lines)])
    data = b"".join(line + b"\n" for line in lines)
    drift = Drifting(Drift(field=field, at_s=0, renamed="new" if rename else None))
    changed, places = drift.changed(data, offsets)
    assert places[-1] == len(changed)
    for line, (begin, end) in zip(lines, pairwise(places.tolist()), strict=True):
        (told,) = orjson.loads(changed[begin:end])["x"]
        (usual,) = orjson.loads(line)["x"]
        if field in usual:
            value = usual.pop(field)
            expected = value if rename else drifted(value)
            assert told.pop("new" if rename else field) == expected
        assert told == usual


def drifted(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return {"value": value} if isinstance(value, str) else value


disorders = st.builds(
    Disorder,
    late=st.sampled_from([0.0, 0.3]),
    late_s=st.just(5.0),
    duplicate=st.sampled_from([0.0, 0.2, 1.0]),
    malformed=st.sampled_from([0.0, 0.2]),
    reorder=st.sampled_from([0.0, 0.5]),
    drift=st.sampled_from([(), (Drift(field="page", at_s=0.7), Drift(field="device", at_s=0.5, renamed="kind"))]),
)


@settings(max_examples=10)
@given(disorders, st.integers(1, 900), st.integers(1, 900))
def test_a_lane_entered_in_the_middle_gives_the_same_bytes(disorder: Disorder, count: int, number: int) -> None:
    whole = blocks_of(disordered_lane(disorder, count))
    source = disordered_lane(disorder, count)
    source.skip_to(min(number, count))
    entered = blocks_of(source)
    assert sum(map(len, entered)) == count - min(number, count)
    assert b"".join(bytes(block.data) for block in whole).endswith(
        b"".join(bytes(block.data) for block in entered)
    )
    if entered:
        assert events_of(whole)[number:] == events_of(entered)


@settings(max_examples=15)
@given(disorders, st.booleans(), st.integers(1, 700))
def test_copies_are_records_of_their_own_and_leave_the_account_alone(
    disorder: Disorder, pack: bool, count: int
) -> None:
    blocks = blocks_of(disordered_lane(disorder, count))
    queue = LaneQueue(0, 0, Packing(LIMITS, pack), Linger(1.0, 1.0))
    sent: list[bytes] = []
    numbers = 0
    for block in blocks:
        queue.push(block)
    queue.end()
    queue.grant(count)
    while (candidate := queue.candidate(math.inf)) is not None:
        batch = queue.take(candidate)
        assert batch.first == numbers
        assert 1 <= len(batch) <= LIMITS.records
        for index in range(len(batch)):
            lines = batch.record(index).split(b"\n")[:-1]
            own = batch.record_events[index + 1] - batch.record_events[index]
            assert pack or (len(lines) == 1 and own <= 1)
            assert batch.own_events(index).count(b"\n") == own
            sent += lines
        assert batch.billed_alone == 5120 * bytes(batch.data).count(b"\n")
        assert batch.billed <= batch.billed_alone
        numbers += batch.events
    assert numbers == count
    assert sent == lines_of(blocks)


def test_the_plan_alone_counts_what_was_planted() -> None:
    disorder = Disorder(late=0.1, late_s=1, duplicate=0.1, malformed=0.1, reorder=0.1)
    decided = decisions(disorder)
    some = BitMap64(range(100, 300)) | BitMap64([700, 3999])
    counts = decided.count(some, drifted_from=250)
    chosen = np.array(list(some))
    assert counts.late == (decided.late_ms(chosen) > 0).sum() > 10
    assert counts.malformed == decided.malformed(chosen).sum() > 10
    assert counts.reordered == decided.swapped(chosen).sum() > 5
    assert counts.duplicates == np.isin(decided.carriers(NUMBERS), chosen).sum() > 5
    assert counts.drifted == 52


@given(st.floats(0.1, 1000), st.floats(0, 50))
def test_the_first_event_due_is_found(rate: float, seconds: float) -> None:
    number = first_due(lambda numbers: (numbers + 1) / rate, seconds)
    assert (number + 1) / rate >= seconds
    assert number == 0 or number / rate < seconds
