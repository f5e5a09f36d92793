"""DuckDB that stands for Redshift where no PostgreSQL is installed: a file for each database."""

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from clickgen.local.redshift.database import ResultColumn, SqlFailed, SqlResult, TableColumn
from clickgen.local.redshift.functions import SYSTEM_TABLES
from clickgen.local.redshift.translate import for_duckdb

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MACROS = (
    "getdate() AS current_localtimestamp()",
    "strtol(digits, base) AS CASE WHEN base = 16 THEN concat('0x', digits)::BIGINT ELSE digits::BIGINT END",
    "from_base(digits, base) AS CASE WHEN base = 16 THEN concat('0x', digits)::BIGINT ELSE digits::BIGINT END",
    "is_valid_json(document) AS json_valid(document)",
)
_KINDS = {
    "boolean": "bool", "smallint": "int2", "integer": "int4", "bigint": "int8", "hugeint": "numeric",
    "float": "float4", "double": "float8", "decimal": "numeric", "date": "date", "timestamp": "timestamp",
    "timestamp with time zone": "timestamptz", "json": "super",
}  # fmt: skip
_TABLE_KINDS = {
    "float": "real",
    "double": "double precision",
    "json": "super",
    "timestamp with time zone": "timestamptz",
}
_ROWS_A_STEP = 1_000


class Duck:
    """The databases, as files in a folder."""

    def __init__(self, state: Path) -> None:
        self._folder = state / "duckdb"
        self._lock = Lock()
        self._open: dict[str, DuckDBPyConnection] = {}

    def session(self, database: str) -> "DuckSession":
        """A new connection to a database, which is made if it is not there."""
        import duckdb  # an extra

        with self._lock:
            if database not in self._open:
                self._folder.mkdir(exist_ok=True)
                connection = duckdb.connect(str(self._folder / f"{database.replace('/', '_')}.duckdb"))
                connection.execute(
                    "CREATE SCHEMA IF NOT EXISTS public; SET schema = 'public'; SET TimeZone = 'UTC'"
                )
                connection.execute("SET integer_division = true; SET enable_external_access = false")
                connection.execute(SYSTEM_TABLES)
                for macro in _MACROS:
                    connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")
                self._open[database] = connection
            return DuckSession(self._open[database].cursor())

    def names(self, prefix: str) -> list[str]:
        """The databases whose names begin so, without the prefix."""
        return sorted(path.stem.removeprefix(prefix) for path in self._folder.glob(f"{prefix}*.duckdb"))

    def close(self) -> None:
        """Write everything down."""
        for connection in self._open.values():
            connection.close()


class DuckSession:
    """One connection."""

    def __init__(self, connection: "DuckDBPyConnection") -> None:
        self._connection = connection
        connection.execute("SET schema = 'public'; SET TimeZone = 'UTC'; SET integer_division = true")
        for macro in _MACROS:
            connection.execute(f"CREATE OR REPLACE TEMP MACRO {macro}")

    def run(self, statement: str) -> SqlResult:
        """Carry out one statement of Redshift's; SqlFailed."""
        found: SqlResult = self._guarded(lambda: self._run(for_duckdb(statement)))
        return found

    def columns(self, schema: str, table: str) -> list[TableColumn]:
        """The columns of a table in order; SqlFailed if there is none of that name."""
        sql = (
            "SELECT column_name, lower(data_type), 0, is_nullable = 'YES' FROM information_schema.columns"
            " WHERE table_schema = ? AND table_name = ? ORDER BY ordinal_position"
        )
        rows = self._guarded(lambda: self._connection.execute(sql, [schema, table]).fetchall())
        if not rows:
            raise SqlFailed(f'ERROR: relation "{schema}.{table}" does not exist')
        return [
            TableColumn(name, _TABLE_KINDS.get(base, "numeric" if base == "decimal" else base), *rest)
            for name, kind, *rest in rows
            for base in [kind.split("(", 1)[0]]
        ]

    def load(self, table: tuple[str, str], columns: Sequence[str], rows: Iterator[Sequence[str | None]]) -> int:
        """Add rows of texts to a table, all or none; how many. SqlFailed."""
        names = ", ".join(f'"{name}"' for name in columns)
        marks = ", ".join("?" * len(columns))
        target = ".".join(f'"{part}"' for part in table)
        sql = f"INSERT INTO {target} ({names}) VALUES ({marks})"  # noqa: S608  # names are of the catalogue, quoted
        count = 0
        self._connection.execute("BEGIN")
        try:
            while step := [list(row) for row in islice(rows, _ROWS_A_STEP)]:
                count += len(step)
                self._guarded(lambda step=step: self._connection.executemany(sql, step))  # type: ignore[misc]  # bound now
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")
        return count

    def cancel(self) -> None:
        """Stop the statement that runs, from another thread."""
        self._connection.interrupt()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _run(self, statement: str) -> SqlResult:
        result = self._connection.execute(statement)
        described = result.description or []
        if not described or [name for name, *_ in described] == ["Count"]:
            row = result.fetchone() if described else None
            return SqlResult(count=int(row[0]) if row else -1)
        columns = [
            ResultColumn(name, _KINDS.get(str(kind).lower().split("(")[0], "varchar"))
            for name, kind, *_ in described
        ]
        return SqlResult(columns, self._rows(result), -1)

    def _rows(self, result: "DuckDBPyConnection") -> Iterator[Sequence[Any]]:
        while step := result.fetchmany(_ROWS_A_STEP):
            yield from step

    def _guarded(self, perform: Callable[[], Any]) -> Any:
        import duckdb  # an extra

        try:
            return perform()
        except duckdb.Error as problem:
            raise SqlFailed(f"ERROR: {_words(str(problem))}") from problem


def _words(problem: str) -> str:
    first = problem.split("\n", 1)[0].partition(": ")[2]
    if first.startswith("Table with name "):
        return f'relation "{first.split()[3]}" does not exist'
    return first
