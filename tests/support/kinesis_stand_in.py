"""A Kinesis stream on loopback that does as a test says: shards, pages of any length, and what goes wrong."""

import base64
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.support.wire import Wire, wire

Answer = tuple[int, bytes]


@dataclass
class StandIn:
    """A stream. shards: to each its records, as (arrived_ms, data), numbered from 1 on; closed: those that ended.

    trouble: codes that the next calls for records are answered with, before they are answered well. behind_ms: how
    far a reader of everything is said to be behind. given: how many records were given. born: shards that
    there are once records have been read.
    """

    shards: dict[str, list[tuple[int, bytes]]]
    closed: set[str] = field(default_factory=set)
    page: int = 3
    shards_a_page: int = 100
    retention_hours: int = 24
    trouble: list[str] = field(default_factory=list)
    behind_ms: int = 0
    given: int = 0
    lists: bool = False
    born: dict[str, list[tuple[int, bytes]]] = field(default_factory=dict)

    def respond(self, body: bytes) -> Answer:
        asked = json.loads(body)
        if "ShardIteratorType" in asked:
            return self._iterator(asked)
        if "ShardIterator" in asked:
            return self._records(asked["ShardIterator"])
        name = asked.get("StreamName")
        if name not in (None, "clicks"):
            return _refused("ResourceNotFoundException", f"Stream {name} not found.")
        return self._listed(asked) if self.lists else self._described()

    def hear(self, target: str) -> None:
        """Learn which operation the next body is for."""
        self.lists = target.endswith("ListShards")

    def _described(self) -> Answer:
        return _answer({"StreamDescriptionSummary": {"RetentionPeriodHours": self.retention_hours}})

    def _listed(self, asked: dict[str, Any]) -> Answer:
        begin = int(asked.get("NextToken", 0))
        end = begin + self.shards_a_page
        answer: dict[str, Any] = {"Shards": [{"ShardId": shard} for shard in list(self.shards)[begin:end]]}
        if end < len(self.shards):
            answer["NextToken"] = str(end)
        return _answer(answer)

    def _iterator(self, asked: dict[str, Any]) -> Answer:
        records = self.shards[asked["ShardId"]]
        kind = asked["ShardIteratorType"]
        if kind == "AT_TIMESTAMP":
            from_ms = asked["Timestamp"] * 1000
            begin = next((n for n, (arrived, _) in enumerate(records) if arrived >= from_ms), len(records))
        else:
            begin = int(asked["StartingSequenceNumber"]) - (kind == "AT_SEQUENCE_NUMBER")
        return _answer({"ShardIterator": f"{asked['ShardId']}@{begin}"})

    def _records(self, iterator: str) -> Answer:
        if self.trouble:
            return _refused(self.trouble.pop(0), "not now")
        shard, _, place = iterator.partition("@")
        begin = int(place)
        records = self.shards[shard]
        end = min(begin + self.page, len(records))
        found = [
            {
                "SequenceNumber": str(number + 1),
                "ApproximateArrivalTimestamp": records[number][0] / 1000,
                "Data": base64.b64encode(records[number][1]).decode(),
                "PartitionKey": "k",
            }
            for number in range(begin, end)
        ]
        self.given += len(found)
        self.shards |= self.born
        at_end = end == len(records)
        answer: dict[str, Any] = {"Records": found, "MillisBehindLatest": self.behind_ms if at_end else 1000}
        if not (at_end and shard in self.closed):
            answer["NextShardIterator"] = f"{shard}@{end}"
        return _answer(answer)


@contextmanager
def serving(stream: StandIn) -> Iterator[str]:
    """Serve the stream for as long as the block lasts; its endpoint."""

    def respond(body: bytes) -> Answer:
        stream.hear(server.headers[-1]["X-Amz-Target"])
        return stream.respond(body)

    server: Wire
    with wire(respond) as server:
        yield server.url


def records(parts: Sequence[bytes], arrived_ms: int) -> list[tuple[int, bytes]]:
    """A record of each part, all of them arrived at that time."""
    return [(arrived_ms, part) for part in parts]


def _answer(answer: dict[str, Any]) -> Answer:
    return 200, json.dumps(answer).encode()


def _refused(code: str, message: str) -> Answer:
    return 400, json.dumps({"__type": code, "message": message}).encode()
