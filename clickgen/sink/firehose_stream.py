"""What DescribeDeliveryStream says of a stream: where it delivers, and whether it can take packed records."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from clickgen.model.plan import BUCKET_NAME, Place
from clickgen.sink.aws import is_aws
from clickgen.sink.describe import Undescribed, account_in, describe_or_explain

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

    from clickgen.sink.checked_answers import Members

__all__ = ["StreamFacts", "Undescribed", "describe_stream"]

_LAKE_HEADER = "x-clickgen-lake"


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A stream as described."""

    account: str | None
    status: str
    source: str
    place: Place | None  # where it delivers, or None if that is not S3
    packing_forbidden_because: str | None  # why several events a record would break it, or None if they would not
    staging: Place | None = None  # of a stream to Redshift: where it loads the warehouse from
    backup: Place | None = None  # where it keeps the records as they arrived, or None if it does not


def describe_stream(client: "FirehoseClient", stream: str) -> StreamFacts | Undescribed:
    """Ask the service about a stream.

    Raises UsageProblem for an invalid name, EnvironmentProblem if there is no such stream, the endpoint cannot be
    reached or the credentials are not accepted.
    """
    answer = describe_or_explain(
        lambda: client.describe_delivery_stream(DeliveryStreamName=stream), client, "stream", stream
    )
    if isinstance(answer, Undescribed):
        return answer
    lake = None if is_aws(client.meta.endpoint_url) else _lake(answer)
    return _facts(answer["DeliveryStreamDescription"], lake)


def _lake(answer: dict[str, Any]) -> str | None:
    """The folder that an embedded pipeline delivers into, if that is on this machine."""
    named = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(_LAKE_HEADER)
    folder = unquote(named) if named else None
    return folder if folder is not None and Path(folder).is_dir() else None


def _facts(description: "Members", lake: str | None) -> StreamFacts:
    destination: Mapping[str, Any] = next(iter(description.get("Destinations", [])), {})
    extended: Members | None = destination.get("ExtendedS3DestinationDescription")
    # the older member says the same, without what was added later
    s3: Members | None = extended or destination.get("S3DestinationDescription")
    redshift: Members | None = destination.get("RedshiftDestinationDescription")
    staging: Members | None = redshift.get("S3DestinationDescription") if redshift else None
    backing: Members | None = extended or redshift
    backup: Members | None = backing.get("S3BackupDescription") if backing else None
    return StreamFacts(
        account=account_in(str(description.get("DeliveryStreamARN", ""))),
        status=str(description["DeliveryStreamStatus"]),
        source=str(description.get("DeliveryStreamType", "DirectPut")),
        place=_place(s3, lake) if s3 and s3.get("BucketARN") else None,
        packing_forbidden_because=_unpackable(extended or {}),
        staging=_place(staging, lake) if staging and staging.get("BucketARN") else None,
        backup=_place(backup, lake) if backup and backup.get("BucketARN") else None,
    )


def _place(s3: "Members", lake: str | None) -> Place:
    hints: Members | None = s3.get("BufferingHints")
    bucket = str(s3["BucketARN"]).rsplit(":", 1)[-1]
    if not BUCKET_NAME.fullmatch(bucket):
        path = ".".join((*s3.place.path, "BucketARN"))
        s3.place.refuse(f"with a {path} that does not name a bucket: {bucket[:100]}")
    return Place(
        bucket=bucket,
        prefix=s3.get("Prefix") or "",
        error_prefix=s3.get("ErrorOutputPrefix") or "",
        compression=s3.get("CompressionFormat") or "UNCOMPRESSED",
        buffer_seconds=300 if hints is None else hints.within("IntervalInSeconds", 300, 0, 900),
        buffer_mb=5 if hints is None else hints.within("SizeInMBs", 5, 1, 128),
        time_zone=s3.get("CustomTimeZone") or "UTC",
        lake=lake,
    )


def _unpackable(extended: Mapping[str, Any]) -> str | None:
    """Why records with several events would break this stream's processing."""
    processing = extended.get("ProcessingConfiguration") or {}
    processors = processing.get("Processors") or [] if processing.get("Enabled") else []
    kinds = {processor.get("Type") for processor in processors}
    if "RecordDeAggregation" in kinds:
        return None
    if "Lambda" in kinds:
        return "its transform Lambda is given records, and the usual one parses one event a record"
    if (extended.get("DynamicPartitioningConfiguration") or {}).get("Enabled"):
        return "it partitions dynamically without de-aggregation, so it would look at the first event only"
    return None
