"""What Firehose bills for taking, converting, partitioning and transforming events [Firehose pricing page]."""

from clickgen.cost.line import BillLine, charge
from clickgen.cost.objects import deliveries, fills
from clickgen.cost.prices import FirehosePrices, LambdaPrices
from clickgen.cost.records import RECORD_UNIT, Records, alone, packed
from clickgen.cost.stream import LARGE, BufferHints, StreamConfiguration
from clickgen.cost.volume import GIB, Volume


def ingestion_lines(volume: Volume, stream: StreamConfiguration, prices: FirehosePrices) -> list[BillLine]:
    """Ingestion, and format conversion where the stream converts."""
    lines = [
        charge("ingestion", prices.ingestion_gb, "GB", _billed_gb(volume), _words(volume), months=volume.months)
    ]
    return [*lines, conversion_line(volume, prices)] if stream.conversion else lines


def conversion_line(volume: Volume, prices: FirehosePrices) -> BillLine:
    """Format conversion: the GB that ingestion is billed on."""
    return charge(
        "format conversion",
        prices.format_conversion_gb,
        "GB",
        _billed_gb(volume),
        "the same rounded bytes as ingestion",
        months=volume.months,
    )


def partitioning_lines(
    volume: Volume, stream: StreamConfiguration, prices: FirehosePrices, *, partitions: int, jq_hours: float | None
) -> list[BillLine]:
    """Dynamic partitioning: GB delivered, objects delivered, and the hours of jq where they are known."""
    months, buffer = volume.months, stream.buffer if stream.partitioning else LARGE
    objects = deliveries(volume, buffer, partitions).objects
    spread = f"{partitions:,} active partition{'s' if partitions > 1 else ''}"
    lines = [
        charge(
            "partitioning", prices.partitioned_gb, "GB", volume.gb, "bytes delivered, not rounded", months=months
        ),
        charge(
            "partitioned objects",
            prices.partitioned_objects,
            "object",
            objects,
            f"{spread}, each with a buffer of {buffer.mb:g} MiB or {buffer.seconds:g} s",
            months=months,
        ),
    ]
    if jq_hours is not None:
        lines.append(
            charge(
                "jq", prices.jq_hours, "hour", jq_hours, "as given; metric JQProcessing.Duration", months=months
            )
        )
    return lines


def transform_lines(
    volume: Volume, buffer: BufferHints, prices: LambdaPrices, *, gb_seconds: float | None
) -> list[BillLine]:
    """The transform Lambda: an invocation for each buffer, and its run time where `gb_seconds` a call is known."""
    calls = invocations(volume, buffer)
    why = f"one for each buffer of {buffer.mb:g} MiB or {buffer.seconds:g} s"
    lines = [charge("Lambda requests", prices.requests, "request", calls, why, months=volume.months)]
    if gb_seconds is not None:
        total = calls * gb_seconds
        why = f"{calls:,} invocations × {gb_seconds:g} GB-seconds"
        lines.append(charge("Lambda run time", prices.gb_seconds, "GB-second", total, why, months=volume.months))
    return lines


def invocations(volume: Volume, buffer: BufferHints) -> int:
    """How often a transform Lambda with this buffer is called; an interval of 0 is a call for each event."""
    return min(volume.events, fills(volume, buffer.mb, buffer.seconds)) if buffer.seconds else volume.events


def _records(volume: Volume) -> tuple[Records, Records]:
    return (
        alone(volume.events, volume.bytes, RECORD_UNIT),
        packed(volume.events, volume.bytes, RECORD_UNIT, RECORD_UNIT),
    )


def _billed_gb(volume: Volume) -> tuple[float, float]:
    single, several = _records(volume)
    return single.billed / GIB, several.billed / GIB


def _words(volume: Volume) -> str:
    single, several = _records(volume)
    return (
        f"records, each rounded up to {RECORD_UNIT:,} B: {single.count:,} with one event, "
        f"{several.count:,} packed with {several.each}"
    )
