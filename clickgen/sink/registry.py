"""Every kind of destination that `send` and `replay` know, by its name in a plan."""

from typing import Any, TypedDict, cast

from clickgen.model.batch import SinkLimits
from clickgen.model.destination import (
    Destination,
    DynamoDbDestination,
    FileDestination,
    FirehoseDestination,
    KinesisDestination,
    OutputDestination,
    S3Destination,
)
from clickgen.sink import dynamodb, firehose, kinesis, local_file, s3_objects, standard_output
from clickgen.sink.interface import Sink
from clickgen.sink.kind import Opening, SinkKind


class _Kinds(TypedDict):
    """A kind that is forgotten here is a type error."""

    firehose: SinkKind[FirehoseDestination]
    kinesis: SinkKind[KinesisDestination]
    dynamodb: SinkKind[DynamoDbDestination]
    s3: SinkKind[S3Destination]
    file: SinkKind[FileDestination]
    stdout: SinkKind[OutputDestination]


_KINDS: _Kinds = {
    "firehose": firehose.KIND,
    "kinesis": kinesis.KIND,
    "dynamodb": dynamodb.KIND,
    "s3": s3_objects.KIND,
    "file": local_file.KIND,
    "stdout": standard_output.KIND,
}
KINDS = cast("dict[str, SinkKind[Any]]", _KINDS)


def kind_of(destination: Destination) -> SinkKind[Any]:
    """What is known of a destination's kind; KeyError for a lake, which only `generate` fills."""
    return KINDS[destination.kind]


def limits_of(destination: Destination) -> SinkLimits:
    """What a call and a record of that destination may hold, and how they are billed."""
    return kind_of(destination).limits(destination)


def calls_a_second(destination: Destination) -> float | None:
    """How many calls a second the destination takes unless its quota was raised; None where nobody counts them."""
    return kind_of(destination).calls_a_second(destination)


def holds_objects(destination: Destination) -> bool:
    """Whether every call there makes an object of its own, or a piece that is compressed by itself."""
    return kind_of(destination).holds_objects(destination)


def open_sink(destination: Destination, opening: Opening) -> Sink:
    """The sink of a destination for one worker; raises what `make_client` raises."""
    return kind_of(destination).open(destination, opening)
