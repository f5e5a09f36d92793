"""What DescribeDeliveryStream tells of a stream: where it delivers, and whether it can take packed records."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Place
from clickgen.sink.aws import is_aws

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

_LAKE_HEADER = "x-clickgen-lake"


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """A stream as described. unpackable: why several events a record would break it; None where they do not.

    place: None where the stream does not deliver to S3.
    """

    account: str | None
    status: str
    source: str
    place: Place | None
    unpackable: str | None


@dataclass(frozen=True, slots=True)
class Undescribed:
    """Describe was denied: sending may still be allowed. `reason` is the service's."""

    reason: str


def describe_stream(client: "FirehoseClient", stream: str) -> StreamFacts | Undescribed:
    """Ask the service about a stream.

    Raises UsageProblem where there is no such stream, EnvironmentProblem where the endpoint cannot be reached
    or the credentials are not taken.
    """
    endpoint, region = client.meta.endpoint_url, client.meta.region_name
    try:
        answer: Any = client.describe_delivery_stream(DeliveryStreamName=stream)
    except ClientError as problem:
        code = problem.response.get("Error", {}).get("Code", "")
        message = problem.response.get("Error", {}).get("Message", "")
        if code == "ResourceNotFoundException":
            raise EnvironmentProblem(
                f"there is no stream {stream!r} in {region} at {endpoint}",
                "check --stream, --region, --aws-profile and the account",
            ) from problem
        if "AccessDenied" in code or code == "UnauthorizedOperation":
            return Undescribed(message or code)
        if code in ("ValidationException", "InvalidArgumentException"):
            raise UsageProblem(f"{stream!r} is no name of a stream: {message}", "see --stream") from problem
        raise EnvironmentProblem(
            f"stream {stream!r} at {endpoint} cannot be described: {code}: {message}",
            "check the credentials (aws sts get-caller-identity), --aws-profile and --region",
        ) from problem
    except (NoCredentialsError, PartialCredentialsError) as problem:
        raise EnvironmentProblem(
            f"there are no AWS credentials for stream {stream!r}: {problem}",
            "configure some (aws configure, aws sso login), or name a profile with --aws-profile",
        ) from problem
    except BotoCoreError as problem:
        raise EnvironmentProblem(
            f"stream {stream!r} at {endpoint} cannot be reached: {problem}",
            "check the endpoint, the network and the proxy settings",
        ) from problem
    lake = None if is_aws(endpoint) else _lake(answer)
    return _facts(answer["DeliveryStreamDescription"], lake)


def _lake(answer: dict[str, Any]) -> str | None:
    """The folder that an embedded pipeline delivers into, where that is on this machine."""
    named = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get(_LAKE_HEADER)
    folder = unquote(named) if named else None
    return folder if folder is not None and Path(folder).is_dir() else None


def _facts(description: dict[str, Any], lake: str | None) -> StreamFacts:
    arn = str(description.get("DeliveryStreamARN", ""))
    parts = arn.split(":")
    destination: dict[str, Any] = next(iter(description.get("Destinations", [])), {})
    extended = destination.get("ExtendedS3DestinationDescription") or {}
    s3 = {**(destination.get("S3DestinationDescription") or {}), **extended}
    return StreamFacts(
        account=parts[4] if len(parts) > 5 and parts[4] else None,
        status=str(description.get("DeliveryStreamStatus", "")),
        source=str(description.get("DeliveryStreamType", "DirectPut")),
        place=_place(s3, lake) if s3.get("BucketARN") else None,
        unpackable=_unpackable(extended),
    )


def _place(s3: dict[str, Any], lake: str | None) -> Place:
    hints = s3.get("BufferingHints") or {}
    return Place(
        bucket=str(s3["BucketARN"]).rsplit(":", 1)[-1],
        prefix=s3.get("Prefix") or "",
        error_prefix=s3.get("ErrorOutputPrefix") or "",
        compression=s3.get("CompressionFormat") or "UNCOMPRESSED",
        buffer_seconds=int(hints.get("IntervalInSeconds", 300)),
        buffer_mb=int(hints.get("SizeInMBs", 5)),
        time_zone=s3.get("CustomTimeZone") or "UTC",
        lake=lake,
    )


def _unpackable(extended: dict[str, Any]) -> str | None:
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
