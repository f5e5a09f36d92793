"""Whether Terraform puts the tables into the catalogue that SQL makes when a pipeline starts on a laptop."""

import re
from collections.abc import Iterator
from typing import Any

from clickgen.local.athena.create_table import read_create_table
from clickgen.local.athena.words import Words, statements_of
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.outputs import output_name
from clickgen.pipeline.physical_names import NameOf, local_names
from tests.terraform.local_requests import local_requests
from tests.terraform.plan import Plan

_CREATE = re.compile(r"(?:\s|--[^\n]*\n)*CREATE\s+EXTERNAL\s+TABLE\s", re.IGNORECASE)
_NOTED = ("EXTERNAL", "classification")
"""Properties that the services note themselves, of a table that SQL makes."""

Tables = dict[str, dict[str, Any]]
"""By table, like "glue:lake.events", what it is made of."""


def different_tables(description: PipelineDescription, plan: Plan) -> Iterator[str]:
    """Where a table of Terraform's deviates from the SQL."""
    here, there = _of_sql(description), _of_plan(description, plan)
    for table in sorted(here.keys() | there.keys()):
        mine, its = here.get(table), there.get(table)
        if mine is None or its is None:
            yield f"{table}: {'the SQL' if mine is None else 'Terraform'} does not make it"
            continue
        for part in mine:
            if mine[part] != its[part]:
                yield f"{table}: {part} are {mine[part]} by the SQL, {its[part]} by Terraform"


def _of_sql(description: PipelineDescription) -> Tables:
    name_of = local_names(description.resources)
    found: Tables = {}
    for request in local_requests(description):
        if request.operation != "StartQueryExecution":
            continue
        for statement in statements_of(request.arguments["QueryString"]):
            begin = _CREATE.match(statement)
            if begin is None:
                continue
            words = Words(statement[begin.end() :])
            database, table, _ = read_create_table(words, request.arguments["QueryExecutionContext"]["Database"])
            storage = table["StorageDescriptor"]
            found[f"glue:{database}.{table['Name']}"] = {
                "columns": _columns(storage["Columns"], "Name", "Type"),
                "partition keys": _columns(table["PartitionKeys"], "Name", "Type"),
                "formats": _formats(storage["InputFormat"], storage["OutputFormat"], storage["SerdeInfo"]),
                "location": _with_addresses(storage["Location"], description, name_of),
                "properties": _properties(table["Parameters"], description, name_of),
            }
    return found


def _of_plan(description: PipelineDescription, plan: Plan) -> Tables:
    databases = {plan.outputs.get(output_name(address)): address for address in description.resources}
    found: Tables = {}

    def name_of(address: str) -> str:
        return str(plan.outputs.get(output_name(address)))

    for table in plan.of("aws_glue_catalog_table"):
        values = table.values
        (storage,) = values["storage_descriptor"]
        (serde,) = storage["ser_de_info"]
        found[f"{databases.get(values['database_name'])}.{values['name']}"] = {
            "columns": _columns(storage["columns"], "name", "type"),
            "partition keys": _columns(values["partition_keys"], "name", "type"),
            "formats": [storage["input_format"], storage["output_format"], serde["serialization_library"]],
            "location": _with_addresses(storage["location"], description, name_of),
            "properties": _properties(values["parameters"], description, name_of),
        }
    return found


def _columns(columns: list[dict[str, str]], name: str, kind: str) -> list[tuple[str, str]]:
    return [(column[name], column[kind]) for column in columns]


def _formats(entry: str, output: str, serde: dict[str, Any]) -> list[str]:
    return [entry, output, serde["SerializationLibrary"]]


def _properties(given: dict[str, str], description: PipelineDescription, name_of: NameOf) -> dict[str, str]:
    return {key: _with_addresses(value, description, name_of) for key, value in given.items() if key not in _NOTED}


def _with_addresses(text: str, description: PipelineDescription, name_of: NameOf) -> str:
    """A path with the bucket's address in place of its name."""
    for address in description.resources:
        if address.startswith("s3:"):
            text = text.replace(f"s3://{name_of(address)}/", f"s3://{address}/")
    return text
