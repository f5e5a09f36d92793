"""What generated runs are put together from: lanes in order, objects by the hour, formats with columns."""

import csv
import gzip
import io
import json
from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.cli.generate_plan import span_of
from clickgen.ledger.folder import RunFolder
from clickgen.model.block import Block
from clickgen.model.destination import FileDestination
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
from clickgen.run.generate.formats import FileForm
from clickgen.run.generate.merge import LanesInOrder
from clickgen.run.generate.objects import LaneObjects, Naming
from clickgen.run.generate.stream import OutputStream
from clickgen.run.generate.targets import named_format

HOUR_MS = 3_600_000
EVENTS = [
    {"id": 1, "name": 'a "quoted", name', "new": True, "price": 1.5, "tags": ["a", "b"]},
    {"id": 2, "new": False, "more": {"k": None}, "tags": []},
    {"id": 3, "name": "two\nlines, ümlaut", "new": True},
]
LINES = [orjson.dumps(event) + b"\n" for event in EVENTS]
Dues = Sequence[Sequence[float]]


class Blocks:
    """A lane of blocks at given due times; the events say their lane and number."""

    def __init__(self, lane: int, blocks: Dues) -> None:
        self._blocks: deque[Block] = deque()
        first = 0
        for dues in blocks:
            lines = [b"%d-%d%s\n" % (lane, first + n, b"." * (n % 5)) for n in range(len(dues))]
            offsets = np.cumsum([0, *map(len, lines)])
            self._blocks.append(Block(lane, first, b"".join(lines), offsets, np.array(dues)))
            first += len(dues)

    def next_block(self) -> Block | None:
        """The next one."""
        return self._blocks.popleft() if self._blocks else None


@st.composite
def lane_dues(draw: st.DrawFn) -> list[list[float]]:
    """Never falling due times, cut into blocks; small whole numbers, so that many are the same."""
    dues = sorted(draw(st.lists(st.integers(0, 12), max_size=30)))
    cuts = sorted(draw(st.lists(st.integers(0, len(dues)), max_size=5)))
    bounds = [0, *cuts, len(dues)]
    return [[float(due) for due in dues[a:b]] for a, b in pairwise(bounds) if b > a]


@given(st.lists(lane_dues(), min_size=1, max_size=4), st.lists(st.integers(1, 20), min_size=1))
def test_lanes_are_one_stream_however_it_is_taken(lanes: list[list[list[float]]], takes: list[int]) -> None:
    merged = LanesInOrder({lane: Blocks(lane, blocks) for lane, blocks in enumerate(lanes)})
    data, counts, turn = b"", dict.fromkeys(range(len(lanes)), 0), 0
    while (stretch := merged.take(takes[turn % len(takes)])) is not None:
        data += bytes(stretch.data)
        assert 0 < sum(stretch.counts.values()) <= takes[turn % len(takes)]
        for lane, count in stretch.counts.items():
            counts[lane] += count
        turn += 1
    wanted = sorted(
        (due, lane, number)
        for lane, blocks in enumerate(lanes)
        for number, due in enumerate(due for block in blocks for due in block)
    )
    seen = [tuple(map(int, line.strip(b".").split(b"-"))) for line in data.splitlines()]
    assert seen == [(lane, number) for _, lane, number in wanted]
    assert counts == {lane: sum(map(len, blocks)) for lane, blocks in enumerate(lanes)}


@given(lane_dues(), st.integers(1, 60), st.integers(0, 30))
def test_objects_are_hours_of_bounded_size_wherever_a_lane_is_entered(
    tmp_path_factory: pytest.TempPathFactory, blocks: list[list[float]], most_bytes: int, turn: int
) -> None:
    hours = [[due * 3600 for due in block] for block in blocks]
    folder = tmp_path_factory.mktemp("drafts")
    whole = drafted(hours, 0, most_bytes, folder)
    again = iter(Blocks(3, hours).next_block, None)
    assert b"".join(whole.values()) == b"".join(bytes(block.data) for block in again)
    for key, data in whole.items():
        lines = data.splitlines(keepends=True)
        numbers = [int(line.strip(b".\n").split(b"-")[1]) for line in lines]
        dues = [due for block in blocks for due in block]
        assert {f"2026/01/{1 + int(dues[n]) // 24:02}/{int(dues[n]) % 24:02}/" for n in numbers} == {key[:14]}
        assert len(data) <= most_bytes or len(lines) == 1
    entered = list(whole)[turn % len(whole)] if whole else None
    if entered is not None:
        first = int(whole[entered].split(b"\n")[0].strip(b".").split(b"-")[1])
        rest = drafted(hours, first, most_bytes, folder)
        assert list(rest.items()) == list(whole.items())[-len(rest) :]
        assert next(iter(rest)) == entered


def drafted(hours: Dues, first: int, most_bytes: int, folder: Path) -> dict[str, bytes]:
    """The objects of a lane from an event on, by their keys."""
    source = Blocks(3, hours)
    skipped = Skipped(source, first)
    january = 1_767_225_600_000
    naming = Naming("0a1b2c3d4e5f", "", "")
    objects = LaneObjects(
        3, skipped, january, FileForm("jsonl", gzipped=False, sample=b""), naming, folder, most_bytes
    )
    found = {}
    while not objects.ended:
        for draft in objects.write_block():
            found[draft.key] = draft.path.read_bytes()
            assert draft.size == len(found[draft.key])
            assert draft.events.lane == 3
    return found


