"""The files of a result in the lake, as Athena lays them out, and the pages that clients read of them.

The rows of a SELECT are `ID.csv`: a header, values in quotes, NULL as nothing. Other answers are `ID.txt`, a row a
line. Beside it is `….metadata`, a protobuf message of the columns, which drivers read; what statements wrote is
listed in `ID-manifest.csv`. Layout and fields are as measured at Athena by github.com/aoyagikouhei/athena-local
and github.com/burtcorp/athena-jdbc.
"""

import mmap
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from clickgen.local.athena.files import folder_of
from clickgen.local.athena.outcome import Column, Outcome, Row
from clickgen.local.platform.inside import folder_within

_FIELD = re.compile(rb'(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|\Z)')
_ROWS_A_WRITE = 1_000
_NULLABLE_UNKNOWN = 3
_SIZED = frozenset(
    {"tinyint", "smallint", "integer", "bigint", "double", "float", "decimal", "varchar", "char", "varbinary",
     "timestamp", "time", "timestamp with time zone"}
)  # fmt: skip


@dataclass(frozen=True)
class Result:
    """Where a result is. uri: `OutputLocation`; manifest: of what was written, None if nothing was."""

    uri: str
    manifest: str | None = None


def result_uri(location: str, outcome_kind: str, name: str, *, headed: bool) -> str:
    """`OutputLocation` of a statement, whose results go to `location`, which ends in a slash."""
    if outcome_kind == "CREATE_TABLE_AS_SELECT":
        return f"{location}tables/{name}"
    if outcome_kind in ("INSERT", "UNLOAD"):
        return f"{location}{name}"
    return f"{location}{name}.csv" if headed else f"{location}{name}.txt"


def write_result(lake: Path, drafts: Path, location: str, name: str, outcome: Outcome) -> Result:
    """Write the files of one result, each whole at once."""
    uri = result_uri(location, outcome.substatement, name, headed=outcome.headed)
    drafts.mkdir(parents=True, exist_ok=True)
    draft = drafts / f"{name}.result"
    manifest = None
    if outcome.update is None:
        with draft.open("wb") as file:
            for lines in _lines(outcome):
                file.write(lines)
        _publish(lake, draft, uri)
    elif outcome.manifest:
        manifest = f"{location}{'tables/' if '/tables/' in uri else ''}{name}-manifest.csv"
        draft.write_text("".join(f"{written}\n" for written in outcome.manifest))
        _publish(lake, draft, manifest)
    if outcome.columns:
        draft.write_bytes(_metadata(name, outcome))
        _publish(lake, draft, f"{uri}.metadata")
    return Result(uri, manifest)


def page_of(path: Path, position: int, count: int, *, plain: bool) -> tuple[list[Row], int | None]:
    """At most `count` rows from a byte position on, and the position after them; None if the file ends there.

    plain: whether the file is lines of text.
    """
    if path.stat().st_size <= position:
        return [], None
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        rows, position = (_text_rows if plain else _csv_rows)(content, position, count)
        return rows, position if len(rows) == count else None


def _lines(outcome: Outcome) -> Iterator[bytes]:
    if not outcome.headed:
        rows = ["\t".join(cell or "" for cell in row) for row in outcome.rows]
        yield "\n".join(rows).encode()
        return
    lines = [_line(tuple(column.name for column in outcome.columns))]
    for row in outcome.rows:
        lines.append(_line(row))
        if len(lines) == _ROWS_A_WRITE:
            yield "".join(lines).encode()
            lines.clear()
    yield "".join(lines).encode()


def _line(row: Row) -> str:
    return ",".join("" if cell is None else '"' + cell.replace('"', '""') + '"' for cell in row) + "\n"


def _csv_rows(content: mmap.mmap, position: int, count: int) -> tuple[list[Row], int]:
    rows: list[Row] = []
    row: list[str | None] = []
    for field in _FIELD.finditer(content, position):
        quoted, bare, end = field.groups()
        if not end and not field[0]:
            break  # the end of the file, after its last line
        row.append(bare.decode() or None if quoted is None else quoted.replace(b'""', b'"').decode())
        if end != b",":
            rows.append(tuple(row))
            row = []
            position = field.end()
            if len(rows) == count:
                break
    return rows, position


def _text_rows(content: mmap.mmap, position: int, count: int) -> tuple[list[Row], int]:
    rows: list[Row] = []
    content.seek(position)
    while len(rows) < count and (line := content.readline()):
        rows.append((line.decode().removesuffix("\n"),))
    return rows, content.tell()


def _publish(lake: Path, file: Path, uri: str) -> None:
    location, _, name = uri.rpartition("/")
    folder = folder_of(lake, location)
    with folder_within(lake, folder.relative_to(lake).parts) as descriptor:
        os.replace(file, name, dst_dir_fd=descriptor)  # pathlib knows no folder descriptors


def _metadata(name: str, outcome: Outcome) -> bytes:
    message = _text_field(1, name)
    if outcome.update is not None:
        message += _text_field(2, outcome.update[0]) + _number_field(3, outcome.update[1])
    for column in outcome.columns:
        message += _bytes_field(4, _column_message(column))
    return message


def _column_message(column: Column) -> bytes:
    message = _text_field(1, "hive") + _text_field(4, column.name) + _text_field(5, column.name)
    message += _text_field(6, column.kind)
    if column.kind in _SIZED:
        message += _number_field(7, column.precision)
    if column.kind in _SIZED or column.kind == "date":
        message += _number_field(8, column.scale)
    message += _number_field(9, _NULLABLE_UNKNOWN)
    if column.kind in _SIZED or column.kind in ("date", "boolean"):
        message += _number_field(10, int(column.kind in ("varchar", "char")))
    return message


def _varint(number: int) -> bytes:
    groups = bytearray()
    while number > 0x7F:
        groups.append(number & 0x7F | 0x80)
        number >>= 7
    groups.append(number)
    return bytes(groups)


def _number_field(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes_field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(content)) + content


def _text_field(field: int, text: str) -> bytes:
    return _bytes_field(field, text.encode())


def infos(columns: Sequence[Column]) -> list[dict[str, object]]:
    """The columns as `ColumnInfo`s."""
    return [column.info() for column in columns]
