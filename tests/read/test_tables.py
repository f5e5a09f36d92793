"""Tables hold what reading with care finds, whatever the form, the bytes, and however they are cut."""

import json
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from clickgen.model.form import JSON, Form, Kind
from clickgen.read.formats.recognise import recognise
from clickgen.read.formats.rows import read_rows
from clickgen.read.formats.tables import read_tables
from clickgen.read.pieces import JsonObject
from clickgen.traffic.event_time import value_at
from clickgen.traffic.replay_source import LanePart, read_part, read_part_in_tables

NAMES = ("a", "b.c", "b.d.e", "f")
SCALAR = st.sampled_from(["x", "", "é", 5, 2**63, 2**64, -(2**63) - 1, 1.5, True, None, "\ud800", [1], {"z": 1}])
INNER = st.dictionaries(st.sampled_from(["c", "d", "x"]), SCALAR | st.dictionaries(st.just("e"), SCALAR))
EVENT = st.dictionaries(st.sampled_from(["a", "f", "b.c", "x"]), SCALAR) | st.fixed_dictionaries(
    {"a": SCALAR, "b": INNER}, optional={"b.c": SCALAR, "f": SCALAR}
)


def of_tables(data: bytes, size: int, form: Form, names: Sequence[str]) -> tuple[list[Any], int]:
    """What is found by tables, event by event with the wanted values, and how many tables there were."""
    found: list[Any] = []
    tables = 0
    for group in read_tables(cut(data, size), form, names):
        if isinstance(group, list):
            found += [one(piece, names) for piece in group]
            continue
        tables += 1
        columns = [group.column(name) for name in names]
        assert {len(column) for column in columns} == {group.count}
        found += [
            (repr(group.event(row)), repr(list(values))) for row, values in enumerate(zip(*columns, strict=True))
        ]
    return found, tables


def with_care(data: bytes, size: int, form: Form, names: Sequence[str]) -> list[Any]:
    return [one(piece, names) for pieces in read_rows(cut(data, size), form) for piece in pieces]


def one(piece: Any, names: Sequence[str]) -> tuple[object, ...]:
    if not isinstance(piece, JsonObject):
        return piece.reason, piece.line, piece.offset
    values = [value_at(piece.value, name, name.split(".")) for name in names]
    return repr(piece.value), repr(values)


def cut(data: bytes, size: int) -> list[bytes]:
    return [data[at : at + size] for at in range(0, len(data), size)]


@given(
    st.lists(EVENT.map(json.dumps) | st.sampled_from(["", "oops", "{}", '{"a":1}{"f":2}']), max_size=8),
    st.integers(5, 300),
)
@example(['{"a":1}', '{"b":null,"a":2}', '{"b":{"d":null}}', '{"b.c":null,"b":{"c":3}}', '{"a":1,"a":2}'], 300)
def test_json(lines: list[str], size: int) -> None:
    data = "".join(f"{line}\n" for line in lines).encode()
    assert of_tables(data, size, JSON, NAMES)[0] == with_care(data, size, JSON, NAMES)


@given(st.lists(st.lists(EVENT, max_size=3) | SCALAR, max_size=6), st.integers(5, 300))
@example([[{"a": "\ud800"}], "\ud800", [{"a": 1}, {"b": {"c": 2}}], []], 300)
def test_json_with_lists_of_events(wrapped: list[Any], size: int) -> None:
    form = Form(each="in")
    data = "".join(json.dumps({"x": 1, "in": value}) + "\n" for value in wrapped).encode()
    assert of_tables(data, size, form, NAMES)[0] == with_care(data, size, form, NAMES)


@given(
    st.lists(EVENT.map(json.dumps) | st.sampled_from(['{"a":\n1}', "7", '{"f":[{"a":1},\n{"a":2}]}']), max_size=8),
    st.sampled_from([",\n", ", \n", ",", "\n,", "\n", ",,\n"]),
    st.integers(5, 300),
)
def test_json_arrays(elements: list[str], between: str, size: int) -> None:
    form = Form(kind=Kind.ARRAY)
    data = f"[\n{between.join(elements)}\n]\n".encode()
    assert of_tables(data, size, form, NAMES)[0] == with_care(data, size, form, NAMES)


def test_elements_of_an_array_that_fill_a_line_each_become_tables() -> None:
    data = b"[\n" + b",\n".join([b'{"a":1}'] * 30) + b"\n]\n"
    assert of_tables(data, 64, Form(kind=Kind.ARRAY), NAMES)[1] >= 2


def test_parquet(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    at = datetime(2026, 3, 1, 0, 0, 9, 125_000)
    rows = [
        {"a": b"x", "n": 2**63, "b": {"c": at, "l": [{"e": 1.5}]}, "b.c": None, "d": Decimal("1.50")},
        {"a": None, "n": None, "b": {"c": None, "l": []}, "b.c": "own", "d": None},
        {"a": b"\xff", "n": 1, "b": None, "b.c": None, "d": None},
    ]
    names = ["a", "n", "b.c", "b.l.0.e", "d", "absent", "b.absent", "a.c"]
    kinds = {"a": pa.binary(), "n": pa.uint64(), "b.c": pa.string(), "d": pa.decimal128(9, 2)}
    inner = pa.struct({"c": pa.timestamp("ms"), "l": pa.list_(pa.struct({"e": pa.float64()}))})
    schema = pa.schema(
        [("a", kinds["a"]), ("n", kinds["n"]), ("b", inner), ("b.c", kinds["b.c"]), ("d", kinds["d"])]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema), tmp_path / "some.parquet")
    part = LanePart(str(tmp_path / "some.parquet"), Form(kind=Kind.PARQUET))
    careful = [one(piece, names) for pieces in read_part(part) for piece in pieces]
    (table,) = read_part_in_tables(part, names)
    assert not isinstance(table, list)
    values = zip(*[table.column(name) for name in names], strict=True)
    assert [(repr(table.event(row)), repr(list(held))) for row, held in enumerate(values)] == careful
    assert len(careful) == 3


