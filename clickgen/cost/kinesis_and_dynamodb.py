"""What the same traffic costs through Kinesis Data Streams, and as items of a DynamoDB table."""

from enum import StrEnum
from math import ceil

from clickgen.cost.line import BillLine, BillSection, charge
from clickgen.cost.prices import DynamoPrices, KinesisPrices
from clickgen.cost.records import Records, alone, either_way
from clickgen.cost.volume import MONTH_S, Volume

KINESIS_UNIT = 1024
"""Bytes that an on-demand stream rounds a record up to [Kinesis pricing page]."""

PUT_UNIT = 25 * 1024
"""Bytes of a PUT payload unit of a provisioned stream [Kinesis pricing page]; packed records fill one."""

SHARD_RECORDS = 1000
SHARD_BYTES = 1 << 20
"""What one shard takes in a second [Kinesis Developer Guide, quotas]."""

WRITE_UNIT = 1024
"""Bytes that one write request unit covers [DynamoDB pricing page]."""


class KinesisMode(StrEnum):
    """How a Kinesis stream is paid for."""

    ON_DEMAND = "on-demand"
    PROVISIONED = "provisioned"


def kinesis_section(volume: Volume, mode: KinesisMode, prices: KinesisPrices) -> BillSection:
    """A Kinesis stream and one consumer. A Firehose behind it is billed besides."""
    lines = on_demand_lines(volume, prices) if mode is KinesisMode.ON_DEMAND else provisioned_lines(volume, prices)
    return BillSection("kinesis", f"Kinesis, {mode.value}", lines)


def dynamo_section(volume: Volume, prices: DynamoPrices, *, keep_s: float) -> BillSection:
    """Items written to an on-demand table, and kept for `keep_s` seconds. An item is one event: nothing packs."""
    units = alone(volume.events, volume.bytes, WRITE_UNIT).billed // WRITE_UNIT
    kept = keep_s / MONTH_S
    size = f"{volume.event_bytes:,} B"
    written = f"{volume.events:,} items × ceil({size} / {WRITE_UNIT:,} B), an item being as large as its event"
    stored = f"{volume.gb:,.2f} GB, each kept {kept:.3g} months of 730 h"
    lines = (
        charge(volume, "writes", prices.write_units, "write unit", units, written),
        charge(volume, "storage", prices.storage_gb_months, "GB-month", volume.gb * kept, stored, kept=kept),
    )
    return BillSection("dynamodb", "DynamoDB, on-demand", lines)


def on_demand_lines(volume: Volume, prices: KinesisPrices, consumers: int = 1) -> tuple[BillLine, ...]:
    """An on-demand stream that `consumers` read."""
    records = either_way(volume, KINESIS_UNIT, PUT_UNIT)
    written = f"records, each rounded up to {KINESIS_UNIT:,} B: {records.words}"
    return (
        charge(volume, "stream", prices.stream_hours, "hour", volume.hours, "hours of the traffic, one stream"),
        charge(volume, "written", prices.in_gb, "GB", records.gb, written),
        charge(volume, "read", prices.out_gb, "GB", volume.gb * consumers, _read_by(consumers)),
    )


def _read_by(consumers: int) -> str:
    return f"bytes of events, {'one consumer' if consumers == 1 else f'{consumers} consumers'}"


def provisioned_lines(volume: Volume, prices: KinesisPrices, given: int | None = None) -> tuple[BillLine, ...]:
    """A stream of shards: as many as the traffic needs, or those that it is given, which are billed either way."""
    records, hours = either_way(volume, PUT_UNIT, PUT_UNIT), volume.hours
    shards = (given, given) if given else (_shards(volume, records.alone), _shards(volume, records.packed))
    units = records.alone.billed // PUT_UNIT, records.packed.billed // PUT_UNIT
    why = (
        f"shards × {hours:,.6g} h: {shards[0]:,}, packed {shards[1]:,}; the larger of records/s / "
        f"{SHARD_RECORDS:,} and bytes/s / 1 MiB, rounded up; no headroom"
    )
    if given:
        why = f"{given:,} shards × {hours:,.6g} h"
    rounded = f"each record rounded up to {PUT_UNIT:,} B: {records.words}"
    return (
        charge(volume, "shards", prices.shard_hours, "shard-hour", (shards[0] * hours, shards[1] * hours), why),
        charge(volume, "PUT units", prices.put_units, "unit", units, rounded),
    )


def _shards(volume: Volume, records: Records) -> int:
    needed = max(records.count / volume.seconds / SHARD_RECORDS, volume.bytes_a_second / SHARD_BYTES)
    return max(1, ceil(needed - 1e-9))  # 1e-9: a rounding error is not a further shard
