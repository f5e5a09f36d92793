"""CREATE VIEW, CREATE TABLE AS, INSERT INTO and UNLOAD: where rows go, and what the catalogue says of it."""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from clickgen.local.athena.create_table import FORMATS
from clickgen.local.athena.ddl import partition_input
from clickgen.local.athena.failures import failed, hive_failed
from clickgen.local.athena.outcome import CATALOGUE, Outcome, column_of
from clickgen.local.athena.projection import projected
from clickgen.local.athena.query import VIEW
from clickgen.local.athena.tables import table_of
from clickgen.local.athena.writing import Target, Written, check_empty, columns_of, write
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.hive_types import HiveType
from clickgen.local.platform.links import Metastore

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PROPERTIES = frozenset(
    {"format", "external_location", "partitioned_by", "write_compression", "parquet_compression", "compression",
     "field_delimiter"}
)  # fmt: skip
_WRITTEN = {"parquet": "PARQUET", "json": "JSON", "delimited": "TEXTFILE"}


class SelectInto:
    """Writes the rows of ready queries. drafts: a folder on the lake's disk; name: of the statement."""

    def __init__(
        self, lake: Path, metastore: Metastore, connection: "DuckDBPyConnection", drafts: Path, name: str
    ) -> None:
        self._lake = lake
        self._metastore = metastore
        self._connection = connection
        self._places = (lake, drafts)
        self._name = name

    def columns(self, ready: str) -> dict[str, HiveType]:
        """The columns that a query gives."""
        return columns_of(self._connection, ready)

    def create_view(
        self,
        database: str,
        name: str,
        query: str,
        columns: Mapping[str, HiveType],
        schema: str,
        *,
        replace: bool,
    ) -> None:
        """Keep a query under a name, as Athena does. schema: where names in it without a database are."""
        view = {
            "originalSql": query,
            "catalog": CATALOGUE,
            "schema": schema,
            "columns": [{"name": column, "type": kind.trino} for column, kind in columns.items()],
        }
        given = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "PartitionKeys": [],
            "ViewOriginalText": f"{VIEW}{base64.b64encode(orjson.dumps(view)).decode()} */",
            "ViewExpandedText": "/* Presto View */",
            "StorageDescriptor": {
                "Columns": [{"Name": column, "Type": str(kind)} for column, kind in columns.items()],
                "Location": "",
                "SerdeInfo": {},
            },
        }
        existing = self._existing(database, name)
        if existing is None:
            self._create(database, given)
        elif not replace:
            raise failed("ALREADY_EXISTS", f"View already exists: '{CATALOGUE}.{database}.{name}'", (1, 1))
        elif existing.get("TableType") != "VIRTUAL_VIEW":
            raise failed("ALREADY_EXISTS", f"Table '{CATALOGUE}.{database}.{name}' is not a view", (1, 1))
        else:
            self._metastore.update_table(database, given)

    def create_table(
        self,
        named: tuple[str, str],
        properties: Mapping[str, Any],
        ready: str,
        location: str | None,
        *,
        lenient: bool,
    ) -> Outcome:
        """A new table with the rows of a query. location: where it goes if the properties do not say."""
        database, name = named
        if self._existing(database, name) is not None:
            if lenient:
                return Outcome("DDL", "CREATE_TABLE_AS_SELECT", update=("CREATE TABLE", 0))
            raise failed("TABLE_ALREADY_EXISTS", f"Table '{CATALOGUE}.{database}.{name}' already exists", (1, 1))
        place = properties.get("external_location") or (f"{location}tables/{self._name}/" if location else None)
        if place is None:
            raise failed(
                "INVALID_TABLE_PROPERTY", "external_location is missing, and there is no place for results"
            )
        target = _target(properties, place)
        check_empty(self._lake, place, f"{database}.{name}")
        columns = self.columns(ready)
        written = write(self._connection, ready, columns, target, self._places, self._name)
        table = _table(name, columns, target)
        self._create(database, table)
        self._register(table, database, written)
        return _update("DDL", "CREATE_TABLE_AS_SELECT", "CREATE TABLE", written)

    def insert(self, named: tuple[str, str], given: list[str], ready: str) -> Outcome:
        """More rows for a table. given: the columns that the query is for, if the statement names them."""
        database, name = named
        entity = self._existing(database, name)
        if entity is None:
            raise failed("TABLE_NOT_FOUND", f"Table '{CATALOGUE}.{database}.{name}' does not exist", (1, 13))
        table = table_of(entity)
        written_as = _WRITTEN.get(table.format)
        if written_as is None:
            raise failed("NOT_SUPPORTED", "Inserting into tables of quoted CSV is not supported")
        columns = {**table.columns, **table.keys}
        ready = self._matched(ready, given or list(columns), columns)
        target = Target(
            table.location,
            written_as,
            table.parameters.get("parquet.compression", table.parameters.get("write.compression", "")),
            tuple(table.keys),
            table.settings.get("field.delim", "\x01"),
        )
        written = write(self._connection, ready, columns, target, self._places, self._name)
        self._register(dict(entity), database, written)
        return _update("DML", "INSERT", "INSERT", written)

    def unload(self, location: str, properties: Mapping[str, Any], ready: str) -> Outcome:
        """Files with the rows of a query, without a table."""
        check_empty(self._lake, location, location)
        if "format" not in properties:
            raise failed("INVALID_TABLE_PROPERTY", "UNLOAD needs the property format")
        columns = self.columns(ready)
        written = write(self._connection, ready, columns, _target(properties, location), self._places, self._name)
        return _update("DML", "UNLOAD", "UNLOAD", written)

    def _matched(self, ready: str, given: list[str], columns: Mapping[str, HiveType]) -> str:
        """The query with the columns of the table, in its order; NULL for those that are not given."""
        found = list(self._connection.sql(f"SELECT * FROM ({ready}) LIMIT 0").columns)
        unknown = [name for name in given if name not in columns]
        if unknown:
            raise failed(
                "COLUMN_NOT_FOUND", f"Insert column name does not exist in target table: {unknown[0]}", (1, 1)
            )
        if len(found) != len(given):
            kinds = ", ".join(columns[name].trino for name in given)
            raise failed(
                "TYPE_MISMATCH",
                f"Insert query has mismatched column types: Table: [{kinds}], Query: {len(found)} columns",
                (1, 1),
            )
        picked = ", ".join(
            f'c{given.index(name)} AS "{name}"' if name in given else f'NULL AS "{name}"' for name in columns
        )
        numbered = ", ".join(f"c{position}" for position in range(len(given)))
        return f"SELECT {picked} FROM ({ready}) AS i({numbered})"

    def _register(self, table: dict[str, Any], database: str, written: Written) -> None:
        """Tell the catalogue of the partitions that were written."""
        if projected(table.get("Parameters") or {}):
            return
        keys = [key["Name"] for key in table.get("PartitionKeys") or []]
        location = table["StorageDescriptor"]["Location"].rstrip("/")
        given = []
        for values in written.partitions:
            folders = "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))
            given.append(partition_input(table, list(values), f"{location}/{folders}/"))
        self._metastore.add_partitions(database, table["Name"], given)

    def _existing(self, database: str, name: str) -> dict[str, Any] | None:
        try:
            return self._metastore.table(database, name)
        except ServiceError as problem:
            if problem.message.startswith("Database"):
                raise failed("SCHEMA_NOT_FOUND", f"Schema '{database}' does not exist", (1, 1)) from None
            return None

    def _create(self, database: str, given: dict[str, Any]) -> None:
        try:
            self._metastore.create_table(database, given)
        except ServiceError as problem:
            raise hive_failed(problem.message) from problem


