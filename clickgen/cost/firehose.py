"""What Firehose bills for taking, converting, partitioning and transforming events [Firehose pricing page]."""

from clickgen.cost.line import BillLine, charge
from clickgen.cost.objects import deliveries, fills
from clickgen.cost.prices import FirehosePrices, LambdaPrices
from clickgen.cost.records import RECORD_UNIT, either_way
from clickgen.cost.stream import LARGE, BufferHints, StreamConfiguration
from clickgen.cost.volume import Volume


def ingestion_lines(volume: Volume, stream: StreamConfiguration, prices: FirehosePrices) -> list[BillLine]:
    """Ingestion, and format conversion if the stream converts."""
    records = either_way(volume, RECORD_UNIT, RECORD_UNIT)
    words = f"records, each rounded up to {RECORD_UNIT:,} B: {records.words}"
    line = charge(volume, "ingestion", prices.ingestion_gb, "GB", records.gb, words)
    return [line, conversion_line(volume, prices)] if stream.conversion else [line]


def conversion_line(volume: Volume, prices: FirehosePrices) -> BillLine:
    """Format conversion: the GB that ingestion is billed on."""
    billed, words = either_way(volume, RECORD_UNIT, RECORD_UNIT).gb, "the same rounded bytes as ingestion"
    return charge(volume, "format conversion", prices.format_conversion_gb, "GB", billed, words)


def partitioning_lines(
    volume: Volume, stream: StreamConfiguration, prices: FirehosePrices, *, partitions: int, jq_hours: float | None
) -> list[BillLine]:
    """Dynamic partitioning: GB delivered, objects delivered, and the hours of jq if they are known."""
    buffer = stream.buffer if stream.partitioning else LARGE
    objects = deliveries(volume, buffer, partitions).objects
    spread = f"{partitions:,} active partition{'s' if partitions > 1 else ''}"
    why = f"{spread}, each with a buffer of {buffer.mb:g} MiB or {buffer.seconds:g} s"
    lines = [
        charge(volume, "partitioning", prices.partitioned_gb, "GB", volume.gb, "bytes delivered, not rounded"),
        charge(volume, "partitioned objects", prices.partitioned_objects, "object", objects, why),
    ]
    if jq_hours is not None:
        why = "as given; metric JQProcessing.Duration"
        lines.append(charge(volume, "jq", prices.jq_hours, "hour", jq_hours, why))
    return lines


def transform_lines(
    volume: Volume, buffer: BufferHints, prices: LambdaPrices, *, gb_seconds: float | None
) -> list[BillLine]:
    """The transform Lambda: an invocation for each buffer, and its run time if `gb_seconds` a call is known."""
    calls = invocations(volume, buffer)
    why = f"one for each buffer of {buffer.mb:g} MiB or {buffer.seconds:g} s"
    lines = [charge(volume, "Lambda requests", prices.requests, "request", calls, why)]
    if gb_seconds is not None:
        why = f"{calls:,} invocations × {gb_seconds:g} GB-seconds"
        lines.append(charge(volume, "Lambda run time", prices.gb_seconds, "GB-second", calls * gb_seconds, why))
    return lines


def invocations(volume: Volume, buffer: BufferHints) -> int:
    """How often a transform Lambda with this buffer is called; an interval of 0 is a call for each event."""
    return min(volume.events, fills(volume, buffer.mb, buffer.seconds)) if buffer.seconds else volume.events
