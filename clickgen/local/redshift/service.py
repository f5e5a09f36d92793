"""Redshift as services of the endpoint: the Data API, and what of Redshift Serverless scripts need."""

import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.service import Answer, Call, JsonService, StationReport
from clickgen.local.platform.shapes import parse
from clickgen.local.redshift.database import Session
from clickgen.local.redshift.postgres import USER, Postgres
from clickgen.local.redshift.shapes import Credentials, DescribeTable, ListTables, Namespace, Target, Workgroup
from clickgen.local.redshift.statements import Statements, owner_of
from clickgen.local.redshift.warehouse import DEFAULT_WORKGROUP, RedshiftWarehouse

_FILE = "redshift.db"
_SCHEMAS = "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '{}' ORDER BY 1"
_TABLES = (
    "SELECT table_name, table_schema, table_type FROM information_schema.tables WHERE table_schema LIKE '{}'"
    " AND table_name LIKE '{}' AND table_name <> 'stl_load_errors'"
    " AND table_schema NOT IN ('pg_catalog', 'information_schema') ORDER BY 2, 1"
)


class Redshift(JsonService):
    """The Data API. warehouse: for Firehose. serverless: Redshift Serverless, a service of its own."""

    def __init__(self, lake: Path, state: Path, board: FaultBoard) -> None:
        documents = Documents(state / _FILE)
        self.warehouse = warehouse = RedshiftWarehouse(lake, state, ServiceFaults(board, "redshift"))
        self.serverless = RedshiftServerless(documents, warehouse)
        self._statements = Statements(state, documents, warehouse)
        more = {
            "ListDatabases": self._databases,
            "ListSchemas": self._schemas,
            "ListTables": self._tables,
            "DescribeTable": self._describe_table,
        }
        super().__init__("redshift-data", "RedshiftData", {**self._statements.actions(), **more})

    async def close(self) -> int:
        """Stop the statements that are under way, and the engine."""
        await self._statements.close()
        self.warehouse.close()
        return 0

    async def _databases(self, call: Call) -> Answer:
        request = parse(Target, call.body)
        owner = owner_of(request)
        await self.warehouse.ask(owner, request.Database, _nothing)
        return {"Databases": self.warehouse.databases.names(f"{owner}_")}

    async def _schemas(self, call: Call) -> Answer:
        request = parse(ListTables, call.body)
        sql = _SCHEMAS.format(_pattern(request.SchemaPattern))
        rows = await self._ask(request, sql)
        return {"Schemas": [name for (name,) in rows]}

    async def _tables(self, call: Call) -> Answer:
        request = parse(ListTables, call.body)
        rows = await self._ask(
            request, _TABLES.format(_pattern(request.SchemaPattern), _pattern(request.TablePattern))
        )
        kinds = {"BASE TABLE": "TABLE"}
        return {
            "Tables": [
                {"name": name, "schema": schema, "type": kinds.get(kind, kind)} for name, schema, kind in rows
            ]
        }

    async def _describe_table(self, call: Call) -> Answer:
        request = parse(DescribeTable, call.body)
        schema, table = request.Schema or "public", request.Table or ""
        columns = await self.warehouse.ask(
            owner_of(request), request.Database, lambda session: session.columns(schema, table)
        )
        return {
            "TableName": table,
            "ColumnList": [
                {"name": column.name, "typeName": column.kind, "length": column.length,
                 "nullable": int(column.nullable), "schemaName": schema, "tableName": table}
                for column in columns
            ],
        }  # fmt: skip

    async def _ask(self, request: Target, sql: str) -> list[Any]:
        return await self.warehouse.ask(
            owner_of(request), request.Database, lambda session: list(session.run(sql).rows)
        )


