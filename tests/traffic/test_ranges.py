"""Ranges of one file together hold what the file holds, each event once, and name the same lines."""

from collections.abc import Sequence
from pathlib import Path
from unittest import mock

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.block import Block
from clickgen.model.form import JSON, Form, Kind
from clickgen.model.recording import Part, Recording
from clickgen.model.skipped import Skipped
from clickgen.traffic import ranges
from clickgen.traffic.ranges import divide
from clickgen.traffic.replay import RecordedLane, parts_of
from clickgen.traffic.replay_bulk import BulkLane
from clickgen.traffic.replay_source import LanePart
from tests.support.snapshots import a_replay

TABLE = Form(kind=Kind.DELIMITED, header=True, columns=("a", "b"))


def read_by(lane_type: type, parts: Sequence[LanePart]) -> tuple[list[bytes], list[Skipped]]:
    """What a lane gives: the events without their ids, and what is none."""

    def due(numbers: np.ndarray) -> np.ndarray:
        return np.zeros(len(numbers))

    timing = {"due": due} if lane_type is BulkLane else {"timing": due}
    lane = lane_type(parts, run="0" * 12, lane=0, id_field="id", **timing)
    blocks: list[Block] = list(iter(lane.next_block, None))
    events = [orjson.loads(block.event(index)) for block in blocks for index in range(len(block))]
    for event in events:
        del event["id"]
    return [orjson.dumps(event) for event in events], lane.take_skipped()


def read_in_ranges(file: Path, form: Form, size: int) -> tuple[int, list[bytes], list[Skipped]]:
    """The number of lanes, and what they give together, read in the fast way and in the careful one."""
    recording = Recording(forms=(form,))
    with mock.patch.multiple(ranges, RANGE_BYTES=size, _LOOK_BYTES=60):
        lanes = divide([str(file)], recording).lanes or ((Part(source=0),),)
    plan = a_replay().model_copy(
        update={"sources": (str(file),), "recording": recording.model_copy(update={"lanes": lanes})}
    )
    events, skipped = list[bytes](), list[Skipped]()
    for parts in parts_of(plan, ""):
        fast, careful = read_by(BulkLane, parts), read_by(RecordedLane, parts)
        assert fast == careful
        events += fast[0]
        skipped += fast[1]
    return len(lanes), events, skipped


LINE = st.sampled_from(
    [b'{"n":1}', b'{ "m":"%s"}' % (b"x" * 30), b'{\n "p":[\n{"q":2}\n,\n{"q":3}\n]}', b"oops", b"", b"[{}]"]
)


@given(st.lists(LINE, max_size=40), st.integers(20, 200))
def test_ranges_of_json_hold_every_event_once(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], size: int
) -> None:
    file = tmp_path_factory.mktemp("ranges") / "clicks.jsonl"
    file.write_bytes(b"".join(b'{"n":%d}\n' % number for number in range(8)) + b"\n".join(lines))
    _, events, skipped = read_in_ranges(file, JSON, size)
    whole = read_by(BulkLane, [LanePart(str(file))])
    assert events == whole[0]
    assert [(piece.line, piece.reason) for piece in skipped] == [(piece.line, piece.reason) for piece in whole[1]]


CELLS = st.sampled_from(["1", "", "two words", '"quoted"', '"a ""b"""', '"two\nlines"', 'stray"'])


@given(st.lists(st.tuples(CELLS, CELLS), max_size=40), st.integers(20, 200))
def test_ranges_of_a_table_hold_every_row_once(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], size: int
) -> None:
    file = tmp_path_factory.mktemp("ranges") / "clicks.csv"
    file.write_text("a,b\n" + "".join(f"{number},x\n" for number in range(9)) + "\n".join(map(",".join, rows)))
    _, events, skipped = read_in_ranges(file, TABLE, size)
    whole = read_by(BulkLane, [LanePart(str(file), TABLE)])
    assert events == whole[0]
    assert [(piece.line, piece.reason) for piece in skipped] == [(piece.line, piece.reason) for piece in whole[1]]


def test_a_table_is_divided_unless_a_quoted_cell_holds_a_line_end(tmp_path: Path) -> None:
    file = tmp_path / "clicks.csv"
    rows = "".join(f'{number},"x, y"\n' for number in range(100))
    file.write_text("a,b\n" + rows)
    lanes, events, skipped = read_in_ranges(file, TABLE, 200)
    assert (lanes, len(events), skipped) == (4, 100, [])
    file.write_text("a,b\n" + rows + '1,"x\ny"\n')
    with mock.patch.object(ranges, "RANGE_BYTES", 200):
        assert divide([str(file)], Recording(forms=(TABLE,))) == ((), (str(file),))


def test_what_is_compressed_or_pretty_printed_is_not_divided(tmp_path: Path) -> None:
    pretty = tmp_path / "pretty.json"
    pretty.write_text('{\n"n": 1\n}\n' * 100)
    packed = tmp_path / "clicks.csv.gz"
    packed.write_bytes(b"\x1f\x8b" + bytes(range(256)) * 4)
    with mock.patch.object(ranges, "RANGE_BYTES", 200):
        assert divide([str(pretty)], Recording()) == ((), ())
        assert divide([str(packed)], Recording(forms=(TABLE,))) == ((), ())
