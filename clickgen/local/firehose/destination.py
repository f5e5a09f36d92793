"""What a stream does with its records: the settled form of its settings, every default filled in."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from clickgen.local.firehose.compression import CompressionFormat, extension_of
from clickgen.local.firehose.conversion.settings import Conversion


@dataclass(frozen=True, kw_only=True)
class S3Place:
    """Where objects go, when, and in which form."""

    role_arn: str
    bucket_arn: str
    prefix: str | None  # as the client gave it; prefix.py evaluates it
    error_prefix: str | None
    buffer_mb: int  # before compression
    buffer_seconds: int
    compression: CompressionFormat
    time_zone: str | None  # of prefixes and object names; None is UTC

    @property
    def bucket(self) -> str:
        """The bucket's name, which is a folder of the lake."""
        return self.bucket_arn.rpartition(":::")[2]

    @property
    def extension(self) -> str:
        """The end of every object's name."""
        return extension_of(self.compression)

    def local_time(self, epoch: float) -> datetime:
        """That instant in the zone of the stream's prefixes and object names."""
        zone: tzinfo = ZoneInfo(self.time_zone) if self.time_zone else UTC
        return datetime.fromtimestamp(epoch, zone)


@dataclass(frozen=True)
class LambdaTransform:
    """The function that transforms records."""

    function_arn: str
    retries: int  # of an invocation that failed
    buffer_mb: float  # records of one invocation, as they came
    buffer_seconds: int


@dataclass(frozen=True)
class DeAggregation:
    """How records that a producer put together are taken apart."""

    delimiter: bytes | None  # between them; None if they are JSON objects


@dataclass(frozen=True)
class Partitioning:
    """Dynamic partitioning: a prefix for each set of keys."""

    query: str | None  # in jq, gives the keys of `!{partitionKeyFromQuery:…}`; None if a Lambda gives all
    retry_seconds: int


@dataclass(frozen=True)
class RedshiftCopy:
    """The COPY after delivery to S3."""

    jdbc_url: str
    table: str
    columns: str | None
    options: str | None
    retry_seconds: int

    @property
    def database(self) -> str:
        """`workgroup/database` of the URL, whose host begins with the name of a workgroup or cluster."""
        host, _, database = self.jdbc_url.partition("://")[2].partition("/")
        owner = host.partition(":")[0].partition(".")[0]
        return f"{'default' if owner.isdecimal() or owner == 'localhost' else owner}/{database}"


@dataclass(frozen=True)
class HttpDelivery:
    """Where records are posted. The stream's S3 place takes what the endpoint does not, or everything."""

    url: str
    name: str | None
    access_key: str | None
    gzip: bool  # the body of a request
    attributes: Mapping[str, str]  # go with every request
    retry_seconds: int
    backs_up_all: bool


@dataclass(frozen=True, kw_only=True)
class StreamDestination(S3Place):
    """What happens to a record, in order: decompress, de-aggregate, transform, delimit, partition, convert."""

    file_extension: str | None = None  # replaces that of the format
    kinesis_stream: str | None = None  # the ARN of the source; None for direct puts
    decompress: bool = False  # records are GZIP
    extract_messages: bool = False  # CloudWatch Logs: only the message of each log event goes on
    deaggregation: DeAggregation | None = None
    transform: LambdaTransform | None = None
    append_delimiter: bool = False
    partitioning: Partitioning | None = None
    conversion: Conversion | None = None
    backup: S3Place | None = None  # takes every record as it came from its source
    redshift: RedshiftCopy | None = None
    http: HttpDelivery | None = None

    @property
    def extension(self) -> str:
        """The end of every object's name."""
        by_format = self.conversion.extension if self.conversion else extension_of(self.compression)
        return self.file_extension or by_format

    @property
    def delimiter(self) -> bytes:
        """What is put behind every record."""
        return b"\n" if self.append_delimiter else b""
