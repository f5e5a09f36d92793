"""What a crawler makes of a file: its format, its compression and the types of its columns.

JSON is read for its first megabyte, and further up to ten if there is no whole object in that; CSV for a megabyte
and a thousand records; Parquet by its footer. The rules are as AWS documents them ("How does the AWS Glue crawler
detect the schema?", "Built-in classifiers"). No text says what becomes of types that contradict: here text wins.
"""

import csv
import io
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clickgen.local.platform.decompress import SNAPPY_FRAMES, DamagedFile, pieces
from clickgen.local.platform.hive_types import HiveType, type_of_duckdb
from clickgen.local.platform.limits import MEBIBYTE

STRING = HiveType("string")
UNKNOWN = HiveType("void")
"""The type of what was only ever null."""

_STEP, _MOST = MEBIBYTE, 10 * MEBIBYTE
_CSV_RECORDS = 1_000
_DELIMITERS = ",|\t;\x01"
_INT = 1 << 31
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?")
_MAX_HEADER_CHARACTERS = 150


@dataclass
class FileShape:
    """What is in a file.

    format: `json`, `csv`, `parquet` or `unknown`.
    compression: `none`, `gzip`, `bzip2`, `snappy`, `zip`.
    columns: types by name in order; original: the names as the file writes them.
    records, record_bytes: how many were looked at, and their size together.
    settings: of the format: the delimiter of CSV, and whether it has a header.
    """

    format: str = "unknown"
    compression: str = "none"
    columns: dict[str, HiveType] = field(default_factory=dict)
    original: list[str] = field(default_factory=list)
    records: int = 0
    record_bytes: int = 0
    settings: dict[str, str] = field(default_factory=dict)


def shape_of(path: Path) -> FileShape:
    """The shape of a file; `unknown` for what no classifier knows. OSError if it cannot be read."""
    with path.open("rb") as file:
        start = file.read(16)
    if start.startswith(b"PAR1"):
        return _parquet(path)
    compression = _compression(path, start)
    shape = FileShape(compression=compression.removeprefix("hadoop-"))
    size = _STEP
    while True:
        text, ended = _text(path, compression, size)
        if text.lstrip()[:1] in (b"{", b"["):
            if _json(text, ended, shape) or ended or size >= _MOST:
                return shape
        else:
            _csv(text, ended, shape)
            return shape
        size += _STEP


def merged(left: HiveType, right: HiveType) -> HiveType:
    """A type for the values of both."""
    if right in (left, UNKNOWN):
        return left
    if left == UNKNOWN:
        return right
    names = {left.name, right.name}
    if names <= {"int", "bigint", "double"}:
        return HiveType("double" if "double" in names else "bigint")
    if names == {"array"}:
        return HiveType("array", parts=(merged(left.parts[0], right.parts[0]),))
    if names == {"struct"}:
        fields = dict(zip(left.fields, left.parts, strict=True))
        for name, part in zip(right.fields, right.parts, strict=True):
            fields[name] = merged(fields.get(name, UNKNOWN), part)
        return HiveType("struct", parts=tuple(fields.values()), fields=tuple(fields))
    return STRING


def known(kind: HiveType) -> HiveType:
    """The type as it is written in the catalogue: what was never seen is text."""
    if kind == UNKNOWN:
        return STRING
    return HiveType(kind.name, kind.sizes, tuple(map(known, kind.parts)), kind.fields)


def _parquet(path: Path) -> FileShape:
    import duckdb  # an extra

    try:
        relation = duckdb.read_parquet(str(path), hive_partitioning=False)
        row = duckdb.execute("SELECT sum(num_rows) FROM parquet_file_metadata(?)", [str(path)]).fetchone()
    except duckdb.Error:
        return FileShape()
    names = [name.lower() for name in relation.columns]
    columns = dict(zip(names, map(type_of_duckdb, relation.types), strict=True))
    return FileShape(
        "parquet", "none", columns, list(relation.columns), int(row[0]) if row else 0, path.stat().st_size
    )


def _compression(path: Path, start: bytes) -> str:
    if start.startswith(b"\x1f\x8b"):
        return "gzip"
    if start.startswith(b"BZh"):
        return "bzip2"
    if start.startswith(b"PK\x03\x04"):
        return "zip"
    if start.startswith(SNAPPY_FRAMES):
        return "snappy"
    return "hadoop-snappy" if path.suffix == ".snappy" else "none"