def _target(properties: Mapping[str, Any], location: str) -> Target:
    unknown = sorted(set(properties) - _PROPERTIES)
    if unknown:
        raise failed("NOT_SUPPORTED", f"the embedded pipeline does not know the table property {unknown[0]}")
    name = str(properties.get("format", "PARQUET")).upper()
    if name not in ("PARQUET", "JSON", "TEXTFILE"):
        raise failed(
            "NOT_SUPPORTED", f"the embedded pipeline does not write {name}; PARQUET, JSON and TEXTFILE are"
        )
    compression = properties.get("write_compression", properties.get("parquet_compression"))
    return Target(
        location,
        name,
        str(compression or properties.get("compression") or ""),
        tuple(key.lower() for key in properties.get("partitioned_by", [])),
        str(properties.get("field_delimiter", "\x01")),
    )


def _table(name: str, columns: Mapping[str, HiveType], target: Target) -> dict[str, Any]:
    stored = "JSONFILE" if target.format == "JSON" else target.format
    entry, output, serde = FORMATS[stored]
    settings = {"field.delim": target.delimiter} if target.format == "TEXTFILE" else {"serialization.format": "1"}
    typed = [{"Name": column, "Type": str(kind)} for column, kind in columns.items()]
    data = len(columns) - len(target.keys)
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": {"EXTERNAL": "TRUE", "has_encrypted_data": "false", "classification": target.format.lower()},
        "PartitionKeys": typed[data:],
        "StorageDescriptor": {
            "Columns": typed[:data],
            "Location": target.location,
            "InputFormat": entry,
            "OutputFormat": output,
            "SerdeInfo": {"SerializationLibrary": serde, "Parameters": settings},
        },
    }


def _update(statement: Any, substatement: str, kind: str, written: Written) -> Outcome:
    return Outcome(
        statement,
        substatement,
        [column_of("rows", "bigint")],
        update=(kind, written.rows),
        manifest=written.uris,
    )
