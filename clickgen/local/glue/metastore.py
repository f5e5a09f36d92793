"""The catalogue itself: databases, tables with their versions, partitions; kept as documents.

What callers give and get are `Database`, `Table` and `Partition` as Glue's API has them.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import ACCOUNT

Entity = dict[str, Any]
DEFAULT_DATABASE = "default"  # every account has it, as far as Athena is concerned


_FILE = "catalogue.db"


def open_documents(state: Path) -> Documents:
    """What Glue keeps in a folder of state."""
    return Documents(state / _FILE)


class GlueMetastore:
    """The catalogue of one lake. Names are compared in lower case."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._documents.add("database", "", DEFAULT_DATABASE, _new({"Name": DEFAULT_DATABASE}, "CreateTime"))

    def databases(self) -> list[Entity]:
        """All databases by name."""
        return [database for _, database in self._documents.all("database")]

    def database(self, name: str) -> Entity:
        """One database; EntityNotFoundException."""
        database = self._documents.get("database", "", name.lower())
        if database is None:
            raise not_found(f"Database {name.lower()} not found.")
        return database

    def create_database(self, given: Entity) -> None:
        """A new database of a `DatabaseInput`; AlreadyExistsException."""
        if not self._documents.add("database", "", given["Name"], _new(given, "CreateTime")):
            raise ServiceError("AlreadyExistsException", "Database already exists.")

    def update_database(self, name: str, given: Entity) -> None:
        """Put a `DatabaseInput` in the place of the one before; the name stays."""
        kept = self.database(name)
        changed = {**given, "Name": name, "CreateTime": kept["CreateTime"], "CatalogId": ACCOUNT}
        self._documents.put("database", "", name, changed)

    def drop_database(self, name: str) -> None:
        """Delete a database with all that is in it."""
        self.database(name)
        with self._documents.together():
            for table in self.tables(name):
                self._drop(name.lower(), table["Name"])
            self._documents.delete("database", "", name.lower())

    def tables(self, database: str) -> list[Entity]:
        """All tables of a database by name; EntityNotFoundException if there is no such database."""
        self.database(database)
        return [table for _, table in self._documents.all("table", database.lower())]

    def table(self, database: str, name: str) -> Entity:
        """One table; EntityNotFoundException."""
        table = self._documents.get("table", database.lower(), name.lower())
        if table is None:
            self.database(database)
            raise not_found(f"Table {name.lower()} not found.")
        return table

    def create_table(self, database: str, given: Entity) -> None:
        """A new table of a `TableInput`; AlreadyExistsException."""
        self.database(database)
        table = {**_new(given, "CreateTime"), "DatabaseName": database.lower(), "VersionId": "0"}
        table |= {"UpdateTime": table["CreateTime"], "IsRegisteredWithLakeFormation": False}
        table.setdefault("PartitionKeys", [])
        with self._documents.together():
            if not self._documents.add("table", database.lower(), given["Name"], table):
                raise ServiceError("AlreadyExistsException", "Table already exists.")
            self._documents.put("version", _path(database, given["Name"]), _version("0"), table)

    def update_table(self, database: str, given: Entity, *, archive: bool = True) -> None:
        """Put a `TableInput` in the place of the one before, as the next version.

        archive: keep the version before too.
        """
        kept = self.table(database, given["Name"])
        path = _path(database, given["Name"])
        version = str(int(kept["VersionId"]) + 1)
        table = {**given, "UpdateTime": time.time(), "VersionId": version}
        table |= {key: kept[key] for key in ("DatabaseName", "CreateTime", "CatalogId")}
        table.setdefault("PartitionKeys", [])
        with self._documents.together():
            if not archive:
                self._documents.delete("version", path, _version(kept["VersionId"]))
            self._documents.put("table", database.lower(), given["Name"], table)
            self._documents.put("version", path, _version(version), table)

    def drop_table(self, database: str, name: str) -> None:
        """Delete a table with its partitions and versions; the data stays."""
        self.table(database, name)
        with self._documents.together():
            self._drop(database.lower(), name.lower())

    def versions(self, database: str, name: str) -> list[Entity]:
        """All versions of a table, the newest first."""
        self.table(database, name)
        kept = self._documents.all("version", _path(database, name))
        return [table for _, table in reversed(kept)]

    def partitions(self, database: str, name: str) -> list[Entity]:
        """All partitions of a table by their values; EntityNotFoundException if there is no such table."""
        self.table(database, name)
        return [partition for _, partition in self._documents.all("partition", _path(database, name))]

    def partition(self, database: str, name: str, values: Sequence[str]) -> Entity:
        """One partition; EntityNotFoundException."""
        self.table(database, name)
        partition = self._documents.get("partition", _path(database, name), _key(values))
        if partition is None:
            raise not_found("Cannot find partition.")
        return partition

    def add_partitions(
        self, database: str, name: str, given: Sequence[Entity]
    ) -> list[tuple[list[str], ServiceError]]:
        """New partitions of `PartitionInput`s; the values of those that could not be added, and why."""
        keys = self.table(database, name).get("PartitionKeys", [])
        failed: list[tuple[list[str], ServiceError]] = []
        with self._documents.together():
            for partition in given:
                values = partition["Values"]
                if len(values) != len(keys):
                    problem = "The number of partition keys do not match the number of partition values"
                    failed.append((values, ServiceError("InvalidInputException", problem)))
                elif not self._documents.add(
                    "partition", _path(database, name), _key(values), _partition(database, name, partition)
                ):
                    failed.append((values, ServiceError("AlreadyExistsException", "Partition already exists.")))
        return failed

    def update_partition(self, database: str, name: str, values: Sequence[str], given: Entity) -> None:
        """Put a `PartitionInput` in the place of the partition with these values."""
        kept = self.partition(database, name, values)
        path = _path(database, name)
        changed = {**_partition(database, name, given), "CreationTime": kept["CreationTime"]}
        with self._documents.together():
            self._documents.delete("partition", path, _key(values))
            if not self._documents.add("partition", path, _key(given["Values"]), changed):
                raise ServiceError("AlreadyExistsException", "Partition already exists.")

    def drop_partition(self, database: str, name: str, values: Sequence[str]) -> None:
        """Delete one partition; EntityNotFoundException."""
        self.partition(database, name, values)
        self._documents.delete("partition", _path(database, name), _key(values))

    def _drop(self, database: str, name: str) -> None:
        self._documents.delete("table", database, name)
        self._documents.delete_all("version", _path(database, name))
        self._documents.delete_all("partition", _path(database, name))


def not_found(message: str) -> ServiceError:
    """Something that is not there, in Glue's words."""
    return ServiceError("EntityNotFoundException", message)


def _new(given: Entity, when: str) -> Entity:
    return {**given, when: time.time(), "CatalogId": ACCOUNT}


def _partition(database: str, name: str, given: Entity) -> Entity:
    owner = {"DatabaseName": database.lower(), "TableName": name.lower()}
    return {**_new(given, "CreationTime"), **owner}


def _path(database: str, name: str) -> str:
    return f"{database.lower()}/{name.lower()}"


def _key(values: Sequence[str]) -> str:
    return orjson.dumps(list(values)).decode()


def _version(number: str) -> str:
    return number.zfill(10)
