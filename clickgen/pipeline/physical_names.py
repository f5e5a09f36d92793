"""What the resources of a pipeline are called where it runs, and stations that are written with references."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import BaseModel

from clickgen.model.mistakes import did_you_mean
from clickgen.pipeline.resources import RESOURCES, Bucket, Resource, Verified

NameOf = Callable[[str], str]
"""From the address of a resource, "kind:name", to what it is called where it runs."""

S = TypeVar("S", bound=BaseModel)

_KINDS_OF_KEYS = {
    "at": ("s3",),
    "errors": ("s3",),
    "output": ("s3",),
    "stream": ("firehose", "kinesis"),
    "table": ("dynamodb", "glue"),
    "workgroup": ("redshift",),
}
"""Keys of a station that may refer to a resource, and to which kinds; what is behind its name stays."""

_REFERENCE = re.compile(rf"(?:{'|'.join(RESOURCES)}):(?!//)")


@dataclass(frozen=True, slots=True)
class PhysicalNames:
    """What outputs say of a pipeline that is deployed."""

    by_address: Mapping[str, str]
    region: str | None = None
    athena_workgroup: str | None = None


def bucket_name(address: str, resource: Resource) -> str:
    """The name of a bucket, if nothing else says it."""
    named = resource.bucket if isinstance(resource, Bucket) else None
    return named or address.partition(":")[2]


def local_names(resources: Mapping[str, Resource]) -> NameOf:
    """The names that the pipeline's own file gives."""
    return lambda address: bucket_name(address, resources[address])


def references_in_stations(written: object, resources: Mapping[str, Resource]) -> list[tuple[str, str]]:
    """What is wrong with those of the stations that are written, and of the `verify` tables of resources."""
    tables = {
        f"{address.replace(':', '.', 1)}.verify": resource.verify
        for address, resource in resources.items()
        if isinstance(resource, Verified) and isinstance(resource.verify, dict)
    }
    if isinstance(written, list):
        tables |= {f"station[{number}]": table for number, table in enumerate(written) if isinstance(table, dict)}
    return [
        (f"{path}.{key}", words)
        for path, table in tables.items()
        for key, words in broken_references(table, resources)
    ]


def broken_references(values: Mapping[str, Any], addresses: Iterable[str]) -> list[tuple[str, str]]:
    """What is wrong with the references of a station's table: the key, and words."""
    addresses = list(addresses)
    problems = []
    for key, kinds in _KINDS_OF_KEYS.items():
        value = values.get(key)
        if not (isinstance(value, str) and _REFERENCE.match(value)):
            continue
        address = _referred(value, addresses)
        if address is None:
            problems.append((key, f'there is no "{value}"{did_you_mean(value, addresses)}'))
        elif address.partition(":")[0] not in kinds:
            problems.append((key, f"it has to be of the kind {' or '.join(kinds)}"))
    return problems


def with_names(station: S, addresses: Iterable[str], name_of: NameOf) -> S:
    """The station with the names of the resources that its keys refer to."""
    addresses, found = list(addresses), {}
    for key in _KINDS_OF_KEYS:
        value = getattr(station, key, None)
        address = _referred(value, addresses) if isinstance(value, str) else None
        if address is not None:
            named = f"{name_of(address)}{str(value)[len(address) :]}"
            found[key] = f"s3://{named}" if key in {"at", "errors", "output"} else named
    return station.model_copy(update=found) if found else station


def _referred(text: str, addresses: Iterable[str]) -> str | None:
    """The resource that a text begins with: the whole of it, or up to a `/` or a `.`; the longest that does."""
    fitting = [one for one in addresses if text == one or text.startswith((f"{one}/", f"{one}."))]
    return max(fitting, key=len, default=None)
