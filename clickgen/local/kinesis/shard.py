"""A shard: its range of hash keys, its log, and what it lets in and out each second."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, PlainSerializer

from clickgen.local.kinesis.limits import (
    SHARD_BYTES_A_SECOND,
    SHARD_READ_BYTES_A_SECOND,
    SHARD_READS_A_SECOND,
    SHARD_RECORDS_A_SECOND,
)
from clickgen.local.kinesis.log import LogRecord, ShardLog, frame_body
from clickgen.local.kinesis.sequence import record_number, sequence_number
from clickgen.local.platform.consumption import Consumption

HashKey = Annotated[int, PlainSerializer(str)]
"""128 bits: too long for a number of JSON."""


class ShardState(BaseModel):
    """What is remembered of a shard."""

    number: int
    start: HashKey
    """The first hash key of its range."""
    end: HashKey
    """The last hash key of its range."""
    created: int
    """Seconds since the epoch; later than the parents', since sequence numbers rise by it."""
    parent: int | None = None
    adjacent_parent: int | None = None
    """The other parent of a shard that two were merged into."""
    closed: float | None = None
    """When it was split or merged; None while it takes records."""
    ending: str | None = None
    """A sequence number that none of its records exceeds, once it is closed."""


@dataclass
class Allowance:
    """A rate with a burst of one second's worth; what exceeds the burst is paid for afterwards."""

    rate: float
    clock: Callable[[], float]

    def __post_init__(self) -> None:
        self._left = self.rate
        self._filled = self.clock()

    def fill(self) -> None:
        """Add what has become free since the last time."""
        now = self.clock()
        self._left = min(self.rate, self._left + (now - self._filled) * self.rate)
        self._filled = now

    def has(self, amount: float) -> bool:
        """Whether `amount` may pass."""
        return self._left >= min(amount, self.rate)

    def take(self, amount: float) -> None:
        """Let it pass."""
        self._left -= amount


class Shard:
    """One shard of a running server.

    consumption: what was taken of it since the server started.
    """

    def __init__(self, state: ShardState, folder: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """Open its log in `folder`; OSError."""
        self.state = state
        self.id = shard_id(state.number)
        self.encoded_id = self.id.encode()
        self.log = ShardLog(folder)
        self.consumption = Consumption(self.log.next)
        self._records_in = Allowance(SHARD_RECORDS_A_SECOND, clock)
        self._bytes_in = Allowance(SHARD_BYTES_A_SECOND, clock)
        self._reads = Allowance(SHARD_READS_A_SECOND, clock)
        self._bytes_out = Allowance(SHARD_READ_BYTES_A_SECOND, clock)

    def sequence(self, number: int, arrived_ms: int) -> int:
        """The sequence number of its record of that number."""
        return sequence_number(self.state.number, self.state.created, number, arrived_ms // 1000)

    def number_of(self, sequence: str) -> int | None:
        """The number of the record with that sequence number; None if it is not one of this shard's."""
        return record_number(sequence, self.state.number, self.state.created)

    def admit(self, sizes: Sequence[int]) -> list[bool]:
        """Which records of a put the shard's limits let in, in their order."""
        records, size = self._records_in, self._bytes_in
        records.fill()
        size.fill()
        admitted = []
        for amount in sizes:
            passes = records.has(1) and size.has(amount)
            if passes:
                records.take(1)
                size.take(amount)
            admitted.append(passes)
        return admitted

    def put(self, arrived_ms: int, records: Sequence[tuple[bytes, bytes]]) -> int:
        """Keep records (key, data); the sequence number of the first. OSError: none of them is kept."""
        first = self.log.append(arrived_ms, frame_body(records), len(records))
        return self.sequence(first, self.log.last_ms)

    def may_read(self) -> bool:
        """Whether the limits allow one more read now; it counts as one if so."""
        self._reads.fill()
        self._bytes_out.fill()
        if not self._reads.has(1) or not self._bytes_out.has(0):
            return False
        self._reads.take(1)
        return True

    def charge_read(self, records: Sequence[LogRecord]) -> None:
        """Charge a read to the limits; a large page keeps the next reads waiting."""
        self._bytes_out.take(sum(len(record.data) for record in records))


def shard_id(number: int) -> str:
    """The id of the shard of that number."""
    return f"shardId-{number:012d}"
