"""Redshift's Data API over a PostgreSQL, with pages of a few records."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg

from tests.support.json_service import Refused, serving

_PAGE = 40


@dataclass
class RedshiftStandIn:
    """throttled: how many statements are still to be refused for now. stay_running: statements never end."""

    dsn: str
    endpoint: str = ""
    throttled: int = 0
    stay_running: bool = False
    requests: list[dict[str, Any]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    _polls: int = 0
    _results: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = field(default_factory=dict)
    _failed: dict[str, str] = field(default_factory=dict)

    def execute(self, request: dict[str, Any]) -> dict[str, Any]:
        if self.throttled:
            self.throttled -= 1
            raise Refused("ActiveStatementsExceededException", "Active statements exceeded the allowed quota")
        if not ("WorkgroupName" in request) ^ ("ClusterIdentifier" in request):
            raise Refused("ValidationException", "Name a cluster or a workgroup")
        self.requests.append(request)
        statement = str(len(self.requests))
        try:
            with psycopg.connect(self.dsn, autocommit=True) as connection:
                cursor = connection.execute(request["Sql"].encode())
                columns = [column.name for column in cursor.description or ()]
                self._results[statement] = columns, cursor.fetchall()
        except psycopg.Error as problem:
            self._failed[statement] = f"ERROR: {problem}"
        return {"Id": statement}

    def describe(self, request: dict[str, Any]) -> dict[str, Any]:
        self._polls += 1
        if self.stay_running or self._polls % 2:
            return {"Id": request["Id"], "Status": "STARTED"}
        if request["Id"] in self._failed:
            return {"Id": request["Id"], "Status": "FAILED", "Error": self._failed[request["Id"]]}
        return {"Id": request["Id"], "Status": "FINISHED", "HasResultSet": True}

    def result(self, request: dict[str, Any]) -> dict[str, Any]:
        columns, rows = self._results[request["Id"]]
        begin = int(request.get("NextToken", 0))
        answer: dict[str, Any] = {
            "ColumnMetadata": [{"name": name} for name in columns],
            "Records": [[_field(value) for value in row] for row in rows[begin : begin + _PAGE]],
            "TotalNumRows": len(rows),
        }
        if begin + _PAGE < len(rows):
            answer["NextToken"] = str(begin + _PAGE)
        return answer

    def cancel(self, request: dict[str, Any]) -> dict[str, Any]:
        self.cancelled.append(request["Id"])
        return {"Status": True}


def _field(value: Any) -> dict[str, Any]:
    if value is None:
        return {"isNull": True}
    if isinstance(value, Decimal):
        return {"stringValue": str(value)}  # so it is of decimals
    return {"longValue": value} if isinstance(value, int) else {"stringValue": str(value)}


@contextmanager
def redshift(dsn: str) -> Iterator[RedshiftStandIn]:
    """A stand-in over the database."""
    stand_in = RedshiftStandIn(dsn)
    actions = {
        "ExecuteStatement": stand_in.execute,
        "DescribeStatement": stand_in.describe,
        "GetStatementResult": stand_in.result,
        "CancelStatement": stand_in.cancel,
    }
    with serving(actions) as stand_in.endpoint:
        yield stand_in
