"""The rows that COPY finds in objects of the lake: JSON, CSV, delimited text and Parquet."""

import csv
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.platform.decompress import pieces
from clickgen.local.platform.hive_types import quoted
from clickgen.local.platform.inside import is_bucket
from clickgen.local.redshift.copy_command import CopyCommand
from clickgen.local.redshift.database import SqlFailed, TableColumn

_STEP = re.compile(r"\.([^.\[\]]+)|\[(?:'([^']*)'|\"([^\"]*)\"|(\d+))\]")


@dataclass
class FoundRow:
    """One row: its texts by column, None for NULL; or what is wrong with it as a whole."""

    uri: str
    line: int
    raw: str
    values: list[str | None]
    damage: str | None = None


def sources(lake: Path, command: CopyCommand) -> list[tuple[Path, str]]:
    """The objects to load, with their URIs; SqlFailed if there are none."""
    if "MANIFEST" in command.flags:
        return _of_manifest(lake, command.source)
    bucket, _, prefix = command.source.removeprefix("s3://").partition("/")
    found = (
        [
            (path, f"s3://{path.relative_to(lake).as_posix()}")
            for path in sorted((lake / bucket).rglob("*"))
            if path.is_file()
            and not path.is_symlink()
            and path.relative_to(lake / bucket).as_posix().startswith(prefix)
        ]
        if is_bucket(bucket) and not (lake / bucket).is_symlink()
        else []
    )
    if not found:
        raise SqlFailed(f"ERROR: The specified S3 prefix '{prefix}' does not exist in bucket '{bucket}'")
    return found


def rows_of(
    path: Path, uri: str, command: CopyCommand, columns: Sequence[TableColumn], lake: Path
) -> Iterator[FoundRow]:
    """The rows of one object. SqlFailed if it cannot be read at all."""
    try:
        if command.format == "parquet":
            yield from _parquet(path, uri, columns)
        elif command.format == "json":
            yield from _json(path, uri, command, columns, lake)
        else:
            yield from _delimited(path, uri, command, columns)
    except OSError as problem:
        raise SqlFailed(f"ERROR: {uri} cannot be read: {problem}") from problem


def _of_manifest(lake: Path, uri: str) -> list[tuple[Path, str]]:
    try:
        entries = orjson.loads(_object(lake, uri).read_bytes())["entries"]
        found = [(_object(lake, entry["url"]), entry) for entry in entries]
    except (OSError, KeyError, TypeError, ValueError) as problem:
        raise SqlFailed(f"ERROR: The manifest {uri} is missing or is not valid: {problem}") from None
    for path, entry in found:
        if not path.is_file() and entry.get("mandatory"):
            raise SqlFailed(f"ERROR: Problem reading manifest file - S3 object {entry['url']} does not exist")
    return [(path, entry["url"]) for path, entry in found if path.is_file()]


def _object(lake: Path, uri: str) -> Path:
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not is_bucket(bucket) or ".." in key.split("/"):
        raise ValueError(f"{uri} is not the URI of an object")
    return lake / bucket / key


def _json(
    path: Path, uri: str, command: CopyCommand, columns: Sequence[TableColumn], lake: Path
) -> Iterator[FoundRow]:
    """Objects one after the other, with lines between them or nothing."""
    pick = _picker(command, columns, lake)
    decoder = json.JSONDecoder()
    text = b"".join(pieces(path, command.compression)).decode(errors="replace")
    at, line = 0, 1
    while True:
        begin = at
        while at < len(text) and text[at].isspace():
            at += 1
        line += text.count("\n", begin, at)
        if at >= len(text):
            return
        try:
            value, end = decoder.raw_decode(text, at)
        except ValueError as problem:
            # what is damaged ends with its line
            end = text.find("\n", at) if "\n" in text[at:] else len(text)
            yield FoundRow(uri, line, text[at:end], [], f"Invalid JSONPath or JSON: {problem}")
            at = end
            continue
        raw = text[at:end]
        if isinstance(value, dict):
            yield FoundRow(uri, line, raw, [_text(found) for found in pick(value)])
        else:
            yield FoundRow(uri, line, raw, [], "Invalid value: a JSON object is wanted")
        line += raw.count("\n")
        at = end


