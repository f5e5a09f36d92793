"""What of a recording is replayed, in which order, and what is changed in it."""

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.model.recording import Recording
from clickgen.traffic.edit import span_of
from clickgen.traffic.renewal import renewed
from clickgen.traffic.reorder import in_order
from clickgen.traffic.replay import Recorded as AsRecorded
from clickgen.traffic.replay import RecordedLane
from clickgen.traffic.replay_bulk import BulkLane
from clickgen.traffic.replay_events import LaneEvents
from clickgen.traffic.replay_source import LanePart
from clickgen.traffic.spool import spool
from clickgen.traffic.where import compile_where

BEGIN = 1_700_000_000


def written(path: Path, events: list[dict[str, Any]]) -> Path:
    """A file of these events."""
    path.write_text("".join(json.dumps(event) + "\n" for event in events))
    return path


def lane_events(path: Path, recording: Recording) -> LaneEvents:
    return LaneEvents([LanePart(str(path))], recording, id_field="id", time_field="t")


def values(path: Path, recording: Recording) -> list[dict[str, Any]]:
    """The events that are replayed."""
    return [json.loads(event.data) for group in lane_events(path, recording).groups() for event in group.events]


EVENT = {
    "country": "US",
    "price": 12.5,
    "page": "/cart/1",
    "deep": {"n": 3},
    "none": None,
    "yes": True,
    "text": "7",
    "a b": 1,
}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ("country = 'US' AND price >= 12", True),
        ("country <> 'US' OR deep.n < 4", True),
        ("NOT country = 'US'", False),
        ("page LIKE '/cart%' AND page NOT LIKE '%2'", True),
        ("country IN ('DE', 'US') and price between 10 and 13", True),
        ("none IS NULL AND missing is null and country IS NOT NULL", True),
        ("none = 1", False),
        ("NOT none = 1", False),  # unknown either way
        ("yes", True),
        ("yes = true AND NOT (country = 'DE')", True),
        ("text > 6", True),
        ("country > 3", False),
        ('"a b" = 1', True),
        ("country = 'it''s'", False),
    ],
)
def test_conditions_are_those_of_sql(expression: str, holds: bool) -> None:
    assert compile_where(expression)(EVENT) is holds


@pytest.mark.parametrize(
    "expression", ["", "country =", "a = 1 b", "price ^ 2", "a IN 1", "(a = 1", "a LIKE 3", "a = __import__('os')"]
)
def test_what_is_no_condition_is_refused(expression: str) -> None:
    with pytest.raises(UsageProblem, match="--where"):
        compile_where(expression)


def test_times_visitors_and_numbers_choose(tmp_path: Path) -> None:
    events = [{"t": BEGIN + n, "user": f"u{n % 50}", "n": n} for n in range(500)]
    file = written(tmp_path / "f", events)
    cut = values(file, Recording(earliest_s=BEGIN + 100, latest_s=BEGIN + 200))
    assert [event["n"] for event in cut] == list(range(100, 200))
    sampled = values(file, Recording(sample=0.3, visitor_field="user"))
    chosen = {event["user"] for event in sampled}
    assert 5 < len(chosen) < 25
    assert sampled == [event for event in events if event["user"] in chosen]  # visitors stay whole
    assert len(values(file, Recording(limit=7))) == 7
    assert [event["n"] for event in values(file, Recording(where="n < 3"))] == [0, 1, 2]


def test_repetitions_have_other_ids_and_later_times(tmp_path: Path) -> None:
    events = [{"t": BEGIN + n, "user": n % 2, "session": f"{n % 2:032x}", "n": n} for n in range(4)]
    recording = Recording(loop=3, loop_ms=4000, moved=("t",), renewed=("user", "session"))
    found = values(written(tmp_path / "f", events), recording)
    assert [event["t"] for event in found] == [BEGIN + n for n in range(12)]
    assert [event["n"] for event in found] == [0, 1, 2, 3] * 3
    assert len({event["session"] for event in found}) == 6
    assert found[4]["session"] == found[6]["session"]  # the same visit goes on


