"""What a stream does with its records: the settled form of a destination, and what is refused on the way.

Whatever the embedded pipeline cannot do is refused rather than ignored. Only `Tags`, `RoleARN` and the
CloudWatch options, which change nothing of what is delivered, are accepted without effect.
"""

from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict

from clickgen.local.firehose.limits import DEFAULT_BUFFER_MB, DEFAULT_BUFFER_SECONDS
from clickgen.local.firehose.prefix import check_error_prefix, compile_prefix
from clickgen.local.firehose.shapes import (
    CreateRequest,
    ExtendedS3Destination,
    Processing,
    Processor,
    S3Destination,
)
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.inside import is_bucket, is_key
from clickgen.local.platform.shapes import parse

_TIMES_AND_UUID = "-1-yyyy-MM-dd-HH-mm-ss-" + 36 * "0"
_WIDEST = datetime(2026, 12, 30, 23, 59, 59, 999_000, tzinfo=UTC)
_NOT_HERE = "The embedded pipeline does not do {}; it puts records directly to S3, UNCOMPRESSED or as GZIP."


class StreamDestination(BaseModel):
    """Where and how the records of a stream are delivered; every default filled in, every part possible."""

    model_config = ConfigDict(frozen=True)

    role_arn: str
    bucket_arn: str
    prefix: str | None
    error_prefix: str | None
    buffer_mb: int
    buffer_seconds: int
    gzip: bool
    file_extension: str | None
    time_zone: str | None
    append_delimiter: bool
    logging: dict[str, Any] | None

    @property
    def bucket(self) -> str:
        """The bucket's name, which is a folder of the lake."""
        return self.bucket_arn.rpartition(":::")[2]

    @property
    def extension(self) -> str:
        """The end of every object's name."""
        return self.file_extension or (".gz" if self.gzip else "")

    @property
    def delimiter(self) -> bytes:
        """What is put behind every record."""
        return b"\n" if self.append_delimiter else b""

    def local_time(self, epoch: float) -> datetime:
        """That instant in the zone of the stream's prefixes and object names."""
        zone: tzinfo = ZoneInfo(self.time_zone) if self.time_zone else UTC
        return datetime.fromtimestamp(epoch, zone)


def settle(request: CreateRequest) -> StreamDestination:
    """The destination asked for; InvalidArgumentException where it makes no sense or cannot be honoured."""
    if request.DeliveryStreamType not in {None, "DirectPut"}:
        raise _not_here(f"{request.DeliveryStreamType} as a source")
    _refuse_unknown(request.model_extra)
    given = [
        one
        for one in (request.ExtendedS3DestinationConfiguration, request.S3DestinationConfiguration)
        if one is not None
    ]
    if len(given) != 1:
        raise invalid_argument(
            "Exactly one destination is needed: ExtendedS3DestinationConfiguration or S3DestinationConfiguration."
        )
    destination = _destination(_extended(given[0]))
    prefix = compile_prefix(destination.prefix)
    check_error_prefix(destination.error_prefix, prefix=destination.prefix)
    if not is_key(prefix.evaluate(_WIDEST) + request.DeliveryStreamName + _TIMES_AND_UUID + destination.extension):
        raise invalid_argument("Prefix, stream name and FileExtension make object names too long for files.")
    return destination


def check_kept(stream: str, kept: StreamDestination) -> None:
    """Hold settings read from a disk to what a client's have to be; the ServiceError that a client would get."""
    asked: dict[str, Any] = {
        "RoleARN": kept.role_arn,
        "BucketARN": kept.bucket_arn,
        "Prefix": kept.prefix,
        "ErrorOutputPrefix": kept.error_prefix,
        "BufferingHints": {"SizeInMBs": kept.buffer_mb, "IntervalInSeconds": kept.buffer_seconds},
        "CompressionFormat": "GZIP" if kept.gzip else "UNCOMPRESSED",
        "CloudWatchLoggingOptions": kept.logging,
        "FileExtension": kept.file_extension,
        "CustomTimeZone": kept.time_zone,
    }
    named = {"DeliveryStreamName": stream, "ExtendedS3DestinationConfiguration": asked}
    settle(parse(CreateRequest, named))


