"""What one service may ask of another: each is a protocol here, so that no service imports another's folder.

The server connects them when it starts. A service that is not there is None, and whoever needs it says so with the
error that AWS would give.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from clickgen.local.platform.errors import ServiceError


@dataclass(frozen=True)
class Invocation:
    """How one call of a function ended.

    payload: what the handler returned as JSON, or the error object of the runtime.
    error: None if the handler returned; "Unhandled" for an exception, a timeout or a crash.
    """

    payload: bytes
    error: str | None


class Functions(Protocol):
    """Lambda, for those that invoke functions."""

    async def invoke(self, function: str, payload: bytes) -> Invocation:
        """Call a function by name or ARN and wait; ServiceError as the Invoke API would answer it."""

    def has(self, function: str) -> bool:
        """Whether there is a function of that name or ARN."""


class EventFunctions(Protocol):
    """Lambda, for those that call functions and do not wait."""

    def has(self, function: str) -> bool:
        """Whether there is a function of that name or ARN."""

    def send(self, function: str, payload: bytes) -> str:
        """Accept an event for a function by name or ARN, durably; the id of the request. ServiceError."""


StartingPosition = Literal["TRIM_HORIZON", "LATEST"]


@dataclass(frozen=True)
class StreamRecord:
    """A record of a Kinesis or DynamoDB stream, as an event source or a pipe hands it to its target.

    event: what the target sees (`{"kinesis": {...}, "eventSource": "aws:kinesis", ...}`, or the record of a
    DynamoDB stream with `eventSourceARN`); Kinesis data in it is base64 text.
    data: the bytes of a Kinesis record; None for a DynamoDB stream.
    arrived: epoch seconds.
    """

    sequence_number: str
    event: dict[str, Any]
    data: bytes | None
    partition_key: str | None
    arrived: float


@dataclass(frozen=True)
class StreamPage:
    """What one read of a shard gave.

    position: where the next read starts, or None if the shard is closed and read to its end.
    """

    records: Sequence[StreamRecord]
    position: str | None
    millis_behind_latest: int


class RecordStreams(Protocol):
    """Kinesis streams or DynamoDB streams, for those that read them: pipes, event source mappings, Firehose."""

    def owns(self, arn: str) -> bool:
        """Whether `arn` is a stream of this service that is there."""

    def shards(self, arn: str) -> list[str]:
        """The ids of its shards, parents before their children; ServiceError if there is no such stream."""

    def parents(self, arn: str, shard: str) -> list[str]:
        """The shards whose records come before those of this one: read them to their end first."""

    def position(self, arn: str, shard: str, start: StartingPosition) -> str:
        """An opaque place in a shard to read from; it stays valid when the server starts again."""

    def read(self, arn: str, shard: str, position: str, limit: int, consumer: str) -> StreamPage:
        """At most `limit` records from `position` on, oldest first, at once; ServiceError.

        consumer: the station that takes them, like "pipe:move".
        """

    def forget(self, consumer: str) -> None:
        """A consumer is gone for good: nothing waits for it any more."""


@dataclass(frozen=True)
class OutgoingRecord:
    """A record that a pipe puts into a stream; Firehose ignores the key."""

    data: bytes
    partition_key: str = ""


class RecordTargets(Protocol):
    """Kinesis or Firehose, for pipes that put records."""

    def owns(self, arn: str) -> bool:
        """Whether `arn` is a stream of this service that is there."""

    def put(self, arn: str, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """Keep records durably; for each None or the error code of its refusal. ServiceError if the call fails."""


@dataclass(frozen=True)
class ObjectCreated:
    """An object that has just appeared whole in the lake."""

    bucket: str
    key: str
    size: int
    etag: str


class Objects(Protocol):
    """S3 over the lake, for those that write objects or wait for them."""

    def admit(self, bucket: str) -> None:
        """Raise the ServiceError of a put into that bucket, if a fault planted there refuses it."""

    def poisons(self, bucket: str) -> bool:
        """Whether the object that has just appeared in that bucket is to be damaged by a planted fault."""

    def expect(self, bucket: str, key: str) -> None:
        """Note that an object is about to appear: the next server tells of it if this one is killed meanwhile."""

    def created(self, bucket: str, key: str) -> None:
        """Tell that an object has appeared in the lake, so that notifications are sent."""

    def describe(self, bucket: str, key: str, headers: dict[str, str]) -> None:
        """Remember headers of an object about to appear: Content-Type, Content-Encoding, x-amz-meta-…"""

    def subscribe(self, listener: Callable[[ObjectCreated], None]) -> None:
        """Call `listener` for every object created, on the event loop."""


class Catalogue(Protocol):
    """The Glue catalogue, for format conversion and queries."""

    def table(self, database: str, name: str) -> dict[str, Any]:
        """`Table` as GetTable answers it; EntityNotFoundException."""


class Metastore(Catalogue, Protocol):
    """The Glue catalogue, for statements that change it. Entities are as Glue's API has them.

    Every method raises ServiceError in Glue's words: EntityNotFoundException, AlreadyExistsException.
    """

    def databases(self) -> list[dict[str, Any]]:
        """All databases by name."""

    def database(self, name: str) -> dict[str, Any]:
        """One database."""

    def create_database(self, given: dict[str, Any]) -> None:
        """A new database of a `DatabaseInput`."""

    def drop_database(self, name: str) -> None:
        """Delete a database with all that is in it."""

    def tables(self, database: str) -> list[dict[str, Any]]:
        """All tables of a database by name."""

    def create_table(self, database: str, given: dict[str, Any]) -> None:
        """A new table of a `TableInput`."""

    def update_table(self, database: str, given: dict[str, Any]) -> None:
        """Put a `TableInput` in the place of the one before, as the next version."""

    def drop_table(self, database: str, name: str) -> None:
        """Delete a table with its partitions; the data stays."""

    def partitions(self, database: str, name: str) -> list[dict[str, Any]]:
        """All partitions of a table by their values."""

    def add_partitions(
        self, database: str, name: str, given: Sequence[dict[str, Any]]
    ) -> list[tuple[list[str], ServiceError]]:
        """New partitions of `PartitionInput`s; the values of those that could not be added, and why."""

    def drop_partition(self, database: str, name: str, values: Sequence[str]) -> None:
        """Delete one partition."""


class Warehouse(Protocol):
    """Redshift, for the destination that loads it."""

    async def copy(self, database: str, statement: str) -> int:
        """Carry out a COPY; the rows loaded. ServiceError with what the warehouse said.

        database: `workgroup/database`; without a workgroup, that of the default one.
        """


class Metrics(Protocol):
    """CloudWatch, for services that publish counts."""

    def add(
        self, namespace: str, name: str, dimensions: dict[str, str], value: float, unit: str = "Count"
    ) -> None:
        """Add a value to this minute's statistics of a metric."""
