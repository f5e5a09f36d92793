"""The sink of a destination, and the limits that its kind keeps."""

from collections.abc import Callable
from pathlib import Path

from clickgen.model.batch import SinkLimits
from clickgen.model.plan import Destination
from clickgen.sink import dynamodb, firehose, kinesis, local_file, s3_objects, standard_output
from clickgen.sink.aws import Access, make_client
from clickgen.sink.gil_turn import GilTurn
from clickgen.sink.interface import Sink

_LIMITS = {
    "firehose": firehose.LIMITS,
    "dynamodb": dynamodb.LIMITS,
    "s3": s3_objects.LIMITS,
    "file": local_file.LIMITS,
    "stdout": standard_output.LIMITS,
}


def limits_of(destination: Destination) -> SinkLimits:
    """What a call and a record of that destination may hold, and how they are billed."""
    if destination.kind == "kinesis":
        return kinesis.limits_for(destination.record_bytes, on_demand=destination.on_demand)
    return _LIMITS[destination.kind]


def calls_a_second(destination: Destination) -> float | None:
    """How many calls a second the destination takes unless its quota was raised; None where nobody counts them.

    Kinesis and DynamoDB count records and bytes only; emulators and the embedded pipeline count no calls.
    """
    if destination.kind == "firehose" and destination.on_aws:
        return firehose.quota_of(destination.region).calls
    return None


def holds_objects(destination: Destination) -> bool:
    """Whether every call there makes an object of its own, or a piece that is compressed by itself."""
    return destination.kind == "s3" or (destination.kind == "file" and destination.stream.endswith(".gz"))


def open_sink(
    to: Destination, folder: Path, id_field: str, *, connections: int, turn: GilTurn, now_ms: Callable[[], int]
) -> Sink:
    """The sink of a destination for one worker.

    folder: the run's. id_field: where events have their id. connections: calls that may be under way at once.
    now_ms: the Unix time in milliseconds. Raises what `make_client` raises.
    """
    if to.kind == "file":
        return local_file.FileSink(Path(to.stream))
    if to.kind == "stdout":
        return standard_output.OutputSink(folder)
    access = Access(to.region, to.aws_profile, to.endpoint_url, to.embedded)
    client = make_client(to.kind, access, connections=connections)
    if to.kind == "kinesis":
        return kinesis.KinesisSink(client, to.stream, id_field, limits_of(to))
    if to.kind == "dynamodb":
        return dynamodb.DynamoDbSink(client, to.stream, to.keys)
    if to.kind == "s3":
        bucket, _, prefix = to.stream.partition("/")
        return s3_objects.S3Sink(client, bucket, prefix, now_ms)
    return firehose.FirehoseSink(client, to.stream, turn=turn)
