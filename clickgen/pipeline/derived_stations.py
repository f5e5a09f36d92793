"""The stations at which a pipeline is verified, derived from its resources, so that no place is named twice.

An event is compared whole as long as nothing has touched it. Behind a function, a pipe from a table or a
conversion only its id is, unless the resource's `verify` says otherwise.
"""

from typing import Any

from clickgen.pipeline.description import PipelineDescription, in_order
from clickgen.pipeline.physical_names import NameOf, with_names
from clickgen.pipeline.resources import (
    Bucket,
    BucketVerification,
    DeliveryStream,
    Function,
    Pipe,
    Verified,
    Warehouse,
)
from clickgen.verify.landings.objects.prefix import static_prefix
from clickgen.verify.landings.station import KINDS, Station


def stations_of(description: PipelineDescription, name_of: NameOf) -> tuple[Station, ...]:
    """All stations, those that the file writes last, with the names of the places where the pipeline runs."""
    written = (with_names(station, description.resources, name_of) for station in description.written)
    return (*derived_stations(description, name_of), *written)


def derived_stations(description: PipelineDescription, name_of: NameOf) -> list[Station]:
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
            stations += _of_delivery(address, resource, description, name_of, touched=touched)
            touched = touched or resource.transform is not None
        elif isinstance(resource, Verified):
            stations += _of_stream(address, resource, name_of, touched=touched)
        elif isinstance(resource, Bucket):
            stations += _of_bucket(address, resource, name_of, touched=touched)
    return [with_names(station, description.resources, name_of) for station in stations]


def _of_bucket(address: str, bucket: Bucket, name_of: NameOf, *, touched: bool) -> list[Station]:
    if bucket.verify is False:
        return []
    looked_at = BucketVerification() if bucket.verify is True else bucket.verify
    root = f"s3://{name_of(address)}/"
    where = {"at": root + looked_at.prefix}
    if looked_at.errors is not None:
        where["errors"] = root + looked_at.errors
    return _station(address, looked_at.place, where, looked_at.model_extra or {}, touched=touched)


def _of_stream(address: str, resource: Verified, name_of: NameOf, *, touched: bool) -> list[Station]:
    kind = address.partition(":")[0]
    key = {"dynamodb": "table", "kinesis": "stream"}.get(kind)
    if key is None or resource.verify is False:
        return []
    return _station(address, kind, {key: name_of(address)}, resource.verify, touched=touched)


def _of_delivery(
    address: str, resource: DeliveryStream, description: PipelineDescription, name_of: NameOf, *, touched: bool
) -> list[Station]:
    if resource.verify is False:
        return []
    stations: list[Station] = []
    if resource.backup is not None:
        source = f"s3://{name_of(resource.backup.to)}/{static_prefix(resource.backup.prefix)}"
        stations += _station(f"source of {address}", "s3", {"at": source}, True, touched=touched)
    touched = touched or resource.transform is not None
    stream = name_of(address)
    target = description.resources[resource.to]
    if isinstance(target, Warehouse):
        where = {
            "workgroup": name_of(resource.to),
            "database": target.database,
            "table": resource.table or address.partition(":")[2],
            "stream": stream,
        }
        return stations + _station(address, "redshift", where, resource.verify, touched=touched)
    place = "parquet" if resource.convert is not None and resource.convert.format == "parquet" else "s3"
    return stations + _station(address, place, {"stream": stream}, resource.verify, touched=touched)


def _station(
    name: str, place: str, where: dict[str, Any], verify: bool | dict[str, Any], *, touched: bool
) -> list[Station]:
    kind = KINDS[place]
    if isinstance(verify, dict) and "at" in verify:
        where = {}
    values: dict[str, Any] = {"name": name, "place": place, **where}
    if touched and "content" in kind.model_fields:
        values["content"] = "ids"
    return [kind.model_validate(values | (verify if isinstance(verify, dict) else {}))]