class RedshiftServerless(JsonService):
    """Workgroups and namespaces, kept and reported; a workgroup that was not created is there all the same."""

    def __init__(self, documents: Documents, warehouse: RedshiftWarehouse) -> None:
        self._documents = documents
        self._warehouse = warehouse
        super().__init__(
            "redshift-serverless",
            "RedshiftServerless",
            {
                "CreateWorkgroup": self._create_workgroup,
                "GetWorkgroup": lambda call: {"workgroup": self._find("workgroup", call)},
                "ListWorkgroups": lambda _: {"workgroups": self._all("workgroup")},
                "DeleteWorkgroup": lambda call: self._delete("workgroup", call),
                "CreateNamespace": self._create_namespace,
                "GetNamespace": lambda call: {"namespace": self._find("namespace", call)},
                "ListNamespaces": lambda _: {"namespaces": self._all("namespace")},
                "DeleteNamespace": lambda call: self._delete("namespace", call),
                "GetCredentials": self._credentials,
            },
        )

    def reports(self) -> list[StationReport]:
        """What each workgroup has loaded."""
        return [self._warehouse.report(name) for name, _ in self._documents.all("workgroup")]

    def _create_workgroup(self, call: Call) -> Answer:
        request = parse(Workgroup, call.body)
        arn = f"arn:aws:redshift-serverless:{call.region}:{ACCOUNT}:workgroup/{uuid.uuid4()}"
        given = {key: value for key, value in call.body.items() if key != "tags"}
        workgroup = {**given, "workgroupArn": arn, "workgroupId": arn.rpartition("/")[2], "status": "AVAILABLE"}
        return self._keep("workgroup", request.name, {**workgroup, "creationDate": _now()})

    def _create_namespace(self, call: Call) -> Answer:
        request = parse(Namespace, call.body)
        arn = f"arn:aws:redshift-serverless:{call.region}:{ACCOUNT}:namespace/{uuid.uuid4()}"
        given = {key: value for key, value in call.body.items() if key not in ("adminUserPassword", "tags")}
        namespace = {"dbName": "dev", **given, "namespaceArn": arn, "namespaceId": arn.rpartition("/")[2]}
        namespace |= {"status": "AVAILABLE", "creationDate": _now()}
        return self._keep("namespace", request.name, namespace)

    def _keep(self, kind: str, name: str, document: dict[str, Any]) -> Answer:
        if not self._documents.add(kind, "", name, document):
            raise ServiceError("ConflictException", f"{kind.capitalize()} {name} already exists.")
        return {kind: document}

    def _find(self, kind: str, call: Call) -> dict[str, Any]:
        name = str(call.body.get(f"{kind}Name", ""))
        found = self._documents.get(kind, "", name)
        if found is None:
            raise ServiceError("ResourceNotFoundException", f"{kind.capitalize()} {name} does not exist.")
        if kind == "workgroup" and isinstance(self._warehouse.databases, Postgres):
            found["endpoint"] = {"address": "127.0.0.1", "port": self._warehouse.databases.port}
        return found

    def _all(self, kind: str) -> list[dict[str, Any]]:
        return [document for _, document in self._documents.all(kind)]

    def _delete(self, kind: str, call: Call) -> Answer:
        found = self._find(kind, call)
        self._documents.delete(kind, "", found[f"{kind}Name"])
        return {kind: {**found, "status": "DELETING"}}

    async def _credentials(self, call: Call) -> Answer:
        """What psql and `verify redshift --dsn` sign in with; starts the engine, so that they find it."""
        request = parse(Credentials, call.body)
        workgroup = request.workgroup or DEFAULT_WORKGROUP
        await self._warehouse.ask(workgroup, request.database or "dev", _nothing)
        databases = self._warehouse.databases
        if not isinstance(databases, Postgres):
            raise ServiceError(
                "ValidationException", "DuckDB, which stands for Redshift here, takes no connections."
            )
        return {
            "dbUser": USER,
            "dbPassword": databases.password,
            "expiration": time.time() + 900,
            "nextRefreshTime": time.time() + 900,
        }


def _now() -> str:
    """The time as Redshift Serverless says it, in ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _pattern(given: str | None) -> str:
    return (given or "%").replace("'", "''")


def _nothing(_session: Session) -> None:
    """What is asked of a database that only has to be there."""
