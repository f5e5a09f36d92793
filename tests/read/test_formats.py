"""Rows of every form as JSON objects, however the bytes are cut."""

import decimal
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.form import Form, Kind
from clickgen.read.formats.recognise import Given, recognise
from clickgen.read.formats.rows import read_parquet_rows, read_rows
from clickgen.read.pieces import Bad, JsonObject, Piece

CLOUDFRONT = (
    b"#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs(User-Agent)\n"
    b"2026-11-21\t10:00:01\tFRA2\t512\t192.0.2.7\tMozilla%2F5.0\n"
)
ALB = (
    b"https 2026-11-21T10:00:01.123456Z app/shop/50dc 192.0.2.7:2817 10.0.0.1:80 0.000 0.001 0.000 200 200 34 366 "
    b'"GET https://shop.example:443/cart HTTP/1.1" "curl/7.46.0" - - arn:aws:x "Root=1-58" "-" "-" 0 '
    b'2026-11-21T10:00:01.122000Z "forward" "-" "-" "10.0.0.1:80" "200" "-" "-"\n'
)
COMBINED = (
    b'192.0.2.7 - bob [21/Nov/2026:10:00:01 +0100] "GET /a?b=1 HTTP/1.1" 200 512 "https://x/" "Mozilla \\"5\\""\n'
    b'192.0.2.8 - - [21/Nov/2026:10:00:02 +0100] "\\x16\\x03" 400 - "-" "-"\n'
)


def read(data: bytes, given: Given = Given(), chunk: int = 1 << 20) -> tuple[list[dict[str, object]], list[Bad]]:  # noqa: B008  # it is frozen
    """The objects in the bytes, and what is none."""
    form = recognise(data, given)
    assert form is not None
    pieces = [piece for group in read_rows(cut(data, chunk), form) for piece in group]
    return objects(pieces), [piece for piece in pieces if isinstance(piece, Bad)]


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


def objects(pieces: list[Piece]) -> list[dict[str, object]]:
    found = [piece for piece in pieces if isinstance(piece, JsonObject)]
    assert all(json.loads(piece.data) == piece.value for piece in found)
    return [piece.value for piece in found]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (b"a,b\n1,x\n2.50,y\n", [{"a": 1, "b": "x"}, {"a": 2.5, "b": "y"}]),
        (b"t,page,page\n1,/a,x\n", [{"t": 1, "page": "/a", "page_2": "x"}]),
        (b"a;b\n007;x\n12;\n", [{"a": "007", "b": "x"}, {"a": "12", "b": None}]),
        (b'\xef\xbb\xbfa\tb\r\n"x\ty"\t1\r\n', [{"a": "x\ty", "b": 1}]),
        (b'a,b\n"one\nline, more","say ""hi"""\n', [{"a": "one\nline, more", "b": 'say "hi"'}]),
        (
            b"1,/a,3\n2,/b,4\n",
            [{"column_1": 1, "column_2": "/a", "column_3": 3}, {"column_1": 2, "column_2": "/b", "column_3": 4}],
        ),
        (b"a|b\nx|y\n", [{"a": "x", "b": "y"}]),
    ],
)
def test_delimited_rows_become_objects(text: bytes, rows: list[dict[str, object]]) -> None:
    for chunk in (1, 7, 1 << 20):
        assert read(text, chunk=chunk) == (rows, [])


def test_numbers_of_a_table_keep_their_digits() -> None:
    form = recognise(b"price,n\n1.50,1\n2.00,2\n")
    assert form is not None
    (group, *_) = read_rows([b"price,n\n1.50,1\n"], form)
    assert [piece.data for piece in group if isinstance(piece, JsonObject)] == [b'{"price":1.50,"n":1}']


def test_given_separators_and_columns_are_used() -> None:
    assert read(b"1^x\n2^y\n", Given("^", ("n", "p")))[0] == [{"n": 1, "p": "x"}, {"n": 2, "p": "y"}]


def test_a_line_that_is_too_long_is_one_piece_however_long_it_is() -> None:
    data = b"a,b\n1,x\n2," + b"y" * (11 << 20) + b"\n3,z\n"
    form = recognise(data[:4096] + b"\n", Given())
    assert form is not None
    for chunk in (256 << 10, len(data)):
        pieces = [piece for group in read_rows(cut(data, chunk), form) for piece in group]
        assert [(piece.reason, piece.line) for piece in pieces if isinstance(piece, Bad)] == [
            ("a line longer than 4 MiB", 3)
        ]
        assert [(piece.value["a"], piece.line) for piece in pieces if isinstance(piece, JsonObject)] == [
            (1, 2),
            (3, 4),
        ]


