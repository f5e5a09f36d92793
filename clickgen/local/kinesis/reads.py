"""GetShardIterator and GetRecords."""

from dataclasses import dataclass
from typing import Any

import pybase64

from clickgen.local.kinesis.limits import ITERATOR_SECONDS, MAX_PAGE_BYTES
from clickgen.local.kinesis.log import LogRecord
from clickgen.local.kinesis.shapes import GetRecordsRequest, IteratorRequest
from clickgen.local.kinesis.shard import Shard, shard_id
from clickgen.local.kinesis.shards import find_shard
from clickgen.local.kinesis.stream import Stream
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.consumption import OUTSIDE
from clickgen.local.platform.errors import ServiceError, invalid_argument
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import parse


@dataclass(frozen=True)
class Page:
    """What one read gave.

    after: the number of the record to go on with; None if the shard is closed and read to its end.
    """

    records: list[LogRecord]
    after: int | None
    millis_behind: int


class Reads:
    """What reads the records of one lake's streams."""

    def __init__(self, streams: Streams, faults: ServiceFaults) -> None:
        self._streams = streams
        self._faults = faults

    def iterator(self, call: Call) -> Answer:
        """GetShardIterator, of each of the five kinds."""
        request = parse(IteratorRequest, call.body)
        stream = self._streams.taking(call.body)
        shard = find_shard(stream, request.ShardId)
        return {"ShardIterator": self._iterator(stream, shard, _start(stream, shard, request))}

    def get_records(self, call: Call) -> Answer:
        """GetRecords: a page of a shard within its limits, and where the next one starts."""
        request = parse(GetRecordsRequest, call.body)
        stream, shard, number = self._place(request.ShardIterator)
        if not shard.may_read():
            raise ServiceError(
                "ProvisionedThroughputExceededException",
                f"Rate exceeded for shard {shard.id} in stream {stream.state.name} under account {ACCOUNT}.",
            )
        page = self.page(stream, shard, number, request.Limit, OUTSIDE)
        shard.charge_read(page.records)
        answer = {
            "Records": [_described(stream, shard, record) for record in page.records],
            "MillisBehindLatest": page.millis_behind,
        }
        if page.after is None:
            return answer | {"ChildShards": _children(stream, shard)}
        return answer | {"NextShardIterator": self._iterator(stream, shard, page.after)}

    def page(self, stream: Stream, shard: Shard, number: int, limit: int, consumer: str) -> Page:
        """At most `limit` records from that number on, but for those past the retention; none while paused."""
        begin = max(number, stream.oldest(shard))
        paused = self._faults.of(stream.state.name).settings.pause
        records = [] if paused else shard.log.read(begin, limit, MAX_PAGE_BYTES)
        after = records[-1].number + 1 if records else begin
        shard.consumption.note(consumer, len(records), after)
        if shard.state.closed is not None and after >= shard.log.next:
            return Page(records, None, 0)
        behind = int(stream.now() * 1000) - records[-1].arrived_ms if records and after < shard.log.next else 0
        return Page(records, after, max(0, behind))

    def _iterator(self, stream: Stream, shard: Shard, number: int) -> str:
        """An opaque text: the stream's folder (a stream made anew is another), shard, record, time of issue."""
        state = stream.state
        plain = f"{state.name}/{state.folder}/{shard.state.number}/{number}/{int(stream.now() * 1000)}"
        return pybase64.b64encode_as_string(plain.encode())

    def _place(self, iterator: str) -> tuple[Stream, Shard, int]:
        try:
            plain = pybase64.b64decode(iterator, validate=True).decode()
            name, folder, shard_number, number, issued = plain.split("/")
            place, issued_ms = int(number), int(issued)
            key = int(shard_number)
        except ValueError:
            raise invalid_argument("Invalid ShardIterator.") from None
        stream = self._streams.taking({"StreamName": name})
        if stream.state.folder != folder or key not in stream.shards:
            raise invalid_argument("Invalid ShardIterator: its shard is gone.")
        age_ms = int(stream.now() * 1000) - issued_ms
        if age_ms > ITERATOR_SECONDS * 1000:
            raise ServiceError(
                "ExpiredIteratorException",
                f"Iterator expired. It was created {age_ms} ms ago, which is more than the tolerated delay of"
                f" {int(ITERATOR_SECONDS * 1000)} milliseconds.",
            )
        return stream, stream.shards[key], place


def _start(stream: Stream, shard: Shard, request: IteratorRequest) -> int:
    kind = request.ShardIteratorType
    if kind == "TRIM_HORIZON":
        return stream.oldest(shard)
    if kind == "LATEST":
        return shard.log.next
    if kind == "AT_TIMESTAMP":
        if request.Timestamp is None:
            raise invalid_argument("Must specify timestamp parameter for iterator of type AT_TIMESTAMP.")
        if request.Timestamp > stream.now():
            raise invalid_argument(
                f"The timestamp {request.Timestamp} in stream {stream.state.name} lies in the future."
            )
        return max(stream.oldest(shard), shard.log.number_at(int(request.Timestamp * 1000)))
    if request.StartingSequenceNumber is None:
        raise invalid_argument(f"Must either specify StartingSequenceNumber for iterators of type {kind}.")
    number = shard.number_of(request.StartingSequenceNumber)
    if number is None:
        raise invalid_argument(
            f"StartingSequenceNumber {request.StartingSequenceNumber} used in GetShardIterator on shard {shard.id}"
            f" in stream {stream.state.name} under account {ACCOUNT} is invalid."
        )
    return number + (kind == "AFTER_SEQUENCE_NUMBER")


def _described(stream: Stream, shard: Shard, record: LogRecord) -> dict[str, Any]:
    return {
        "SequenceNumber": str(shard.sequence(record.number, record.arrived_ms)),
        "ApproximateArrivalTimestamp": record.arrived_ms / 1000,
        "Data": pybase64.b64encode_as_string(record.data),
        "PartitionKey": record.key,
        "EncryptionType": "KMS" if stream.state.key_id else "NONE",
    }


def _children(stream: Stream, shard: Shard) -> list[dict[str, Any]]:
    """The shards that took this one's place."""
    return [
        {
            "ShardId": child.id,
            "ParentShards": [
                shard_id(parent)
                for parent in (child.state.parent, child.state.adjacent_parent)
                if parent is not None
            ],
            "HashKeyRange": {"StartingHashKey": str(child.state.start), "EndingHashKey": str(child.state.end)},
        }
        for child in stream.shards.values()
        if shard.state.number in (child.state.parent, child.state.adjacent_parent)
    ]
