"""How many objects a stream writes to S3, what compression leaves of the events, and what S3 bills.

An object is written when the buffer is full or its time is up [API documentation of BufferingHints]; hints are
hints, so this is an estimate for a stream that delivers in one lane. Busy streams deliver in several, and then
write more, smaller objects.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from clickgen.cost.line import BillLine, charge
from clickgen.cost.prices import S3Prices
from clickgen.cost.stream import BufferHints, Compression, StreamConfiguration
from clickgen.cost.volume import MONTH_S, Volume

MIB = 1 << 20

ZERO_BUFFER_S = 1.0
"""What an interval of 0 counts as: delivery "within a few seconds" [Developer Guide]; one costs the most."""

MULTIPART_BELOW_S = 60
MULTIPART_REQUESTS = 3
"""Below 60 s Firehose uploads in parts [Developer Guide, buffering]: to begin, one part, to complete."""

LISTED_A_REQUEST = 1000
"""Keys in one answer to ListObjectsV2 [S3 API reference]."""

LEFT_OF: Mapping[Compression, float] = {
    "UNCOMPRESSED": 1.0,
    "GZIP": 0.14,
    "ZIP": 0.14,
    "Snappy": 0.26,
    "HADOOP_SNAPPY": 0.26,
}
"""Bytes left of JSON events: measured on 62 MB of the shop profile (zlib level 6, Snappy frames)."""

LEFT_OF_CONVERTED = 0.12
"""The same events as Parquet with Snappy, written by Arrow in one row group; taken for ORC too."""


@dataclass(frozen=True, slots=True)
class ObjectDelivery:
    """Objects written, the requests that write them, and the bytes of events in each before compression."""

    objects: int
    requests: int
    object_bytes: float


def deliveries(volume: Volume, buffer: BufferHints, partitions: int = 1) -> ObjectDelivery:
    """Objects = partitions × ceil(seconds / min(interval, size / (bytes a second / partitions))).

    Never more than there are events.
    """
    interval = buffer.seconds or ZERO_BUFFER_S
    objects = min(volume.events, partitions * fills(volume, buffer.mb * partitions, interval))
    requests = objects * (MULTIPART_REQUESTS if buffer.seconds < MULTIPART_BELOW_S else 1)
    return ObjectDelivery(objects, requests, volume.bytes / objects)


def fills(volume: Volume, mb: float, seconds: float) -> int:
    """How often a buffer is emptied: ceil(seconds of traffic / min(seconds, time to fill it))."""
    period = min(seconds, mb * MIB / volume.bytes_a_second)
    return max(1, ceil(volume.seconds / period - 1e-9))  # 1e-9: a rounding error is not a further object


def left_of(stream: StreamConfiguration) -> float:
    """The share of the events' bytes that the stream stores."""
    return LEFT_OF_CONVERTED if stream.conversion else LEFT_OF[stream.compression]


def s3_lines(
    volume: Volume, stream: StreamConfiguration, prices: S3Prices, *, partitions: int, keep_s: float
) -> list[BillLine]:
    """Requests that write the objects, list and read them once; storage of each for `keep_s` seconds."""
    main = deliveries(volume, stream.buffer, partitions if stream.partitioning else 1)
    left = left_of(stream)
    objects, requests, stored = main.objects, main.requests, volume.gb * left
    each = f"{main.objects:,} objects of {main.object_bytes / MIB:,.2f} MiB before compression"
    if stream.backup is not None:
        backup = deliveries(volume, stream.backup)
        objects, requests = objects + backup.objects, requests + backup.requests
        stored += volume.gb * LEFT_OF[stream.backup_compression]
        each += f", {backup.objects:,} of source records"
    listed = ceil(objects / LISTED_A_REQUEST)
    kept = keep_s / MONTH_S
    why = (
        f"{each} ({stream.buffer.mb:g} MiB or {stream.buffer.seconds:g} s); "
        f"{requests:,} requests write them, {listed:,} list them once; estimated for one delivery lane"
    )
    share = f"{left:.0%} left as {'Parquet or ORC' if stream.conversion else stream.compression}"
    storage = f"{volume.gb:,.2f} GB of events, {share}: {stored:,.2f} GB, each kept {kept:.3g} months of 730 h"
    read = "one for each object: read once, to verify"
    return [
        charge(volume, "S3 PUT and LIST", prices.put_requests, "request", requests + listed, why),
        charge(volume, "S3 GET", prices.get_requests, "request", objects, read),
        charge(volume, "S3 storage", prices.storage_gb_months, "GB-month", stored * kept, storage, kept=kept),
    ]