def test_odd_rows_are_named_and_the_rest_goes_on() -> None:
    rows, bad = read(b"a,b\n1,2\n1,2,3\n4,5\n\xff,6\n7,8\n")
    assert rows == [{"a": 1, "b": 2}, {"a": 4, "b": 5}, {"a": 7, "b": 8}]
    assert [(piece.line, piece.reason) for piece in bad] == [
        (3, "3 cells, there are 2 columns"),
        (5, "not UTF-8 at byte 1 of the line"),
    ]


def test_a_quote_that_nothing_closes_spoils_its_line_only() -> None:
    rows, bad = read(b'a,b\n1,2\n"1,2\n3,4\n')
    assert rows == [{"a": 1, "b": 2}, {"a": 3, "b": 4}]
    assert [piece.line for piece in bad] == [3]


@pytest.mark.parametrize(
    ("log", "name", "some"),
    [
        (CLOUDFRONT, "a CloudFront log", {"date": "2026-11-21", "time": "10:00:01", "sc-bytes": 512}),
        (
            ALB,
            "an ALB log",
            {"time": "2026-11-21T10:00:01.123456Z", "user_agent": "curl/7.46.0"},
        ),
        (
            COMBINED,
            "a combined access log",
            {
                "time": "21/Nov/2026:10:00:01 +0100",
                "method": "GET",
                "path": "/a?b=1",
                "status": 200,
                "user": "bob",
            },
        ),
    ],
)
def test_server_logs_become_objects(log: bytes, name: str, some: dict[str, object]) -> None:
    form = recognise(log)
    assert form is not None
    assert form.name == name
    rows, bad = read(log, chunk=11)
    assert bad == []
    assert some.items() <= rows[0].items()


def test_lines_of_another_form_are_bad() -> None:
    assert [piece.reason for piece in read(COMBINED * 5 + b"oops\n")[1]] == ["not a line of a combined access log"]


ELEMENTS = st.lists(
    st.dictionaries(
        st.text(max_size=3),
        st.integers(-(2**53), 2**53) | st.text(max_size=4) | st.lists(st.dictionaries(st.just("c"), st.none())),
    ),
    min_size=1,
)


@given(ELEMENTS, st.sampled_from([None, 0, 2]), st.integers(1, 40), st.sampled_from([" ", "\n", ""]))
def test_arrays_give_their_elements(
    elements: list[dict[str, object]], indent: int | None, chunk: int, between: str
) -> None:
    text = json.dumps(elements, indent=indent)
    if indent is None:
        text = f"[{between}" + f",{between}".join(map(json.dumps, elements)) + f"{between}]\n"
    form = Form(kind=Kind.ARRAY)
    pieces = [piece for group in read_rows(cut(text.encode(), chunk), form) for piece in group]
    assert [piece for piece in pieces if isinstance(piece, Bad)] == []
    assert objects(pieces) == elements


def test_damage_in_an_array_is_named() -> None:
    rows, bad = read(b'[{"a":1},\n{"a":oops},\n{"a":3}\n]')
    assert rows == [{"a": 1}, {"a": 3}]
    assert len(bad) == 1


def test_parquet_rows_become_objects(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    moment = datetime(2026, 11, 21, 10, 0, 1, 250_000, tzinfo=UTC)
    table = pa.table(
        {"n": [1, 2], "at": [moment, None], "raw": [b"x", b"\xff"], "usd": [decimal.Decimal("1.50")] * 2}
    )
    file = tmp_path / "clicks.parquet"
    pq.write_table(table, file)
    assert recognise(file.read_bytes()[:100]) is not None
    rows = objects([piece for group in read_parquet_rows(str(file), Form(kind=Kind.PARQUET)) for piece in group])
    assert rows[0] == {"n": 1, "at": "2026-11-21T10:00:01.250000+00:00", "raw": "x", "usd": "1.50"}
    assert rows[1] == {"n": 2, "at": None, "raw": "/w==", "usd": "1.50"}
    damaged = io.BytesIO(file.read_bytes()[:-20])
    (group,) = read_parquet_rows(damaged, Form(kind=Kind.PARQUET))
    assert isinstance(group[0], Bad)
