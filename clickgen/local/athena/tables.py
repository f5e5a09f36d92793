"""A table of the catalogue as a query needs it: its columns, its format, its partitions and their files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from clickgen.local.athena.failures import failed
from clickgen.local.athena.files import SourceFile, files_below
from clickgen.local.athena.projection import combinations, location_of, projected, values_of
from clickgen.local.platform.hive_types import HiveType, UnknownType, parse_type

Format = Literal["parquet", "json", "delimited", "quoted"]
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
"""The folder of partitions whose key is NULL."""

_FORMATS: dict[str, Format] = {
    "org.openx.data.jsonserde.JsonSerDe": "json",
    "org.apache.hive.hcatalog.data.JsonSerDe": "json",
    "org.apache.hadoop.hive.serde2.JsonSerDe": "json",
    "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe": "parquet",
    "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe": "delimited",
    "org.apache.hadoop.hive.serde2.OpenCSVSerde": "quoted",
}
_CLASSIFIED: dict[str, Format] = {"json": "json", "parquet": "parquet", "csv": "delimited"}
_WIDENS = {("tinyint", "smallint"), ("tinyint", "int"), ("tinyint", "bigint"), ("smallint", "int"),
           ("smallint", "bigint"), ("int", "bigint"), ("float", "double")}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """What the catalogue says of a table.

    columns, keys: types by name, in order.
    settings: of the SerDe, and of the table where those have no such name.
    entity: the table as Glue's API has it.
    """

    database: str
    name: str
    columns: Mapping[str, HiveType]
    keys: Mapping[str, HiveType]
    location: str
    format: Format
    settings: Mapping[str, str]
    entity: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, str]:
        parameters: Mapping[str, str] = self.entity.get("Parameters") or {}
        return parameters


@dataclass(frozen=True)
class Partition:
    """One partition: the values of its keys as texts, and where it lies."""

    values: tuple[str, ...]
    location: str


Choose = Callable[[Sequence[tuple[str, ...]]], Iterable[int]]
"""From the values of partitions to the positions of those that a query can need."""


def table_of(entity: Mapping[str, Any]) -> Table:
    """A table as the catalogue has it; QueryFailed if it cannot be read."""
    storage = entity.get("StorageDescriptor") or {}
    parameters = entity.get("Parameters") or {}
    serde = storage.get("SerdeInfo") or {}
    library = serde.get("SerializationLibrary", "")
    kind = _FORMATS.get(library) or _CLASSIFIED.get(parameters.get("classification", "").lower())
    name = f"{entity['DatabaseName']}.{entity['Name']}"
    if kind is None or (library and library not in _FORMATS):
        raise failed(
            "HIVE_UNSUPPORTED_FORMAT",
            f"the embedded pipeline does not read the SerDe {library or '(none)'} of {name}",
        )
    return Table(
        entity["DatabaseName"],
        entity["Name"],
        _types(storage.get("Columns") or [], name),
        _types(entity.get("PartitionKeys") or [], name),
        str(storage.get("Location", "")),
        kind,
        {**parameters, **(serde.get("Parameters") or {})},
        entity,
    )


def partitions_of(
    table: Table, registered: Callable[[], Sequence[Mapping[str, Any]]], injected: Mapping[str, Sequence[str]]
) -> list[Partition]:
    """All partitions of a table that has keys. registered: those of the catalogue; projection passes them over."""
    keys = list(table.keys)
    if projected(table.parameters):
        now = datetime.now(UTC)
        values = [list(values_of(key, table.parameters, injected, now)) for key in keys]
        template = table.parameters.get("storage.location.template")
        return [
            Partition(chosen, location_of(template, table.location, keys, chosen))
            for chosen in combinations(values)
        ]
    found = []
    for partition in registered():
        storage = partition.get("StorageDescriptor") or {}
        _check_columns(table, partition["Values"], storage.get("Columns") or [])
        found.append(Partition(tuple(partition["Values"]), storage.get("Location") or table.location))
    return found


def files_of(lake: Path, partitions: Sequence[Partition], choose: Choose) -> list[SourceFile]:
    """The files that a query reads of a table with partitions."""
    chosen = choose([partition.values for partition in partitions])
    found: list[SourceFile] = []
    for position in chosen:
        partition = partitions[position]
        values = tuple(None if value == NO_VALUE else value for value in partition.values)
        found += files_below(lake, partition.location, values)
    return found


def _types(columns: Sequence[Mapping[str, Any]], table: str) -> dict[str, HiveType]:
    types: dict[str, HiveType] = {}
    for column in columns:
        try:
            types[column["Name"].lower()] = parse_type(column.get("Type") or "string")
        except UnknownType as problem:
            raise failed(
                "HIVE_INVALID_METADATA", f"Hive metadata for table {table} is invalid: {problem}"
            ) from None
    return types


def _check_columns(table: Table, values: Sequence[str], columns: Sequence[Mapping[str, Any]]) -> None:
    """A partition may have other columns than its table, but not others of the same name."""
    for column in columns:
        declared = table.columns.get(column["Name"].lower())
        kind = str(column.get("Type", "string")).lower().replace(" ", "")
        if declared is None or kind == str(declared) or (kind, str(declared)) in _WIDENS:
            continue
        name = column["Name"].lower()
        named = "/".join(f"{key}={value}" for key, value in zip(table.keys, values, strict=False))
        raise failed(
            "HIVE_PARTITION_SCHEMA_MISMATCH",
            "There is a mismatch between the table and partition schemas. The types are incompatible and cannot be"
            f" coerced. The column '{name}' in table '{table.database}.{table.name}' is declared as type"
            f" '{declared}', but partition '{named}' declared column '{name}' as type '{kind}'.",
        )