class Skipped:
    """A lane entered in the middle."""

    def __init__(self, source: Blocks, first: int) -> None:
        self._source, self._first = source, first

    def next_block(self) -> Block | None:
        """The next block that has events from the first one on."""
        while (block := self._source.next_block()) is not None:
            skip = max(0, self._first - block.first)
            if skip < len(block):
                begin = int(block.offsets[skip])
                offsets = block.offsets[skip:] - begin
                return Block(block.lane, block.first + skip, block.data[begin:], offsets, block.due[skip:])
        return None


def written(form: FileForm, *pieces: bytes) -> bytes:
    """What a file has after pieces that were written one after the other."""
    file = io.BytesIO()
    for number, piece in enumerate(pieces):
        writer = form.begin(file, header=number == 0)
        writer.write(piece)
        writer.close()
    return file.getvalue()


@pytest.mark.parametrize("gzipped", [False, True])
def test_csv_has_every_column_of_the_sample_and_reads_back(gzipped: bool) -> None:
    form = FileForm("csv", gzipped=gzipped, sample=b"".join(LINES))
    data = written(form, LINES[0], LINES[1] + LINES[2])
    rows = list(csv.DictReader(io.StringIO((gzip.decompress(data) if gzipped else data).decode(), newline="")))
    assert list(rows[0]) == ["id", "name", "new", "more", "price", "tags"]
    for row, event in zip(rows, EVENTS, strict=True):
        for name, cell in row.items():
            value = event.get(name)
            plain = value is None or isinstance(value, str)
            assert cell == ((value or "") if plain else json.dumps(value, separators=(",", ":")))


def test_a_file_that_goes_on_has_one_header_and_no_half_piece(tmp_path: Path) -> None:
    folder, path = RunFolder(tmp_path / "0a1b2c3d4e5f"), tmp_path / "clicks.csv"
    folder.path.mkdir()
    plan = Plan(
        run=folder.run,
        command="generate",
        created_ms=0,
        start_ms=0,
        lanes=2,
        format="csv",
        destination=FileDestination(stream=str(path)),
    )
    form = FileForm("csv", gzipped=False, sample=b"".join(LINES))
    first = OutputStream(folder, plan, form)
    assert first.resume() == {0: 0, 1: 0}
    first.append([LINES[0]], {0: 1, 1: 0})
    first.close()
    with (tmp_path / f"clicks.csv.{folder.run}.part").open("ab") as draft:
        draft.write(b'half a "ro')
    second = OutputStream(folder, plan, form)
    assert second.resume() == {0: 1, 1: 0}
    second.append([LINES[1], LINES[2]], {0: 1, 1: 2})
    second.finish()
    assert path.read_bytes() == written(form, *LINES)


def test_parquet_has_the_types_of_the_sample() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    form = FileForm("parquet", gzipped=False, sample=b"".join(LINES))
    rows = parquet.read_table(io.BytesIO(written(form, LINES[1]))).to_pylist()
    assert rows == [{"id": 2, "name": None, "new": False, "price": None, "tags": [], "more": {"k": None}}]


def test_lines_that_are_no_objects_have_no_columns() -> None:
    with pytest.raises(UsageProblem, match="not JSON objects"):
        FileForm("csv", gzipped=False, sample=b'127.0.0.1 - - "GET /"\n')


@pytest.mark.parametrize(
    ("since", "until", "duration", "wanted"),
    [
        (None, None, None, (9 * HOUR_MS, 10 * HOUR_MS)),
        (None, None, 60.0, (10 * HOUR_MS - 60_000, 10 * HOUR_MS)),
        (HOUR_MS, None, None, (HOUR_MS, 10 * HOUR_MS)),
        (HOUR_MS, None, 60.0, (HOUR_MS, HOUR_MS + 60_000)),
        (None, 5 * HOUR_MS, None, (4 * HOUR_MS, 5 * HOUR_MS)),
        (HOUR_MS, 2 * HOUR_MS, None, (HOUR_MS, 2 * HOUR_MS)),
    ],
)
def test_two_of_begin_end_and_length_tell_the_third(
    since: int | None, until: int | None, duration: float | None, wanted: tuple[int, int]
) -> None:
    assert span_of(since, until, duration, now=10 * HOUR_MS) == wanted


@pytest.mark.parametrize(
    ("since", "until", "duration", "words"),
    [
        (2, 1, None, "end before they begin"),
        (11 * HOUR_MS, None, None, "neither --until nor --duration"),
        (1, 2, 1.0, "together"),
        (None, None, 0.0, "end before they begin"),
    ],
)
def test_a_time_that_is_none_is_refused(
    since: int | None, until: int | None, duration: float | None, words: str
) -> None:
    with pytest.raises(UsageProblem, match=words):
        span_of(since, until, duration, now=10 * HOUR_MS)


def test_the_name_of_a_file_tells_its_format() -> None:
    assert named_format("a/clicks.csv.gz", None, gzipped=False) == ("csv", True)
    assert named_format("clicks.parquet", None, gzipped=False) == ("parquet", False)
    assert named_format("clicks.json", None, gzipped=True) == ("jsonl", True)
    assert named_format("clicks.csv", "jsonl", gzipped=False) == ("jsonl", False)
    for to, gzipped in (("-", False), ("clicks.parquet", True)):
        with pytest.raises(UsageProblem, match="Parquet"):
            named_format(to, "parquet", gzipped=gzipped)