def test_retimed_events_begin_at_the_start(tmp_path: Path) -> None:
    file = written(
        tmp_path / "f", [{"t": "2012-03-16T18:40:47.250Z", "n": 1}, {"t": "2012-03-16T18:40:48Z", "n": 2}]
    )
    lane = RecordedLane(
        [str(file)],
        run="0" * 12,
        lane=0,
        timing=AsRecorded(1331923247250, 1.0, "t"),
        recording=Recording(retime=True, moved=("t",)),
        origin_ms=1331923247250,
        start_ms=0,
    )
    lane.begin_at(1_800_000_000_250)
    block = lane.next_block()
    assert block is not None
    assert [json.loads(block.event(index))["t"] for index in range(2)] == [
        "2027-01-15T08:00:00.250Z",
        "2027-01-15T08:00:01Z",
    ]


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(0, 50))
def test_a_window_puts_in_order_what_is_that_late(
    tmp_path_factory: pytest.TempPathFactory, late: list[int], window: int
) -> None:
    times = [BEGIN + n - behind for n, behind in enumerate(late)]
    file = written(tmp_path_factory.mktemp("r") / "f", [{"t": time, "n": n} for n, time in enumerate(times)])
    groups = in_order(lane_events(file, Recording()).groups(), window)
    found = [time for group in groups for time in group.times]
    assert sorted(found) == sorted(times)
    if max(late, default=0) <= window:
        assert found == sorted(times)


def test_memory_of_the_window_is_bounded_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clickgen.traffic.reorder.MAX_HELD_EVENTS", 3000)
    times = [BEGIN + n // 10 for n in range(20_000)]
    file = written(tmp_path / "f", [{"t": time, "n": n} for n, time in enumerate(times)])
    groups = list(in_order(lane_events(file, Recording()).groups(), 1e9))
    assert [json.loads(event.data)["n"] for group in groups for event in group.events] == list(range(20_000))
    assert len(groups) > 5  # not all of them at the end


@pytest.mark.parametrize("run_bytes", [1, 5_000, 1 << 20])
def test_sorting_on_the_disk_is_stable(tmp_path: Path, run_bytes: int) -> None:
    events = [{"t": BEGIN + n // 3, "n": n} for n in range(600)]
    shuffled = random.Random(3).sample(events, len(events))
    file = written(tmp_path / "f", [*shuffled, {"n": 600}])
    spool(lane_events(file, Recording()).groups(), tmp_path / "out", sort=True, run_bytes=run_bytes)
    found = [json.loads(line) for line in (tmp_path / "out").read_text().splitlines()]
    untimed = found.index({"n": 600})
    assert found[untimed - 1]["t"] == max(event["t"] for event in found[:untimed])  # behind the one before it
    del found[untimed]
    assert found == sorted(shuffled, key=lambda event: event["t"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f", "out"]


@pytest.mark.parametrize(
    "value",
    [
        "54",
        '"u54"',
        '"b7f8c8de-8f3f-4c4e-9d52-111111111111"',
        '"d41d8cd98f00b204e9800998ecf8427e"',
        "99999999",
        '"Zebra-Crossing-77"',
    ],
)
def test_ids_are_renewed_in_their_form(value: str) -> None:
    again = {renewed(value.encode(), repetition) for repetition in (1, 2, 3)}
    assert len(again | {value.encode()}) == 4
    assert renewed(value.encode(), 1) == renewed(value.encode(), 1)
    assert all(isinstance(json.loads(one or b"null"), type(json.loads(value))) for one in again)


@pytest.mark.parametrize("bulk", [False, True])
def test_a_source_that_disappears_is_named_and_the_others_go_on(tmp_path: Path, bulk: bool) -> None:
    names = [str(written(tmp_path / name, [{"t": BEGIN, "n": 1}])) for name in "abc"]
    Path(names[1]).unlink()
    parts = [LanePart(name) for name in names]
    lane: BulkLane | RecordedLane
    if bulk:
        lane = BulkLane(parts, run="0" * 12, lane=0, due=lambda numbers: np.zeros(len(numbers)), id_field="id")
    else:
        lane = RecordedLane(parts, run="0" * 12, lane=0, timing=AsRecorded(None, 1.0, "t"))
    blocks = list(iter(lane.next_block, None))
    assert sum(map(len, blocks)) == 2
    assert [(piece.file, piece.reason) for piece in lane.take_skipped()] == [
        (names[1], f"no such file: {names[1]}: not read on")
    ]


NAMES = st.sampled_from(["a", "b", 'q"', "é", "a.b"])
TREES = st.recursive(
    st.none() | st.integers() | st.text(max_size=4),
    lambda inner: st.dictionaries(NAMES, inner, max_size=3) | st.lists(inner, max_size=2),
    max_leaves=8,
)


@given(st.dictionaries(NAMES, TREES, min_size=1), st.booleans(), st.data())
def test_one_value_is_replaced_and_nothing_else(
    event: dict[str, Any], ascii_only: bool, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([name for name in event if "." not in name] or ["absent"]))
    text = json.dumps(event, ensure_ascii=ascii_only).encode()
    span = span_of(text, event, name)
    if isinstance(event.get(name), str | int):
        assert span is not None
        assert json.loads(text[: span.begin] + b'"new"' + text[span.end :]) == {**event, name: "new"}
    else:
        assert span is None
