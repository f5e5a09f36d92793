"""A table's files as a view of DuckDB, with the columns that a query needs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clickgen.local.athena.failures import failed
from clickgen.local.athena.files import SourceFile
from clickgen.local.athena.tables import Table
from clickgen.local.athena.text_rows import (
    FILE,
    TextColumns,
    delimited_reader,
    json_reader,
    quoted_reader,
    write_rows,
)
from clickgen.local.platform.hive_types import HiveType, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PSEUDO = {"$path": "VARCHAR", "$file_size": "BIGINT", "$file_modified_time": "TIMESTAMP WITH TIME ZONE"}
"""Columns that every table has without showing them, with their types in DuckDB."""

_READERS = {"json": json_reader, "delimited": delimited_reader, "quoted": quoted_reader}
_MAGIC = b"PAR1"
_FITS = {
    "BOOLEAN": {"boolean"},
    "INT32": {"tinyint", "smallint", "int", "bigint", "date", "decimal"},
    "INT64": {"bigint", "timestamp", "decimal"},
    "INT96": {"timestamp"},
    "FLOAT": {"float", "double"},
    "DOUBLE": {"double"},
    "BYTE_ARRAY": {"string", "varchar", "char", "binary", "decimal"},
    "FIXED_LEN_BYTE_ARRAY": {"decimal", "binary"},
}
"""Which columns a Parquet column of a physical type can be read as."""
_MAX_OBJECT_BYTES = 64 << 20  # of a row as JSON; lines themselves are limited to half of that


class Scanner:
    """Makes views over tables' files in one connection, in a folder for what has to be written meanwhile."""

    def __init__(self, connection: "DuckDBPyConnection", temporary: Path) -> None:
        self.scanned = 0
        self._connection = connection
        self._temporary = temporary
        self._views = 0

    def view(self, table: Table, files: Sequence[SourceFile], needed: frozenset[str] | None) -> str:
        """The name of a view with the table's columns, keys and pseudo-columns.

        needed: names that the query mentions; None if it may mean every column. Others are left out.
        """
        self._views += 1
        name = f"scan_{self._views}"
        wanted = {column: kind for column, kind in table.columns.items() if needed is None or column in needed}
        keys = {key: kind for key, kind in table.keys.items() if needed is None or key in needed}
        pseudo = {column: kind for column, kind in PSEUDO.items() if needed is not None and column in needed}
        if not wanted and not keys and not pseudo and table.columns:
            wanted = dict([next(iter(table.columns.items()))])  # count(*) needs rows, though none of their columns
        if not files:
            self._connection.execute(f"CREATE TEMP VIEW {name} AS {_nothing({**wanted, **keys}, pseudo)}")
            return name
        if table.format == "parquet":
            source, columns, index = self._parquet(files, wanted)
        else:
            source, columns, index = self._text(table, files, wanted, name)
        selected = columns
        if keys or pseudo:
            self._partitions(f"{name}_files", table, files, keys)
            source += f" JOIN {name}_files AS f ON f.position = {index}"
            selected += [
                f"CAST(f.{quoted(column)} AS {kind.duckdb}) AS {quoted(column)}" for column, kind in keys.items()
            ]
            selected += [f"f.{quoted(column)} AS {quoted(column)}" for column in pseudo]
        self._connection.execute(f"CREATE TEMP VIEW {name} AS SELECT {', '.join(selected)} FROM {source}")
        return name

    def _partitions(
        self, name: str, table: Table, files: Sequence[SourceFile], keys: Mapping[str, HiveType]
    ) -> None:
        """A table of what the files themselves say: their position, path, size, and the values of keys."""
        order = list(table.keys)
        columns: dict[str, list[Any]] = {
            "position": list(range(len(files))),
            "$path": [file.uri for file in files],
            "$file_size": [file.size for file in files],
            "$file_modified_time": [file.modified for file in files],
            **{key: [file.values[order.index(key)] for file in files] for key in keys},
        }
        kinds = ["INTEGER", "VARCHAR", "BIGINT", "DOUBLE", *["VARCHAR"] * len(keys)]
        lists = ", ".join(
            f"unnest(?::{kind}[]) AS {quoted(column)}" for column, kind in zip(columns, kinds, strict=True)
        )
        modified = '* REPLACE (to_timestamp("$file_modified_time") AS "$file_modified_time")'
        self._connection.execute(
            f"CREATE TEMP TABLE {name} AS SELECT {modified} FROM (SELECT {lists})", list(columns.values())
        )

    def _text(
        self, table: Table, files: Sequence[SourceFile], wanted: Mapping[str, HiveType], name: str
    ) -> tuple[str, list[str], str]:
        target = self._temporary / f"{name}.json"
        reader = _READERS[table.format](TextColumns(wanted, list(table.columns)), table.settings)
        skip = table.settings.get("skip.header.line.count", "0")
        write_rows(files, reader, target, skip_lines=int(skip) if skip.isdecimal() else 0)
        self.scanned += sum(file.size for file in files)
        types = ", ".join(f"{literal(column)}: {literal(kind.duckdb)}" for column, kind in wanted.items())
        types = f"{types}, " if types else ""
        source = (
            f"read_json({literal(str(target))}, format = 'newline_delimited', auto_detect = false,"
            f" maximum_object_size = {_MAX_OBJECT_BYTES}, columns = {{{types}{literal(FILE)}: 'INTEGER'}}) AS d"
        )
        return source, [f"d.{quoted(column)}" for column in wanted], f"d.{quoted(FILE)}"

    def _parquet(self, files: Sequence[SourceFile], wanted: Mapping[str, HiveType]) -> tuple[str, list[str], str]:
        listed = f"[{', '.join(literal(str(file.path)) for file in files)}]"
        for file in files:
            _check_magic(file)
        present = self._check_types(files, listed, wanted)
        self._count(listed, present)
        options = "union_by_name = true, hive_partitioning = false, binary_as_string = true"
        source = f"read_parquet({listed}, {options}) AS d"
        columns = [
            f"CAST({f'd.{quoted(column)}' if column in present else 'NULL'} AS {kind.duckdb}) AS {quoted(column)}"
            for column, kind in wanted.items()
        ]
        return source, columns, "d.file_index"

    def _check_types(self, files: Sequence[SourceFile], listed: str, wanted: Mapping[str, HiveType]) -> set[str]:
        """The wanted columns that some file has; QueryFailed if one has it with a type that does not fit."""
        uris = {str(file.path): file.uri for file in files}
        present: set[str] = set()
        rows = self._connection.execute(
            f"SELECT file_name, lower(name), type, coalesce(num_children, 0) FROM parquet_schema({listed})"
        ).fetchall()
        for path, column, physical in _top_level(rows):
            kind = wanted.get(column)
            if kind is None:
                continue
            present.add(column)
            if physical and not kind.parts and kind.name not in _FITS.get(physical, {kind.name}):
                raise failed(
                    "HIVE_BAD_DATA",
                    f"Field {column}'s type {physical} in parquet file {uris.get(path, path)} is incompatible with"
                    f" type {kind.trino} defined in table schema",
                )
        return present

    def _count(self, listed: str, columns: set[str]) -> None:
        """Add what of the files is read: the chunks of these columns; every file's footer is read too."""
        names = ", ".join(map(literal, columns)) or "''"
        row = self._connection.execute(
            "SELECT coalesce(sum(total_compressed_size), 0) FROM parquet_metadata(" + listed + ")"
            f" WHERE lower(regexp_extract(path_in_schema, '^[^.,]*')) IN ({names})"
        ).fetchone()
        self.scanned += int(row[0]) if row else 0


