"""The fast way through lines gives what the careful one gives, whatever the bytes and however they are cut."""

import json

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from clickgen.read.by_lines import Lines
from clickgen.read.json_lines import read_lines
from clickgen.read.objects import scan
from clickgen.read.pieces import JsonObject, Piece

ABSENT = "id"
LINE = st.one_of(
    st.dictionaries(
        st.text(max_size=2), st.integers(-99, 99) | st.text(max_size=3) | st.lists(st.none()), max_size=3
    ).map(json.dumps),
    st.sampled_from(
        [
            '{"a":[{"x":1}',
            '{"y":2}]},{"c":3}',
            '{"a":1}{"b":2}',
            "{",
            "}",
            "oops",
            "",
            " ",
            '{"a":\n1}',
            '{"a":1} ',
            '{"a":1}\r',
            "[1]",
            "{}",
            "{ }",
            '{ "a": 1}',
            '{"id":1}',
            '{"\\u0069d":1}',
            '{"x":{"id":1}}',
            '{"a":"\\ud800"}',
            '{"a":"\x00"}',
            '{"a":01}',
            '{"a":NaN}',
            '{"a":1e999}',
            '{"a":' + "[" * 1100 + "]" * 1100 + "}",
        ]
    ),
)


def flat(found: "list[Lines | list[Piece]]") -> list[tuple[object, ...]]:
    """What was found, piece by piece."""
    pieces: list[tuple[object, ...]] = []
    for group in found:
        if isinstance(group, Lines):
            lines = group.data.splitlines()
            values = [json.loads(line) for line in lines]
            assert all(value and ABSENT not in value for value in values)
            assert np.cumsum([len(line) + 1 for line in lines]).tolist() == (group.newlines + 1).tolist()
            pieces += [("object", line) for line in lines]
        else:
            pieces += [
                ("object", piece.data)
                if isinstance(piece, JsonObject)
                else (piece.reason, piece.line, piece.offset)
                for piece in group
            ]
    return pieces


@given(st.lists(LINE, max_size=12), st.integers(1, 60), st.booleans())
@example(['{"a":[{"x":1}', '{"y":2}]},{"c":3}'], 60, True)
def test_the_fast_way_finds_the_same(lines: list[str], size: int, ended: bool) -> None:
    data = ("\n".join(lines) + "\n" * ended).encode().replace(b"\r\n", b"\n")
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    careful = [
        ("object", piece.data) if isinstance(piece, JsonObject) else (piece.reason, piece.line, piece.offset)
        for piece in scan(chunks)
    ]
    assert flat(list(read_lines(chunks, ABSENT))) == careful


def test_good_lines_are_read_together() -> None:
    data = b"".join(b'{"n":%d}\n' % n for n in range(1000))
    good = b'{"n":1}\n' * 3
    found = list(read_lines([data[:5000], data[5000:] + b"oops\n", good, good], ABSENT))
    kinds = [type(group) for group in found]
    assert kinds == [Lines, list, list, Lines, list]  # what follows damage is looked at with care
    assert len(flat(found)) == 1007


@given(
    st.lists(st.sampled_from(b'{}[]",:\\019eE+-.tfn \x00\x7f\x80\xc3\xa9\xed\xa0\xffbu\n\r'), max_size=4),
    st.data(),
)
def test_damaged_bytes_are_not_taken_for_lines(damage: list[int], data: st.DataObject) -> None:
    text = bytearray('{"a":1.5e3,"b":[true,{"c":"\\n\\u00e9"}]}\n{"d":"é€😀","e":{"f":null}}\n'.encode())
    for byte in damage:
        at = data.draw(st.integers(0, len(text)))
        text[at : at + data.draw(st.integers(0, 1))] = bytes([byte])
    careful = [piece.data if isinstance(piece, JsonObject) else piece.reason for piece in scan([bytes(text)])]
    found = flat(list(read_lines([bytes(text)], ABSENT)))
    assert [piece[1] if piece[0] == "object" else piece[0] for piece in found] == careful
