"""Rows of text files, by the SerDe of their table: OpenX and Hive JSON, delimited text, quoted CSV.

They are written to a file of JSON objects, one a line, with the columns that a query needs. DuckDB then reads that
with the types of the table. So every rule of a SerDe is here, and none is left to how DuckDB reads files.
"""

import csv
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.athena.decoders import Decoder, UnfitValue, decoder_of
from clickgen.local.athena.failures import failed
from clickgen.local.athena.files import SourceFile
from clickgen.local.athena.lines import lines_of
from clickgen.local.platform.hive_types import HiveType

FILE = "$file"
"""The member of a row that says which file it is of, by its position."""

_FLUSH_ROWS = 2_000
_MAX_PLANS = 10_000  # objects whose keys are data have a shape each
_SCALARS = frozenset(
    {"tinyint", "smallint", "int", "bigint", "boolean", "float", "double", "decimal", "date", "timestamp",
     "string", "varchar", "char", "binary"}
)  # fmt: skip

Values = dict[str, Any]
LineReader = Callable[[bytes], Values | None]
"""From a line to the values of the columns; None for a line that is not a row."""


@dataclass(frozen=True)
class TextColumns:
    """What is read of a text table.

    wanted: the types of the columns that the query needs, by name.
    order: all columns in the order of the table, which delimited text goes by.
    """

    wanted: Mapping[str, HiveType]
    order: Sequence[str]


def write_rows(files: Sequence[SourceFile], reader: LineReader, target: Path, *, skip_lines: int = 0) -> None:
    """Write the rows of all files to one file. skip_lines: header lines of each file; QueryFailed."""
    dumps = orjson.dumps
    with target.open("wb") as out:
        for position, file in enumerate(files):
            rows: list[bytes] = []
            for number, line in enumerate(lines_of(file.path, file.uri)):
                if number < skip_lines:
                    continue
                try:
                    values = reader(line)
                except UnfitValue as problem:
                    raise failed(
                        "HIVE_BAD_DATA", f"Invalid JSON: {problem} ({file.uri}, line {number + 1})"
                    ) from None
                except _MalformedRow as problem:
                    raise failed(
                        "HIVE_CURSOR_ERROR",
                        f"Row is not a valid JSON Object - JSONException: {problem}"
                        f" ({file.uri}, line {number + 1})",
                    ) from None
                if values is not None:
                    values[FILE] = position
                    rows.append(dumps(values))
                    if len(rows) == _FLUSH_ROWS:
                        out.write(b"\n".join(rows) + b"\n")
                        rows.clear()
            if rows:
                out.write(b"\n".join(rows) + b"\n")


class _MalformedRow(ValueError):
    """A line is not JSON."""


def json_reader(columns: TextColumns, settings: Mapping[str, str]) -> LineReader:
    """What reads lines of JSON: the first object of a line; anything after it is lost, as in Athena."""
    fold = settings.get("case.insensitive", "true").lower() != "false"
    lenient = settings.get("ignore.malformed.json", "false").lower() == "true"
    dots = settings.get("dots.in.keys", "false").lower() == "true"
    keys = {name: settings.get(f"mapping.{name}", name) for name in columns.wanted}
    decoders = {name: decoder_of(kind, fold) for name, kind in columns.wanted.items()}
    plans: dict[tuple[str, ...], list[tuple[str, str, Decoder]]] = {}

    def read(line: bytes) -> Values | None:
        text = line.strip()
        if text[:1] not in (b"{", b"["):
            return {}  # a row of NULLs, as are blank lines
        value = _first(text, lenient)
        if isinstance(value, list):
            value = {keys[name]: inner for name, inner in zip(columns.order, value, strict=False) if name in keys}
        if value is None:
            return {}
        shape = tuple(value)
        plan = plans.get(shape)
        if plan is None:
            plan = _plan(shape, keys, decoders, fold, dots)
            if len(plans) == _MAX_PLANS:
                plans.clear()
            plans[shape] = plan
        return {name: decode(found) for key, name, decode in plan if (found := value[key]) is not None}

    return read


