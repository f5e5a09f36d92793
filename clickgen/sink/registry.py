"""Every kind of destination that `send` and `replay` know, by its name in a plan, and as `--to` names it."""

from dataclasses import dataclass
from typing import Any, TypedDict, cast

from clickgen.model.batch import SinkLimits
from clickgen.model.destination import (
    Destination,
    DynamoDbDestination,
    FileDestination,
    FirehoseDestination,
    HttpDestination,
    Kind,
    KinesisDestination,
    OutputDestination,
    S3Destination,
)
from clickgen.model.errors import UsageProblem
from clickgen.sink import dynamodb, firehose, http, kinesis, local_file, s3_objects, standard_output
from clickgen.sink.interface import Sink
from clickgen.sink.kind import Opening, SinkKind


class _Kinds(TypedDict):
    """A kind that is forgotten here is a type error."""

    firehose: SinkKind[FirehoseDestination]
    kinesis: SinkKind[KinesisDestination]
    dynamodb: SinkKind[DynamoDbDestination]
    s3: SinkKind[S3Destination]
    http: SinkKind[HttpDestination]
    file: SinkKind[FileDestination]
    stdout: SinkKind[OutputDestination]


_KINDS: _Kinds = {
    "firehose": firehose.KIND,
    "kinesis": kinesis.KIND,
    "dynamodb": dynamodb.KIND,
    "s3": s3_objects.KIND,
    "http": http.KIND,
    "file": local_file.KIND,
    "stdout": standard_output.KIND,
}
KINDS = cast("dict[str, SinkKind[Any]]", _KINDS)


def kind_of(destination: Destination) -> SinkKind[Any]:
    """The kind of a destination; KeyError for a lake, which only `generate` fills."""
    return KINDS[destination.kind]


def limits_of(destination: Destination) -> SinkLimits:
    """What a call and a record of that destination may hold, and how they are billed."""
    return kind_of(destination).limits(destination)


def open_sink(destination: Destination, opening: Opening) -> Sink:
    """The sink of a destination for one worker; raises what `make_client` raises."""
    return kind_of(destination).open(destination, opening)


@dataclass(frozen=True, slots=True)
class Address:
    """A destination as the user names it. name: of a stream or table, BUCKET/PREFIX, a path; empty for stdout."""

    kind: Kind
    name: str

    @property
    def on_network(self) -> bool:
        """Whether region, credentials and endpoint matter to it."""
        return KINDS[self.kind].on_network

    def __str__(self) -> str:
        return address_text(self.kind, self.name)


def address_text(kind: str, name: str) -> str:
    """The address as `--to` takes it; of a lake, or of the embedded pipeline, KIND:NAME."""
    if kind not in KINDS:
        return f"{kind}:{name}"
    return name if KINDS[kind].name_is_address else f"{KINDS[kind].prefix}{name}"


def forms() -> str:
    """What `--to` takes, as a line for people."""
    *first, last = (kind.form for kind in KINDS.values())
    return f"{', '.join(first)} or {last}"


def parse_address(text: str) -> Address:
    """The address that the text names; UsageProblem with the valid forms if it names none."""
    for name, kind in KINDS.items():
        if text.startswith(kind.prefix):
            return Address(cast("Kind", name), kind.read_name(text, text.removeprefix(kind.prefix)))
    raise UsageProblem(f"--to {text!r} does not name a destination", f"write {forms()}")


def stream_address(name: str) -> Address:
    """The Firehose stream that `--stream` names; UsageProblem if no stream can have that name."""
    try:
        return parse_address(f"firehose:{name}")
    except UsageProblem as problem:
        raise UsageProblem(f"--stream {name!r} is not a valid name of a stream", problem.hint) from problem
