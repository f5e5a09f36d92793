"""Asking Amazon Redshift through its Data API: no connection, and no network path to the cluster."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.verify.landings.sql.dialect import REDSHIFT, Dialect
from clickgen.verify.landings.sql.query import SqlAnswer
from clickgen.verify.landings.sql.service import SqlService

if TYPE_CHECKING:
    from types_boto3_redshift_data import RedshiftDataAPIServiceClient

_UNDER_WAY = frozenset({"SUBMITTED", "PICKED", "STARTED"})
_QUESTION_WRONG = ("does not exist", "syntax error", "cannot cast", "invalid input")
_PERMISSIONS = (
    "redshift-data:ExecuteStatement, redshift-data:DescribeStatement and redshift-data:GetStatementResult, with"
    " redshift:GetClusterCredentials or redshift-serverless:GetCredentials,"
)


_OPTIONS = "--cluster or --workgroup, --database, --secret-arn and --db-user"


@dataclass(frozen=True, slots=True)
class Warehouse:
    """Which database is asked, and as whom.

    cluster, workgroup: one of them; a workgroup is serverless. secret_arn, db_user: None for who the credentials
    are. timeout_s: how long one question may take. patience_s: how long throttling is borne.
    """

    database: str
    cluster: str | None = None
    workgroup: str | None = None
    secret_arn: str | None = None
    db_user: str | None = None
    timeout_s: float = 1800.0
    patience_s: float = 60.0

    def arguments(self) -> dict[str, str]:
        """As ExecuteStatement takes them."""
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

        UsageProblem: Redshift's own words for what is wrong with the question.
        """
        started = self._service.call(
            self._client.execute_statement, Sql=sql, ClientToken=uuid4().hex, **self._warehouse.arguments()
        )
        statement = str(started["Id"])
        self._wait(statement)
        pages = self._pages(statement)
        first = next(pages)
        columns = tuple(str(column["name"]) for column in first["ColumnMetadata"])
        return SqlAnswer(columns, _rows(first, pages))

    def _wait(self, statement: str) -> None:
        def ask() -> Mapping[str, Any]:
            return self._service.call(self._client.describe_statement, Id=statement)

        try:
            done = self._service.until(
                lambda found: found["Status"] not in _UNDER_WAY, self._warehouse.timeout_s, ask
            )
        except (ClickgenError, KeyboardInterrupt):
            with suppress(ClientError, BotoCoreError):
                self._client.cancel_statement(Id=statement)
            raise
        if done["Status"] != "FINISHED":
            raise failure(str(done.get("Error") or done["Status"]))

    def _pages(self, statement: str) -> Iterator[Mapping[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = self._service.call(self._client.get_statement_result, Id=statement, **token)
            yield page
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}


def failure(reason: str) -> ClickgenError:
    """The error for a statement that failed, by what the database says."""
    words = f"the database could not answer: {' '.join(reason.split())}"
    if any(wrong in reason for wrong in _QUESTION_WRONG):
        return UsageProblem(
            words, "name the table with --table SCHEMA.TABLE, and the id's column with --id-column"
        )
    if "permission denied" in reason:
        return EnvironmentProblem(words, "GRANT SELECT on the table to who asks, or ask as another: --db-user")
    return EnvironmentProblem(words, "STL_QUERY and SYS_QUERY_HISTORY show it; try again if it may pass")


def _rows(first: Mapping[str, Any], pages: Iterator[Mapping[str, Any]]) -> Iterator[tuple[Any, ...]]:
    for page in chain([first], pages):
        for record in page["Records"]:
            yield tuple(_value(field) for field in record)


def _value(field: Mapping[str, Any]) -> Any:
    return None if field.get("isNull") else next(iter(field.values()), None)
