"""Kinesis for the other services: as a source of records, and as a target of them."""

from collections.abc import Sequence

import pybase64

from clickgen.local.kinesis.log import LogRecord
from clickgen.local.kinesis.puts import Puts
from clickgen.local.kinesis.reads import Reads
from clickgen.local.kinesis.shard import Shard, shard_id
from clickgen.local.kinesis.shards import find_shard
from clickgen.local.kinesis.stream import Stream
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.errors import invalid_argument
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.links import (
    OutgoingRecord,
    RecordStreams,
    RecordTargets,
    StartingPosition,
    StreamPage,
    StreamRecord,
)


class KinesisRecords(RecordStreams, RecordTargets):
    """The streams of a lake, read without the limits of GetRecords and written within those of the shards."""

    def __init__(self, streams: Streams, puts: Puts, reads: Reads) -> None:
        self._streams = streams
        self._puts = puts
        self._reads = reads

    def owns(self, arn: str) -> bool:
        """Whether `arn` is a Kinesis stream that is there."""
        return arn.startswith("arn:aws:kinesis:") and arn.rpartition(":stream/")[2] in self._streams.names

    def shards(self, arn: str) -> list[str]:
        """The ids of its shards, parents first."""
        return [shard.id for shard in self._stream(arn).shards.values()]

    def parents(self, arn: str, shard: str) -> list[str]:
        """The shards that this one was split from or merged of, if they are still there."""
        stream = self._stream(arn)
        state = find_shard(stream, shard).state
        return [shard_id(one) for one in (state.parent, state.adjacent_parent) if one in stream.shards]

    def position(self, arn: str, shard: str, start: StartingPosition) -> str:
        """The number of the oldest record, or of the next one."""
        stream = self._stream(arn)
        found = find_shard(stream, shard)
        return str(stream.oldest(found) if start == "TRIM_HORIZON" else found.log.next)

    def read(self, arn: str, shard: str, position: str, limit: int, consumer: str) -> StreamPage:
        """At most `limit` records from `position` on, for a station like "pipe:move"."""
        stream = self._stream(arn)
        found = find_shard(stream, shard)
        if not position.isdecimal():
            raise invalid_argument(f"{position!r} is not a position in {shard}.")
        page = self._reads.page(stream, found, int(position), limit, consumer)
        return StreamPage(
            [_event(stream, found, record) for record in page.records],
            None if page.after is None else str(page.after),
            page.millis_behind,
        )

    def forget(self, consumer: str) -> None:
        """Nothing waits for this consumer any more."""
        for name in self._streams.names:
            for shard in self._streams.find(name).shards.values():
                shard.consumption.forget(consumer)

    def put(self, arn: str, records: Sequence[OutgoingRecord]) -> list[str | None]:
        """Keep records; for each None or the code of its refusal."""
        stream = self._streams.taking({"StreamARN": arn})
        if not records:
            return []
        return self._puts.keep(stream, [(record.partition_key.encode(), record.data) for record in records])

    def _stream(self, arn: str) -> Stream:
        return self._streams.taking({"StreamARN": arn})


def _event(stream: Stream, shard: Shard, record: LogRecord) -> StreamRecord:
    sequence = str(shard.sequence(record.number, record.arrived_ms))
    arrived = record.arrived_ms / 1000
    event = {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": record.key,
            "sequenceNumber": sequence,
            "data": pybase64.b64encode_as_string(record.data),
            "approximateArrivalTimestamp": arrived,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"{shard.id}:{sequence}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": f"arn:aws:iam::{ACCOUNT}:role/clickgen-local",
        "awsRegion": stream.state.region,
        "eventSourceARN": stream.state.arn,
    }
    return StreamRecord(sequence, event, record.data, record.key, arrived)
