"""Asking Redshift, or PostgreSQL, over a connection of its own protocol."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.installation import require
from clickgen.model.plan import Plan
from clickgen.sink.aws import make_client
from clickgen.verify.landings.aws_reads import reading_access
from clickgen.verify.landings.sql.dialect import POSTGRESQL, REDSHIFT, Dialect
from clickgen.verify.landings.sql.query import Query, SqlAnswer
from clickgen.verify.landings.sql.redshift import RedshiftQuery, Warehouse, failure
from clickgen.verify.landings.sql.table_landing import open_sql_table
from clickgen.verify.landings.station import RedshiftStation, access_of
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.proof.run_under_test import RunUnderTest

if TYPE_CHECKING:
    from psycopg import Connection


_AS_URL = "write it as postgresql://USER:PASSWORD@HOST:5439/DATABASE"


def check_connection() -> None:
    """EnvironmentProblem where what a connection takes is not installed."""
    require("--dsn", "psycopg", otherwise="or use the Data API: --cluster or --workgroup")


class PostgresQuery:
    """A connection by psycopg, a fresh one each question. Which of the two is there is seen from what it says."""

    def __init__(self, dsn: str, name: str, patience_s: float = 1800.0) -> None:
        """dsn: a URL or a connection string. patience_s: how long a question may take, in seconds.

        Raises UsageProblem where it is neither, EnvironmentProblem where there is no psycopg, or no connection.
        """
        check_connection()
        import psycopg  # noqa: PLC0415  # an extra

        try:
            psycopg.conninfo.conninfo_to_dict(dsn)
        except psycopg.ProgrammingError as problem:
            raise UsageProblem(
                f"--dsn is no way to a database: {' '.join(str(problem).split())}", _AS_URL
            ) from problem
        self.name = name
        self._psycopg = psycopg
        self._dsn = dsn
        self._patience_s = patience_s
        with self._connected() as connection:
            version = connection.execute("SELECT version()").fetchone()
        self.dialect: Dialect = REDSHIFT if version and "Redshift" in str(version[0]) else POSTGRESQL

    def ask(self, sql: str) -> SqlAnswer:
        """Put one SELECT; rows are fetched as they are walked. EnvironmentProblem where that takes too long."""
        rows = self._stream(sql)
        columns = next(rows)
        return SqlAnswer(columns, rows)

    def _stream(self, sql: str) -> Iterator[tuple[Any, ...]]:
        """The names of the columns, then the rows."""
        with self._connected() as connection, connection.cursor() as cursor:
            try:
                rows = cursor.stream(sql.encode())
                first = next(rows, None)
                yield tuple(column.name for column in cursor.description or ())
                if first is not None:
                    yield first
                    yield from rows
            except self._psycopg.errors.QueryCanceled as problem:
                raise EnvironmentProblem(
                    f"{self.name} did not answer within {self._patience_s:g} s, or an administrator stopped it: "
                    f"{' '.join(str(problem).split())}",
                    "give it longer with --query-timeout 1h, or less to read with --where",
                ) from problem
            except self._psycopg.Error as problem:
                raise failure(str(problem)) from problem

    @contextmanager
    def _connected(self) -> "Iterator[Connection[tuple[Any, ...]]]":
        try:
            # Redshift calls its encoding UNICODE, which psycopg does not know
            connection = self._psycopg.connect(
                self._dsn, autocommit=True, client_encoding="utf8", prepare_threshold=None
            )
        except self._psycopg.Error as problem:
            raise EnvironmentProblem(
                f"the database of --dsn cannot be reached: {' '.join(str(problem).split())}", _AS_URL
            ) from problem
        with connection:
            # in milliseconds; 0 would be no limit
            connection.execute(f"SET statement_timeout TO {max(1, round(self._patience_s * 1000))}".encode())
            yield connection


def redshift_query(station: RedshiftStation, plan: Plan) -> Query:
    """Redshift by its Data API, or what was connected to; EnvironmentProblem where there is no connection."""
    name = f"Redshift's {station.table}"
    if station.dsn:
        return PostgresQuery(station.dsn, name, station.timeout_s)
    warehouse = Warehouse(
        station.database or "",
        station.cluster,
        station.workgroup,
        station.secret_arn,
        station.db_user,
        station.timeout_s,
    )
    client = make_client("redshift-data", reading_access("redshift-data", plan, access_of(station)))
    return RedshiftQuery(client, name, warehouse)


def open_redshift(station: RedshiftStation, run: RunUnderTest) -> Landing:
    """The table as a place that the run's events land in; raises as `redshift_query` does."""
    return open_sql_table(station, run, redshift_query(station, run.plan))
