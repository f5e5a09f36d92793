"""One shard of a Kinesis stream, read a page at a time, within what a shard allows.

Limits: API reference of GetRecords and the Developer Guide, "Quotas and limits": five calls and 2 MB a second from
one shard, for all readers together; an iterator is valid for five minutes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from clickgen.model.errors import EnvironmentProblem
from clickgen.pace.clock import Clock
from clickgen.verify.landings.aws_reads import AwsReads, OutdatedError

_CALL_S = 1 / 5
_BYTES_A_SECOND = 2_000_000


class Record(NamedTuple):
    """A record as the stream holds it."""

    sequence: str
    arrived_ms: int  # Unix time in milliseconds, by the service's clock
    data: bytes


class Shard:
    """A shard, read from a time on. A later reading continues after the last record that was read.

    closed: the shard was split or merged, and all of it has been read.
    """

    def __init__(self, service: AwsReads, stream: str, shard: str, from_ms: int, clock: Clock) -> None:
        self.id = shard
        self.done = False
        self.closed = False
        self._service = service
        self._stream = stream
        self._from_ms = from_ms
        self._clock = clock
        self._until_ms = 0
        self._iterator: str | None = None
        self._last: str | None = None
        self._free_at = 0.0

    def begin(self, until_ms: int) -> None:
        """Begin another reading, which ends with what arrived by then, or earlier at the end of the shard."""
        self._until_ms = until_ms
        self._iterator = None
        self.done = self.closed

    def next_page(self) -> list[Record]:
        """The next records; none in an empty stretch of the shard, and at its end."""
        answer = self._records()
        page = [_record(entry) for entry in answer["Records"]]
        if page:
            self._last = page[-1].sequence
        self._iterator = answer.get("NextShardIterator")
        self.closed = self._iterator is None
        passed = bool(page) and page[-1].arrived_ms >= self._until_ms
        self.done = self.closed or passed or not answer.get("MillisBehindLatest", 0)
        return page

    def again(self, sequence: str, count: int) -> list[Record]:
        """This many records from this one on, once more; fewer if the stream no longer keeps them."""
        iterator: str | None = self._new_iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=sequence)
        found: list[Record] = []
        while iterator is not None and len(found) < count:
            answer = self._get(iterator)
            found += map(_record, answer["Records"])
            if not (answer["Records"] or answer.get("MillisBehindLatest", 0)):
                break
            iterator = answer.get("NextShardIterator")
        return found[:count]

    def _records(self) -> dict[str, Any]:
        for _ in range(2):
            if self._iterator is None:
                self._iterator = self._go_on()
            try:
                return self._get(self._iterator)
            except OutdatedError:
                self._iterator = None  # waiting for room took longer than an iterator lasts
        raise EnvironmentProblem(
            f"shard {self.id} of stream {self._stream!r} accepts no iterator, not even a fresh one",
            "try again; if that does not help, look at the stream in the AWS console",
        )

    def _go_on(self) -> str:
        if self._last is not None:
            return self._new_iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=self._last)
        return self._new_iterator("AT_TIMESTAMP", Timestamp=datetime.fromtimestamp(self._from_ms / 1000, UTC))

    def _new_iterator(self, kind: str, **start: Any) -> str:
        named = {"StreamName": self._stream, "ShardId": self.id, "ShardIteratorType": kind, **start}
        return str(self._service.call("get_shard_iterator", named)["ShardIterator"])

    def _get(self, iterator: str) -> dict[str, Any]:
        self._clock.sleep(max(0.0, self._free_at - self._clock.now()))
        answer = self._service.call("get_records", {"ShardIterator": iterator})
        size = sum(len(entry["Data"]) for entry in answer["Records"])
        self._free_at = self._clock.now() + max(_CALL_S, size / _BYTES_A_SECOND)
        return answer


def shards_of(service: AwsReads, stream: str) -> Sequence[str]:
    """The ids of all shards of a stream, including those that were split or merged as long as it keeps them."""
    answer = service.call("list_shards", {"StreamName": stream})
    shards = [str(shard["ShardId"]) for shard in answer["Shards"]]
    while token := answer.get("NextToken"):
        # API reference of ListShards: never with the stream's name
        answer = service.call("list_shards", {"NextToken": token})
        shards += [str(shard["ShardId"]) for shard in answer["Shards"]]
    return shards


def _record(entry: dict[str, Any]) -> Record:
    arrived_ms = int(entry["ApproximateArrivalTimestamp"].timestamp() * 1000)
    return Record(str(entry["SequenceNumber"]), arrived_ms, bytes(entry["Data"]))
