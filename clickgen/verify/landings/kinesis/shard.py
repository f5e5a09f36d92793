"""One shard of a Kinesis stream, read a page at a time, within what a shard allows.

Limits: API reference of GetRecords and the Developer Guide, "Quotas and limits": five calls and 2 MB a second from
one shard, whoever reads; an iterator is good for five minutes.
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
    """A record as the stream holds it. arrived_ms: Unix time in milliseconds, as the service noted it."""

    sequence: str
    arrived_ms: int
    data: bytes


class Shard:
    """A shard, read from a time on. A later reading goes on behind the last record that was read.

    closed: a shard that was split or merged, of which all has been read.
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
        """Begin another reading, which ends with what arrived by then if the stream has no end before."""
        self._until_ms = until_ms
        self._iterator = None
        self.done = self.closed

    def next_page(self) -> list[Record]:
        """The next records; none where a stretch of the shard is empty, and at its end."""
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
        """So many records from this one on, once more; fewer where the stream has let go of them."""
        iterator: str | None = self._ask_iterator("AT_SEQUENCE_NUMBER", StartingSequenceNumber=sequence)
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
            f"shard {self.id} of stream {self._stream!r} takes no iterator, not even a fresh one",
            "try again; if it stays so, look at the stream in the AWS console",
        )

    def _go_on(self) -> str:
        if self._last is not None:
            return self._ask_iterator("AFTER_SEQUENCE_NUMBER", StartingSequenceNumber=self._last)
        return self._ask_iterator("AT_TIMESTAMP", Timestamp=datetime.fromtimestamp(self._from_ms / 1000, UTC))

    def _ask_iterator(self, kind: str, **start: Any) -> str:
        named = {"StreamName": self._stream, "ShardId": self.id, "ShardIteratorType": kind, **start}
        return str(self._service.call("get_shard_iterator", named)["ShardIterator"])

    def _get(self, iterator: str) -> dict[str, Any]:
        self._clock.sleep(max(0.0, self._free_at - self._clock.now()))
        answer = self._service.call("get_records", {"ShardIterator": iterator})
        size = sum(len(entry["Data"]) for entry in answer["Records"])
        self._free_at = self._clock.now() + max(_CALL_S, size / _BYTES_A_SECOND)
        return answer


def shards_of(service: AwsReads, stream: str) -> Sequence[str]:
    """The ids of all shards that a stream has, those that were split or merged included while it holds them."""
    shards: list[str] = []
    asked: dict[str, Any] = {"StreamName": stream}
    while True:
        answer = service.call("list_shards", asked)
        shards += [str(shard["ShardId"]) for shard in answer["Shards"]]
        if not answer.get("NextToken"):
            return shards
        asked = {"NextToken": answer["NextToken"]}  # API reference of ListShards: never with the stream's name


def _record(entry: dict[str, Any]) -> Record:
    arrived_ms = int(entry["ApproximateArrivalTimestamp"].timestamp() * 1000)
    return Record(str(entry["SequenceNumber"]), arrived_ms, bytes(entry["Data"]))
