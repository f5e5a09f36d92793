"""What every lane promises of its bytes: places, times, and that nothing but the plan decides about them."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.model.event_id import checksum, parse_id
from clickgen.profile.tables import load_tables, save_tables
from clickgen.traffic.simulation import SimulatedLane
from tests.support.simulated import RUN, START_MS, flat, read_bytes, read_events, shop, shop_lane

ID_AT = len(b'{"event_id":"')


def blocks_of(source: SimulatedLane) -> list[Block]:
    found = []
    while (block := source.next_block()) is not None:
        found.append(block)
    return found


@pytest.mark.parametrize(
    ("rate", "lane", "lanes", "count"), [(1, 0, 1, 12), (500, 0, 1, 3000), (32_000, 3, 4, 9001)]
)
def test_blocks_hold_consecutive_sealed_events_at_their_due_times(
    rate: float, lane: int, lanes: int, count: int
) -> None:
    number = 0
    for block in blocks_of(shop_lane(rate, count=count, lane=lane, lanes=lanes)):
        assert block.first == number
        assert block.offsets[0] == 0
        assert block.offsets[-1] == len(block.data)
        for index in range(len(block)):
            event = block.event(index)
            place = parse_id(event[ID_AT : ID_AT + 36])
            assert place is not None
            assert (place.run, place.lane, place.number) == (RUN, lane, number)
            assert place.check == checksum(event, ID_AT)
            assert block.data[block.offsets[index + 1] - 1 : block.offsets[index + 1]] == b"\n"
            assert block.due[index] == (number * lanes + lane + 1) / rate
            number += 1
    assert number == count


@pytest.mark.parametrize("rate", [0.2, 3, 700, 12_000])
def test_a_block_is_short_enough_to_be_released_on_time(rate: float) -> None:
    blocks = blocks_of(shop_lane(rate, count=max(3, int(rate * 2))))
    assert all(block.due[-1] - block.due[0] <= 0.5 for block in blocks)
    assert max(map(len, blocks)) <= 4096


def test_event_time_is_the_start_plus_the_due_time_cut_to_milliseconds() -> None:
    events = read_events(shop_lane(700, count=2000))
    start = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=START_MS)
    for number, event in enumerate(events):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event["event_time"])
        whole_ms = (number + 1) * 1000 // 700
        assert datetime.fromisoformat(event["event_time"]) == start + timedelta(milliseconds=whole_ms)


def test_the_same_plan_gives_the_same_bytes_and_a_longer_run_begins_with_them() -> None:
    bytes_of_run = read_bytes(shop_lane(count=7000))
    assert read_bytes(shop_lane(count=7000)) == bytes_of_run
    assert read_bytes(shop_lane(count=9000)).startswith(bytes_of_run)


@pytest.mark.parametrize("other", [{"lane": 1, "lanes": 2}, {"seed": 8}, {"run": "ba9876543210"}])
def test_another_lane_seed_or_run_gives_other_visitors(other: dict[str, int]) -> None:
    here = read_events(shop_lane(1000, count=4000))
    there = read_events(shop_lane(1000, count=4000, **other))  # type: ignore[arg-type]  # mixed keywords
    for key in ("event_id", "visitor_id", "session_id"):
        assert not {event[key] for event in here} & {event[key] for event in there}


@settings(max_examples=15)
@given(number=st.integers(0, 6500), read_before=st.integers(0, 4), again=st.integers(0, 6500))
def test_skipping_gives_what_reading_through_gives(number: int, read_before: int, again: int) -> None:
    everything = read_bytes(shop_lane(1500, count=6000)).splitlines(keepends=True)
    source = shop_lane(1500, count=6000)
    read = sum(len(block) for _ in range(read_before) if (block := source.next_block()) is not None)
    source.skip_to(number)
    source.skip_to(again)
    assert read_bytes(source) == b"".join(everything[max(read, number, again) :])


def test_saved_tables_give_the_same_bytes(tmp_path: Path) -> None:
    save_tables(shop(), tmp_path / "tables.npz")
    again = load_tables(tmp_path / "tables.npz")
    assert read_bytes(shop_lane(count=3000, tables=again)) == read_bytes(shop_lane(count=3000))


def test_sessions_and_visitors_of_different_lanes_never_meet() -> None:
    lanes = [read_events(shop_lane(4000, count=3000, lane=lane, lanes=4)) for lane in range(4)]
    for key in ("session_id", "visitor_id"):
        seen = [{event[key] for event in events} for events in lanes]
        assert len(set().union(*seen)) == sum(map(len, seen))


def test_due_times_of_any_schedule_are_kept() -> None:
    def bursts(numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(numbers // 100 * 7, dtype=np.float64)  # a hundred at once, every seven seconds

    source = SimulatedLane(
        shop(),
        run=RUN,
        lane=0,
        lanes=1,
        seed=1,
        start_ms=START_MS,
        due=bursts,
        rate=100 / 7,
        count=1000,
        layout=flat(),
    )
    blocks = blocks_of(source)
    assert [len(block) for block in blocks] == [100] * 10
    assert [float(block.due[0]) for block in blocks] == [7.0 * n for n in range(10)]


def test_a_lane_may_begin_with_nobody_under_way() -> None:
    (event,) = read_events(shop_lane(1e-5, count=1))
    assert event["page_number"] == 1


def test_a_lane_out_of_range_is_refused() -> None:
    with pytest.raises(ValueError, match="lane 4 of 4"):
        shop_lane(lane=4, lanes=4)
