"""What a pipeline costs on AWS, station by station, and what of it cannot be known from its file.

An event is taken to have the same size at every station, one event a record: what a change record of a table or a
transform adds to it is not known here.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import Any

from clickgen.cost.firehose import ingestion_lines, partitioning_lines, transform_lines
from clickgen.cost.kinesis_and_dynamodb import dynamo_section, on_demand_lines, provisioned_lines
from clickgen.cost.line import BillLine, charge, price_words
from clickgen.cost.objects import deliveries, left_of, s3_lines
from clickgen.cost.prices import Price, Prices
from clickgen.cost.stream import BufferHints, StreamConfiguration, stream_from
from clickgen.cost.volume import Volume
from clickgen.model.amounts import seconds_of
from clickgen.pipeline.description import PipelineDescription, flow, in_order
from clickgen.pipeline.firehose_settings import delivery_stream_arguments
from clickgen.pipeline.resources import (
    Bucket,
    Crawler,
    Database,
    DeliveryStream,
    Function,
    KinesisStream,
    Pipe,
    Resource,
    Table,
    Warehouse,
)

PIPE_UNIT = 64 * 1024
"""Bytes that one request to a pipe covers [EventBridge pricing page]."""

_NO_PRICE = "its price is not in the file of prices"


@dataclass(frozen=True, slots=True)
class Usage:
    """What of the bill a pipeline's file does not say."""

    keep_s: float  # how long what is stored is kept
    partitions: int = 1  # active at a time, where a stream partitions dynamically
    jq_hours: float | None = None  # for the whole traffic, or None if not known
    lambda_gb_seconds: float | None = None  # of one call of a function, or None if not known


@dataclass(frozen=True, slots=True)
class PipelineRow:
    """One item of a station's bill."""

    station: str
    item: str
    line: BillLine | None  # None if it is not known what it costs
    basis: str  # how the quantity is calculated, or why it is not known


@dataclass(frozen=True, slots=True)
class PipelineBill:
    """What some traffic through a pipeline costs."""

    volume: Volume
    rows: tuple[PipelineRow, ...]
    usd: float  # of all rows whose cost is known

    @property
    def usd_per_million(self) -> float:
        return self.usd / self.volume.events * 1_000_000

    @property
    def unknown(self) -> tuple[PipelineRow, ...]:
        return tuple(row for row in self.rows if row.line is None)


def pipeline_bill(description: PipelineDescription, volume: Volume, prices: Prices, usage: Usage) -> PipelineBill:
    """Price the traffic at each station, in the order of the flow."""
    rows = tuple(_Biller(description, volume, prices, usage).rows())
    return PipelineBill(volume, rows, sum(row.line.unpacked_usd for row in rows if row.line is not None))


