"""From what a client asks for to a settled destination, by the rules that the service holds at creation.

Whatever the embedded pipeline cannot do is refused rather than ignored. Only what changes nothing of what is
delivered is accepted without effect: roles, CloudWatch options, encryption, tags, and the padding within files.
"""

from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from clickgen.local.firehose.conversion_settings import settle_conversion
from clickgen.local.firehose.destination import HttpDelivery, RedshiftCopy, S3Place, StreamDestination
from clickgen.local.firehose.destination_shapes import (
    ExtendedS3Destination,
    HttpEndpointDestination,
    RedshiftDestination,
    S3Destination,
)
from clickgen.local.firehose.limits import DEFAULT_HTTP_RETRY_SECONDS, DEFAULT_REDSHIFT_RETRY_SECONDS
from clickgen.local.firehose.prefix import WIDEST, PartitionKeys, compile_prefix, has_expression
from clickgen.local.firehose.processors import Steps, settle_processors
from clickgen.local.firehose.requests import CreateRequest
from clickgen.local.firehose.s3_settings import settle_buffering, settle_partitioning, settle_place
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.inside import is_key
from clickgen.local.platform.shapes import unknown_members

_TIMES_AND_UUID = "-9999-yyyy-MM-dd-HH-mm-ss-" + 36 * "0"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def settle(request: CreateRequest) -> StreamDestination:
    """The destination of a request; InvalidArgumentException if it makes no sense or cannot be honoured."""
    for member in unknown_members(request):
        raise _not_here(member)
    destination = replace(_destination(request), kinesis_stream=_kinesis_stream(request))
    _check_names(request.DeliveryStreamName, destination)
    return destination


def _kinesis_stream(request: CreateRequest) -> str | None:
    """The ARN of the source; None for direct puts."""
    kinesis = request.KinesisStreamSourceConfiguration
    if request.DeliveryStreamType in {None, "DirectPut"}:
        if kinesis is not None:
            raise invalid_argument(
                "KinesisStreamSourceConfiguration is only applicable for DeliveryStreamType KinesisStreamAsSource."
            )
        return None
    if request.DeliveryStreamType != "KinesisStreamAsSource":
        raise _not_here(f"{request.DeliveryStreamType} as a source")
    if kinesis is None:
        raise invalid_argument(
            "KinesisStreamSourceConfiguration is required for DeliveryStreamType KinesisStreamAsSource."
        )
    if request.DirectPutSourceConfiguration is not None:
        raise invalid_argument("DirectPutSourceConfiguration is only applicable for DeliveryStreamType DirectPut.")
    return kinesis.KinesisStreamARN


def _destination(request: CreateRequest) -> StreamDestination:
    plain, extended = request.S3DestinationConfiguration, request.ExtendedS3DestinationConfiguration
    redshift, http = request.RedshiftDestinationConfiguration, request.HttpEndpointDestinationConfiguration
    given = [one for one in (plain, extended, redshift, http) if one is not None]
    if len(given) != 1:
        raise invalid_argument("Exactly one destination configuration is supported for a Firehose.")
    if redshift is not None:
        return _redshift(redshift)
    if http is not None:
        return _http(http)
    return _extended_s3(extended or ExtendedS3Destination.model_validate(given[0].model_dump()))


def _extended_s3(shape: ExtendedS3Destination) -> StreamDestination:
    steps = settle_processors(shape.ProcessingConfiguration)
    conversion = settle_conversion(shape.DataFormatConversionConfiguration)
    partitioning = settle_partitioning(shape.DynamicPartitioningConfiguration, shape.Prefix, steps)
    if conversion is not None and shape.CompressionFormat not in {None, "UNCOMPRESSED"}:
        raise invalid_argument("CompressionFormat must be UNCOMPRESSED when Data Format Conversion is enabled.")
    place = settle_place(
        shape,
        converts=conversion is not None,
        partitions=partitioning is not None,
        time_zone=shape.CustomTimeZone or None,
    )
    backup = _backup(shape.S3BackupMode, shape.S3BackupConfiguration, place.time_zone)
    if backup is not None and steps.transform is None and conversion is None:
        raise invalid_argument("S3 backup can be enabled only with a Lambda transform or Data Format Conversion.")
    return _stream(
        place,
        steps,
        file_extension=shape.FileExtension,
        partitioning=partitioning,
        conversion=conversion,
        backup=backup,
    )


