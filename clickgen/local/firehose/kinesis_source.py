"""A Kinesis stream as the source of a delivery stream: read from LATEST on, at least once.

The place reached in each shard is kept behind the records put: a server killed in between reads them again.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.firehose.buffer import Buffer
from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.deaggregation import split_kpl
from clickgen.local.firehose.limits import MAX_CALL_BYTES
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.links import RecordStreams, StreamPage, StreamRecord
from clickgen.local.platform.notices import say

_POLL_SECONDS = 1.0
"""Between reads of a shard that has nothing more [developer guide, one GetRecords a second and shard]."""

_PAGE = 500  # records of a read: they are made on the event loop, which others wait for
_PLACES = "source.json"
_MAX_PLACES_BYTES = 4 * 1024 * 1024  # ten thousand shards have less than one

_Piece = tuple[bytes, int, dict[str, Any]]
"""A record's data, its arrival (epoch milliseconds), and `kinesisRecordMetadata`."""


class KinesisSource:
    """Reads one Kinesis stream into a buffer. Belongs to the running event loop."""

    def __init__(self, arn: str, context: StreamContext, buffer: Buffer) -> None:
        """Go on where an earlier process was, or be ready to `start`. LocalProblem if that cannot be read."""
        self.last_error: str | None = None
        self._arn = arn
        self._file = context.folder / _PLACES
        self._buffer = buffer
        self._context = context
        self._consumer = f"firehose:{context.stream.name}"
        self._places: dict[str, str | None] = _kept(self._file)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Read from here on; what is in the stream already is not read, unless it was begun before."""
        if not self._file.exists():
            try:
                self._begin(self._streams())
            except (ServiceError, OSError) as error:
                self._complain(error)
        self._task = asyncio.create_task(self._read_all())

    def stop(self) -> None:
        """Read no more."""
        if self._task is not None:
            self._task.cancel()

    def forget(self) -> None:
        """The stream is deleted: nothing in the source waits for it."""
        if self._context.surroundings.streams is not None:
            self._context.surroundings.streams.forget(self._consumer)

    async def _read_all(self) -> None:
        while True:
            more = False
            try:
                streams = self._streams()
                for shard in self._readable(streams):
                    more |= self._read(streams, shard)
                    await asyncio.sleep(0)
                self.last_error = None
            except (ServiceError, OSError) as error:
                self._complain(error)
                more = False
            if not more:
                await self._context.surroundings.clock.sleep(_POLL_SECONDS)

    def _streams(self) -> RecordStreams:
        if self._context.surroundings.streams is None:
            raise ServiceError("ResourceNotFoundException", "There is no Kinesis service.")
        return self._context.surroundings.streams

    def _complain(self, error: Exception) -> None:
        if self.last_error != str(error):
            say(f"cannot read {self._arn}: {error}")
        self.last_error = str(error)

    def _begin(self, streams: RecordStreams) -> None:
        shards = streams.shards(self._arn)
        self._places = {shard: streams.position(self._arn, shard, "LATEST") for shard in shards}
        self._keep()

    def _readable(self, streams: RecordStreams) -> list[str]:
        """The shards that are not read to their end, without those whose parents are not."""
        readable = []
        for shard in streams.shards(self._arn):
            parents = streams.parents(self._arn, shard)
            if self._places.get(shard, "") is None or any(
                self._places.get(one, "") is not None for one in parents
            ):
                continue
            if shard not in self._places:
                self._places[shard] = streams.position(self._arn, shard, "TRIM_HORIZON")
            readable.append(shard)
        return readable

    def _read(self, streams: RecordStreams, shard: str) -> bool:
        """Put a page of a shard; whether there may be more."""
        place = self._places[shard]
        if place is None or self._context.patience.paused:
            return False
        page = streams.read(self._arn, shard, place, _PAGE, self._consumer)
        self._put(shard, page)
        if page.position != place:
            self._places[shard] = page.position
            self._keep()
        return len(page.records) == _PAGE

    def _put(self, shard: str, page: StreamPage) -> None:
        if not page.records:
            return
        batch: list[_Piece] = []
        size = 0
        for piece in _pieces(shard, page.records):
            if batch and size + len(piece[0]) > MAX_CALL_BYTES:
                self._put_batch(batch)
                batch, size = [], 0
            batch.append(piece)
            size += len(piece[0])
        self._put_batch(batch)
        counts = self._context.counts
        counts.add("DataReadFromKinesisStream.Records", len(page.records))
        counts.add("DataReadFromKinesisStream.Bytes", sum(len(one.data or b"") for one in page.records), "Bytes")
        counts.sample("KinesisMillisBehindLatest", page.millis_behind_latest, "Milliseconds")

    def _put_batch(self, batch: Sequence[_Piece]) -> None:
        delimiter = self._buffer.delimiter
        payloads = [data + delimiter for data, _, _ in batch]
        notes = orjson.dumps([source for _, _, source in batch]) if self._buffer.keeps_notes else b""
        self._buffer.put(b"".join(payloads), list(map(len, payloads)), arrived=batch[0][1], notes=notes)

    def _keep(self) -> None:
        draft = self._file.with_name(_PLACES + ".new")
        with os.fdopen(open_file(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), "wb") as file:
            file.write(orjson.dumps(self._places))
        draft.replace(self._file)


def _pieces(shard: str, records: Sequence[StreamRecord]) -> list[_Piece]:
    """The records, with those that the Kinesis Producer Library put into one taken apart."""
    pieces: list[_Piece] = []
    for record in records:
        arrived = int(record.arrived * 1000)
        for number, user in enumerate(split_kpl(record.data or b"")):
            source = {
                "shardId": shard,
                "partitionKey": record.partition_key if user.partition_key is None else user.partition_key,
                "sequenceNumber": record.sequence_number,
                "subsequenceNumber": number,
                "approximateArrivalTimestamp": arrived,
            }
            pieces.append((user.data, arrived, source))
    return pieces


def _kept(file: Path) -> dict[str, str | None]:
    why = "."
    try:
        with os.fdopen(open_file(file, os.O_RDONLY), "rb") as kept:
            places = orjson.loads(kept.read(_MAX_PLACES_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, orjson.JSONDecodeError) as error:
        places, why = None, f": {error}."
    if isinstance(places, dict) and all(place is None or isinstance(place, str) for place in places.values()):
        return places
    raise LocalProblem(
        f"{file} does not say how far the source was read{why}",
        "Delete the file to read on from the newest record.",
    )
