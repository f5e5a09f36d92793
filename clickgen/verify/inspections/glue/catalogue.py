"""A table as the Glue catalogue knows it."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from clickgen.model.errors import UsageProblem
from clickgen.verify.landings.aws_reads import token_pages
from clickgen.verify.landings.sql.service import SqlService

if TYPE_CHECKING:
    from types_boto3_glue import GlueClient

_PATIENCE_S = 60.0
_PARQUET, _JSON = "parquet", "json"


@dataclass(frozen=True, slots=True)
class CatalogueTable:
    """What the catalogue says of a table."""

    name: str
    columns: Mapping[str, str]  # types by name in lower case
    keys: Mapping[str, str]  # the same of the partitions' keys
    location: str  # where the data is, with a slash at the end
    format: str | None  # `parquet` or `json`, None for any other
    partitions: Mapping[tuple[str, ...], str]  # the locations of the registered ones, by their values
    parameters: Mapping[str, str]  # among them those of projection

    @property
    def projected(self) -> bool:
        """Whether Athena computes the partitions, and ignores the registered ones."""
        return self.parameters.get("projection.enabled", "").lower() == "true"


def read_table(client: "GlueClient", name: str) -> CatalogueTable:
    """The table DATABASE.TABLE with its partitions.

    Raises UsageProblem for a table or name that does not exist, EnvironmentProblem if it may not be read.
    """
    database, _, table = name.partition(".")
    if not database or not table:
        raise UsageProblem(f"--table {name!r} does not name a table of a database", "write it as DATABASE.TABLE")
    service = SqlService("Glue", _PATIENCE_S, "glue:GetTable and glue:GetPartitions", "--table")
    found = service.call(client.get_table, DatabaseName=database, Name=table)["Table"]
    storage = found.get("StorageDescriptor", {})
    keys = {str(key["Name"]).lower(): _type(key) for key in found.get("PartitionKeys", [])}
    return CatalogueTable(
        name=name,
        columns={str(column["Name"]).lower(): _type(column) for column in storage.get("Columns", [])},
        keys=keys,
        location=_folder(str(storage.get("Location", ""))),
        format=_format(found),
        partitions=_partitions(service, client, database, table) if keys else {},
        parameters={str(key): str(value) for key, value in found.get("Parameters", {}).items()},
    )


def _partitions(
    service: SqlService, client: "GlueClient", database: str, table: str
) -> dict[tuple[str, ...], str]:
    partitions: dict[tuple[str, ...], str] = {}
    for page in token_pages(partial(service.call, client.get_partitions), DatabaseName=database, TableName=table):
        for partition in page["Partitions"]:
            location = str(partition.get("StorageDescriptor", {}).get("Location", ""))
            partitions[tuple(map(str, partition["Values"]))] = _folder(location)
    return partitions


def _format(table: Mapping[str, Any]) -> str | None:
    storage = table.get("StorageDescriptor", {})
    words = " ".join(
        (
            str(storage.get("InputFormat", "")),
            str(storage.get("SerdeInfo", {}).get("SerializationLibrary", "")),
            str(table.get("Parameters", {}).get("classification", "")),
        )
    ).lower()
    return _PARQUET if _PARQUET in words else _JSON if _JSON in words else None


def _type(column: Mapping[str, Any]) -> str:
    return str(column.get("Type", "string")).lower().replace(" ", "")


def _folder(location: str) -> str:
    return location if not location or location.endswith("/") else f"{location}/"
