"""How events are billed as records, each rounded up to a unit, alone or packed; in whole numbers, so exactly.

Firehose bills each record of Direct PUT (and of a Kinesis source) rounded up to 5 KB, 5,120 bytes, whatever the
call it came in [Firehose pricing page; Developer Guide, "Quotas"].
"""

from dataclasses import dataclass
from typing import NamedTuple

from clickgen.cost.volume import GIB, Volume

RECORD_UNIT = 5 * 1024
"""Bytes that Firehose rounds a record up to in its bill; clickgen fills packed records up to the same."""

MAX_EVENTS = 500
"""Events of a packed record: Firehose de-aggregates no more [API documentation of Processor]."""


@dataclass(frozen=True, slots=True)
class Records:
    """How many records some events become, and the bytes they are billed as. each: events in a full one."""

    count: int
    billed: int
    each: int


class EitherWay(NamedTuple):
    """The same events as records of one event each, and packed."""

    alone: Records
    packed: Records

    @property
    def gb(self) -> tuple[float, float]:
        """The GB that are billed."""
        return self.alone.billed / GIB, self.packed.billed / GIB

    @property
    def words(self) -> str:
        return f"{self.alone.count:,} with one event, {self.packed.count:,} packed with {self.packed.each}"


def either_way(volume: Volume, unit: int, record_bytes: int) -> EitherWay:
    """The records of some traffic; packed ones are filled up to `record_bytes`."""
    events, size = volume.events, volume.bytes
    return EitherWay(alone(events, size, unit), packed(events, size, unit, record_bytes))


def alone(events: int, total_bytes: int, unit: int) -> Records:
    """One event of the mean size a record: events × ceil(mean / unit) × unit. At least one event."""
    return Records(events, events * -(-total_bytes // (events * unit)) * unit, each=1)


def packed(events: int, total_bytes: int, unit: int, record_bytes: int) -> Records:
    """n = floor(record_bytes / mean size) events a record, from 1 to 500; the last record holds the rest.

    A record of k events is billed as ceil(k × mean / unit) units. At least one event.
    """
    each = max(1, min(MAX_EVENTS, record_bytes * events // total_bytes))
    full, rest = divmod(events, each)
    units = full * -(-each * total_bytes // (events * unit)) + -(-rest * total_bytes // (events * unit))
    return Records(full + (rest > 0), units * unit, each)


def packed_estimate(events: int, event_bytes: int, record_bytes: int, together: int | None = None) -> int:
    """Billed bytes if `events` of `event_bytes` in all were packed into records of `record_bytes`.

    together: how many events at a time can share records, or None for all of them.
    """
    if not events or not event_bytes:
        return 0
    if together is None or together >= events:
        return packed(events, event_bytes, record_bytes, record_bytes).billed
    times, rest = divmod(events, together)
    each = packed(together, -(-event_bytes * together // events), record_bytes, record_bytes).billed
    return times * each + packed_estimate(rest, -(-event_bytes * rest // events), record_bytes)
