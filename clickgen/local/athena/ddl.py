"""Statements that change the catalogue: databases, tables, partitions."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from clickgen.local.athena.create_table import read_columns, read_create_table
from clickgen.local.athena.failures import QueryFailed, hive_failed
from clickgen.local.athena.files import folder_of, hidden
from clickgen.local.athena.outcome import Outcome, Row, texts
from clickgen.local.athena.words import Words
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.links import Metastore

Entity = dict[str, Any]


class Ddl:
    """Carries out DDL on the catalogue of one lake; `database` is where names without one are."""

    def __init__(self, lake: Path, metastore: Metastore, database: str) -> None:
        self._lake = lake
        self._metastore = metastore
        self._database = database

    def run(self, words: Words) -> Outcome | None:
        """Carry out one statement; None if it is not DDL of these kinds. QueryFailed."""
        for keywords, action in self._statements().items():
            if words.accept(*keywords):
                return action(words)
        return None

    def _statements(self) -> dict[tuple[str, ...], Callable[[Words], Outcome]]:
        return {
            ("CREATE", "DATABASE"): self._create_database,
            ("CREATE", "SCHEMA"): self._create_database,
            ("CREATE", "EXTERNAL", "TABLE"): self._create_table,
            ("DROP", "DATABASE"): self._drop_database,
            ("DROP", "SCHEMA"): self._drop_database,
            ("DROP", "TABLE"): lambda words: self._drop(words, "TABLE"),
            ("DROP", "VIEW"): lambda words: self._drop(words, "VIEW"),
            ("ALTER", "TABLE"): self._alter,
            ("MSCK", "REPAIR", "TABLE"): self._repair,
        }

    def _create_database(self, words: Words) -> Outcome:
        lenient = words.accept("IF", "NOT", "EXISTS")
        given: Entity = {"Name": words.name()}
        while words.peek():
            if words.accept("COMMENT"):
                given["Description"] = words.text()
            elif words.accept("LOCATION"):
                given["LocationUri"] = words.text()
            elif words.accept("WITH", "DBPROPERTIES"):
                given["Parameters"] = words.properties()
            else:
                words.end()
        try:
            self._metastore.create_database(given)
        except ServiceError as problem:
            if not lenient:
                raise _task(
                    f"AlreadyExistsException(message:Database {given['Name']} already exists)"
                ) from problem
        return Outcome("DDL", "CREATE_DATABASE")

    def _drop_database(self, words: Words) -> Outcome:
        lenient = words.accept("IF", "EXISTS")
        name = words.name()
        cascade = words.accept("CASCADE")
        words.accept("RESTRICT")
        words.end()
        try:
            tables = self._metastore.tables(name)
        except ServiceError:
            if lenient:
                return Outcome("DDL", "DROP_DATABASE")
            raise hive_failed(f"SemanticException [Error 10072]: Database does not exist: {name}") from None
        if tables and not cascade:
            raise _task(
                f"InvalidOperationException(message:Database {name} is not empty. One or more tables exist.)"
            )
        self._metastore.drop_database(name)
        return Outcome("DDL", "DROP_DATABASE")

    def _create_table(self, words: Words) -> Outcome:
        database, table, lenient = read_create_table(words, self._database)
        folder_of(self._lake, table["StorageDescriptor"]["Location"])
        try:
            self._metastore.create_table(database, table)
        except ServiceError as problem:
            if problem.message.startswith("Database"):
                raise hive_failed(
                    f"SemanticException [Error 10072]: Database does not exist: {database}"
                ) from None
            if not lenient:
                raise _task(f"AlreadyExistsException(message:Table {table['Name']} already exists)") from problem
        return Outcome("DDL", "CREATE_TABLE")

    def _drop(self, words: Words, kind: str) -> Outcome:
        lenient = words.accept("IF", "EXISTS")
        database, name = words.qualified(self._database)
        words.end()
        try:
            view = self._metastore.table(database, name).get("TableType") == "VIRTUAL_VIEW"
        except ServiceError:
            if lenient:
                return Outcome("DDL", f"DROP_{kind}")
            raise hive_failed(f"SemanticException [Error 10001]: Table not found {database}.{name}") from None
        if view != (kind == "VIEW"):
            wrong = "a view" if view else "a base table"
            raise hive_failed(f"SemanticException [Error 10093]: Cannot drop {wrong} with DROP {kind}")
        self._metastore.drop_table(database, name)
        return Outcome("DDL", f"DROP_{kind}")

    def _alter(self, words: Words) -> Outcome:
        database, name = words.qualified(self._database)
        table = self.table(database, name)
        if words.accept("ADD", "COLUMNS"):
            table["StorageDescriptor"]["Columns"] += read_columns(words)
            return self._update(words, database, table, "ALTER_TABLE_ADD_COLUMN")
        if words.accept("REPLACE", "COLUMNS"):
            table["StorageDescriptor"]["Columns"] = read_columns(words)
            return self._update(words, database, table, "ALTER_TABLE_REPLACE_COLUMN")
        if words.accept("SET", "TBLPROPERTIES"):
            table["Parameters"] = {**table.get("Parameters", {}), **words.properties()}
            return self._update(words, database, table, "ALTER_TABLE_PROPERTIES")
        if words.accept("SET", "LOCATION"):
            table["StorageDescriptor"]["Location"] = words.text()
            return self._update(words, database, table, "ALTER_TABLE_SET_LOCATION")
        if words.accept("ADD"):
            return self._add_partitions(words, database, table)
        words.expect("DROP")
        return self._drop_partitions(words, database, table)

    def _update(self, words: Words, database: str, table: Entity, kind: str) -> Outcome:
        words.end()
        self._metastore.update_table(database, table)
        return Outcome("DDL", kind)

    def _add_partitions(self, words: Words, database: str, table: Entity) -> Outcome:
        lenient = words.accept("IF", "NOT", "EXISTS")
        given: list[Entity] = []
        words.expect("PARTITION")
        while True:
            values = self._values(words, table)
            default = f"{table['StorageDescriptor']['Location'].rstrip('/')}/{_folders(table, values)}/"
            location = words.text() if words.accept("LOCATION") else default
            folder_of(self._lake, location)
            given.append(partition_input(table, values, location))
            if not words.accept("PARTITION"):
                break
        words.end()
        for values, problem in self._metastore.add_partitions(database, table["Name"], given):
            if problem.code != "AlreadyExistsException" or not lenient:
                raise _task(f"AlreadyExistsException(message:Partition already exists: {_folders(table, values)})")
        return Outcome("DDL", "ALTER_TABLE_ADD_PARTITION")

    def _drop_partitions(self, words: Words, database: str, table: Entity) -> Outcome:
        lenient = words.accept("IF", "EXISTS")
        words.expect("PARTITION")
        while True:
            values = self._values(words, table)
            try:
                self._metastore.drop_partition(database, table["Name"], values)
            except ServiceError:
                if not lenient:
                    named = _folders(table, values).replace("/", ", ")
                    raise hive_failed(f"SemanticException [Error 10006]: Partition not found ({named})") from None
            if not (words.accept(",") or words.peek() == "PARTITION"):
                break
            words.expect("PARTITION")
        words.end()
        return Outcome("DDL", "ALTER_TABLE_DROP_PARTITION")

    def _values(self, words: Words, table: Entity) -> list[str]:
        """`(key = value, …)` with every key of the table, in the order of its keys."""
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        found: dict[str, str] = {}
        words.expect("(")
        while not words.accept(")"):
            key = words.name()
            words.expect("=")
            found[key] = words.value()
            if words.peek() != ")":
                words.expect(",")
        if set(found) != set(keys):
            raise hive_failed(
                "SemanticException partition spec {"
                + ", ".join(f"{key}={value}" for key, value in found.items())
                + f"}} doesn't contain all ({len(keys)}) partition columns"
            )
        return [found[key] for key in keys]

    def _repair(self, words: Words) -> Outcome:
        """Add the partitions whose folders are there in Hive's style, `key=value`."""
        database, name = words.qualified(self._database)
        words.end()
        table = self.table(database, name)
        keys = [key["Name"] for key in table.get("PartitionKeys", [])]
        root = folder_of(self._lake, table["StorageDescriptor"]["Location"])
        known = {tuple(partition["Values"]) for partition in self._metastore.partitions(database, name)}
        found = sorted(values for values in _partition_folders(root, keys) if values not in known)
        location = table["StorageDescriptor"]["Location"].rstrip("/")
        given = [
            partition_input(table, list(values), f"{location}/{_folders(table, list(values))}/")
            for values in found
        ]
        self._metastore.add_partitions(database, name, given)
        named = [f"{name}:{_folders(table, list(values))}" for values in found]
        rows: list[Row] = [("Partitions not in metastore:\t" + "\t".join(named),)] if named else []
        rows += [(f"Repair: Added partition to metastore {partition}",) for partition in named]
        return texts("DDL", "MSCK_REPAIR_TABLE", ["result"], rows) if rows else Outcome("DDL", "MSCK_REPAIR_TABLE")

    def table(self, database: str, name: str) -> Entity:
        """A table of the catalogue, QueryFailed if it is not there."""
        try:
            return self._metastore.table(database, name)
        except ServiceError:
            raise hive_failed(f"SemanticException [Error 10001]: Table not found {database}.{name}") from None


def partition_input(table: Entity, values: list[str], location: str) -> Entity:
    """A partition with the columns and the format of its table."""
    return {"Values": values, "StorageDescriptor": {**table["StorageDescriptor"], "Location": location}}


def _folders(table: Entity, values: list[str]) -> str:
    keys = [key["Name"] for key in table.get("PartitionKeys", [])]
    return "/".join(f"{key}={value}" for key, value in zip(keys, values, strict=True))


def _partition_folders(root: Path, keys: list[str]) -> list[tuple[str, ...]]:
    """The values in the folders `key=value` below a folder, for all keys in order; keys in lower case only."""
    if not keys:
        return [()]
    found: list[tuple[str, ...]] = []
    if root.is_dir():
        for folder in root.iterdir():
            key, sign, value = folder.name.partition("=")
            if sign and key == keys[0] and not hidden(folder.name) and folder.is_dir() and not folder.is_symlink():
                found += [(value, *rest) for rest in _partition_folders(folder, keys[1:])]
    return found


def _task(message: str) -> QueryFailed:
    return hive_failed(f"Execution Error, return code 1 from org.apache.hadoop.hive.ql.exec.DDLTask. {message}")