def test_a_field_inside_a_list_is_read_with_care() -> None:
    data = b'{"a":[{"b":7}]}\n' * 3
    found, tables = of_tables(data, 100, JSON, ["a.0.b"])
    assert found == with_care(data, 100, JSON, ["a.0.b"])
    assert not tables


CELL = st.sampled_from(
    [
        "",
        "a",
        " ",
        "é",
        '"q"',
        '"a;b"',
        '"a""b"',
        '5"',
        '"x\ny"',
        "\\",
        "0",
        "-0",
        "12.50",
        "007",
        "1e5",
        "9" * 19,
        "-",
    ]
)


@given(
    st.lists(st.lists(CELL, min_size=1, max_size=3), max_size=12),
    st.sampled_from(";\t, "),
    st.integers(1, 3),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([Kind.DELIMITED, Kind.FIELDS_LOG]),
    st.integers(1, 90),
)
@example([["1", "x"], ["1", '"x"'], ["1", '"x""y"']], ";", 2, "\n", Kind.DELIMITED, 90)
def test_rows(rows: list[list[str]], separator: str, columns: int, ending: str, kind: Kind, size: int) -> None:
    names = tuple(f"c{number}" for number in range(columns))
    form = Form(kind=kind, separator=separator, columns=names, numeric=frozenset(names[::2]))
    data = "".join(separator.join(row) + ending for row in rows).encode()
    wanted = [*names, "absent", "c0.inner"]
    assert of_tables(data, size, form, wanted)[0] == with_care(data, size, form, wanted)


def part(usual: str, *odd: str) -> st.SearchStrategy[str]:
    return st.one_of(st.just(usual), st.just(usual), st.sampled_from(odd))


ENTRY = st.builds(
    "{}{}{}{}{}{}".format,
    part("1.2.3.4 - - ", "- - - ", "h - a b ", "h  - - ", " - - ", "#h - - ", "h - [ ", "é - - "),
    part(
        "[01/Mar/2026:00:00:09 +0000] ",
        "[x] ",
        "[a b c] ",
        "[a b]] ",
        "[[a b] ",
        "a b ",
        "[a b] c",
        "[a b ]",
        "[a b]x ",
    ),
    part('"GET /a?b HTTP/1.1"', '"GET /a"', '"-"', '""', '"\\x16"', '"GET /"q" HTTP/1.1"', '"get"', "GET"),
    part(" 200 17", " 200 -", " - 5", " 99 5", " 200 5 ", " ２00 5", " 200 x"),
    part(' "http://e/" "agent é"', ' "-" ""', ' "a"  "b"', ' "a\\"" "b"', "", '"a" "b"', ' "a"'),
    part("", " rest", ' "9.9.9.9"', ' "', "\t", "\r"),
)


@given(st.lists(ENTRY | st.sampled_from(["", "#", "oops"]), max_size=6), st.integers(20, 600))
def test_access_logs(lines: list[str], size: int) -> None:
    form = Form(kind=Kind.ACCESS_LOG)
    names = ["host", "ident", "user", "time", "request", "method", "path", "protocol", "referer", "user_agent"]
    data = "".join(f"{line}\n" for line in ['h - - [x y] "GET /" 200 5', *lines]).encode()
    assert of_tables(data, size, form, names)[0] == with_care(data, size, form, names)


ALB = (
    "https 2026-03-01T00:00:09.125Z app/lb/1 1.2.3.4:5 10.0.0.1:80 0.001 0.002 0 200 200 34 366 "
    '"GET https://e:443/a HTTP/2.0" "Mozilla/5.0 (X11; Linux)" - - arn "Root=1" "-" "-" 0 2026-03-01T00:00:09Z "a"'
)
CLOUDFRONT = "2026-03-01\t00:00:09\tFRA2\t17\t1.2.3.4\tGET\te\t/a\t200\t-\tMozilla/5.0%20(X)\t-"
CLOUDFRONT_FIELDS = (
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query"
)


def test_logs_as_servers_write_them_become_tables() -> None:
    common = '1.2.3.4 - - [01/Mar/2026:00:00:09 +0000] "GET /a HTTP/1.1" 200 17'
    for lines, names in (
        ([common] * 30, ["host", "time", "path", "user_agent"]),
        ([f'{common} "-" "agent"'] * 30, ["host", "time", "path", "user_agent"]),
        ([f'{common} "-" "agent" "9.9.9.9"'] * 30, ["host", "referer", "user_agent"]),
        ([ALB] * 30, ["time", "client:port", "user_agent", "received_bytes", "classification"]),
        ([CLOUDFRONT_FIELDS, *[CLOUDFRONT] * 30], ["date", "c-ip", "cs(Referer)", "sc-bytes"]),
    ):
        data = "".join(f"{line}\n" for line in lines).encode()
        form = recognise(data)
        assert form is not None
        found, tables = of_tables(data, 10 * len(lines[-1]), form, names)
        assert found == with_care(data, 10 * len(lines[-1]), form, names)
        assert tables >= 2, lines[-1]
