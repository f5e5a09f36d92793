"""Where batches go: one class for each kind of destination, with the fields of that kind only."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

# what `--to` of `send` can name
Kind = Literal["firehose", "kinesis", "dynamodb", "s3", "http", "file", "stdout"]
# how the body of an HTTP request holds events
HttpBody = Literal["json", "ndjson", "lines", "segment", "snowplow", "ga4", "aws-clickstream", "put-record-batch"]

# until plans had a class for each kind, each of them held the fields of all
_FIELDS_OF_ANY_KIND = frozenset(
    ["embedded", "on_aws", "region", "account", "endpoint_url", "aws_profile", "keys", "record_bytes", "on_demand"]
)


class _Destination(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _without_fields_of_other_kinds(cls, values: Any) -> Any:
        """Read a plan of the time when every destination held the fields of all kinds."""
        if not isinstance(values, dict):
            return values
        foreign = _FIELDS_OF_ANY_KIND - cls.model_fields.keys()
        return {name: value for name, value in values.items() if name not in foreign}


class _OnNetwork(_Destination):
    """A destination with an endpoint."""

    on_aws: bool = False  # the endpoint is AWS itself, so it costs money
    region: str | None = None
    account: str | None = None
    endpoint_url: str | None = None
    aws_profile: str | None = None


class _OnThisMachine(_Destination):
    """A destination without a network."""

    on_aws: ClassVar[Literal[False]] = False
    region: ClassVar[None] = None
    account: ClassVar[None] = None
    endpoint_url: ClassVar[None] = None
    aws_profile: ClassVar[None] = None


class FirehoseDestination(_OnNetwork):
    """A Firehose stream. embedded: one of the pipeline that clickgen starts for itself."""

    kind: Literal["firehose"] = "firehose"
    stream: str
    embedded: bool = False


class KinesisDestination(_OnNetwork):
    """A Kinesis stream."""

    kind: Literal["kinesis"] = "kinesis"
    stream: str
    record_bytes: int | None = None  # what a record may have, or None if the service did not say
    on_demand: bool = False  # it is paid by bytes
    embedded: ClassVar[Literal[False]] = False


class DynamoDbDestination(_OnNetwork):
    """A table, whose name is in `stream`. keys: its key fields with their type, the partition key first."""

    kind: Literal["dynamodb"] = "dynamodb"
    stream: str
    keys: dict[str, str] = {}
    embedded: ClassVar[Literal[False]] = False


class S3Destination(_OnNetwork):
    """Objects of a bucket. stream: BUCKET/PREFIX."""

    kind: Literal["s3"] = "s3"
    stream: str
    embedded: ClassVar[Literal[False]] = False


class HttpRequest(BaseModel):
    """How events are posted to a collector. The values of headers and of secret parameters are never in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    body: HttpBody = "json"
    events: Annotated[int, Field(ge=1)] | None = None  # the most of one body, or None for what the form takes
    bytes: Annotated[int, Field(ge=1)] | None = (
        None  # the most of one body before it is compressed, or None for the same
    )
    gzip: bool = False
    sigv4: str | None = None  # the service that requests are signed for, or None if they are not signed
    delivery_stream: str | None = (
        None  # the Firehose stream that a put-record-batch names, or None if the gateway does
    )
    html: bool = False  # whether this collector answers accepted events with a page of HTML
    headers: dict[str, str | None] = {}
    """By name, the environment variable that has its value, or None if it was written on the command line."""
    parameters: dict[str, str | None] = {}  # of the query, in the same way


class HttpDestination(_Destination):
    """A collector that events are posted to. stream: its URL. region and aws_profile are for signing."""

    kind: Literal["http"] = "http"
    stream: str
    on_aws: bool = False
    region: str | None = None
    aws_profile: str | None = None
    request: HttpRequest = HttpRequest()
    account: ClassVar[None] = None
    endpoint_url: ClassVar[None] = None
    embedded: ClassVar[Literal[False]] = False


class FileDestination(_OnThisMachine):
    """A file. stream: its absolute path."""

    kind: Literal["file"] = "file"
    stream: str
    embedded: ClassVar[Literal[False]] = False


class OutputDestination(_OnThisMachine):
    """Standard output."""

    kind: Literal["stdout"] = "stdout"
    stream: str = ""
    pretty: bool = False  # events are indented
    coloured: bool = False  # and in colour, for a terminal
    embedded: ClassVar[Literal[False]] = False


class LakeDestination(_OnThisMachine):
    """A folder of objects that `generate` fills. stream: its path. embedded: the lake of the embedded pipeline."""

    kind: Literal["lake"] = "lake"
    stream: str
    embedded: bool = False


Destination = Annotated[
    FirehoseDestination
    | KinesisDestination
    | DynamoDbDestination
    | S3Destination
    | HttpDestination
    | FileDestination
    | OutputDestination
    | LakeDestination,
    Field(discriminator="kind"),
]

_ANY: TypeAdapter[Destination] = TypeAdapter(Destination)


def destination_of(kind: str, stream: str, **fields: Any) -> Destination:
    """A destination of a kind that is only known at run time. Raises pydantic's ValidationError."""
    return _ANY.validate_python({"kind": kind, "stream": stream, **fields})