def _top_level(rows: Sequence[tuple[str, str, str | None, int]]) -> Iterator[tuple[str, str, str | None]]:
    """File, name and physical type of the columns of files, of rows that list every schema from its root down."""
    at = 0
    while at < len(rows):
        path, _, _, columns = rows[at]
        at += 1
        for _ in range(columns):
            yield path, rows[at][1], rows[at][2]
            left = rows[at][3]
            at += 1
            while left:  # what is within the column
                left += rows[at][3] - 1
                at += 1


def literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _nothing(columns: Mapping[str, HiveType], pseudo: Mapping[str, str]) -> str:
    nulls = [f"CAST(NULL AS {kind.duckdb}) AS {quoted(name)}" for name, kind in columns.items()]
    nulls += [f"CAST(NULL AS {kind}) AS {quoted(name)}" for name, kind in pseudo.items()]
    return f"SELECT {', '.join(nulls) or '1'} WHERE false"


def _check_magic(file: SourceFile) -> None:
    with file.path.open("rb") as opened:
        opened.seek(-min(4, file.size), 2)
        end = opened.read(4)
    if end != _MAGIC:
        raise failed(
            "HIVE_BAD_DATA",
            f"Not valid Parquet file: {file.uri} expected magic number: PAR1 got: {end.decode('latin-1')}",
        )