class _Biller:
    def __init__(self, description: PipelineDescription, volume: Volume, prices: Prices, usage: Usage) -> None:
        self._description, self._volume, self._prices, self._usage = description, volume, prices, usage
        self._ways = flow(description.resources)

    def rows(self) -> Iterator[PipelineRow]:
        by_kind: dict[type[Resource], Callable[[str, Any], Iterable[PipelineRow]]] = {
            Table: self._table,
            KinesisStream: self._kinesis,
            Pipe: self._pipe,
            Function: self._function,
            DeliveryStream: self._delivery_stream,
            Crawler: self._crawler,
            Warehouse: self._warehouse,
            Bucket: self._bucket,
            Database: lambda *_: (),  # the catalogue's first million objects are free
        }
        resources = self._description.resources
        for address in dict.fromkeys((*in_order(self._description), *resources)):
            yield from by_kind[type(resources[address])](address, resources[address])

    def _table(self, address: str, table: Table) -> Iterator[PipelineRow]:
        prices = self._prices.dynamodb
        if table.verify is False:  # what it holds are not the events
            why = "how much a function writes there is not known"
            yield _unknown(address, "writes", why, prices.write_units, "write unit")
            yield _unknown(address, "storage", why, prices.storage_gb_months, "GB-month")
            return
        yield from _priced(address, dynamo_section(self._volume, prices, keep_s=self._usage.keep_s).lines)

    def _crawler(self, address: str, _: Crawler) -> Iterator[PipelineRow]:
        price = self._prices.glue.crawler_dpu_hours if self._prices.glue else None
        yield _unknown(address, "runs", "the DPUs and minutes of a run are not known", price, "DPU-hour")

    def _warehouse(self, address: str, _: Warehouse) -> Iterator[PipelineRow]:
        price = self._prices.redshift_serverless.rpu_hours if self._prices.redshift_serverless else None
        yield _unknown(address, "compute", "how long it loads and answers is not known", price, "RPU-hour")
        yield PipelineRow(address, "storage", None, _NO_PRICE)

    def _bucket(self, address: str, _: Bucket) -> Iterator[PipelineRow]:
        if not self._filled_by_streams(address):
            yield PipelineRow(address, "requests and storage", None, "what writes there is not a Firehose stream")

    def _kinesis(self, address: str, stream: KinesisStream) -> Iterator[PipelineRow]:
        prices = self._prices.kinesis
        if stream.shards is None:
            return _priced(address, on_demand_lines(self._volume, prices, max(1, len(self._ways[address]))))
        return _priced(address, provisioned_lines(self._volume, prices, stream.shards))

    def _pipe(self, address: str, pipe: Pipe) -> Iterator[PipelineRow]:
        if pipe.source.startswith("dynamodb:"):
            why = "whether reads of a table's stream by a pipe are billed is not known; those for a Lambda are not"
            yield PipelineRow(address, "stream reads", None, why)
        pipes = self._prices.eventbridge_pipes
        if pipes is None:
            yield PipelineRow(address, "requests", None, _NO_PRICE)
            return
        batches = _batches(self._volume, pipe.batch_size, seconds_of(pipe.window) or 0.0)
        units = max(batches, ceil(self._volume.bytes / PIPE_UNIT))
        why = (
            f"{batches:,} batches of up to {pipe.batch_size:,} events or {pipe.window}, in units of "
            f"{PIPE_UNIT // 1024} KB; all pass the filter"
        )
        yield _row(address, charge(self._volume, "requests", pipes.requests, "request", units, why))

    def _function(self, address: str, function: Function) -> Iterator[PipelineRow]:
        """A function that a bucket, a table or a stream calls; one that transforms is billed at its stream."""
        prices, volume = self._prices.aws_lambda, self._volume
        for trigger in function.on:
            kind = trigger.source.partition(":")[0]
            if kind == "s3":
                calls = self._objects_in(trigger.source)
                why = f"one for each object that Firehose writes to {trigger.source}"
            else:
                calls = _batches(volume, trigger.batch_size, seconds_of(trigger.window) or 0.0)
                why = f"batches of up to {trigger.batch_size:,} records or {trigger.window} from {trigger.source}"
            yield _row(address, charge(volume, "requests", prices.requests, "request", calls, why))
            given = self._usage.lambda_gb_seconds
            if given is None:
                why = f"{calls:,} calls; add --lambda-gb-seconds, those of one ({function.memory_mb} MB × seconds)"
                yield _unknown(address, "run time", why, prices.gb_seconds, "GB-second")
            else:
                why = f"{calls:,} calls × {given:g} GB-seconds"
                yield _row(address, charge(volume, "run time", prices.gb_seconds, "GB-second", calls * given, why))

    def _delivery_stream(self, address: str, stream: DeliveryStream) -> Iterator[PipelineRow]:
        volume, prices, usage = self._volume, self._prices, self._usage
        configured = self._configured(address)
        yield from _priced(address, ingestion_lines(volume, configured, prices.firehose))
        if configured.partitioning:
            yield from _priced(
                address,
                partitioning_lines(
                    volume, configured, prices.firehose, partitions=usage.partitions, jq_hours=usage.jq_hours
                ),
            )
            if configured.jq and usage.jq_hours is None:
                why = "JQProcessing.Duration is not known; add --jq-hours"
                yield _unknown(address, "jq", why, prices.firehose.jq_hours, "hour")
        if configured.transform is not None and stream.transform is not None:
            given = usage.lambda_gb_seconds
            calls = transform_lines(volume, configured.transform, prices.aws_lambda, gb_seconds=given)
            yield from _priced(stream.transform, calls)
            if given is None:
                why = "run time of a call is not known; add --lambda-gb-seconds"
                yield _unknown(stream.transform, "run time", why, prices.aws_lambda.gb_seconds, "GB-second")
        lines = s3_lines(volume, configured, prices.s3, partitions=usage.partitions, keep_s=usage.keep_s)
        bucket = stream.to if stream.to.startswith("s3:") else stream.staging.to if stream.staging else "s3"
        yield from _priced(bucket, lines)
        if bucket == stream.to:
            scanned = int(volume.bytes * left_of(configured))
            line = charge(volume, "one query", prices.athena.scanned_gb, "GB", scanned / (1 << 30), "all of it")
            why = f"of Athena that reads all of it would cost ${line.unpacked_usd:.2g}; what is asked is not known"
            yield PipelineRow(bucket, "queries", None, why)

    def _configured(self, address: str) -> StreamConfiguration:
        stream = self._description.resources[address]
        assert isinstance(stream, DeliveryStream)  # noqa: S101  # its callers have looked
        arguments = delivery_stream_arguments(address.partition(":")[2], stream, self._description)
        warehouse = arguments.pop("RedshiftDestinationConfiguration", None)
        if warehouse is not None:
            kept = ("ProcessingConfiguration", "S3BackupMode", "S3BackupConfiguration")
            arguments["ExtendedS3DestinationConfiguration"] = warehouse["S3Configuration"] | {
                key: warehouse[key] for key in kept if key in warehouse
            }
        return stream_from(arguments, Path(self._description.name))

    def _objects_in(self, bucket: str) -> int:
        """How many objects Firehose streams write to a bucket."""
        objects = 0
        for address, resource in self._description.resources.items():
            if isinstance(resource, DeliveryStream) and resource.to == bucket:
                configured = self._configured(address)
                partitions = self._usage.partitions if configured.partitioning else 1
                objects += deliveries(self._volume, configured.buffer, partitions).objects
        return objects or self._volume.events

    def _filled_by_streams(self, bucket: str) -> bool:
        return any(
            isinstance(resource, DeliveryStream)
            and bucket
            in (resource.to, resource.staging and resource.staging.to, resource.backup and resource.backup.to)
            for resource in self._description.resources.values()
        )


def _batches(volume: Volume, size: int, window_s: float) -> int:
    """Batches that are handed on when they are full or their window is over; without a window a second counts."""
    window = window_s or BufferHints(seconds=1).seconds
    return min(volume.events, max(ceil(volume.events / size), ceil(volume.seconds / window)))


def _priced(station: str, lines: "tuple[BillLine, ...] | list[BillLine]") -> Iterator[PipelineRow]:
    return (_row(station, line) for line in lines)


def _row(station: str, line: BillLine) -> PipelineRow:
    return PipelineRow(station, line.name, line, line.formula)


def _unknown(station: str, item: str, why: str, price: Price | None, unit: str) -> PipelineRow:
    words = _NO_PRICE if price is None else price_words(price, unit)
    return PipelineRow(station, item, None, f"{why}; {words}")