def _redshift(shape: RedshiftDestination) -> StreamDestination:
    s3 = shape.S3Configuration
    if s3.CompressionFormat not in {None, "UNCOMPRESSED", "GZIP"}:
        raise invalid_argument(f"{s3.CompressionFormat} is not supported for Redshift, whose COPY cannot read it.")
    if has_expression(s3.Prefix or "") or s3.ErrorOutputPrefix:
        raise invalid_argument(
            "For a Redshift destination, Prefix must not contain expressions and ErrorOutputPrefix must be null."
        )
    retries = shape.RetryOptions.DurationInSeconds if shape.RetryOptions else None
    command = shape.CopyCommand
    return _stream(
        settle_place(s3),
        settle_processors(shape.ProcessingConfiguration),
        backup=_backup(shape.S3BackupMode, shape.S3BackupConfiguration, None),
        redshift=RedshiftCopy(
            jdbc_url=shape.ClusterJDBCURL,
            table=command.DataTableName,
            columns=command.DataTableColumns,
            options=command.CopyOptions,
            retry_seconds=DEFAULT_REDSHIFT_RETRY_SECONDS if retries is None else retries,
        ),
    )


def _http(shape: HttpEndpointDestination) -> StreamDestination:
    endpoint, request = shape.EndpointConfiguration, shape.RequestConfiguration
    url = urlsplit(endpoint.Url)
    if url.scheme != "https" and url.hostname not in _LOOPBACK:
        raise invalid_argument(f"The URL {endpoint.Url} must be https://, or http:// to this machine.")
    retries = shape.RetryOptions.DurationInSeconds if shape.RetryOptions else None
    attributes = {one.AttributeName: one.AttributeValue for one in (request and request.CommonAttributes) or []}
    megabytes, seconds = settle_buffering(shape.BufferingHints)
    return _stream(
        replace(settle_place(shape.S3Configuration), buffer_mb=megabytes, buffer_seconds=seconds),
        settle_processors(shape.ProcessingConfiguration),
        http=HttpDelivery(
            url=endpoint.Url,
            name=endpoint.Name,
            access_key=endpoint.AccessKey,
            gzip=request is not None and request.ContentEncoding == "GZIP",
            attributes=attributes,
            retry_seconds=DEFAULT_HTTP_RETRY_SECONDS if retries is None else retries,
            backs_up_all=shape.S3BackupMode == "AllData",
        ),
    )


def _backup(mode: str | None, shape: S3Destination | None, time_zone: str | None) -> S3Place | None:
    """Where source records are backed up, or None if they are not."""
    if mode != "Enabled":
        return None
    if shape is None:
        raise invalid_argument("S3BackupConfiguration is required when S3BackupMode is Enabled.")
    place = settle_place(shape, time_zone=time_zone)
    if place.buffer_seconds == 0:
        raise invalid_argument("BufferingHints.IntervalInSeconds of S3BackupConfiguration cannot be 0.")
    return place


def _stream(place: S3Place, steps: Steps, **more: Any) -> StreamDestination:
    if steps.query is not None and more.get("partitioning") is None:
        raise invalid_argument("MetadataExtraction can be used only when Dynamic Partitioning is enabled.")
    return StreamDestination(
        **vars(place),
        decompress=steps.decompress,
        extract_messages=steps.extract_messages,
        deaggregation=steps.deaggregation,
        transform=steps.transform,
        append_delimiter=steps.append_delimiter,
        **more,
    )


def _check_names(stream: str, destination: StreamDestination) -> None:
    prefix = compile_prefix(destination.prefix, partitioned=destination.partitioning is not None)
    keys = PartitionKeys(dict.fromkeys(prefix.query_keys, "k"), dict.fromkeys(prefix.lambda_keys, "k"))
    if not is_key(prefix.evaluate(WIDEST, keys=keys) + stream + _TIMES_AND_UUID + destination.extension):
        raise invalid_argument("Prefix, stream name and FileExtension make object names too long for files.")


def _not_here(feature: str) -> ServiceError:
    return invalid_argument(f"The embedded pipeline does not support {feature}.")
