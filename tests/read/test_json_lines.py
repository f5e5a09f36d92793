"""The fast way through lines gives what the careful one gives, whatever the bytes and however they are cut."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from clickgen.read.json_lines import Lines, read_lines
from clickgen.read.objects import scan
from clickgen.read.pieces import JsonObject, Piece

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
        ]
    ),
)


def flat(found: "list[Lines | list[Piece]]") -> list[tuple[object, ...]]:
    """What was found, piece by piece."""
    pieces: list[tuple[object, ...]] = []
    for group in found:
        if isinstance(group, Lines):
            lines = group.data.splitlines()
            assert [json.loads(line) for line in lines] == list(group.values)
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
    assert flat(list(read_lines(chunks))) == careful


def test_good_lines_are_read_together() -> None:
    data = b"".join(b'{"n":%d}\n' % n for n in range(1000))
    good = b'{"n":1}\n' * 3
    found = list(read_lines([data[:5000], data[5000:] + b"oops\n", good, good]))
    kinds = [type(group) for group in found]
    assert kinds == [Lines, list, list, Lines, list]  # what follows damage is looked at with care
    assert len(flat(found)) == 1007
