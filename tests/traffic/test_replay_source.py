"""Recorded files as lanes: what is sent is what was recorded, with an id in front."""

import gzip
import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.block import Block
from clickgen.model.errors import UsageProblem
from clickgen.model.event_id import checksum, parse_id
from clickgen.model.recording import Recording
from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.traffic.recorded_times import look_at_times
from clickgen.traffic.replay import Recorded, RecordedLane, plan_lanes
from clickgen.traffic.replay_events import LaneEvents
from clickgen.traffic.replay_look import look_into
from clickgen.traffic.replay_source import LanePart
from clickgen.traffic.stamp import RecordedEvent, Stamper, without_member
from clickgen.traffic.time_field import find_time_field

RUN = "0123456789ab"
ID_AT = len('{"clickgen_id":"')


def _lane(*paths: Path | str, **options: Any) -> RecordedLane:
    options.setdefault("timing", Recorded())
    return RecordedLane([str(path) for path in paths], run=RUN, lane=5, **options)


def _first_time_ms(path: Path, field: str | None) -> float | None:
    looked = look_into([str(path)])
    seen = look_at_times(
        [LaneEvents([LanePart(str(path), looked.forms[0])], Recording(), id_field="", time_field=field)], 0.0
    )
    return None if seen.first_s is None else seen.first_s * 1000


def _blocks(lane: RecordedLane) -> list[Block]:
    return list(iter(lane.next_block, None))


def _events(lane: RecordedLane) -> list[bytes]:
    return [block.event(index) for block in _blocks(lane) for index in range(len(block))]


def _checked(event: bytes, number: int, id_at: int = ID_AT) -> dict[str, Any]:
    """The event's value without its id, once the id is found to be right."""
    text = event[id_at : id_at + 36]
    found = parse_id(text)
    assert found is not None
    assert (found.run, found.lane, found.number) == (RUN, 5, number)
    assert found.check == checksum(event, id_at)
    value: dict[str, Any] = json.loads(event)
    assert next(iter(value.values())) == text.decode()
    del value[next(iter(value))]
    return value


@pytest.mark.parametrize(
    ("name", "events", "field", "out_of_order", "without_time"),
    [
        ("firehose_ashvakg/PUT-S3-*", 30, "client_timestamp", 0, 0),
        ("firehose_concat/DERIVED-ashvakg-no-newline.json", 30, "client_timestamp", 0, 0),
        ("firehose_concat/DERIVED-rees46-indent4-concat.json", 50, "event_time", 0, 0),
        ("firehose_concat/test-seongwoo-*", 2, "timestamp", 1, 0),
        ("firehose_primeday/kinesis-*", 31, None, 0, 31),
        ("bitly_usagov/example.jsonl", 3560, "t", 482, 120),
        ("otto_sample/train.jsonl", 20, None, 0, 20),
        ("aws_clickstream/event_v2_session_dataset.json", 10, "event_timestamp", 2, 0),
        ("aws_clickstream/original_data.json", 2, "timestamp", 0, 0),
    ],
)
def test_real_files_are_replayed_whole(
    shared_data: Path, name: str, events: int, field: str | None, out_of_order: int, without_time: int
) -> None:
    (file,) = shared_data.glob(name)
    assert find_time_field(look_into([str(file)]).events).name == field
    origin = _first_time_ms(file, field)
    lane = _lane(file, timing=Recorded(origin, 600, field))
    blocks = _blocks(lane)
    sent = [block.event(index) for block in blocks for index in range(len(block))]
    recorded = file.read_bytes()
    at = 0
    for number, event in enumerate(sent):
        value = _checked(event, number)
        rest = event[ID_AT + 37 :].lstrip(b",").rstrip(b"}")
        at = recorded.replace(b"\n", b" ").index(rest, at) + len(rest)  # byte for byte, in order
        assert value
    assert len(sent) == events
    assert (lane.out_of_order, lane.without_time) == (out_of_order, without_time)
    assert lane.take_skipped() == []
    due = np.concatenate([block.due for block in blocks])
    assert due[0] == 0
    assert (np.diff(due) >= 0).all()


def test_an_hour_of_recording_takes_its_hour_at_any_speed(shared_data: Path) -> None:
    file = shared_data / "bitly_usagov" / "example.jsonl"
    *_, last = _blocks(_lane(file, timing=Recorded(1331923247000, 600, "t")))
    assert last.due[-1] == pytest.approx((1331926849 - 1331923247) / 600)


_VALUES = st.recursive(
    st.none() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=5,
)
_KEYS = st.sampled_from(["clickgen_id", "id", "clickgen_idx", 'quo"te', "back\\slash", "é", ""]) | st.text(
    max_size=5
)


