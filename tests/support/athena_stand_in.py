"""Athena's API over DuckDB, which runs Athena's SQL once sqlglot has parsed it as such and translated it.

The functions that DuckDB has not under Trino's names are macros. What Athena answers is text; so is this.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import duckdb
import sqlglot

from tests.support.json_service import Refused, serving

_MACROS = (
    "CREATE MACRO from_base(digits, base) AS ('0x' || digits)::BIGINT",
    "CREATE MACRO bitwise_left_shift(number, places) AS (number::UBIGINT << places::UBIGINT)",
    "SET GLOBAL integer_division = true",
)
SCANNED_BYTES = 3 << 30


@dataclass
class AthenaStandIn:
    """throttled: how many calls of each action are still to be throttled. fail: why queries do, and end
    in the state `fail_state`.
    """

    database: duckdb.DuckDBPyConnection
    endpoint: str = ""
    throttled: dict[str, int] = field(default_factory=dict)
    fail: str = ""
    fail_state: str = "FAILED"
    requests: list[dict[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    stay_running: bool = False
    polls: int = 0
    _results: dict[str, tuple[list[str], list[list[str | None]]]] = field(default_factory=dict)
    _failed: dict[str, str] = field(default_factory=dict)

    def start(self, request: dict[str, Any]) -> dict[str, Any]:
        self._throttle("StartQueryExecution")
        if "ResultConfiguration" not in request and "WorkGroup" not in request:
            raise Refused("InvalidRequestException", "No output location provided.")
        self.requests.append(request)
        query = str(len(self.requests))
        if self.fail:
            self._failed[query] = self.fail
            return {"QueryExecutionId": query}
        sql = sqlglot.transpile(request["QueryString"], read="athena", write="duckdb")[0]
        try:
            cursor = self.database.cursor().execute(sql)
        except duckdb.CatalogException as problem:
            self._failed[query] = f"TABLE_NOT_FOUND: line 1:15: {problem}"
        except duckdb.BinderException as problem:
            self._failed[query] = f"COLUMN_NOT_FOUND: line 1:15: {problem}"
        else:
            columns = [str(name) for name, *_ in cast("list[tuple[Any, ...]]", cursor.description)]
            self._results[query] = columns, [[_text(value) for value in row] for row in cursor.fetchall()]
        return {"QueryExecutionId": query}

    def look(self, request: dict[str, Any]) -> dict[str, Any]:
        self._throttle("GetQueryExecution")
        self.polls += 1
        query = request["QueryExecutionId"]
        status: dict[str, Any] = {"State": "SUCCEEDED"}
        if self.stay_running or self.polls % 2:
            status = {"State": "RUNNING"}
        elif query in self._failed:
            status = {"State": self.fail_state, "StateChangeReason": self._failed[query]}
        statistics = {"DataScannedInBytes": SCANNED_BYTES}
        return {"QueryExecution": {"QueryExecutionId": query, "Status": status, "Statistics": statistics}}

    def results(self, request: dict[str, Any]) -> dict[str, Any]:
        self._throttle("GetQueryResults")
        columns, rows = self._results[request["QueryExecutionId"]]
        with_header: list[list[str | None]] = [[*columns], *rows]
        begin, most = int(request.get("NextToken", 0)), request["MaxResults"]
        page = with_header[begin : begin + most]
        answer: dict[str, Any] = {
            "ResultSet": {
                "Rows": [
                    {"Data": [{} if value is None else {"VarCharValue": value} for value in row]} for row in page
                ],
                "ResultSetMetadata": {"ColumnInfo": [{"Name": name, "Type": "varchar"} for name in columns]},
            }
        }
        if begin + most < len(with_header):
            answer["NextToken"] = str(begin + most)
        return answer

    def stop(self, request: dict[str, Any]) -> dict[str, Any]:
        self.stopped.append(request["QueryExecutionId"])
        return {}

    def _throttle(self, action: str) -> None:
        if self.throttled.get(action, 0) > 0:
            self.throttled[action] -= 1
            raise Refused("TooManyRequestsException", "Rate exceeded")


def _text(value: Any) -> str | None:
    if isinstance(value, int) and value >= 1 << 63:
        value -= 1 << 64  # a bigint of Trino is signed
    return None if value is None else str(value)


@contextmanager
def athena() -> Iterator[AthenaStandIn]:
    """A stand-in with an empty database of its own."""
    with duckdb.connect() as database:
        for macro in _MACROS:
            database.execute(macro)
        stand_in = AthenaStandIn(database)
        actions = {
            "StartQueryExecution": stand_in.start,
            "GetQueryExecution": stand_in.look,
            "GetQueryResults": stand_in.results,
            "StopQueryExecution": stand_in.stop,
        }
        with serving(actions) as stand_in.endpoint:
            yield stand_in