def _picker(command: CopyCommand, columns: Sequence[TableColumn], lake: Path) -> Any:
    names = [column.name for column in columns]
    if command.json == "auto":
        return lambda value: [value.get(name) for name in names]
    if command.json == "auto ignorecase":
        return lambda value: [{key.lower(): inner for key, inner in value.items()}.get(name) for name in names]
    try:
        paths = orjson.loads(_object(lake, command.json).read_bytes())["jsonpaths"]
    except (OSError, KeyError, ValueError) as problem:
        raise SqlFailed(
            f"ERROR: The JSONPaths file {command.json} is missing or is not valid: {problem}"
        ) from None
    if len(paths) != len(names):
        raise SqlFailed(f"ERROR: Number of jsonpaths ({len(paths)}) and columns ({len(names)}) do not match.")
    steps = [[next(part for part in found if part) for found in _STEP.findall(path)] for path in paths]
    return lambda value: [_follow(value, path) for path in steps]


def _follow(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return orjson.dumps(value).decode()


def _delimited(path: Path, uri: str, command: CopyCommand, columns: Sequence[TableColumn]) -> Iterator[FoundRow]:
    separator = command.values.get("DELIMITER", "," if command.format == "csv" else "|")
    quote = command.values.get("QUOTE", '"')
    null = command.values.get("NULL", "" if command.format == "csv" else r"\N")
    lines = b"".join(pieces(path, command.compression)).decode(errors="replace").splitlines(keepends=True)
    skipped = int(command.values.get("IGNOREHEADER", "0"))
    plain = {"delimiter": separator, "quotechar": quote, "doublequote": True}
    if command.format == "text" and "REMOVEQUOTES" not in command.flags:
        plain = {"delimiter": separator, "quoting": csv.QUOTE_NONE}
    if "ESCAPE" in command.flags:
        plain["escapechar"] = "\\"
    reader = csv.reader(lines[skipped:], **plain)  # type: ignore[arg-type]  # named settings of one reader
    for fields in reader:
        number = skipped + reader.line_num
        raw = separator.join(fields)
        if not fields or (len(fields) == 1 and not fields[0].strip() and "IGNOREBLANKLINES" in command.flags):
            continue
        if len(fields) < len(columns):
            yield FoundRow(uri, number, raw, [], "Delimiter not found")
        elif len(fields) > len(columns):
            yield FoundRow(uri, number, raw, [], "Extra column(s) found")
        else:
            yield FoundRow(uri, number, raw, [None if field == null else field for field in fields])


def _parquet(path: Path, uri: str, columns: Sequence[TableColumn]) -> Iterator[FoundRow]:
    """By position: the counts must match."""
    try:
        import duckdb  # an extra
    except ImportError:
        raise SqlFailed("ERROR: COPY of Parquet needs duckdb: pip install 'clickgen-aws[local]'") from None
    try:
        with duckdb.connect() as connection:
            relation = connection.read_parquet(str(path), hive_partitioning=False, binary_as_string=True)
            if len(relation.columns) != len(columns):
                raise SqlFailed(
                    "ERROR: Spectrum Scan Error: Unmatched number of columns between table and file. Table"
                    f" columns: {len(columns)}, Data columns: {len(relation.columns)}, File name: {uri}"
                )
            picked = ", ".join(
                f"{'to_json' if kind.id in ('struct', 'list', 'map') else ''}({quoted(name)})::VARCHAR"
                for name, kind in zip(relation.columns, relation.types, strict=True)
            )
            source = "read_parquet(?, hive_partitioning = false, binary_as_string = true)"
            result = connection.execute(f"SELECT {picked} FROM {source}", [str(path)])  # noqa: S608  # names are quoted
            number = 0
            while rows := result.fetchmany(1000):
                for row in rows:
                    number += 1
                    yield FoundRow(uri, number, "", list(row))
    except duckdb.Error as problem:
        raise SqlFailed(f"ERROR: Spectrum Scan Error: {uri}: {str(problem).splitlines()[0]}") from problem
