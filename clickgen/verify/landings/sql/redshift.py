"""Querying Amazon Redshift through its Data API, without a network path to it, or over a connection."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.model.installation import require
from clickgen.model.plan import Plan
from clickgen.sink.aws import make_client
from clickgen.verify.landings.aws_reads import reading_access, token_pages
from clickgen.verify.landings.objects.failed_copies import FailedCopies
from clickgen.verify.landings.objects.object_landing import open_error_output
from clickgen.verify.landings.objects.search_scope import find_staging
from clickgen.verify.landings.sql.dialect import POSTGRESQL, REDSHIFT, Dialect
from clickgen.verify.landings.sql.query import Query, SqlAnswer
from clickgen.verify.landings.sql.service import SqlService
from clickgen.verify.landings.sql.table_landing import open_sql_table
from clickgen.verify.landings.station import RedshiftStation, access_of
from clickgen.verify.landings.with_error_output import WithErrorOutput
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.proof.run_under_test import RunUnderTest

if TYPE_CHECKING:
    from psycopg import Connection
    from types_boto3_redshift_data import RedshiftDataAPIServiceClient

_UNDER_WAY = frozenset({"SUBMITTED", "PICKED", "STARTED"})
_QUERY_WRONG = ("does not exist", "syntax error", "cannot cast", "invalid input")
_PERMISSIONS = (
    "redshift-data:ExecuteStatement, redshift-data:DescribeStatement and redshift-data:GetStatementResult, with"
    " redshift:GetClusterCredentials or redshift-serverless:GetCredentials,"
)
_LOAD_ERRORS = (
    "SELECT filename, err_reason FROM stl_load_errors",
    "SELECT file_name, error_message FROM sys_load_error_detail",
)
_OPTIONS = "--cluster or --workgroup, --database, --secret-arn and --db-user"
_AS_URL = "write it as postgresql://USER:PASSWORD@HOST:5439/DATABASE"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Which database is queried, and as whom: by default as the owner of the credentials."""

    database: str
    cluster: str | None = None  # either this
    workgroup: str | None = None  # or this, which is serverless
    secret_arn: str | None = None
    db_user: str | None = None
    timeout_s: float = 1800.0  # how long one query may take
    patience_s: float = 60.0  # how long throttling is borne

    def arguments(self) -> dict[str, str]:
        named = {
            "Database": self.database,
            "ClusterIdentifier": self.cluster,
            "WorkgroupName": self.workgroup,
            "SecretArn": self.secret_arn,
            "DbUser": self.db_user,
        }
        return {key: value for key, value in named.items() if value}


class RedshiftQuery:
    """Redshift's Data API."""

    def __init__(
        self,
        client: "RedshiftDataAPIServiceClient",
        name: str,
        warehouse: Warehouse,
        dialect: Dialect = REDSHIFT,
    ) -> None:
        self.name = name
        self.dialect = dialect
        self._client = client
        self._warehouse = warehouse
        self._service = SqlService("Redshift", warehouse.patience_s, _PERMISSIONS, _OPTIONS)

    def ask(self, sql: str) -> SqlAnswer:
        """Put one SELECT, and wait for it; a statement that is given up is cancelled.

        UsageProblem: Redshift's own words for what is wrong with the query.
        """
        started = self._service.call(
            self._client.execute_statement, Sql=sql, ClientToken=uuid4().hex, **self._warehouse.arguments()
        )
        statement = str(started["Id"])
        self._wait(statement)
        pages = token_pages(partial(self._service.call, self._client.get_statement_result), Id=statement)
        first = next(pages)
        columns = tuple(str(column["name"]) for column in first["ColumnMetadata"])
        return SqlAnswer(columns, _rows(first, pages))

    def _wait(self, statement: str) -> None:
        done = self._service.until(
            lambda found: found["Status"] not in _UNDER_WAY,
            self._warehouse.timeout_s,
            poll=lambda: self._service.call(self._client.describe_statement, Id=statement),
            cancel=lambda: self._client.cancel_statement(Id=statement),
        )
        if done["Status"] != "FINISHED":
            raise failure(str(done.get("Error") or done["Status"]))


def failure(reason: str) -> ClickgenError:
    """The error for a statement that failed, by the database's own words."""
    words = f"the database could not answer: {' '.join(reason.split())}"
    if any(wrong in reason for wrong in _QUERY_WRONG):
        return UsageProblem(
            words, "name the table with --table SCHEMA.TABLE, and the id's column with --id-column"
        )
    if "permission denied" in reason:
        return EnvironmentProblem(words, "GRANT SELECT on the table to this user, or query as another: --db-user")
    return EnvironmentProblem(words, "STL_QUERY and SYS_QUERY_HISTORY show it; try again if it may pass")


def _rows(first: Mapping[str, Any], pages: Iterator[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for page in chain([first], pages):
        for record in page["Records"]:
            yield tuple(_value(field) for field in record)


def _value(field: Mapping[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()), None)


def check_connection() -> None:
    """EnvironmentProblem if what a connection needs is not installed."""
    require("--dsn", "psycopg", otherwise="or use the Data API: --cluster or --workgroup")


class PostgresQuery:
    """A connection by psycopg, a fresh one for each query. The server's version says which of the two it is."""

    def __init__(self, dsn: str, name: str, patience_s: float = 1800.0) -> None:
        """dsn: a URL or a connection string. patience_s: how long a query may take, in seconds.

        Raises UsageProblem for another dsn, EnvironmentProblem without psycopg or a connection.
        """
        check_connection()
        import psycopg  # an extra

        try:
            psycopg.conninfo.conninfo_to_dict(dsn)
        except psycopg.ProgrammingError as problem:
            raise UsageProblem(
                f"--dsn is not a valid way to a database: {' '.join(str(problem).split())}", _AS_URL
            ) from problem
        self.name = name
        self._psycopg = psycopg
        self._dsn = dsn
        self._patience_s = patience_s
        with self._connected() as connection:
            version = connection.execute("SELECT version()").fetchone()
        self.dialect: Dialect = REDSHIFT if version and "Redshift" in str(version[0]) else POSTGRESQL

    def ask(self, sql: str) -> SqlAnswer:
        """Put one SELECT; rows are fetched as they are read. EnvironmentProblem if that takes too long."""
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
    """Redshift by its Data API or over a connection; EnvironmentProblem if none can be made."""
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


def load_errors(query: Query) -> dict[str, str]:
    """Why objects could not be loaded, by s3://bucket/key, as far as the warehouse tells this user."""
    for sql in _LOAD_ERRORS:
        try:
            return {str(file).strip(): str(reason).strip() for file, reason in query.ask(sql).rows}
        except ClickgenError:  # provisioned clusters have the one view, serverless workgroups the other
            continue
    return {}


def open_redshift(station: RedshiftStation, run: RunUnderTest) -> Landing:
    """The table as a place that the run's events land in, with what the stream that loads it could not deliver.

    Raises as `redshift_query` does.
    """
    errors: Landing | None = None
    query = redshift_query(station, run.plan)
    if station.stream is not None:
        staging = find_staging(run.plan, station.stream, access_of(station))
        errors = WithErrorOutput(
            FailedCopies(staging, run, partial(load_errors, query)), open_error_output(staging, run)
        )
    return open_sql_table(station, run, query, errors=errors)
