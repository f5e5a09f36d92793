"""The fast way through CSV gives what the careful one gives, whatever the cells and however they are cut."""

from hypothesis import example, given
from hypothesis import strategies as st

from clickgen.model.form import Form, Kind
from clickgen.read.by_lines import Lines
from clickgen.read.formats.delimited import read_delimited
from clickgen.read.formats.row_lines import read_row_lines
from clickgen.read.pieces import JsonObject

CELL = st.sampled_from(
    [
        *(
            "",
            "a",
            " ",
            "é€",
            "100%s",
            'say "hi"',
            '"a;b"',
            '"two\nlines"',
            "back\\slash",
            "tab\there",
            "\x00",
            "\x7f",
        ),
        *(
            "0",
            "-1",
            "12.50",
            "007",
            "1.",
            ".5",
            "1e5",
            "-",
            "1,2",
            " 3",
            "9" * 18,
            "9" * 19,
            "0." + "1" * 19,
            "1\r",
        ),
    ]
)


def form_of(separator: str, columns: int, *, header: bool) -> Form:
    names = tuple(f"c{number} %" for number in range(columns))
    numeric = frozenset(names[::2])
    return Form(kind=Kind.DELIMITED, separator=separator, header=header, columns=names, numeric=numeric)


def careful(chunks: list[bytes], form: Form) -> list[object]:
    return [
        piece.data if isinstance(piece, JsonObject) else (piece.reason, piece.line, piece.offset)
        for pieces in read_delimited(chunks, form)
        for piece in pieces
    ]


def fast(chunks: list[bytes], form: Form, absent: str = "id") -> list[object]:
    found: list[object] = []
    for group in read_row_lines(chunks, form, absent):
        if isinstance(group, Lines):
            assert [at for at, sign in enumerate(group.data) if sign == ord("\n")] == group.newlines.tolist()
            found += group.data.removesuffix(b"\n").split(b"\n")
        else:
            found += [
                piece.data if isinstance(piece, JsonObject) else (piece.reason, piece.line, piece.offset)
                for piece in group
            ]
    return found


@given(
    st.lists(st.lists(CELL, min_size=1, max_size=4), max_size=12),
    st.sampled_from(";\t,"),
    st.integers(1, 3),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
    st.integers(1, 90),
)
@example([["", ""], ["1", "x"]], "\t", 2, "\n", True, 90)
@example([["a"], [" "], ["b"]], ";", 1, "\n", True, 5)
def test_the_fast_way_finds_the_same_rows(
    rows: list[list[str]], separator: str, columns: int, ending: str, header: bool, size: int
) -> None:
    data = "".join(separator.join(row) + ending for row in rows).encode()
    chunks = [data[at : at + size] for at in range(0, len(data), size)]
    form = form_of(separator, columns, header=header)
    assert fast(chunks, form) == careful(chunks, form)


def test_what_is_not_utf8_is_named_and_the_fast_way_is_taken_again_behind_it() -> None:
    form = form_of(";", 2, header=True)
    good = b"".join(b"%d;x\n" % number for number in range(1000))
    data = [b"n;s\n" + good, good[:4000] + b"1;\xff\n" + good[4000:], good + good[:9], good[9:]]
    groups = list(read_row_lines(data, form, "id"))
    # the header is read with care, and so is what comes with damage
    assert [type(group) for group in groups] == [list, list, Lines, Lines, list]
    assert fast(data, form) == careful(data, form)


def test_rows_with_a_column_named_like_the_id_are_read_with_care() -> None:
    form = form_of(";", 2, header=False)
    chunks = [b"1;x\n", b"2;y\n"]
    assert all(not isinstance(group, Lines) for group in read_row_lines(chunks, form, form.columns[1]))
    assert fast(chunks, form, form.columns[1]) == careful(chunks, form)
