"""What statements write into the lake: CREATE TABLE AS, INSERT INTO and UNLOAD, as files that appear whole."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clickgen.local.athena.failures import failed
from clickgen.local.athena.files import files_below, folder_of
from clickgen.local.athena.scan import literal
from clickgen.local.platform.hive_types import HiveType, quoted, type_of_duckdb
from clickgen.local.platform.inside import folder_within

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MAX_PARTITIONS = 100  # that one statement may write, Athena's own limit
_COMPRESSIONS = {
    "PARQUET": {"": "SNAPPY", "SNAPPY": "SNAPPY", "GZIP": "GZIP", "ZSTD": "ZSTD", "LZ4": "LZ4",
                "NONE": "UNCOMPRESSED", "UNCOMPRESSED": "UNCOMPRESSED"},
    "JSON": {"": "gzip", "GZIP": "gzip", "ZSTD": "zstd", "NONE": "none"},
    "TEXTFILE": {"": "gzip", "GZIP": "gzip", "ZSTD": "zstd", "NONE": "none"},
}  # fmt: skip
_SUFFIXES = {"gzip": ".gz", "zstd": ".zst"}


@dataclass(frozen=True)
class Target:
    """Where rows are written and how.

    format: `PARQUET`, `JSON` or `TEXTFILE`. compression: as the statement says, `` for the format's own default.
    keys: the columns that become folders, which are the last ones. delimiter: of TEXTFILE.
    """

    location: str
    format: str
    compression: str = ""
    keys: tuple[str, ...] = ()
    delimiter: str = "\x01"


@dataclass(frozen=True)
class Written:
    """What was written. partitions: the values of keys that files were written for."""

    rows: int
    uris: list[str]
    partitions: list[tuple[str, ...]]


def columns_of(connection: "DuckDBPyConnection", sql: str) -> dict[str, HiveType]:
    """The columns that a query gives, with the types that they can be kept as."""
    relation = connection.sql(f"SELECT * FROM ({sql}) LIMIT 0")
    names = [name.lower() for name in relation.columns]
    for name in names:
        if names.count(name) > 1:
            raise failed("DUPLICATE_COLUMN_NAME", f"Column name '{name}' specified more than once", (1, 1))
    return dict(zip(names, map(type_of_duckdb, relation.types), strict=True))


def check_empty(lake: Path, location: str, table: str) -> None:
    """QueryFailed if something is there already: such a statement writes into an empty place only."""
    if next(files_below(lake, location), None) is not None:
        raise failed(
            "HIVE_PATH_ALREADY_EXISTS", f"Target directory for table '{table}' already exists: {location}"
        )


def write(
    connection: "DuckDBPyConnection",
    sql: str,
    columns: Mapping[str, HiveType],
    target: Target,
    places: tuple[Path, Path],
    name: str,
) -> Written:
    """Write the rows of a query.

    columns: what they are kept as, in the query's order. places: the lake, and a folder on the same disk for what
    is not whole yet. name: what the files' names begin with, new each time.
    """
    lake, drafts = places
    if list(columns)[len(columns) - len(target.keys) :] != list(target.keys):
        raise failed(
            "HIVE_COLUMN_ORDER_MISMATCH",
            "Partition keys must be the last columns in the table and in the same order as the table properties:"
            f" [{', '.join(target.keys)}]",
        )
    rows = f"SELECT {_cast_columns(columns, target)} FROM ({sql}) AS q({', '.join(map(quoted, columns))})"
    connection.execute(f"CREATE TEMP TABLE written AS {rows}")
    count = _one(connection, "SELECT count(*) FROM written")
    found = _partitions(connection, target)
    draft = drafts / name
    draft.mkdir(parents=True)
    suffix = f".{target.format.lower()}" if target.format == "PARQUET" else ""
    suffix += _SUFFIXES.get(_compression(target), "")
    uris: list[str] = []
    for values in found:
        file = draft / f"{name}_{len(uris)}{suffix}"
        connection.execute(_copy(target, values, file, columns))
        uris.append(_publish(lake, file, target, values))
    connection.execute("DROP TABLE written")
    draft.rmdir()
    return Written(count, uris, [values for values in found if values])


def _cast_columns(columns: Mapping[str, HiveType], target: Target) -> str:
    parts = []
    for column, kind in columns.items():
        nested = target.format == "TEXTFILE" and kind.parts
        if nested:
            raise failed("NOT_SUPPORTED", f"the embedded pipeline writes no nested column as text: {column}")
        parts.append(f"CAST(q.{quoted(column)} AS {kind.duckdb}) AS {quoted(column)}")
    return ", ".join(parts)


def _partitions(connection: "DuckDBPyConnection", target: Target) -> list[tuple[str, ...]]:
    """The values of the keys in the rows; one combination without values if there are no keys."""
    if not target.keys:
        return [()]
    keys = ", ".join(
        f"coalesce(CAST({quoted(key)} AS VARCHAR), '__HIVE_DEFAULT_PARTITION__')" for key in target.keys
    )
    found: list[tuple[str, ...]] = connection.execute(
        f"SELECT DISTINCT {keys} FROM written ORDER BY ALL"
    ).fetchall()
    if len(found) > _MAX_PARTITIONS:
        raise failed(
            "HIVE_TOO_MANY_OPEN_PARTITIONS",
            f"Exceeded limit of {_MAX_PARTITIONS} open writers for partitions/buckets",
        )
    return found


def _copy(target: Target, values: Sequence[str], file: Path, columns: Mapping[str, HiveType]) -> str:
    data = [quoted(column) for column in columns if column not in target.keys]
    conditions = [
        f"coalesce(CAST({quoted(key)} AS VARCHAR), '__HIVE_DEFAULT_PARTITION__') = {literal(value)}"
        for key, value in zip(target.keys, values, strict=False)
    ]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    options = {
        "PARQUET": "FORMAT parquet",
        "JSON": "FORMAT json",
        "TEXTFILE": f"FORMAT csv, HEADER false, DELIMITER {literal(target.delimiter)}, QUOTE '', ESCAPE '',"
        " NULLSTR '\\N'",
    }[target.format]
    return (
        f"COPY (SELECT {', '.join(data)} FROM written{where}) TO {literal(str(file))}"
        f" ({options}, COMPRESSION {literal(_compression(target))})"
    )


def _compression(target: Target) -> str:
    compression = _COMPRESSIONS[target.format].get(target.compression.upper())
    if compression is None:
        raise failed("NOT_SUPPORTED", f"Compression {target.compression} is not supported for {target.format}")
    return compression


def _publish(lake: Path, file: Path, target: Target, values: Sequence[str]) -> str:
    """Move a whole file to its place; its URI."""
    folders = [f"{key}={value.replace('/', '%2F')}" for key, value in zip(target.keys, values, strict=False)]
    folder = folder_of(lake, target.location).joinpath(*folders)
    with folder_within(lake, folder.relative_to(lake).parts) as descriptor:
        os.replace(file, file.name, dst_dir_fd=descriptor)  # pathlib knows no folder descriptors
    return f"s3://{folder.relative_to(lake).as_posix()}/{file.name}"


def _one(connection: "DuckDBPyConnection", sql: str) -> int:
    row: Any = connection.execute(sql).fetchone()
    return int(row[0])