def _extended(shape: S3Destination) -> ExtendedS3Destination:
    _refuse_unknown(shape.model_extra)
    if isinstance(shape, ExtendedS3Destination):
        return shape
    return ExtendedS3Destination.model_validate(shape.model_dump())


def _destination(shape: ExtendedS3Destination) -> StreamDestination:
    _check_s3(shape)
    _check_unsupported(shape)
    hints = shape.BufferingHints
    size, seconds = (hints.SizeInMBs, hints.IntervalInSeconds) if hints else (None, None)
    if (size is None) != (seconds is None):
        raise invalid_argument("BufferingHints needs both SizeInMBs and IntervalInSeconds, or neither.")
    return StreamDestination(
        role_arn=shape.RoleARN,
        bucket_arn=shape.BucketARN,
        prefix=shape.Prefix,
        error_prefix=shape.ErrorOutputPrefix,
        buffer_mb=DEFAULT_BUFFER_MB if size is None else size,
        buffer_seconds=DEFAULT_BUFFER_SECONDS if seconds is None else seconds,
        gzip=shape.CompressionFormat == "GZIP",
        file_extension=shape.FileExtension,
        time_zone=shape.CustomTimeZone,
        append_delimiter=_appends_delimiter(shape.ProcessingConfiguration),
        logging=shape.CloudWatchLoggingOptions,
    )


def _check_s3(shape: S3Destination) -> None:
    _refuse_unknown(shape.BufferingHints.model_extra if shape.BufferingHints else None)
    if not is_bucket(shape.BucketARN.rpartition(":::")[2]):
        raise invalid_argument(f"{shape.BucketARN} does not name a bucket.")
    if shape.CompressionFormat not in {None, "UNCOMPRESSED", "GZIP"}:
        raise _not_here(f"{shape.CompressionFormat} compression")
    if (shape.EncryptionConfiguration or {}).get("KMSEncryptionConfig") is not None:
        raise _not_here("encryption with KMS keys")


def _check_unsupported(shape: ExtendedS3Destination) -> None:
    if shape.S3BackupMode == "Enabled" or shape.S3BackupConfiguration is not None:
        raise _not_here("backups of source records")
    conversion = shape.DataFormatConversionConfiguration
    if conversion is not None and conversion.Enabled is not False:
        raise _not_here("record format conversion")
    if shape.DynamicPartitioningConfiguration is not None and shape.DynamicPartitioningConfiguration.Enabled:
        raise _not_here("dynamic partitioning")
    if shape.CustomTimeZone:
        try:
            ZoneInfo(shape.CustomTimeZone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise invalid_argument(f"CustomTimeZone {shape.CustomTimeZone} is no time zone.") from None


def _appends_delimiter(processing: Processing | None) -> bool:
    if processing is None or not processing.Enabled:
        return False
    for processor in processing.Processors or []:
        _check_processor(processor)
    return bool(processing.Processors)


def _check_processor(processor: Processor) -> None:
    if processor.Type != "AppendDelimiterToRecord":
        raise _not_here(f"the processor {processor.Type}")
    for parameter in processor.Parameters or []:
        if (parameter.ParameterName, parameter.ParameterValue) not in {("Delimiter", "\\n"), ("Delimiter", "\n")}:
            raise _not_here(f"{parameter.ParameterName} {parameter.ParameterValue!r} of AppendDelimiterToRecord")


def _refuse_unknown(members: dict[str, Any] | None) -> None:
    for member in members or {}:
        raise _not_here(member)


def _not_here(feature: str) -> ServiceError:
    return invalid_argument(_NOT_HERE.format(feature))
