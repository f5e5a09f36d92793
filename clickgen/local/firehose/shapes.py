"""The shapes of control-plane requests with the constraints of the API model (botocore, firehose 2015-08-04).

Member names are the service's own.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from clickgen.local.platform.shapes import Shape

StreamName = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-zA-Z0-9_.-]+\z")]
StreamType = Literal["DirectPut", "KinesisStreamAsSource", "MSKAsSource", "DatabaseAsSource"]
RoleArn = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^arn:.*:iam::[0-9]{12}:role/[a-zA-Z_0-9+=,.@\-_/]+\z")
]
BucketArn = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^arn:.*:s3:::[a-zA-Z0-9_.\-]{1,255}\z")]
PrefixText = Annotated[str, Field(max_length=1024)]
PageLimit = Annotated[int, Field(ge=1, le=10_000)]


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
