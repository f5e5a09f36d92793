"""The tables of the catalogue that a pipeline's file names, and the resources that make or use them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.physical_names import NameOf
from clickgen.pipeline.resources import Crawler, DeliveryStream, Resource


@dataclass(frozen=True, slots=True)
class CatalogueTable:
    """A table of a database."""

    database: str  # "glue:NAME" if the database is the pipeline's, else its name
    table: str
    of: str  # the resource whose table in the file names it
    made_by_crawler: bool = False  # the name is what a crawler will call it, if nothing is in its way

    def name(self, name_of: NameOf) -> str:
        """database.table, as it is called where the pipeline runs."""
        database = name_of(self.database) if ":" in self.database else self.database
        return f"{database}.{self.table}"


def catalogue_tables(description: PipelineDescription) -> list[CatalogueTable]:
    """Tables that the file names first, then those that crawlers make."""
    found = list(_found(description))
    return sorted(found, key=lambda table: table.made_by_crawler)


def _found(description: PipelineDescription) -> Iterator[CatalogueTable]:
    resources = description.resources
    for address, resource in resources.items():
        match resource:
            case DeliveryStream(convert=conversion) if conversion is not None:
                database, _, table = conversion.table.partition(".")
                yield CatalogueTable(_address_of(database, resources), table, address)
            case Crawler(table=str(table), database=database):
                yield CatalogueTable(database, table, address)
            case Crawler(path=str(path), database=database, table_prefix=prefix):
                yield CatalogueTable(database, _crawled_name(path, prefix), address, made_by_crawler=True)


def _address_of(database: str, resources: Mapping[str, Resource]) -> str:
    return f"glue:{database}" if f"glue:{database}" in resources else database


def _crawled_name(path: str, prefix: str) -> str:
    """What a crawler calls the table of a place: its last folder, or the bucket, in lower case [Glue guide]."""
    last = path.removeprefix("s3:").rstrip("/").rpartition("/")[2]
    return (prefix + re.sub(r"[^a-z0-9_]", "_", last.lower())).lower()
