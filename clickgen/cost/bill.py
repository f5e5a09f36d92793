"""The bill of a pipeline, and what a run needs of it: prices, the estimate of packing, dollars for people."""

from dataclasses import dataclass

from clickgen.cost.firehose import (
    conversion_line,
    ingestion_lines,
    invocations,
    partitioning_lines,
    transform_lines,
)
from clickgen.cost.kinesis_and_dynamodb import KinesisMode, dynamo_section, kinesis_section
from clickgen.cost.line import BillLine, BillSection
from clickgen.cost.objects import s3_lines
from clickgen.cost.prices import Prices, load_prices
from clickgen.cost.records import packed_estimate
from clickgen.cost.stream import StreamConfiguration
from clickgen.cost.volume import Volume
from clickgen.model.amounts import usd

__all__ = ["Bill", "PricedPipeline", "Prices", "load_prices", "make_bill", "packed_estimate"]


@dataclass(frozen=True, slots=True)
class PricedPipeline:
    """Where the traffic goes, as far as it is billed."""

    stream: StreamConfiguration | None = None  # None for one with the service's defaults
    keep_s: float = 30 * 86400.0  # how long what is stored is kept
    partitions: int = 1  # active at a time, if it partitions dynamically
    jq_hours: float | None = None  # for the whole traffic, or None if not known
    lambda_gb_seconds: float | None = None  # of one call of its Lambda, or None if not known
    kinesis: KinesisMode | None = None
    dynamodb: bool = False


@dataclass(frozen=True, slots=True)
class Bill:
    """What some traffic costs."""

    volume: Volume
    sections: tuple[BillSection, ...]  # Firehose to S3 first, then each other service that was requested
    extras: tuple[BillLine, ...]  # what options of the stream would add; not in a total
    notes: tuple[str, ...]  # what the figures leave out
    packing_forbidden_because: str | None

    @property
    def delivery(self) -> BillSection:
        return self.sections[0]


def make_bill(volume: Volume, pipeline: PricedPipeline, prices: Prices) -> Bill:
    """Price the traffic, one event a record and packed."""
    stream = pipeline.stream or StreamConfiguration()
    sections = [
        BillSection("firehose", "Firehose to S3", tuple(_delivery_lines(volume, stream, pipeline, prices)))
    ]
    if pipeline.kinesis is not None:
        sections.append(kinesis_section(volume, pipeline.kinesis, prices.kinesis))
    if pipeline.dynamodb:
        sections.append(dynamo_section(volume, prices.dynamodb, keep_s=pipeline.keep_s))
    extras: tuple[BillLine, ...] = ()
    if pipeline.stream is None:
        extras = (conversion_line(volume, prices.firehose), *_partitioning(volume, stream, pipeline, prices))
    notes = tuple(_notes(volume, stream, pipeline, prices))
    return Bill(volume, tuple(sections), extras, notes, stream.packing_forbidden_because)


def _delivery_lines(
    volume: Volume, stream: StreamConfiguration, pipeline: PricedPipeline, prices: Prices
) -> list[BillLine]:
    lines = ingestion_lines(volume, stream, prices.firehose)
    if stream.partitioning:
        lines += _partitioning(volume, stream, pipeline, prices)
    if stream.transform is not None:
        lines += transform_lines(
            volume, stream.transform, prices.aws_lambda, gb_seconds=pipeline.lambda_gb_seconds
        )
    return [*lines, *s3_lines(volume, stream, prices.s3, partitions=pipeline.partitions, keep_s=pipeline.keep_s)]


def _partitioning(
    volume: Volume, stream: StreamConfiguration, pipeline: PricedPipeline, prices: Prices
) -> list[BillLine]:
    return partitioning_lines(
        volume, stream, prices.firehose, partitions=pipeline.partitions, jq_hours=pipeline.jq_hours
    )


def _notes(volume: Volume, stream: StreamConfiguration, pipeline: PricedPipeline, prices: Prices) -> list[str]:
    notes = []
    if stream.packing_forbidden_because is not None:
        notes.append(f"packed records would break this stream: {stream.packing_forbidden_because}")
    if stream.jq and pipeline.jq_hours is None:
        hour = usd(prices.firehose.jq_hours.cost(1))
        notes.append(f"jq is not in the total: {hour} an hour of JQProcessing.Duration; add --jq-hours")
    if stream.transform is not None and pipeline.lambda_gb_seconds is None:
        calls = invocations(volume, stream.transform)
        second = usd(prices.aws_lambda.gb_seconds.cost(float(calls), volume.months))
        notes.append(
            f"the Lambda's run time is not in the total: {second} for each GB-second a call; "
            "add --lambda-gb-seconds"
        )
    if pipeline.kinesis is not None:
        notes.append("a Firehose that reads from the Kinesis stream costs the above in addition")
    return notes
