"""The shapes of control-plane requests with the constraints of the API model (botocore, firehose 2015-08-04).

Member names are the service's own. `parse` checks one request and words every broken constraint as AWS does.
"""

from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clickgen.local.platform.errors import validation_errors

StreamName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_.-]+\z")]
StreamType = Literal["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"]
RoleArn = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^arn:.*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@\-_/]+\z")
]
BucketArn = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^arn:.*:s3:::[a-zA-Z0-9_.\-]{1,255}\z")]
PrefixText = Annotated[str, Field(max_length=1024)]
PageLimit = Annotated[int, Field(ge=1, le=10_000)]


class Shape(BaseModel):
    """A structure of the API. Unknown members are kept in `model_extra`, to be refused by name."""

    model_config = ConfigDict(extra="allow", strict=True, frozen=True)


class Buffering(Shape):
    """When a buffer is delivered: the first condition met."""

    SizeInMBs: Annotated[int, Field(ge=1, le=128)] | None = None
    IntervalInSeconds: Annotated[int, Field(ge=0, le=900)] | None = None


class ProcessorParameter(Shape):
    """One setting of a processor."""

    ParameterName: str
    ParameterValue: str


class Processor(Shape):
    """One step of record processing."""

    Type: str
    Parameters: list[ProcessorParameter] | None = None


class Processing(Shape):
    """Record processing; `Enabled` left out means disabled."""

    Enabled: bool | None = None
    Processors: list[Processor] | None = None


class Switch(Shape):
    """A feature of which only `Enabled` matters here: format conversion, dynamic partitioning."""

    Enabled: bool | None = None


class S3Destination(Shape):
    """`S3DestinationConfiguration`: where objects go and how."""

    RoleARN: RoleArn
    BucketARN: BucketArn
    Prefix: PrefixText | None = None
    ErrorOutputPrefix: PrefixText | None = None
    BufferingHints: Buffering | None = None
    CompressionFormat: Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] | None = None
    EncryptionConfiguration: dict[str, Any] | None = None
    CloudWatchLoggingOptions: dict[str, Any] | None = None


class ExtendedS3Destination(S3Destination):
    """`ExtendedS3DestinationConfiguration`."""

    ProcessingConfiguration: Processing | None = None
    S3BackupMode: Literal["Disabled", "Enabled"] | None = None
    S3BackupConfiguration: dict[str, Any] | None = None
    DataFormatConversionConfiguration: Switch | None = None
    DynamicPartitioningConfiguration: Switch | None = None
    FileExtension: Annotated[str, Field(max_length=128, pattern=r"^(\.[0-9a-z!\-_.*'()]+)?\z")] | None = None
    CustomTimeZone: Annotated[str, Field(max_length=50, pattern=r"^[a-zA-Z/_]*\z")] | None = None


class CreateRequest(Shape):
    """CreateDeliveryStream; other sources and destinations end up in `model_extra`."""

    DeliveryStreamName: StreamName
    DeliveryStreamType: StreamType | None = None
    DirectPutSourceConfiguration: dict[str, Any] | None = None
    S3DestinationConfiguration: S3Destination | None = None
    ExtendedS3DestinationConfiguration: ExtendedS3Destination | None = None
    Tags: Annotated[list[dict[str, str]], Field(min_length=1, max_length=50)] | None = None


class DescribeRequest(Shape):
    """DescribeDeliveryStream; a stream has one destination, so that the page options change nothing."""

    DeliveryStreamName: StreamName
    Limit: PageLimit | None = None
    ExclusiveStartDestinationId: str | None = None


class ListRequest(Shape):
    """ListDeliveryStreams."""

    Limit: PageLimit = 10
    DeliveryStreamType: StreamType | None = None
    ExclusiveStartDeliveryStreamName: StreamName | None = None


class DeleteRequest(Shape):
    """DeleteDeliveryStream; `AllowForceDelete` is about encryption keys, of which there are none."""

    DeliveryStreamName: StreamName
    AllowForceDelete: bool | None = None


_CONSTRAINTS = {
    "missing": "not be null",
    "string_pattern_mismatch": "satisfy regular expression pattern: {pattern}",
    "string_too_short": "have length greater than or equal to {min_length}",
    "too_short": "have length greater than or equal to {min_length}",
    "string_too_long": "have length less than or equal to {max_length}",
    "too_long": "have length less than or equal to {max_length}",
    "greater_than_equal": "have value greater than or equal to {ge}",
    "less_than_equal": "have value less than or equal to {le}",
    "literal_error": "satisfy enum value set: [{expected}]",
}
"""pydantic's kinds of errors in the words of AWS."""

AnyShape = TypeVar("AnyShape", bound=Shape)


def parse(shape: type[AnyShape], body: dict[str, Any]) -> AnyShape:
    """The request as a `shape`; a ValidationException that lists every broken constraint otherwise."""
    try:
        return shape.model_validate(body)
    except ValidationError as broken:
        raise validation_errors([_problem(dict(error)) for error in broken.errors()]) from None


def _problem(error: dict[str, Any]) -> str:
    where = ".".join(_member(step) for step in error["loc"])
    return f"Value at '{where}' failed to satisfy constraint: Member must {_constraint(error)}"


def _member(step: str | int) -> str:
    """AWS counts from 1 and writes members with a small first letter."""
    return str(step + 1) if isinstance(step, int) else step[:1].lower() + step[1:]


def _constraint(error: dict[str, Any]) -> str:
    context = {name: _plain(value) for name, value in error.get("ctx", {}).items()}
    template = _CONSTRAINTS.get(error["type"])
    return template.format(**context) if template else f"be of its type ({error['msg']})"


def _plain(value: object) -> str:
    """A pattern without its anchors, an enumeration without quotes."""
    return str(value).removeprefix("^").removesuffix(r"\z").replace("'", "").replace(" or ", ", ")
