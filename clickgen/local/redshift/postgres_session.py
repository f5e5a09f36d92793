"""One connection to the PostgreSQL that stands for Redshift."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from clickgen.local.redshift.database import ResultColumn, SqlFailed, SqlResult, TableColumn
from clickgen.local.redshift.translate import for_postgres

if TYPE_CHECKING:
    import psycopg

_KINDS = {
    16: "bool", 20: "int8", 21: "int2", 23: "int4", 25: "varchar", 700: "float4", 701: "float8", 1042: "bpchar",
    1043: "varchar", 1082: "date", 1083: "time", 1114: "timestamp", 1184: "timestamptz", 1700: "numeric",
    3802: "super", 17: "varbyte",
}  # fmt: skip
_TABLE_KINDS = {
    "character varying": "varchar", "text": "varchar", "character": "char", "jsonb": "super",
    "timestamp without time zone": "timestamp", "timestamp with time zone": "timestamptz",
}  # fmt: skip


class PostgresSession:
    """One connection."""

    def __init__(self, connection: "psycopg.Connection[Any]") -> None:
        self._connection = connection

    def run(self, statement: str) -> SqlResult:
        """Carry out one statement of Redshift's; SqlFailed."""
        found: SqlResult = self._guarded(lambda: self._run(for_postgres(statement)))
        return found

    def columns(self, schema: str, table: str) -> list[TableColumn]:
        """The columns of a table in order; SqlFailed if there is none of that name."""
        sql = (
            "SELECT column_name, data_type, coalesce(character_maximum_length, 0), is_nullable = 'YES',"
            " is_identity = 'YES' FROM information_schema.columns WHERE table_schema = %s AND table_name = %s"
            " ORDER BY ordinal_position"
        )
        rows = self._guarded(lambda: self._connection.execute(sql, [schema, table]).fetchall())
        if not rows:
            raise SqlFailed(f'ERROR: relation "{schema}.{table}" does not exist')
        return [TableColumn(name, _TABLE_KINDS.get(kind, kind), *rest) for name, kind, *rest in rows]

    def load(self, table: tuple[str, str], columns: Sequence[str], rows: Iterator[Sequence[str | None]]) -> int:
        """Add rows of texts to a table, all or none; how many. SqlFailed."""
        import psycopg  # an extra

        identifiers = [psycopg.sql.Identifier(name) for name in columns]
        target = psycopg.sql.SQL("COPY {} ({}) FROM STDIN").format(
            psycopg.sql.Identifier(*table), psycopg.sql.SQL(", ").join(identifiers)
        )

        def copy() -> int:
            count = 0
            with self._connection.transaction(), self._connection.cursor() as cursor, cursor.copy(target) as stdin:
                for row in rows:
                    stdin.write_row(row)
                    count += 1
            return count

        loaded: int = self._guarded(copy)
        return loaded

    def cancel(self) -> None:
        """Stop the statement that runs, from another thread."""
        self._connection.cancel_safe()

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def _run(self, statement: str) -> SqlResult:
        cursor = self._connection.execute(statement.encode())
        if cursor.description is None:
            return SqlResult(count=cursor.rowcount)
        columns = [
            ResultColumn(
                column.name,
                _KINDS.get(column.type_code, "varchar"),
                column.precision or column.display_size or 0,
                column.scale or 0,
            )
            for column in cursor.description
        ]
        return SqlResult(columns, iter(cursor), cursor.rowcount)

    def _guarded(self, perform: Callable[[], Any]) -> Any:
        import psycopg  # an extra

        try:
            return perform()
        except psycopg.Error as problem:
            message = problem.diag.message_primary or str(problem).split("\n", 1)[0]
            detail = f" Detail: {problem.diag.message_detail}" if problem.diag.message_detail else ""
            raise SqlFailed(f"ERROR: {message}{detail}") from problem