@given(
    st.lists(st.dictionaries(_KEYS, _VALUES, max_size=4), min_size=1, max_size=5),
    st.sampled_from([None, 0, 2]),
    st.booleans(),
    st.sampled_from(["clickgen_id", "id", "é"]),
)
def test_a_stamped_event_is_the_same_event_with_the_id_in_front(
    events: list[dict[str, Any]], indent: int | None, ascii_only: bool, id_field: str
) -> None:
    recordings = [
        RecordedEvent(
            json.dumps(event, indent=indent, ensure_ascii=ascii_only).encode(),
            bool(event) and id_field not in event,
        )
        for event in events
    ]
    data, offsets = Stamper(RUN, 5, id_field).stamp(recordings, first=1 << 30)
    id_at = len(orjson.dumps(id_field)) + 3
    for index, event in enumerate(events):
        line = bytes(data[offsets[index] : offsets[index + 1]])
        assert line.count(b"\n") == 1
        assert line.endswith(b"}\n")
        value = _checked(line[:-1], (1 << 30) + index, id_at)
        assert list(orjson.loads(line)) == [id_field, *(name for name in event if name != id_field)]
        assert value == {name: inner for name, inner in event.items() if name != id_field}


@pytest.mark.parametrize(
    ("event", "rest"),
    [
        (b'{"a":1}', b',"a":1}'),
        (b'{ "a" : 1.50, "b": [ ] }', b', "a" : 1.50, "b": [ ] }'),
        (b'{\r\n  "a": 1\r\n}', b',    "a": 1  }'),
        (b"{}", b"}"),
        (b"{ }", b"}"),
        (b'{"clickgen_id":"old","a":1}', b',"a":1}'),
        (b'{"a":1, "clickgen_id" : {"b":[1,"}"]} , "c":2}', b',"a":1, "c":2}'),
        (b'{"a":1,"clickgen_id":"old"}', b',"a":1}'),
        (b'{"clickgen_id":"old"}', b"}"),
        (b'{"click\\u0067en_id":1,"a":"\\u0063lickgen_id"}', b',"a":"\\u0063lickgen_id"}'),
        (b'{"clickgen_id":1,"clickgen_id":2,"a":{"clickgen_id":3}}', b',"a":{"clickgen_id":3}}'),
        (b'{"event_id":"mine","n":1e400000}', b',"event_id":"mine","n":1e400000}'),
        (b'{"s":"\\ud83d","clickgen_id":1}', b',"s":"\\ud83d"}'),
        (b'{"event_id":"mine","n":NaN}', None),
        (b'{"a":1,"a":2}', b',"a":1,"a":2}'),
    ],
)
def test_everything_but_the_id_stays_byte_for_byte(tmp_path: Path, event: bytes, rest: bytes | None) -> None:
    file = tmp_path / "events"
    file.write_bytes(b'{"before":1}' + event)
    lane = _lane(file)
    sent = _events(lane)
    if rest is None:
        assert [skipped.line for skipped in lane.take_skipped()] == [1]
        return
    assert sent[1][:ID_AT] == b'{"clickgen_id":"'
    assert sent[1][ID_AT + 36 :] == b'"' + rest
    _checked(sent[1], 1)


def test_members_are_told_apart_from_what_is_nested_or_text() -> None:
    event = b'{"a":"\\",\\"id\\":1","id":[{"id":2},",}"],"b":{"id":3}}'
    assert without_member(event, "id") == (b'{"a":"\\",\\"id\\":1","b":{"id":3}}', 2)


