"""What a consumer of a stream hands its batches to, and how a target answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import orjson

from clickgen.local.platform.links import StreamRecord


@dataclass(frozen=True)
class Taken:
    """A record with its event as JSON."""

    record: StreamRecord
    json: bytes


@dataclass(frozen=True)
class Handed:
    """What a target did with a batch: how many records from its start on are done, and the error of the next."""

    done: int
    error: str | None = None
    counts: bool = True
    """Whether it was a try: a target that could not be reached is asked again as often as it takes."""


class Target(Protocol):
    """Where batches go."""

    async def hand(self, batch: Sequence[Taken]) -> Handed:
        """Deal with a batch; what it says is done is not handed over again."""

    async def give_up(self, shard: str, batch: Sequence[Taken], condition: str, tries: int) -> None:
        """Records that are not tried again: RetryAttemptsExhausted or RecordAgeExceeded."""


def first_failure(payload: bytes, numbers: list[str]) -> int:
    """How many records precede the first that is reported as failed; 0 for an answer that makes no sense."""
    answer = orjson.loads(payload)
    if answer is None or answer == {}:
        return len(numbers)
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else 0
    if failures is None or failures == []:
        return len(numbers)
    if not isinstance(failures, list):
        return 0
    named = {failure.get("itemIdentifier") if isinstance(failure, dict) else None for failure in failures}
    if not named <= set(numbers):
        return 0
    return next(index for index, number in enumerate(numbers) if number in named)
