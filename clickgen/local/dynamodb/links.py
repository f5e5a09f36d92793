"""The streams of tables for the other services."""

from clickgen.local.dynamodb.items.refusal import refused
from clickgen.local.dynamodb.streams import StreamReads, event_of, shard_of
from clickgen.local.dynamodb.tables import Tables
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.links import RecordStreams, StartingPosition, StreamPage, StreamRecord


class TableStreams(RecordStreams):
    """The streams of a lake's tables."""

    def __init__(self, tables: Tables, reads: StreamReads) -> None:
        self._tables = tables
        self._reads = reads

    def owns(self, arn: str) -> bool:
        """Whether `arn` is a stream of a table that is there."""
        try:
            self._tables.of_stream(arn)
        except ServiceError:
            return False
        return True

    def shards(self, arn: str) -> list[str]:
        """The one shard of the stream."""
        return [shard_of(self._tables.of_stream(arn)[1])]

    def parents(self, arn: str, shard: str) -> list[str]:
        """None: a stream has one shard from its beginning to its end."""
        del arn, shard
        return []

    def position(self, arn: str, shard: str, start: StartingPosition) -> str:
        """The number of the oldest change, or of the next one."""
        del shard
        table, stream = self._tables.of_stream(arn)
        if start == "TRIM_HORIZON":
            return str(self._reads.oldest(table, stream))
        return str(self._tables.store.next_note(table.state, stream))

    def forget(self, consumer: str) -> None:
        """Nothing waits for this consumer any more."""
        for name in self._tables.names:
            self._tables.find(name).consumption.forget(consumer)

    def read(self, arn: str, shard: str, position: str, limit: int, consumer: str) -> StreamPage:
        """At most `limit` changes from `position` on, for a station like "pipe:move"."""
        table, stream = self._tables.of_stream(arn)
        if shard != shard_of(stream) or not position.isdecimal():
            raise refused(f"{position!r} is not a position in {shard}.")
        changes = self._reads.page(table, stream, int(position), limit, consumer)
        records = []
        for row in changes.rows:
            event = event_of(table, stream, row) | {"eventSourceARN": arn}
            records.append(StreamRecord(event["dynamodb"]["SequenceNumber"], event, None, None, row.created))
        behind, after = 0, changes.after
        if records and after is not None and after < self._tables.store.next_note(table.state, stream):
            behind = max(0, int((self._tables.now() - records[-1].arrived) * 1000))
        return StreamPage(records, None if after is None else str(after), behind)