def test_what_is_no_event_is_skipped_and_told(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second.gz"
    first.write_bytes(b'{"a":1}\nnot json\n[1]\n{"a":2}\n{"a":')
    second.write_bytes(gzip.compress(b'{"a":3}\n{"a":4}\n')[:-9])
    lane = _lane(first, second)
    assert [_checked(event, number)["a"] for number, event in enumerate(_events(lane))][:3] == [1, 2, 3]
    assert [(piece.file, piece.line, piece.reason) for piece in lane.take_skipped()] == [
        (str(first), 2, "not JSON"),
        (str(first), 3, "JSON, but an array and not an object"),
        (str(first), 5, "an object that is cut off after 5 bytes"),
        (str(second), 3, "the gzip data is cut off: its end is missing"),
    ]
    assert lane.take_skipped() == []


def test_blocks_are_bounded_and_numbered_through(tmp_path: Path) -> None:
    small, large = tmp_path / "small", tmp_path / "large"
    small.write_bytes(b'{"t":1713873740}\n' * 1200)
    large.write_bytes(
        b"".join(b'{"t":1713873741,"x":"%b"}\n' % (b"x" * size) for size in (200_000, 100_000, 300_000))
    )
    blocks = _blocks(_lane(small, large))
    assert [len(block) for block in blocks] == [*[64] * 18, 49, 1, 1]
    assert [block.first for block in blocks] == [*range(0, 1201, 64), 1201, 1202]
    for block in blocks:
        assert len(block.offsets) == len(block) + 1
        assert block.offsets[-1] == len(block.data)


@pytest.mark.parametrize("first", [1, 499, 500, 777, 1203])
def test_a_lane_entered_in_the_middle_goes_on_the_same(tmp_path: Path, first: int) -> None:
    file = tmp_path / "events"
    lines = [b'{"n":%d,"t":%d}\n' % (n, 1713873740 + n // 3 - n % 5) for n in range(1203)]
    file.write_bytes(b"bad 1\n" + b"".join(lines[:600]) + b"bad 2\n" + b"".join(lines[600:]))
    whole, part = _lane(file), _lane(file, first=first)
    expected, found = _blocks(whole), _blocks(part)
    tail = b"".join(bytes(block.data) for block in found)
    assert b"".join(bytes(block.data) for block in expected).endswith(tail)
    assert sum(len(block) for block in found) == 1203 - first
    if found:
        assert found[0].first == first
        due = np.concatenate([block.due for block in expected])
        assert np.concatenate([block.due for block in found]).tolist() == due[first:].tolist()
    assert len(part.take_skipped()) == 2  # all of them: who asks knows which have been told


def test_at_a_rate_the_recorded_times_do_not_matter(tmp_path: Path) -> None:
    file = tmp_path / "events"
    file.write_bytes(b'{"t":1713873740}\n{"t":"never"}\n{}\n')
    (block,) = _blocks(_lane(file, timing=LaneSchedule(ConstantRate(10.0), lane=1, lanes=2).due))
    assert block.due.tolist() == pytest.approx([0.2, 0.4, 0.6])


@pytest.fixture
def pipe() -> Iterator[int]:
    """The writing end of a pipe whose reading end is this process's standard input."""
    reading, writing = os.pipe()
    kept = os.dup(0)
    os.dup2(reading, 0)
    try:
        yield writing
    finally:
        os.dup2(kept, 0)
        for descriptor in (reading, writing, kept):
            os.close(descriptor)


def test_a_live_pipe_is_passed_on_at_once(pipe: int) -> None:
    lane = _lane("-")
    for part, values in ((b'{"n":1}\n{"n":2}\n{"n"', [1, 2]), (b":3}", [3]), (b'{\n  "n": 4\n}', [4])):
        os.write(pipe, part)
        block = _soon(lane)
        assert [orjson.loads(block.event(index))["n"] for index in range(len(block))] == values


def _soon(lane: RecordedLane) -> Block:
    found: list[Block | None] = []
    reader = threading.Thread(target=lambda: found.append(lane.next_block()), daemon=True)
    reader.start()
    reader.join(10)
    assert found, "the lane waits although complete events have arrived"
    assert found[0] is not None
    return found[0]


def test_standard_input_must_have_the_time_field_asked_for(pipe: int) -> None:
    os.write(pipe, b'{"when":1713873740}\n')
    with pytest.raises(UsageProblem, match="no event has the field wen"):
        _lane("-", timing=Recorded(time_field="wen")).next_block()


@pytest.mark.parametrize(("files", "lanes"), [(1, 1), (3, 3), (64, 64), (65, 64), (1000, 64)])
def test_lanes_take_contiguous_ranges_of_the_files(files: int, lanes: int) -> None:
    paths = [f"file-{index}" for index in range(files)]
    ranges = plan_lanes(paths)
    assert len(ranges) == lanes
    assert [path for part in ranges for path in part] == paths
    assert max(map(len, ranges)) - min(map(len, ranges)) <= 1


def test_the_origin_is_the_first_plausible_time(tmp_path: Path) -> None:
    file = tmp_path / "events"
    times = [b'{"ts":%d}\n' % t for t in (4102000000, 1713873740, 1713873739, 1713873741)]
    file.write_bytes(b'{"page":"/"}\n' + b"".join(times))
    assert _first_time_ms(file, "ts") == 1713873740_000
    (block,) = _blocks(_lane(file, timing=Recorded(1713873740_000, 1.0, "ts")))
    assert block.due.tolist() == [0, 0, 0, 0, 1]
