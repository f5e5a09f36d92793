"""A Firehose stream of a pipeline as the arguments of CreateDeliveryStream."""

from typing import Any

from clickgen.model.amounts import seconds_of
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.physical_names import bucket_name
from clickgen.pipeline.resources import DeliveryStream, Warehouse
from clickgen.verify.landings.objects.prefix import static_prefix

ACCOUNT = "000000000000"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/clickgen"
_CONVERSION_MB = 64  # the least that the service takes with a conversion or partitions
_DEFAULT_MB = 5
_DEFAULT_SECONDS = 300
_ERRORS = "errors/!{firehose:error-output-type}/"
_COPY_OPTIONS = "JSON 'auto'"


def delivery_stream_arguments(
    name: str, stream: DeliveryStream, description: PipelineDescription
) -> dict[str, Any]:
    """What creates the stream `name` of this account and region."""
    arguments: dict[str, Any] = {"DeliveryStreamName": name, "DeliveryStreamType": "DirectPut"}
    if stream.source is not None:
        arguments["DeliveryStreamType"] = "KinesisStreamAsSource"
        arguments["KinesisStreamSourceConfiguration"] = {
            "KinesisStreamARN": kinesis_arn(stream.source.partition(":")[2]),
            "RoleARN": ROLE,
        }
    target = description.resources[stream.to]
    if isinstance(target, Warehouse):
        arguments["RedshiftDestinationConfiguration"] = _redshift(name, stream, target, description)
    else:
        arguments["ExtendedS3DestinationConfiguration"] = _extended_s3(stream, description)
    return arguments


def kinesis_arn(name: str) -> str:
    """The ARN of a Kinesis stream."""
    return f"arn:aws:kinesis:{REGION}:{ACCOUNT}:stream/{name}"


def function_arn(name: str) -> str:
    """The ARN of a function."""
    return f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"


def _extended_s3(stream: DeliveryStream, description: PipelineDescription) -> dict[str, Any]:
    settings = _s3(stream, stream.to, stream.prefix, description)
    if stream.error_prefix is not None or "!{" in (stream.prefix or ""):
        settings["ErrorOutputPrefix"] = stream.error_prefix or _ERRORS
    if stream.file_extension is not None:
        settings["FileExtension"] = stream.file_extension
    if stream.partition_by is not None:
        settings["DynamicPartitioningConfiguration"] = {"Enabled": True}
    processors = _processors(stream)
    if processors:
        settings["ProcessingConfiguration"] = {"Enabled": True, "Processors": processors}
    if stream.convert is not None:
        settings["DataFormatConversionConfiguration"] = _conversion(stream)
    if stream.backup is not None:
        settings["S3BackupMode"] = "Enabled"
        settings["S3BackupConfiguration"] = _s3(stream, stream.backup.to, stream.backup.prefix, description)
        settings["S3BackupConfiguration"]["ErrorOutputPrefix"] = _ERRORS
    return settings


def _s3(
    stream: DeliveryStream, bucket: str, prefix: str | None, description: PipelineDescription
) -> dict[str, Any]:
    settings: dict[str, Any] = {
        "RoleARN": ROLE,
        "BucketARN": f"arn:aws:s3:::{bucket_name(bucket, description.resources[bucket])}",
        "BufferingHints": _hints(stream),
    }
    if prefix is not None:
        settings["Prefix"] = prefix
    if stream.compression is not None:
        settings["CompressionFormat"] = stream.compression
    return settings


def _hints(stream: DeliveryStream) -> dict[str, int]:
    least = _CONVERSION_MB if stream.convert is not None or stream.partition_by is not None else _DEFAULT_MB
    seconds = seconds_of(stream.buffer) if stream.buffer is not None else None
    return {
        "SizeInMBs": stream.buffer_mb or least,
        "IntervalInSeconds": int(_DEFAULT_SECONDS if seconds is None else seconds),
    }


def _processors(stream: DeliveryStream) -> list[dict[str, Any]]:
    processors: list[dict[str, Any]] = []
    if stream.transform is not None:
        values = {"LambdaArn": function_arn(stream.transform.partition(":")[2]) + ":$LATEST"}
        if stream.transform_buffer_mb is not None:
            values["BufferSizeInMBs"] = f"{stream.transform_buffer_mb:g}"
        if stream.transform_buffer is not None:
            values["BufferIntervalInSeconds"] = f"{seconds_of(stream.transform_buffer) or 0:.0f}"
        processors.append(_processor("Lambda", values))
    if stream.partition_by is not None:
        values = {"MetadataExtractionQuery": stream.partition_by, "JsonParsingEngine": "JQ-1.6"}
        processors.append(_processor("MetadataExtraction", values))
    if stream.delimiter:
        processors.append({"Type": "AppendDelimiterToRecord"})
    return processors


def _processor(kind: str, values: dict[str, str]) -> dict[str, Any]:
    parameters = [{"ParameterName": name, "ParameterValue": value} for name, value in values.items()]
    return {"Type": kind, "Parameters": parameters}


def _conversion(stream: DeliveryStream) -> dict[str, Any]:
    assert stream.convert is not None  # noqa: S101  # its only caller has asked
    database, _, table = stream.convert.table.partition(".")
    serializer = "ParquetSerDe" if stream.convert.format == "parquet" else "OrcSerDe"
    return {
        "Enabled": True,
        "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": database, "TableName": table, "Region": REGION},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {serializer: {}}},
    }


def _redshift(
    name: str, stream: DeliveryStream, warehouse: Warehouse, description: PipelineDescription
) -> dict[str, Any]:
    staging = stream.staging
    bucket = staging.to if staging is not None else next(iter(_buckets(description)))
    prefix = staging.prefix if staging is not None else f"{name}/"
    workgroup = stream.to.partition(":")[2]
    host = f"{workgroup}.{ACCOUNT}.{REGION}.redshift-serverless.amazonaws.com"
    settings: dict[str, Any] = {
        "RoleARN": ROLE,
        "ClusterJDBCURL": f"jdbc:redshift://{host}:5439/{warehouse.database}",
        "CopyCommand": {
            "DataTableName": stream.table or name,
            "CopyOptions": stream.copy_options or _COPY_OPTIONS,
        },
        "Username": "clickgen",
        "Password": "clickgen-of-the-embedded-pipeline",
        "S3Configuration": _s3(stream, bucket, static_prefix(prefix), description),
    }
    if stream.copy_retry is not None:
        settings["RetryOptions"] = {"DurationInSeconds": round(seconds_of(stream.copy_retry) or 0)}
    processors = _processors(stream)
    if processors:
        settings["ProcessingConfiguration"] = {"Enabled": True, "Processors": processors}
    if stream.backup is not None:
        settings["S3BackupMode"] = "Enabled"
        settings["S3BackupConfiguration"] = _s3(stream, stream.backup.to, stream.backup.prefix, description)
    return settings


def _buckets(description: PipelineDescription) -> list[str]:
    return [address for address in description.resources if address.startswith("s3:")]
