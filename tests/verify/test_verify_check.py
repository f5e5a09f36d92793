"""Lines checked by columns: what the plain way says of each line by itself, whatever stands there."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from clickgen.model.event_id import ID_LENGTH, EventId, checksum, format_id, needle, parse_id, seal
from clickgen.read.pieces import BadKind, Fault
from clickgen.verify.proof.found.findings import ObjectFindings
from clickgen.verify.proof.found.findings_store import to_bytes
from clickgen.verify.proof.scan.check import Checked, Checker
from clickgen.verify.proof.scan.id_columns import id_rows, of_run, parse_rows
from clickgen.verify.proof.scan.lines import ScannedLines, split_lines
from clickgen.verify.proof.scan.run_id_pattern import RunIdPattern
from clickgen.verify.proof.scan.scan import scan_object
from tests.support.planted import FOREIGN, OTHER_RUN, RUN, event

MARKS = RunIdPattern(RUN, "event_id")
NEEDLE = needle(RUN)
START = b'{"event_id":"' + NEEDLE

TWO_IDS = b'{"event_id":"%b","of":"%b"}' % tuple(format_id(EventId(RUN, 0, n, 0)) for n in (1, 2))

ids = st.builds(
    EventId, st.just(RUN), st.integers(0, 4095), st.integers(0, (1 << 38) - 1), st.integers(0, (1 << 24) - 1)
)
spoiled = st.tuples(st.integers(0, 35), st.sampled_from(b"0af9-gG@`:/ \n\x00\xff"))


def later(number: int) -> bytes:
    """An event whose id is not its first field."""
    body = b'{"n":%d,"event_id": "' % number
    return seal(body + format_id(EventId(RUN, 1, number, 0)) + b'"}', len(body))


def changed(whole: bytes, at: int, byte: int) -> bytes:
    at %= len(whole)
    return whole[:at] + bytes([byte]) + whole[at + 1 :]


whole_lines = st.one_of(
    st.integers(0, 50).map(event),
    st.integers(0, 50).map(later),
    st.integers(0, 3).map(lambda number: event(number, run=OTHER_RUN)),
    st.sampled_from(
        [FOREIGN, b"", b"{}", START, NEEDLE, b'{"event_id":"', event(1) + event(2), b'{"a":"rawData"}']
    ),
    st.integers(0, 9).map(lambda number: later(number)[:-1] + b',"rawData":"x"}'),
)
some_lines = st.one_of(
    whole_lines,
    whole_lines,
    st.builds(changed, whole_lines.filter(bool), st.integers(0), st.integers(0, 255)),
    st.builds(lambda line, at: line[: at % (len(line) + 1)], whole_lines, st.integers(0)),
)


def plain_by_content(line: bytes) -> EventId | None:
    at = line.find(NEEDLE)
    found = parse_id(line[at : at + ID_LENGTH]) if at >= 0 else None
    return found if found is not None and checksum(line, at) == found.check else None


def plain_by_id(line: bytes) -> EventId | None:
    at = line.find(NEEDLE)
    found = parse_id(line[at : at + ID_LENGTH]) if at >= 0 else None
    if found is None or not (line.startswith(b"{") and line.endswith(b"}")):
        return None
    if line.count(NEEDLE) > 1 and line.count(b"{") > 1:
        return None
    if at == START.index(NEEDLE):
        return found
    return found if re.search(rb'"event_id": ?"\Z', line[:at]) and b'"rawData"' not in line else None


def blocks(data: bytes, cut: int) -> Iterator[ScannedLines]:
    for lines in split_lines([data[at : at + cut] for at in range(0, len(data), cut)], MARKS.start):
        assert isinstance(lines, ScannedLines)
        yield lines


def told(checked: Checked) -> list[tuple[int, int] | None]:
    columns = zip(checked.intact.tolist(), checked.lanes.tolist(), checked.numbers.tolist(), strict=True)
    return [(lane, number) if intact else None for intact, lane, number in columns]


@settings(max_examples=150)
@given(texts=st.lists(some_lines, min_size=1, max_size=12), rest=some_lines, cut=st.integers(1, 1 << 20))
@example(texts=[b"", b"x" * 12 + event(3)[13:], event(1) + event(2)], rest=b"", cut=1 << 20)
@example(texts=[b'{"event_id":"%b"}' % format_id(EventId(RUN, 0, 1, 0))], rest=b"", cut=9)
@example(texts=[TWO_IDS, event(3)], rest=b"", cut=1 << 20)
@example(texts=[TWO_IDS, event(1) + event(2), b"", event(3)], rest=b"", cut=1 << 20)
@example(texts=[event(1) + event(2), b"", b"", b""], rest=b"", cut=1 << 20)
@example(texts=[TWO_IDS.replace(b",", b"{")], rest=b"", cut=1 << 20)
def test_a_block_of_lines_is_told_as_each_line_alone(texts: list[bytes], rest: bytes, cut: int) -> None:
    data = b"\n".join(texts) + b"\n" + rest
    position = 0
    for lines in blocks(data, cut):
        checker = Checker(MARKS)
        by_content, by_id = told(checker.by_content(lines)), told(checker.by_id(lines, begins=True))
        for index in range(len(lines.starts)):
            line = lines.text(index)
            assert data[position : position + len(line)] == line
            assert lines.offset + lines.starts[index] == position
            position += len(line) + 1
            found = plain_by_content(line)
            assert by_content[index] == (found and (found.lane, found.number))
            found = plain_by_id(line) if lines.ended else None
            assert by_id[index] == (found and (found.lane, found.number))
    assert position == len(data) + (not data.endswith(b"\n"))


@settings(max_examples=200)
@given(
    event_id=ids, spoils=st.lists(spoiled, max_size=2), before=st.binary(max_size=9), behind=st.binary(max_size=9)
)
def test_ids_are_parsed_as_one_by_one(
    event_id: EventId, spoils: list[tuple[int, int]], before: bytes, behind: bytes
) -> None:
    text = format_id(event_id)
    for at, byte in spoils:
        text = changed(text, at, byte)
    rows = id_rows(before + text + behind, _places(len(before)))
    found = parse_rows(rows)
    expected = parse_id(text)
    own = text.startswith(NEEDLE)
    assert of_run(rows, NEEDLE).tolist() == [own]
    if own:
        assert found.good.tolist() == [expected is not None]
    if own and expected is not None:
        assert (found.lanes[0], found.numbers[0], found.checks[0]) == expected[1:]


def in_text(number: int, before: bytes, behind: bytes) -> bytes:
    """A line of text with an event's id in it."""
    return seal(before + format_id(EventId(RUN, 2, number, 0)) + behind, len(before))