def _first(text: bytes, lenient: bool) -> Any:
    """The first JSON value of a line; None if it is malformed and that is forgiven."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        try:
            return JSONDecoder().raw_decode(text.decode(errors="replace"))[0]
        except (JSONDecodeError, RecursionError) as problem:
            if lenient:
                return None
            raise _MalformedRow(str(problem)) from None


def _plan(
    shape: Sequence[str], keys: Mapping[str, str], decoders: Mapping[str, Decoder], fold: bool, dots: bool
) -> list[tuple[str, str, Decoder]]:
    """Which member of objects with these keys is read for which column."""
    places: dict[str, str] = {}
    sought = {key.lower() if fold else key for key in keys.values()}
    for key in shape:
        folded = key.lower() if fold else key
        if folded in places and folded in sought:
            raise _MalformedRow(f'Duplicate key "{folded}"')
        places[folded] = key
    if dots:
        for key in shape:
            places.setdefault((key.lower() if fold else key).replace(".", "_"), key)
    wanted = ((places.get(key.lower() if fold else key), name) for name, key in keys.items())
    return [(key, name, decoders[name]) for key, name in wanted if key is not None]


def delimited_reader(columns: TextColumns, settings: Mapping[str, str]) -> LineReader:
    """What reads delimited text (LazySimpleSerDe): no quotes, what cannot be read is NULL."""
    separator = settings.get("field.delim", settings.get("serialization.format", "\x01"))
    separator = chr(int(separator)) if separator.isdecimal() and len(separator) < 4 else separator
    escape = settings.get("escape.delim")
    null = settings.get("serialization.null.format", r"\N")
    wanted = _positions(columns)

    def read(line: bytes) -> Values | None:
        text = line.decode(errors="replace")
        fields = _unescaped(text, separator, escape) if escape and escape in text else text.split(separator)
        return {
            name: _of_text(decode, fields[at], textual)
            for at, name, decode, textual in wanted
            if at < len(fields) and fields[at] != null
        }

    return read


def quoted_reader(columns: TextColumns, settings: Mapping[str, str]) -> LineReader:
    """What reads CSV with quotes (OpenCSVSerDe); a value that spans lines is not supported there either."""
    separator = settings.get("separatorChar", ",")
    quote = settings.get("quoteChar", '"')
    escape = settings.get("escapeChar", "\\").replace("\\\\", "\\")
    wanted = _positions(columns)

    def read(line: bytes) -> Values | None:
        text = line.decode(errors="replace")
        fields = next(
            csv.reader([text], delimiter=separator, quotechar=quote, escapechar=escape, doublequote=True), []
        )
        return {
            name: _of_text(decode, fields[at], textual) for at, name, decode, textual in wanted if at < len(fields)
        }

    return read


def _positions(columns: TextColumns) -> list[tuple[int, str, Decoder, bool]]:
    nested = [name for name, kind in columns.wanted.items() if kind.name not in _SCALARS]
    if nested:
        raise failed(
            "HIVE_UNSUPPORTED_FORMAT", f"The embedded pipeline reads no nested columns of CSV: {', '.join(nested)}"
        )
    return [
        (columns.order.index(name), name, decoder_of(kind, True), kind.name in ("string", "varchar", "char"))
        for name, kind in columns.wanted.items()
    ]


def _of_text(decode: Decoder, field: str, textual: bool) -> Any:
    """An empty field is an empty text, and NULL for every other type."""
    return decode(field) if field or textual else None


def _unescaped(text: str, separator: str, escape: str) -> list[str]:
    fields, current, signs = [], "", iter(text)
    for sign in signs:
        if sign == escape:
            current += next(signs, "")
        elif sign == separator:
            fields.append(current)
            current = ""
        else:
            current += sign
    return [*fields, current]
