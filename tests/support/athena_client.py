"""Putting queries to an Athena of the embedded pipeline, through boto3, as anybody would."""

import time
from typing import TYPE_CHECKING, Any

from tests.support.local_server import LocalServer, service_client

if TYPE_CHECKING:
    from types_boto3_athena import AthenaClient

Rows = list[list[str | None]]
OUTPUT = "s3://results/athena"


class Asker:
    """Puts one statement after the other."""

    def __init__(self, server: LocalServer, database: str = "default") -> None:
        self.server = server
        self.database = database
        self.client: AthenaClient = service_client("athena", server.endpoint)

    def execution(self, sql: str, **more: Any) -> Any:
        """`QueryExecution` of a statement that has ended."""
        started = self.client.start_query_execution(
            QueryString=sql,
            **{
                "QueryExecutionContext": {"Database": self.database},
                "ResultConfiguration": {"OutputLocation": OUTPUT},
                **more,
            },
        )
        return self.ended(started["QueryExecutionId"])

    def ended(self, query: str) -> Any:
        """`QueryExecution` when it has ended."""
        deadline = time.monotonic() + 20
        while True:
            execution = self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
            if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
                return execution
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def state(self, query: str) -> str:
        """What a query is doing now."""
        execution = self.client.get_query_execution(QueryExecutionId=query)["QueryExecution"]
        return str(execution["Status"]["State"])

    def rows(self, sql: str, **more: Any) -> Rows:
        """The rows of a query, without the header."""
        execution = self.execution(sql, **more)
        assert execution["Status"]["State"] == "SUCCEEDED", execution["Status"]
        rows = self.results(execution["QueryExecutionId"])
        return rows[1:] if execution["StatementType"] == "DML" else rows

    def results(self, query: str, size: int = 1000) -> Rows:
        """The rows as GetQueryResults gives them, all pages."""
        pages = self.client.get_paginator("get_query_results").paginate(
            QueryExecutionId=query, PaginationConfig={"PageSize": size}
        )
        return [
            [cell.get("VarCharValue") for cell in row["Data"]]
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]

    def value(self, expression: str) -> str | None:
        """One expression's value."""
        [[value]] = self.rows(f"SELECT {expression}")
        return value

    def reason(self, sql: str) -> str:
        """Why a statement fails."""
        execution = self.execution(sql)
        assert execution["Status"]["State"] == "FAILED", execution
        return str(execution["Status"]["StateChangeReason"])

    def put(self, key: str, content: bytes) -> None:
        """An object of the lake; the key begins with its bucket."""
        path = self.server.lake / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
