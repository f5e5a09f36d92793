"""What the same traffic costs through Kinesis Data Streams, and as items of a DynamoDB table."""

from enum import StrEnum
from math import ceil

from clickgen.cost.line import BillLine, BillSection, charge
from clickgen.cost.prices import DynamoPrices, KinesisPrices
from clickgen.cost.records import Records, alone, packed
from clickgen.cost.volume import GIB, MONTH_S, Volume

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
    """A Kinesis stream and one consumer. A Firehose behind it costs what it costs, besides."""
    lines = _on_demand(volume, prices) if mode is KinesisMode.ON_DEMAND else _provisioned(volume, prices)
    return BillSection("kinesis", f"Kinesis, {mode.value}", lines)


def dynamo_section(volume: Volume, prices: DynamoPrices, *, keep_s: float) -> BillSection:
    """Items written to an on-demand table, and kept for `keep_s` seconds. An item is one event: nothing packs."""
    units = alone(volume.events, volume.bytes, WRITE_UNIT).billed // WRITE_UNIT
    kept = keep_s / MONTH_S
    size = f"{volume.event_bytes:,} B"
    return BillSection(
        "dynamodb",
        "DynamoDB, on-demand",
        (
            charge(
                "writes",
                prices.write_units,
                "write unit",
                units,
                f"{volume.events:,} items × ceil({size} / {WRITE_UNIT:,} B), an item being as large as its event",
                months=volume.months,
            ),
            charge(
                "storage",
                prices.storage_gb_months,
                "GB-month",
                volume.gb * kept,
                f"{volume.gb:,.2f} GB, each kept {kept:.3g} months of 730 h",
                months=volume.months + kept,
            ),
        ),
    )


def _records(volume: Volume, unit: int) -> tuple[Records, Records]:
    return (
        alone(volume.events, volume.bytes, unit),
        packed(volume.events, volume.bytes, unit, PUT_UNIT),
    )


def _on_demand(volume: Volume, prices: KinesisPrices) -> tuple[BillLine, ...]:
    single, several = _records(volume, KINESIS_UNIT)
    months = volume.months
    return (
        charge(
            "stream", prices.stream_hours, "hour", volume.hours, "hours of the traffic, one stream", months=months
        ),
        charge(
            "written",
            prices.in_gb,
            "GB",
            (single.billed / GIB, several.billed / GIB),
            f"records, each rounded up to {KINESIS_UNIT:,} B: {single.count:,} with one event, "
            f"{several.count:,} packed with {several.each}",
            months=months,
        ),
        charge("read", prices.out_gb, "GB", volume.gb, "bytes of events, one consumer", months=months),
    )


def _provisioned(volume: Volume, prices: KinesisPrices) -> tuple[BillLine, ...]:
    single, several = _records(volume, PUT_UNIT)
    shards = _shards(volume, single), _shards(volume, several)
    hours = volume.hours
    return (
        charge(
            "shards",
            prices.shard_hours,
            "shard-hour",
            (shards[0] * hours, shards[1] * hours),
            f"shards × {hours:,.6g} h: {shards[0]:,}, packed {shards[1]:,}; the larger of records/s / "
            f"{SHARD_RECORDS:,} and bytes/s / 1 MiB, rounded up; no headroom",
            months=volume.months,
        ),
        charge(
            "PUT units",
            prices.put_units,
            "unit",
            (single.billed // PUT_UNIT, several.billed // PUT_UNIT),
            f"each record rounded up to {PUT_UNIT:,} B: {single.count:,} with one event, "
            f"{several.count:,} packed with {several.each}",
            months=volume.months,
        ),
    )


def _shards(volume: Volume, records: Records) -> int:
    """Shards for the mean rate."""
    needed = max(records.count / volume.seconds / SHARD_RECORDS, volume.bytes_a_second / SHARD_BYTES)
    return max(1, ceil(needed - 1e-9))  # 1e-9: rounding is no further shard