def _text(path: Path, compression: str, size: int) -> tuple[bytes, bool]:
    """The first bytes of a file, decompressed, and whether they are all."""
    parts: list[bytes] = []
    left = size
    try:
        for piece in pieces(path, compression):
            parts.append(piece[:left])
            left -= len(piece)
            if left < 0:
                return b"".join(parts), False
    except DamagedFile:
        return b"".join(parts), False  # what came before the damage
    return b"".join(parts), True


def _json(text: bytes, ended: bool, shape: FileShape) -> bool:
    """Add what objects say, whether lines are between them or nothing; whether there was a whole one."""
    decoder = json.JSONDecoder()
    content = text.decode(errors="replace")
    at, found = 0, False
    shape.columns, shape.original, shape.records = {}, [], 0
    while True:
        while at < len(content) and content[at].isspace():
            at += 1
        try:
            value, end = decoder.raw_decode(content, at)
        except ValueError:
            # cut off in the middle, if there is more of the file; else it is not JSON from here on
            found = found and (not ended or at >= len(content))
            break
        if not isinstance(value, dict):
            value = {"array": value}
        _add(shape, value)
        shape.records += 1
        shape.record_bytes += end - at
        at, found = end, True
    shape.format = "json" if found else "unknown"
    return found


def _add(shape: FileShape, value: dict[str, Any]) -> None:
    for name, inner in value.items():
        column = name.lower()
        if column not in shape.columns:
            shape.original.append(name)
        shape.columns[column] = merged(shape.columns.get(column, UNKNOWN), _type(inner))


def _type(value: Any) -> HiveType:
    if isinstance(value, list):
        element = UNKNOWN
        for inner in value:
            element = merged(element, _type(inner))
        kind = HiveType("array", parts=(element,))
    elif isinstance(value, dict):
        fields: dict[str, HiveType] = {}
        for name, inner in value.items():
            fields[name.lower()] = merged(fields.get(name.lower(), UNKNOWN), _type(inner))
        kind = HiveType("struct", parts=tuple(fields.values()), fields=tuple(fields)) if fields else STRING
    elif type(value) is int:
        kind = HiveType("int" if -_INT <= value < _INT else "bigint")
    else:
        kind = _SCALARS.get(type(value), STRING)
    return kind


_SCALARS = {type(None): UNKNOWN, bool: HiveType("boolean"), float: HiveType("double")}


def _csv(text: bytes, ended: bool, shape: FileShape) -> None:
    """Delimited text: two columns at least, and as many in each of two records at least."""
    lines = text.decode(errors="replace").splitlines()
    lines = [line for line in (lines if ended else lines[:-1]) if line][:_CSV_RECORDS]
    if "\0" in text[:_STEP].decode(errors="replace") or len(lines) < 2:
        return
    for delimiter in _DELIMITERS:
        rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
        if len(rows[0]) > 1 and len({len(row) for row in rows}) == 1:
            break
    else:
        return
    header = _has_header(rows)
    names = rows[0] if header else [f"col{position}" for position in range(len(rows[0]))]
    shape.format = "csv"
    shape.settings = {"delimiter": delimiter, "header": "true" if header else "false"}
    shape.original = names
    columns: dict[str, HiveType] = {}
    for at, name in enumerate(names):
        columns[_column_name(name, at)] = _type_of_cells(row[at] for row in rows[header:])
    shape.columns = columns
    shape.records, shape.record_bytes = len(rows) - header, sum(map(len, lines))


def _has_header(rows: list[list[str]]) -> bool:
    """Texts in the first row only, and something else than text in another."""
    texts = all(cell and not _NUMBER.fullmatch(cell) and len(cell) < _MAX_HEADER_CHARACTERS for cell in rows[0])
    kinds = [_type_of_cells(row[at] for row in rows[1:]) for at in range(len(rows[0]))]
    return texts and any(kind != STRING for kind in kinds)


def _column_name(name: str, at: int) -> str:
    return re.sub(r"[^a-z0-9_]", "_", name.strip().lower()) or f"col{at}"


def _type_of_cells(cells: Iterable[str]) -> HiveType:
    """Whole numbers are `bigint` in CSV, whatever their size."""
    kind = UNKNOWN
    for text in filter(None, map(str.strip, cells)):
        if _NUMBER.fullmatch(text):
            found = HiveType("double" if set(text) & set(".eE") else "bigint")
        else:
            found = HiveType("boolean") if text.lower() in ("true", "false") else STRING
        kind = merged(kind, found)
    return known(kind)
