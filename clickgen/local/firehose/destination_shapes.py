"""The shapes of destinations: S3, Redshift and HTTP endpoints, and the processing of records on their way.

Where this endpoint accepts more than AWS, so that a destination on this machine can be named, a comment says so.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from clickgen.local.firehose.shapes import RoleArn, Word, Words
from clickgen.local.platform.shapes import Shape

BucketArn = Annotated[str, Field(min_length=1, max_length=2048, pattern=r"^arn:.*:s3:::[a-zA-Z0-9_.\-]{1,255}\z")]
PrefixText = Annotated[str, Field(max_length=1024)]
RetrySeconds = Annotated[int, Field(ge=0, le=7200)]
Proportion = Annotated[float, Field(ge=0, le=1)]
BlockBytes = Annotated[int, Field(ge=64 * 1024 * 1024)]
# AWS takes hosts of Redshift only
JdbcUrl = Annotated[
    str, Field(min_length=1, max_length=512, pattern=r"^jdbc:(redshift|postgresql)://[^/\s]+:\d{1,5}/[\w$-]+\z")
]
# AWS takes https:// only
EndpointUrl = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^https?://.+\z")]


class Buffering(Shape):
    """When a buffer is delivered: the first condition met."""

    SizeInMBs: Annotated[int, Field(ge=1, le=128)] | None = None
    IntervalInSeconds: Annotated[int, Field(ge=0, le=900)] | None = None


class HttpBuffering(Buffering):
    """The same for HTTP endpoints."""

    SizeInMBs: Annotated[int, Field(ge=1, le=64)] | None = None


class ProcessorParameter(Shape):
    """One setting of a processor."""

    ParameterName: Literal[
        "LambdaArn",
        "NumberOfRetries",
        "MetadataExtractionQuery",
        "JsonParsingEngine",
        "RoleArn",
        "BufferSizeInMBs",
        "BufferIntervalInSeconds",
        "SubRecordType",
        "Delimiter",
        "CompressionFormat",
        "DataMessageExtraction",
    ]
    # the model wants a sign that is not blank, yet clients send a bare newline as the delimiter
    ParameterValue: Annotated[str, Field(min_length=1, max_length=5120)]


class Processor(Shape):
    """One step of record processing."""

    Type: Literal[
        "RecordDeAggregation",
        "Decompression",
        "CloudWatchLogProcessing",
        "Lambda",
        "MetadataExtraction",
        "AppendDelimiterToRecord",
    ]
    Parameters: list[ProcessorParameter] | None = None


class Processing(Shape):
    """Record processing; `Enabled` left out means disabled."""

    Enabled: bool | None = None
    Processors: list[Processor] | None = None


class Retries(Shape):
    """How long a delivery is tried again."""

    DurationInSeconds: RetrySeconds | None = None


class DynamicPartitioning(Shape):
    """`DynamicPartitioningConfiguration`; `Enabled` left out means disabled."""

    Enabled: bool | None = None
    RetryOptions: Retries | None = None


class OpenX(Shape):
    """`OpenXJsonSerDe`."""

    ConvertDotsInJsonKeysToUnderscores: bool | None = None
    CaseInsensitive: bool | None = None
    ColumnToJsonKeyMappings: dict[Word, Words] | None = None


class HiveJson(Shape):
    """`HiveJsonSerDe`."""

    TimestampFormats: list[Words] | None = None


class OneDeserializer(Shape):
    """One of the two readers of JSON."""

    OpenXJsonSerDe: OpenX | None = None
    HiveJsonSerDe: HiveJson | None = None


class Parquet(Shape):
    """`ParquetSerDe`."""

    BlockSizeBytes: BlockBytes | None = None
    PageSizeBytes: Annotated[int, Field(ge=65536)] | None = None
    Compression: Literal["UNCOMPRESSED", "GZIP", "SNAPPY"] | None = None
    EnableDictionaryCompression: bool | None = None
    MaxPaddingBytes: Annotated[int, Field(ge=0)] | None = None
    WriterVersion: Literal["V1", "V2"] | None = None


class Orc(Shape):
    """`OrcSerDe`."""

    StripeSizeBytes: Annotated[int, Field(ge=8 * 1024 * 1024)] | None = None
    BlockSizeBytes: BlockBytes | None = None
    RowIndexStride: Annotated[int, Field(ge=1000)] | None = None
    EnablePadding: bool | None = None
    PaddingTolerance: Proportion | None = None
    Compression: Literal["NONE", "ZLIB", "SNAPPY"] | None = None
    BloomFilterColumns: list[Word] | None = None
    BloomFilterFalsePositiveProbability: Proportion | None = None
    DictionaryKeyThreshold: Proportion | None = None
    FormatVersion: Literal["V0_11", "V0_12"] | None = None


class OneSerializer(Shape):
    """One of the two columnar formats."""

    ParquetSerDe: Parquet | None = None
    OrcSerDe: Orc | None = None


class InputFormat(Shape):
    """`InputFormatConfiguration`."""

    Deserializer: OneDeserializer | None = None


class OutputFormat(Shape):
    """`OutputFormatConfiguration`."""

    Serializer: OneSerializer | None = None


class SchemaOfTable(Shape):
    """`SchemaConfiguration`: the table of the catalogue whose columns are written."""

    RoleARN: Word | None = None
    CatalogId: Word | None = None
    DatabaseName: Word | None = None
    TableName: Word | None = None
    Region: Word | None = None
    VersionId: Word | None = None


class FormatConversion(Shape):
    """`DataFormatConversionConfiguration`; `Enabled` left out means enabled."""

    Enabled: bool | None = None
    SchemaConfiguration: SchemaOfTable | None = None
    InputFormatConfiguration: InputFormat | None = None
    OutputFormatConfiguration: OutputFormat | None = None


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
    S3BackupConfiguration: S3Destination | None = None
    DataFormatConversionConfiguration: FormatConversion | None = None
    DynamicPartitioningConfiguration: DynamicPartitioning | None = None
    FileExtension: Annotated[str, Field(max_length=128, pattern=r"^(\.[0-9a-z!\-_.*'()]+)?\z")] | None = None
    CustomTimeZone: Annotated[str, Field(max_length=50, pattern=r"^[a-zA-Z/_]*\z")] | None = None


class Copy(Shape):
    """The COPY that loads what was delivered to S3."""

    DataTableName: Annotated[str, Field(min_length=1, max_length=512)]
    DataTableColumns: Annotated[str, Field(max_length=10240)] | None = None
    CopyOptions: Annotated[str, Field(max_length=10240)] | None = None


class RedshiftDestination(Shape):
    """`RedshiftDestinationConfiguration`: S3 first, then COPY."""

    RoleARN: RoleArn
    ClusterJDBCURL: JdbcUrl
    CopyCommand: Copy
    Username: Annotated[str, Field(min_length=1, max_length=512)] | None = None
    Password: Annotated[str, Field(min_length=6, max_length=512)] | None = None
    RetryOptions: Retries | None = None
    S3Configuration: S3Destination
    ProcessingConfiguration: Processing | None = None
    S3BackupMode: Literal["Disabled", "Enabled"] | None = None
    S3BackupConfiguration: S3Destination | None = None
    CloudWatchLoggingOptions: dict[str, Any] | None = None


class HttpEndpoint(Shape):
    """The endpoint itself."""

    Url: EndpointUrl
    Name: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    AccessKey: Annotated[str, Field(max_length=4096)] | None = None


class CommonAttribute(Shape):
    """A name and a value that go with every request to an HTTP endpoint."""

    AttributeName: Annotated[str, Field(min_length=1, max_length=256)]
    AttributeValue: Annotated[str, Field(max_length=1024)]


class HttpRequest(Shape):
    """`HttpEndpointRequestConfiguration`."""

    ContentEncoding: Literal["NONE", "GZIP"] | None = None
    CommonAttributes: Annotated[list[CommonAttribute], Field(max_length=50)] | None = None


class HttpEndpointDestination(Shape):
    """`HttpEndpointDestinationConfiguration`; S3 takes what the endpoint did not."""

    EndpointConfiguration: HttpEndpoint
    BufferingHints: HttpBuffering | None = None
    CloudWatchLoggingOptions: dict[str, Any] | None = None
    RequestConfiguration: HttpRequest | None = None
    ProcessingConfiguration: Processing | None = None
    RoleARN: RoleArn | None = None
    RetryOptions: Retries | None = None
    S3BackupMode: Literal["FailedDataOnly", "AllData"] | None = None
    S3Configuration: S3Destination
