"""Reading a stream for a target, with a stream and a target of the test."""

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from clickgen.local.platform.batch_targets import Handed, Taken
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.consumer import ConsumerSettings, Positions, StreamConsumer
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.links import StartingPosition, StreamPage, StreamRecord


class _Stream:
    """Closed shards with numbered records; a position is an index."""

    def __init__(self, shards: dict[str, list[StreamRecord]], parents: dict[str, list[str]] | None = None) -> None:
        self._shards = shards
        self._parents = parents or {}

    def owns(self, arn: str) -> bool:
        return True

    def shards(self, arn: str) -> list[str]:
        return list(self._shards)

    def parents(self, arn: str, shard: str) -> list[str]:
        return self._parents.get(shard, [])

    def position(self, arn: str, shard: str, start: StartingPosition) -> str:
        return "0"

    def read(self, arn: str, shard: str, position: str, limit: int, consumer: str) -> StreamPage:
        records = self._shards[shard]
        end = min(int(position) + limit, len(records))
        return StreamPage(records[int(position) : end], None if end == len(records) else str(end), 0)

    def forget(self, consumer: str) -> None:
        """Nothing is counted here."""


class _Target:
    """Notes what it is given."""

    def __init__(self, answer: Callable[[list[int]], Handed] | None = None) -> None:
        self.batches: list[list[int]] = []
        self.given_up: list[tuple[list[int], str]] = []
        self._answer = answer or (lambda numbers: Handed(len(numbers)))

    async def hand(self, batch: Sequence[Taken]) -> Handed:
        self.batches.append(_numbers(batch))
        return self._answer(self.batches[-1])

    async def give_up(self, shard: str, batch: Sequence[Taken], condition: str, tries: int) -> None:
        self.given_up.append((_numbers(batch), condition))


def _numbers(batch: Sequence[Taken]) -> list[int]:
    return [int(taken.record.sequence_number) for taken in batch]


def _records(numbers: range, age: float = 0.0, size: int = 1) -> list[StreamRecord]:
    arrived = time.time() - age
    return [StreamRecord(str(number), {"text": "x" * size}, None, None, arrived) for number in numbers]


def _consume(
    folder: Path, stream: _Stream, target: _Target, done: Callable[[], bool], **settings: float | int | bool
) -> StreamConsumer:
    """Read until `done`, on a clock a thousand times as fast."""
    documents = Documents(folder / "positions.db")

    async def consume() -> StreamConsumer:
        given = ConsumerSettings(arn="arn", **{"batch_size": 10, **settings})  # type: ignore[arg-type]  # by the test
        consumer = StreamConsumer(given, stream, target, Positions(documents, "test"), ServiceClock(1000))
        for _ in range(1000):
            if done():
                break
            await asyncio.sleep(0.005)
        await asyncio.sleep(0.02)
        await consumer.stop()
        return consumer

    consumer = asyncio.run(consume())
    documents.close()
    return consumer


def test_records_that_are_too_old_are_given_up_and_the_others_handed_over(tmp_path: Path) -> None:
    stream = _Stream({"s": _records(range(3), age=600) + _records(range(3, 6))})
    target = _Target()
    _consume(tmp_path, stream, target, lambda: bool(target.batches), max_age=300_000)
    assert target.given_up == [([0, 1, 2], "RecordAgeExceeded")]
    assert target.batches == [[3, 4, 5]]


def test_a_batch_has_no_more_bytes_than_it_may(tmp_path: Path) -> None:
    stream, target = _Stream({"s": [*_records(range(4), size=400), *_records(range(4, 5), size=2000)]}), _Target()
    _consume(tmp_path, stream, target, lambda: [4] in target.batches, max_bytes=1000)
    assert target.batches == [[0, 1], [2, 3], [4]]


def test_a_target_that_cannot_be_reached_is_asked_until_it_can(tmp_path: Path) -> None:
    def refusing(_: list[int]) -> Handed:
        return Handed(0, "busy", counts=False) if len(target.batches) < 5 else Handed(3)

    target = _Target(refusing)
    consumer = _consume(
        tmp_path, _Stream({"s": _records(range(3))}), target, lambda: len(target.batches) == 5, retries=0
    )
    assert target.batches == [[0, 1, 2]] * 5
    assert not target.given_up
    assert consumer.progress.last_result == "OK"


def test_a_shard_is_read_when_its_parents_are_read(tmp_path: Path) -> None:
    shards = {"child": _records(range(50, 60)), "parent": _records(range(30))}
    target = _Target()
    _consume(tmp_path, _Stream(shards, {"child": ["parent"]}), target, lambda: len(target.batches) == 4)
    assert [number for batch in target.batches for number in batch] == [*range(30), *range(50, 60)]


def test_another_consumer_goes_on_behind_what_is_done(tmp_path: Path) -> None:
    shards = {"s": _records(range(25))}
    first = _Target(lambda numbers: Handed(len(numbers)) if numbers[0] < 10 else Handed(0, "no", counts=False))
    _consume(tmp_path, _Stream(shards), first, lambda: len(first.batches) > 1)
    second = _Target()
    _consume(tmp_path, _Stream(shards), second, lambda: 24 in second.batches[-1] if second.batches else False)
    assert second.batches == [list(range(10, 20)), list(range(20, 25))]
    third = _Target()
    _consume(tmp_path, _Stream(shards), third, lambda: True)
    assert not third.batches
