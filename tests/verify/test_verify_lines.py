"""An object cut into lines: every byte once, in bounded pieces, however long a line is."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.read.pieces import BadKind, Fault
from clickgen.verify.proof.scan.lines import ScannedLines, split_joined, split_lines

START = b'{"id":"'
MIB = 1 << 20


def pieces(data: bytes, chunk: int = 1 << 18) -> Iterator[ScannedLines]:
    for lines in split_lines((data[at : at + chunk] for at in range(0, len(data), chunk)), START):
        assert isinstance(lines, ScannedLines)
        yield lines


@pytest.mark.parametrize(
    "data",
    [
        START + b"x" * 5 * MIB,  # begins an event, and no other begins in it
        b"x" * 5 * MIB,
        (START + b"x" * 700_000) * 7,
        b"x" * (MIB - 1) + b"\n" + b"y" * MIB + b"\n",
        b"x" * MIB,
        b"x" * (MIB + 1),
    ],
)
def test_a_long_line_comes_in_pieces_of_bounded_size_each_byte_once(data: bytes) -> None:
    end = 0
    for lines in pieces(data):
        assert 0 < lines.size <= 2 * MIB
        assert lines.offset == end
        assert lines.data[: lines.size] == data[end : end + lines.size]
        end += lines.size
    assert end == len(data)


def test_a_long_line_is_cut_before_an_event() -> None:
    event = START + b"x" * 700_000
    texts = [lines.text(position) for lines in pieces(event * 5) for position in range(len(lines.starts))]
    assert all(text.startswith(START) for text in texts)


@given(st.lists(st.sampled_from([b"\n", b"a", b"bc\n", b"1234567", b"12345678", b"\n\n"]), max_size=40))
def test_lines_are_those_that_newlines_end(parts: list[bytes]) -> None:
    data = b"".join(parts)
    texts = [lines.text(position) for lines in pieces(data) for position in range(len(lines.starts))]
    assert texts == (data.removesuffix(b"\n").split(b"\n") if data else [])


@pytest.mark.parametrize("chunk", [1000, MIB - 1, MIB, 3 * MIB // 2])
def test_lines_come_in_blocks_worth_a_pass_and_bounded(chunk: int) -> None:
    data = b"a line\n" * MIB
    sizes = [lines.size for lines in pieces(data, chunk)]
    assert sum(sizes) == len(data)
    assert max(sizes) <= 2 * MIB
    assert min(sizes[:-1]) >= MIB - 1000


def test_a_fault_stands_where_it_was() -> None:
    fault = Fault(BadKind.TRUNCATED, "cut off")
    found = list(split_lines([b"a\nb", fault, b"c\n"], START))
    texts = [one.text(0) if isinstance(one, ScannedLines) else one for one in found]
    assert texts == [b"a", b"b", fault, b"c"]
    assert [one.ended for one in found if isinstance(one, ScannedLines)] == [True, False, True]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (START + b"1", [START + b"1"]),
        (START + b"1" + START + b"2", [START + b"1", START + b"2"]),
        (b"x" + START + b"1", [b"x", START + b"1"]),
        (b"x", [b"x"]),
    ],
)
def test_joined_events_are_cut_before_each(text: bytes, parts: list[bytes]) -> None:
    lines = split_joined(text, 7, START)
    assert [lines.text(position) for position in range(len(lines.starts))] == parts
    assert lines.offset == 7
