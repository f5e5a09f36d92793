"""DynamoDB Streams: the changes of tables, in the order in which they were made, for 24 hours.

A stream here has one shard, which is open as long as the stream is enabled.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pybase64

from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.items.values import checked_item
from clickgen.local.dynamodb.limits import (
    ITERATOR_SECONDS,
    MAX_STREAM_PAGE_BYTES,
    STREAM_RETENTION_SECONDS,
)
from clickgen.local.dynamodb.schema import StreamState
from clickgen.local.dynamodb.shapes import (
    DescribeStreamRequest,
    GetRecordsRequest,
    IteratorRequest,
    StreamsRequest,
)
from clickgen.local.dynamodb.store import StreamRow
from clickgen.local.dynamodb.tables import Table, Tables
from clickgen.local.platform.consumption import OUTSIDE
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import ServiceFaults
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import parse

_FIRST_SEQUENCE = 10**20
_SHARD = "shardId-{:020d}-{:08x}"


@dataclass(frozen=True)
class Changes:
    """What one read gave. after: the number to go on with; None if the stream is disabled and read to its end."""

    rows: list[StreamRow]
    after: int | None


class StreamReads:
    """The actions of DynamoDB Streams, and what other services read of them."""

    def __init__(self, tables: Tables, faults: ServiceFaults) -> None:
        self._tables = tables
        self._faults = faults

    def list(self, call: Call) -> Answer:
        """ListStreams: those of one table or of all, a page at a time."""
        request = parse(StreamsRequest, call.body)
        found = [
            {"StreamArn": table.state.stream_arn(stream), "TableName": name, "StreamLabel": stream.label}
            for name in self._tables.names
            if request.TableName in (None, name)
            for table in [self._tables.find(name)]
            for stream in table.state.streams
        ]
        arns = [one["StreamArn"] for one in found]
        after = request.ExclusiveStartStreamArn
        begin = arns.index(after) + 1 if after in arns else 0
        page = found[begin : begin + request.Limit]
        more = begin + len(page) < len(found)
        return {"Streams": page} | ({"LastEvaluatedStreamArn": page[-1]["StreamArn"]} if more else {})

    def describe(self, call: Call) -> Answer:
        """DescribeStream."""
        request = parse(DescribeStreamRequest, call.body)
        table, stream = self._tables.of_stream(request.StreamArn)
        numbers = {"StartingSequenceNumber": _sequence(1)}
        if stream.closed is not None:
            numbers["EndingSequenceNumber"] = _sequence(self._tables.store.next_note(table.state, stream))
        shard = {"ShardId": shard_of(stream), "SequenceNumberRange": numbers}
        children = request.ShardFilter is not None or request.ExclusiveStartShardId is not None
        return {
            "StreamDescription": {
                "StreamArn": request.StreamArn,
                "StreamLabel": stream.label,
                "StreamStatus": "ENABLED" if stream.closed is None else "DISABLED",
                "StreamViewType": stream.view,
                "CreationRequestDateTime": stream.created,
                "TableName": table.state.name,
                "KeySchema": table.state.key.described(),
                "Shards": [] if children else [shard],
            }
        }

    def iterator(self, call: Call) -> Answer:
        """GetShardIterator."""
        request = parse(IteratorRequest, call.body)
        table, stream = self._tables.of_stream(request.StreamArn)
        if request.ShardId != shard_of(stream):
            raise ServiceError(
                "ResourceNotFoundException", f"Requested resource not found: Shard {request.ShardId} not found"
            )
        return {"ShardIterator": self._iterator(table, stream, self._start(table, stream, request))}

    def get_records(self, call: Call) -> Answer:
        """GetRecords: at most 1,000 changes or 1 MB, and where the next ones start."""
        request = parse(GetRecordsRequest, call.body)
        table, stream, number = self._place(request.ShardIterator)
        changes = self.page(table, stream, number, request.Limit, OUTSIDE)
        answer: dict[str, Any] = {"Records": [event_of(table, stream, row) for row in changes.rows]}
        if changes.after is not None:
            answer["NextShardIterator"] = self._iterator(table, stream, changes.after)
        return answer

    def page(self, table: Table, stream: StreamState, number: int, limit: int, consumer: str) -> Changes:
        """Changes from that number on; none while paused."""
        rows = []
        after = max(number, self.oldest(table, stream))
        if not self._faults.of(table.state.name).settings.pause:
            for row in self._within_a_page(table, stream, after, limit):
                rows.append(row)
                after = row.number + 1
        table.consumption.note(consumer, len(rows), after)
        ended = stream.closed is not None and after >= self._tables.store.next_note(table.state, stream)
        return Changes(rows, None if ended else after)

    def oldest(self, table: Table, stream: StreamState) -> int:
        """The number of the oldest change that is not past the retention."""
        return self._tables.store.oldest_note(table.state, stream, self._since())

    def _within_a_page(self, table: Table, stream: StreamState, number: int, limit: int) -> Iterator[StreamRow]:
        room = MAX_STREAM_PAGE_BYTES
        for row in self._tables.store.notes(table.state, stream, number, self._since(), limit):
            if room <= 0:
                return
            room -= len(row.keys) + len(row.new or b"") + len(row.old or b"")
            yield row

    def _since(self) -> float:
        return self._tables.now() - STREAM_RETENTION_SECONDS

    def _start(self, table: Table, stream: StreamState, request: IteratorRequest) -> int:
        kind = request.ShardIteratorType
        oldest = self.oldest(table, stream)
        if kind == "TRIM_HORIZON":
            return oldest
        if kind == "LATEST":
            return self._tables.store.next_note(table.state, stream)
        if kind == "AT_TIMESTAMP":
            if request.Timestamp is None:
                raise refused("A Timestamp is required for an iterator of the type AT_TIMESTAMP.")
            return max(oldest, self._tables.store.oldest_note(table.state, stream, float(request.Timestamp)))
        if request.SequenceNumber is None or not request.SequenceNumber.isdecimal():
            raise refused(f"A SequenceNumber is required for an iterator of the type {kind}.")
        number = int(request.SequenceNumber) - _FIRST_SEQUENCE + (kind == "AFTER_SEQUENCE_NUMBER")
        if number < oldest:
            raise ServiceError(
                "TrimmedDataAccessException",
                f"The sequence number {request.SequenceNumber} is beyond the trim horizon of the shard.",
            )
        return number

    def _iterator(self, table: Table, stream: StreamState, number: int) -> str:
        place = f"{table.state.stream_arn(stream)}|{number}|{int(self._tables.now() * 1000)}"
        return pybase64.b64encode_as_string(place.encode())

    def _place(self, iterator: str) -> tuple[Table, StreamState, int]:
        try:
            arn, number, issued = pybase64.b64decode(iterator, validate=True).decode().split("|")
            place, age_ms = int(number), int(self._tables.now() * 1000) - int(issued)
        except ValueError:
            raise refused("Invalid ShardIterator") from None
        if age_ms > ITERATOR_SECONDS * 1000:
            raise ServiceError("ExpiredIteratorException", "Iterator expired")
        return *self._tables.of_stream(arn), place


def shard_of(stream: StreamState) -> str:
    """The id of the one shard of a stream."""
    return _SHARD.format(int(stream.created * 1000), zlib.crc32(stream.label.encode()))


def event_of(table: Table, stream: StreamState, row: StreamRow) -> dict[str, Any]:
    """A change as the service words it."""
    keys = orjson.loads(row.keys)
    change: dict[str, Any] = {"ApproximateCreationDateTime": int(row.created), "Keys": keys}
    size = checked_item(keys)
    for member, body in (("NewImage", row.new), ("OldImage", row.old)):
        if body is not None:
            change[member] = orjson.loads(body)
            size += checked_item(change[member])
    change |= {"SequenceNumber": _sequence(row.number), "SizeBytes": size, "StreamViewType": stream.view}
    return {
        "eventID": f"{zlib.crc32(stream.label.encode()):08x}{row.number:024x}",
        "eventName": row.kind,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": table.state.region,
        "dynamodb": change,
    }


def _sequence(number: int) -> str:
    return str(_FIRST_SEQUENCE + number)
