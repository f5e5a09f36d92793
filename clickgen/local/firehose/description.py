"""`DeliveryStreamDescription`, as the service words it: a request's settings, with every default filled in."""

from typing import Any

from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.state import StreamState

DESTINATION_ID = "destinationId-000000000001"
"""A stream has one destination, and this is its name in every answer and update."""

_SECRETS = {"Password", "AccessKey"}
_RENAMED = {"S3BackupConfiguration": "S3BackupDescription", "S3Configuration": "S3DestinationDescription"}
_S3_ONLY = (
    *("RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "BufferingHints"),
    *("CompressionFormat", "EncryptionConfiguration", "CloudWatchLoggingOptions"),
)

Members = dict[str, Any]


def describe(state: StreamState) -> Members:
    """The description of a stream."""
    described = {
        "DeliveryStreamName": state.name,
        "DeliveryStreamARN": state.arn,
        "DeliveryStreamStatus": state.status,
        "DeliveryStreamEncryptionConfiguration": _encryption(state),
        "DeliveryStreamType": state.stream_type,
        "VersionId": str(state.version),
        "CreateTimestamp": state.created,
        "LastUpdateTimestamp": state.updated,
        "Source": _source(state),
        "Destinations": [{"DestinationId": DESTINATION_ID, **_destination(state)}],
        "HasMoreDestinations": False,
    }
    return {member: value for member, value in described.items() if value is not None}


def _encryption(state: StreamState) -> Members:
    if state.encryption is None:
        return {"Status": "DISABLED"}
    key = {"KeyARN": state.encryption.key_arn} if state.encryption.key_arn else {}
    return {"Status": "ENABLED", "KeyType": state.encryption.key_type, **key}


def _source(state: StreamState) -> Members | None:
    kinesis = state.settings.get("KinesisStreamSourceConfiguration")
    if kinesis is not None:
        # records are read from LATEST once the stream is there
        return {"KinesisStreamSourceDescription": {**kinesis, "DeliveryStartTimestamp": state.created}}
    direct = state.settings.get("DirectPutSourceConfiguration")
    return None if direct is None else {"DirectPutSourceDescription": direct}


def _destination(state: StreamState) -> Members:
    settings, destination = state.settings, state.destination
    if "RedshiftDestinationConfiguration" in settings:
        return {
            "RedshiftDestinationDescription": _redshift(settings["RedshiftDestinationConfiguration"], destination)
        }
    if "HttpEndpointDestinationConfiguration" in settings:
        http = _http(settings["HttpEndpointDestinationConfiguration"], destination)
        return {"HttpEndpointDestinationDescription": http}
    extended = _extended_s3(
        settings.get("ExtendedS3DestinationConfiguration") or settings["S3DestinationConfiguration"], destination
    )
    plain = {member: extended[member] for member in _S3_ONLY if member in extended}
    return {"S3DestinationDescription": plain, "ExtendedS3DestinationDescription": extended}


def _extended_s3(given: Members, destination: StreamDestination) -> Members:
    described = _s3(given, destination.buffer_mb, destination.buffer_seconds)
    described["ProcessingConfiguration"] = _processing(given, destination)
    described.setdefault("S3BackupMode", "Disabled")
    _describe_backup(described, destination)
    conversion = described.get("DataFormatConversionConfiguration")
    if conversion is not None:
        described["DataFormatConversionConfiguration"] = {"Enabled": True, **conversion}
    partitioning = described.get("DynamicPartitioningConfiguration")
    if partitioning is not None and destination.partitioning is not None:
        retries = {"DurationInSeconds": destination.partitioning.retry_seconds}
        described["DynamicPartitioningConfiguration"] = {"RetryOptions": retries, **partitioning}
    return described


def _redshift(given: Members, destination: StreamDestination) -> Members:
    described = {**_renamed(given), "ProcessingConfiguration": _processing(given, destination)}
    described.setdefault("S3BackupMode", "Disabled")
    described.setdefault("CloudWatchLoggingOptions", {"Enabled": False})
    if destination.redshift is not None:
        described["RetryOptions"] = {"DurationInSeconds": destination.redshift.retry_seconds}
    described["S3DestinationDescription"] = _s3(
        given["S3Configuration"], destination.buffer_mb, destination.buffer_seconds
    )
    _describe_backup(described, destination)
    return described


def _http(given: Members, destination: StreamDestination) -> Members:
    described = {**_renamed(given), "ProcessingConfiguration": _processing(given, destination)}
    described["EndpointConfiguration"] = _renamed(given["EndpointConfiguration"])
    described["BufferingHints"] = {
        "SizeInMBs": destination.buffer_mb,
        "IntervalInSeconds": destination.buffer_seconds,
    }
    described.setdefault("S3BackupMode", "FailedDataOnly")
    described.setdefault("CloudWatchLoggingOptions", {"Enabled": False})
    described.setdefault("RequestConfiguration", {"ContentEncoding": "NONE", "CommonAttributes": []})
    if destination.http is not None:
        described["RetryOptions"] = {"DurationInSeconds": destination.http.retry_seconds}
    hints = given["S3Configuration"].get("BufferingHints", {"SizeInMBs": 5, "IntervalInSeconds": 300})
    described["S3DestinationDescription"] = _s3(
        given["S3Configuration"], hints["SizeInMBs"], hints["IntervalInSeconds"]
    )
    return described


def _s3(given: Members, megabytes: int, seconds: int) -> Members:
    return {
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": {"Enabled": False},
        **_renamed(given),
        "BufferingHints": {"SizeInMBs": megabytes, "IntervalInSeconds": seconds},
    }


def _describe_backup(described: Members, destination: StreamDestination) -> None:
    backup = described.get("S3BackupDescription")
    if backup is not None and destination.backup is not None:
        described["S3BackupDescription"] = _s3(
            backup, destination.backup.buffer_mb, destination.backup.buffer_seconds
        )


def _processing(given: Members, destination: StreamDestination) -> Members:
    """Processors as they were given; those of a Lambda with all their parameters, in the service's order."""
    processing = given.get("ProcessingConfiguration", {})
    processors = [
        {"Type": one["Type"], "Parameters": _parameters(one, destination)}
        for one in processing.get("Processors", [])
    ]
    return {"Enabled": bool(processing.get("Enabled")), "Processors": processors}


def _parameters(processor: Members, destination: StreamDestination) -> list[Members]:
    given: list[Members] = processor.get("Parameters", [])
    transform = destination.transform
    if processor["Type"] != "Lambda" or transform is None:
        return given
    filled = {
        "LambdaArn": transform.function_arn,
        "NumberOfRetries": str(transform.retries),
        "RoleArn": destination.role_arn,
        "BufferSizeInMBs": f"{transform.buffer_mb:g}",
        "BufferIntervalInSeconds": str(transform.buffer_seconds),
    } | {one["ParameterName"]: one["ParameterValue"] for one in given}
    return [{"ParameterName": name, "ParameterValue": value} for name, value in filled.items()]


def _renamed(given: Members) -> Members:
    """Members as descriptions call them, without what no description shows."""
    return {_RENAMED.get(member, member): value for member, value in given.items() if member not in _SECRETS}