@pytest.mark.parametrize(
    ("line", "by_content", "by_id"),
    [
        (in_text(5, b"", b" rest"), (2, 5), (2, 5)),
        (in_text(5, b"id=", b""), (2, 5), (2, 5)),
        (in_text(5, b"", b""), (2, 5), (2, 5)),
        (in_text(5, b"", b" of " + format_id(EventId(RUN, 2, 6, 0))), (2, 5), None),
        (in_text(5, b"id=", b"")[:-1], None, None),
        (in_text(5, b"", b" rest") + b"!", None, (2, 5)),
        (b"no id", None, None),
    ],
)
def test_a_line_of_text_has_its_id_anywhere(
    line: bytes, by_content: tuple[int, int] | None, by_id: tuple[int, int] | None
) -> None:
    checker = Checker(RunIdPattern(RUN, "event_id", text=True))
    [lines] = blocks(line + b"\n", 1 << 20)
    assert told(checker.by_content(lines)) == [by_content]
    assert told(checker.by_id(lines, begins=True)) == [by_id]


def _places(at: int) -> NDArray[np.int64]:
    return np.array([at], dtype=np.int64)


@settings(max_examples=60)
@given(
    texts=st.lists(some_lines, min_size=1, max_size=12),
    ending=st.sampled_from([b"\n", b"\n", b"", b"\r\n"]),
    sizes=st.lists(st.integers(1, 700), min_size=1, max_size=3),
    fault=st.booleans(),
    ids_only=st.booleans(),
)
def test_how_the_bytes_arrive_makes_no_difference(
    texts: list[bytes], ending: bytes, sizes: list[int], fault: bool, ids_only: bool
) -> None:
    data = b"".join(text + ending for text in texts)
    pieces: list[bytes | Fault] = []
    at = 0
    while at < len(data):
        pieces.append(data[at : at + sizes[len(pieces) % len(sizes)]])
        at += sizes[(len(pieces) - 1) % len(sizes)]
    end = [Fault(BadKind.TRUNCATED, "cut off")] if fault else []
    apart, whole = ObjectFindings("a", 0, 0), ObjectFindings("a", 0, 0)
    scan_object([*pieces, *end], MARKS, apart, ids_only=ids_only)
    scan_object([data, *end], MARKS, whole, ids_only=ids_only)
    assert to_bytes(apart) == to_bytes(whole)


@settings(max_examples=60)
@given(texts=st.lists(st.one_of(whole_lines, some_lines), min_size=1, max_size=12))
def test_whatever_stands_beside_them_intact_lines_are_found(texts: list[bytes]) -> None:
    findings = ObjectFindings("a", 0, 0)
    scan_object([b"".join(text + b"\n" for text in texts)], MARKS, findings)
    lines = [line for text in texts for line in text.split(b"\n")]
    expected = {(found.lane, found.number) for line in lines if (found := plain_by_content(line))}
    got = {(lane, number) for lane, copies in findings.lanes.items() for number in copies.once}
    joined = {(0, 1), (0, 2)} if event(1) + event(2) in lines else set()
    assert expected <= got
    assert got <= expected | joined | {(found.lane, found.number) for line in lines for found in _within(line)}


def _within(line: bytes) -> Iterator[EventId]:
    """Intact events that a damaged line may still hold."""
    for match in re.finditer(re.escape(NEEDLE), line):
        found = parse_id(line[match.start() : match.start() + ID_LENGTH])
        if found is not None:
            yield found
