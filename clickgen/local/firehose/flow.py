"""Records on their way through the steps of a stream's processing."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clickgen.local.firehose.failures import Failure


@dataclass(slots=True)
class Record:
    """One record.

    arrived: epoch milliseconds.
    source: `kinesisRecordMetadata` of a record from a Kinesis stream, or None.
    keys: the partition keys that a Lambda gave it, or None.
    """

    data: bytes
    arrived: int
    source: dict[str, Any] | None = None
    keys: Mapping[str, str] | None = None


@dataclass
class Flow:
    """What is left of the records of a spool after some steps, and those that failed, each with why."""

    records: list[Record] = field(default_factory=list)
    failed: list[tuple[Record, Failure]] = field(default_factory=list)
