"""The schemas of the providers that examples are checked against, and how Terraform gets them."""

import json
from functools import cache
from typing import Any

from tests.terraform.plugin_protocol import MESSAGES
from tests.terraform.schema_extraction import SCHEMA

_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}

Json = dict[str, Any]


@cache
def provider_schema(provider: str) -> Json:
    """The schema of a provider: `version`, `provider`, `resource_schemas`, `data_source_schemas`."""
    schemas: Json = json.loads(SCHEMA.read_text())
    schema: Json = schemas[provider]
    return schema


def schema_message(block: Json) -> Any:
    """A schema as a message of the plugin protocol."""
    return MESSAGES["Schema"](block=_block(block))


def _block(block: Json) -> Any:
    attributes = [
        MESSAGES["Attribute"](
            name=name,
            type=json.dumps(attribute["type"]).encode(),
            **{flag: attribute.get(flag, False) for flag in ("required", "optional", "computed")},
        )
        for name, attribute in block["attributes"].items()
    ]
    nested = [
        MESSAGES["NestedBlock"](
            type_name=name,
            block=_block(inner["block"]),
            nesting=_NESTING[inner["nesting_mode"]],
            min_items=inner["min_items"],
            max_items=inner["max_items"],
        )
        for name, inner in block["block_types"].items()
    ]
    return MESSAGES["Block"](attributes=attributes, block_types=nested)
