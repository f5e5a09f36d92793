"""The stations at which a pipeline is verified, derived from its resources, so that no place is named twice.

An event is compared whole as long as nothing has touched it. Behind a function, a pipe from a table or a
conversion only its id is, unless the resource's `verify` says otherwise.
"""

from typing import Any

from clickgen.pipeline.description import PipelineDescription, in_order
from clickgen.pipeline.resources import Bucket, DeliveryStream, Function, Pipe, Resource, Verified, Warehouse
from clickgen.verify.landings.objects.prefix import static_prefix
from clickgen.verify.landings.station import KINDS, Station


def derived_stations(description: PipelineDescription) -> list[Station]:
    """The stations in the order in which events pass them; ValueError if a `verify` table does not hold."""
    stations: list[Station] = []
    touched = False
    for address in in_order(description):
        resource = description.resources[address]
        if isinstance(resource, Function):
            touched = True
        if isinstance(resource, Pipe):
            touched = touched or resource.source.startswith("dynamodb:") or resource.template is not None
        if isinstance(resource, DeliveryStream):
            stations += _of_delivery(address, resource, description, touched=touched)
            touched = touched or resource.transform is not None
        elif isinstance(resource, Verified):
            stations += _of_stream(address, resource, touched=touched)
    return stations


def bucket_name(address: str, resource: Resource) -> str:
    """The name of a bucket at S3."""
    named = resource.bucket if isinstance(resource, Bucket) else None
    return named or address.partition(":")[2]


def _of_stream(address: str, resource: Verified, *, touched: bool) -> list[Station]:
    kind, _, name = address.partition(":")
    place = {"dynamodb": {"table": name}, "kinesis": {"stream": name}}.get(kind)
    if place is None:
        return []
    return _station(address, kind, place, resource.verify, touched=touched)


def _of_delivery(
    address: str, resource: DeliveryStream, description: PipelineDescription, *, touched: bool
) -> list[Station]:
    stations: list[Station] = []
    if resource.backup is not None and resource.verify is not False:
        source = f"s3://{_bucket(resource.backup.to, description)}/{static_prefix(resource.backup.prefix)}"
        stations += _station(f"source of {address}", "s3", {"at": source}, True, touched=touched)
    touched = touched or resource.transform is not None
    name = address.partition(":")[2]
    target = description.resources[resource.to]
    if isinstance(target, Warehouse):
        where = {
            "workgroup": resource.to.partition(":")[2],
            "database": target.database,
            "table": resource.table or name,
            "stream": name,
        }
        return stations + _station(address, "redshift", where, resource.verify, touched=touched)
    place = "parquet" if resource.convert is not None and resource.convert.format == "parquet" else "s3"
    return stations + _station(address, place, {"stream": name}, resource.verify, touched=touched)


def _bucket(address: str, description: PipelineDescription) -> str:
    return bucket_name(address, description.resources[address])


def _station(
    name: str, place: str, where: dict[str, Any], verify: bool | dict[str, Any], *, touched: bool
) -> list[Station]:
    if verify is False:
        return []
    kind = KINDS[place]
    if isinstance(verify, dict) and "at" in verify:
        where = {}
    values: dict[str, Any] = {"name": name, "place": place, **where}
    if touched and "content" in kind.model_fields:
        values["content"] = "ids"
    return [kind.model_validate(values | (verify if isinstance(verify, dict) else {}))]
