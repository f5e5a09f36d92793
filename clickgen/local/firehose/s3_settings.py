"""The part of a destination that is about S3, settled: buffering, prefixes, partitioning, time zone."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from clickgen.local.firehose.destination import Partitioning, S3Place
from clickgen.local.firehose.destination_shapes import Buffering, DynamicPartitioning, S3Destination
from clickgen.local.firehose.limits import (
    DEFAULT_BUFFER_MB,
    DEFAULT_BUFFER_SECONDS,
    DEFAULT_GATHERING_MB,
    DEFAULT_PARTITION_RETRY_SECONDS,
    MIN_GATHERING_MB,
    MIN_PARTITIONING_SECONDS,
)
from clickgen.local.firehose.partition_query import compile_query
from clickgen.local.firehose.prefix import Prefix, compile_error_prefix, compile_prefix
from clickgen.local.firehose.processors import Steps
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.inside import is_bucket


def settle_place(
    shape: S3Destination, *, converts: bool = False, partitions: bool = False, time_zone: str | None = None
) -> S3Place:
    """Where objects go; InvalidArgumentException if the prefixes, the bucket or the hints cannot be used."""
    if not is_bucket(shape.BucketARN.rpartition(":::")[2]):
        raise invalid_argument(f"{shape.BucketARN} does not name a bucket.")
    _check_time_zone(time_zone)
    compile_prefix(shape.Prefix, partitioned=partitions)
    compile_error_prefix(shape.ErrorOutputPrefix, prefix=shape.Prefix)
    megabytes, seconds = settle_buffering(
        shape.BufferingHints, DEFAULT_GATHERING_MB if converts or partitions else DEFAULT_BUFFER_MB
    )
    feature = "Dynamic Partitioning" if partitions else "Data Format Conversion"
    if (converts or partitions) and megabytes < MIN_GATHERING_MB:
        raise invalid_argument(
            f"BufferingHints.SizeInMBs must be at least {MIN_GATHERING_MB} when {feature} is enabled."
        )
    if partitions and seconds < MIN_PARTITIONING_SECONDS:
        raise invalid_argument(
            f"BufferingHints.IntervalInSeconds must be at least {MIN_PARTITIONING_SECONDS} seconds "
            "when Dynamic Partitioning is enabled."
        )
    return S3Place(
        role_arn=shape.RoleARN,
        bucket_arn=shape.BucketARN,
        prefix=shape.Prefix,
        error_prefix=shape.ErrorOutputPrefix,
        buffer_mb=megabytes,
        buffer_seconds=seconds,
        compression=shape.CompressionFormat or "UNCOMPRESSED",
        time_zone=time_zone,
    )


def settle_buffering(hints: Buffering | None, default_mb: int = DEFAULT_BUFFER_MB) -> tuple[int, int]:
    """Megabytes and seconds; InvalidArgumentException if only one of them is given."""
    size, seconds = (hints.SizeInMBs, hints.IntervalInSeconds) if hints else (None, None)
    if (size is None) != (seconds is None):
        raise invalid_argument("BufferingHints needs both SizeInMBs and IntervalInSeconds, or neither.")
    return (default_mb if size is None else size), (DEFAULT_BUFFER_SECONDS if seconds is None else seconds)


def settle_partitioning(
    shape: DynamicPartitioning | None, prefix: str | None, steps: Steps
) -> Partitioning | None:
    """Dynamic partitioning, or None if it is disabled; the prefix must use the keys that the steps give."""
    if shape is None or not shape.Enabled:
        return None
    if steps.query is None and steps.transform is None:
        raise invalid_argument("Processing Configuration is not enabled when DataPartitioning is enabled.")
    _check_keys(compile_prefix(prefix, partitioned=True), steps)
    given = shape.RetryOptions.DurationInSeconds if shape.RetryOptions else None
    return Partitioning(steps.query, DEFAULT_PARTITION_RETRY_SECONDS if given is None else given)


def _check_keys(prefix: Prefix, steps: Steps) -> None:
    """Hold the prefix to the keys that the steps give, as far as these are known before there are records."""
    if not prefix.query_keys and not prefix.lambda_keys:
        raise invalid_argument(
            "S3 Prefix should contain Dynamic Partitioning namespaces when Dynamic Partitioning is enabled."
        )
    if prefix.query_keys and steps.query is None:
        raise invalid_argument(
            "MetadataExtraction processor should be present when S3 Prefix has partitionKeyFromQuery namespace."
        )
    if prefix.lambda_keys and steps.transform is None:
        raise invalid_argument(
            "Lambda should be present when S3 Prefix contains keys from partitionKeyFromLambda namespace."
        )
    given = compile_query(steps.query).keys if steps.query is not None else None
    for key in sorted(prefix.query_keys - given) if given is not None else ():
        raise invalid_argument(
            f"S3 Prefix has the partition key {key}, which MetadataExtractionQuery does not give."
        )


def _check_time_zone(name: str | None) -> None:
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise invalid_argument(f"CustomTimeZone {name} is not a time zone.") from None
