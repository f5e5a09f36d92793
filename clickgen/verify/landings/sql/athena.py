"""Querying Amazon Athena: start a query, wait for it, page through its results."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from clickgen.cost.prices import Prices, load_prices
from clickgen.model.amounts import size, usd
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Plan
from clickgen.sink.aws import make_client
from clickgen.verify.landings.aws_reads import reading_access, token_pages
from clickgen.verify.landings.sql.collect import ScanCost
from clickgen.verify.landings.sql.dialect import TRINO, Dialect
from clickgen.verify.landings.sql.query import SqlAnswer
from clickgen.verify.landings.sql.service import SqlService
from clickgen.verify.landings.sql.table_landing import open_sql_table
from clickgen.verify.landings.station import AthenaStation, access_of
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.proof.run_under_test import RunUnderTest

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient

_UNDER_WAY = frozenset({"QUEUED", "RUNNING"})
_ROWS_A_PAGE = 1_000  # the most that GetQueryResults gives
# how the reasons begin whose cause is the query: table, column, syntax
_QUERY_WRONG = ("TABLE_NOT_FOUND", "COLUMN_NOT_FOUND", "SCHEMA_NOT_FOUND", "SYNTAX_ERROR", "TYPE_MISMATCH")
_PERMISSIONS = (
    "athena:StartQueryExecution, athena:GetQueryExecution and athena:GetQueryResults, with glue:GetTable and"
    " glue:GetPartitions, and S3 for the table and the results,"
)


@dataclass(frozen=True, slots=True)
class Session:
    """How queries are put."""

    database: str | None = None  # where names without a database are looked up
    catalog: str | None = None  # and without a catalogue
    workgroup: str | None = None  # None is `primary`
    output: str | None = None  # the S3 place for results, or None to leave it to the workgroup
    timeout_s: float = 1800.0  # how long one query may take
    patience_s: float = 60.0  # how long throttling is borne


class AthenaQuery:
    """Athena, or what speaks its API."""

    dialect: Dialect = TRINO

    def __init__(self, client: "AthenaClient", name: str, session: Session, prices: Prices) -> None:
        self.name = name
        self._client = client
        self._session = session
        self._prices = prices
        self._service = SqlService("Athena", session.patience_s, _PERMISSIONS, "--table, --workgroup and --output")

    def ask(self, sql: str) -> SqlAnswer:
        """Put one SELECT, and wait for it; a query that is given up is stopped. Every value is text.

        Its cost follows from the bytes scanned. UsageProblem: Athena's own words for what is wrong with the query.
        """
        started = self._service.call(self._client.start_query_execution, **self._request(sql))
        query_id = str(started["QueryExecutionId"])
        done = self._wait(query_id)
        scanned = int(done.get("Statistics", {}).get("DataScannedInBytes", 0))
        read = partial(self._service.call, self._client.get_query_results)
        found = token_pages(read, QueryExecutionId=query_id, MaxResults=_ROWS_A_PAGE)
        pages: Iterator[Mapping[str, Any]] = (page["ResultSet"] for page in found)
        first = next(pages)
        columns = tuple(str(column["Name"]) for column in first["ResultSetMetadata"]["ColumnInfo"])
        return SqlAnswer(columns, _rows(columns, first, pages), scanned, self._prices.athena.scan_usd(scanned))

    def _request(self, sql: str) -> dict[str, Any]:
        session = self._session
        request: dict[str, Any] = {"QueryString": sql, "ClientRequestToken": uuid4().hex}
        context = {"Database": session.database, "Catalog": session.catalog}
        if named := {key: value for key, value in context.items() if value}:
            request["QueryExecutionContext"] = named
        if session.workgroup:
            request["WorkGroup"] = session.workgroup
        if session.output:
            request["ResultConfiguration"] = {"OutputLocation": session.output}
        return request

    def _wait(self, query_id: str) -> Mapping[str, Any]:
        def poll() -> Mapping[str, Any]:
            answer = self._service.call(self._client.get_query_execution, QueryExecutionId=query_id)
            execution: Mapping[str, Any] = answer["QueryExecution"]
            return execution

        done = self._service.until(
            lambda found: found["Status"]["State"] not in _UNDER_WAY,
            self._session.timeout_s,
            poll,
            cancel=lambda: self._client.stop_query_execution(QueryExecutionId=query_id),
        )
        status = done["Status"]
        if status["State"] != "SUCCEEDED":
            _fail(status["State"], status.get("StateChangeReason") or "no reason is given")
        return done


def _rows(
    columns: tuple[str, ...], first: Mapping[str, Any], pages: Iterator[Mapping[str, Any]]
) -> Iterator[tuple[Any, ...]]:
    rows = [_values(row) for row in first.get("Rows", [])]
    yield from rows[1:] if rows and rows[0] == columns else rows  # the header of a SELECT
    for page in pages:
        yield from map(_values, page.get("Rows", []))


def _values(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    return tuple(value.get("VarCharValue") for value in row["Data"])


def _fail(state: str, reason: str) -> None:
    words = f"Athena's query {'was cancelled' if state == 'CANCELLED' else 'failed'}: {reason}"
    if reason.removeprefix("FAILED: ").startswith(_QUERY_WRONG):
        raise UsageProblem(
            words, "name the table with --table DATABASE.TABLE, and the id's column with --id-column"
        )
    raise EnvironmentProblem(words, "Athena's console shows the query in its history; try again if it may pass")


def athena_query(station: AthenaStation, plan: Plan) -> AthenaQuery:
    """Athena, reached as the run's sender would reach it unless something else was said."""
    client = make_client("athena", reading_access("athena", plan, access_of(station)))
    database = station.table.rpartition(".")[0] or None
    session = Session(database, station.catalog, station.workgroup, station.output, station.timeout_s)
    return AthenaQuery(client, f"Athena's {station.table}", session, load_prices())


def open_athena(station: AthenaStation, run: RunUnderTest) -> Landing:
    """The table as a place that the run's events land in; what a query costs is reported."""
    return open_sql_table(station, run, athena_query(station, run.plan), _cost)


def _cost(cost: ScanCost) -> str:
    return f"scanned {size(cost.scanned_bytes)}, {usd(cost.usd)},"
