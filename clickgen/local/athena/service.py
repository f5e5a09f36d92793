"""Athena as a service of the endpoint."""

import re
from pathlib import Path
from typing import Any

from clickgen.local.athena.executions import Executions
from clickgen.local.athena.groups import NamedQueries, WorkGroups, listed, refused
from clickgen.local.athena.outcome import CATALOGUE
from clickgen.local.athena.shapes import ListTables, OneDatabase, OneTable
from clickgen.local.athena.workers import Workers
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.links import Metastore
from clickgen.local.platform.service import Action, Answer, Call, JsonService
from clickgen.local.platform.shapes import parse

_DOCUMENTS = "athena.db"


class Athena(JsonService):
    """Queries over one lake behind the endpoint."""

    def __init__(self, lake: Path, state: Path, metastore: Metastore, worker: str) -> None:
        """worker: the module that a process which carries out queries runs."""
        self._documents = Documents(state / _DOCUMENTS)
        groups = WorkGroups(self._documents)
        self._executions = Executions(lake, self._documents, groups, Workers(worker, lake))
        actions = self._executions.actions() | groups.actions()
        actions |= NamedQueries(self._documents, groups).actions() | Catalogues(metastore).actions()
        super().__init__("athena", "AmazonAthena", actions)

    async def close(self) -> int:
        """Stop the queries that are under way; nothing is buffered."""
        await self._executions.close()
        self._documents.close()
        return 0


class Catalogues:
    """The catalogue as Athena shows it."""

    def __init__(self, metastore: Metastore) -> None:
        self._metastore = metastore

    def actions(self) -> dict[str, Action]:
        """The actions by name."""
        return {
            "ListDataCatalogs": lambda call: listed(
                "DataCatalogsSummary", [{"CatalogName": "AwsDataCatalog", "Type": "GLUE"}], call
            ),
            "GetDataCatalog": lambda _: {"DataCatalog": {"Name": "AwsDataCatalog", "Type": "GLUE"}},
            "ListDatabases": lambda call: listed(
                "DatabaseList", [_database(body) for body in self._metastore.databases()], call
            ),
            "GetDatabase": self._database,
            "ListTableMetadata": self._tables,
            "GetTableMetadata": self._table,
        }

    def _database(self, call: Call) -> Answer:
        request = parse(OneDatabase, call.body)
        try:
            return {"Database": _database(self._metastore.database(request.DatabaseName))}
        except ServiceError as problem:
            raise _missing(problem) from None

    def _table(self, call: Call) -> Answer:
        request = parse(OneTable, call.body)
        _check_catalogue(request.CatalogName)
        try:
            return {"TableMetadata": _metadata(self._metastore.table(request.DatabaseName, request.TableName))}
        except ServiceError as problem:
            raise _missing(problem) from None

    def _tables(self, call: Call) -> Answer:
        request = parse(ListTables, call.body)
        _check_catalogue(request.CatalogName)
        try:
            tables = self._metastore.tables(request.DatabaseName)
            pattern = re.compile(request.Expression or ".*")
        except ServiceError as problem:
            raise _missing(problem) from None
        except re.error:
            raise refused("Expression is not a valid regular expression") from None
        found = [_metadata(table) for table in tables if pattern.fullmatch(table["Name"])]
        return listed("TableMetadataList", found, call)


def _database(entity: dict[str, Any]) -> dict[str, Any]:
    return {key: entity[key] for key in ("Name", "Description", "Parameters") if key in entity}


def _metadata(table: dict[str, Any]) -> dict[str, Any]:
    storage = table.get("StorageDescriptor") or {}
    serde = storage.get("SerdeInfo") or {}
    described = {
        "location": storage.get("Location", ""),
        "inputformat": storage.get("InputFormat", ""),
        "outputformat": storage.get("OutputFormat", ""),
        "serde.serialization.lib": serde.get("SerializationLibrary", ""),
        **{f"serde.param.{key}": value for key, value in (serde.get("Parameters") or {}).items()},
    }
    return {
        "Name": table["Name"],
        "CreateTime": table["CreateTime"],
        "TableType": table.get("TableType", "EXTERNAL_TABLE"),
        "Columns": storage.get("Columns") or [],
        "PartitionKeys": table.get("PartitionKeys") or [],
        "Parameters": {**(table.get("Parameters") or {}), **described},
    }


def _check_catalogue(name: str) -> None:
    if name.lower() != CATALOGUE:
        raise refused(f"Catalog {name} is not found")


def _missing(problem: ServiceError) -> ServiceError:
    return ServiceError("MetadataException", problem.message)
