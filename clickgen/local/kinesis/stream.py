"""A Kinesis stream: its settings, its shards, and how these split and merge."""

import hashlib
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from clickgen.local.kinesis.limits import DEFAULT_RECORD_KIB, DEFAULT_RETENTION_HOURS
from clickgen.local.kinesis.shard import Shard, ShardState
from clickgen.local.platform.limits import ACCOUNT

HASH_KEYS = 2**128
"""How many hash keys there are: those that MD5 gives."""


class StreamState(BaseModel):
    """What is remembered of a stream."""

    name: str
    region: str
    folder: str
    """The name of the folder of its logs."""
    created: float
    status: Literal["CREATING", "ACTIVE", "UPDATING", "DELETING"] = "CREATING"
    mode: Literal["PROVISIONED", "ON_DEMAND"]
    retention_hours: int = DEFAULT_RETENTION_HOURS
    record_kib: int = DEFAULT_RECORD_KIB
    """The size of the largest record it takes, with its partition key."""
    key_id: str | None = None
    """The key of its encryption; None if it is not encrypted. Either way the logs are not."""
    tags: dict[str, str] = {}
    shards: list[ShardState]
    """Open and closed ones, each behind its parents."""

    @property
    def arn(self) -> str:
        """The stream's ARN, in the region it was created through."""
        return f"arn:aws:kinesis:{self.region}:{ACCOUNT}:stream/{self.name}"


class Stream:
    """One stream of a running server.

    taken, refused: records since the server started. last_refusal: the last error of a record, in words.
    """

    def __init__(self, state: StreamState, folder: Path, now: Callable[[], float] = time.time) -> None:
        """Open the logs of its shards below `folder`; OSError."""
        self.state = state
        self.now = now
        self.taken = 0
        self.refused = 0
        self.last_refusal: str | None = None
        self._folder = folder
        folder.mkdir(mode=0o700, exist_ok=True)
        self.shards = {shard.number: Shard(shard, folder / str(shard.number)) for shard in state.shards}
        self._note_open()

    @property
    def open_shards(self) -> Sequence[Shard]:
        """The shards that take records, by their hash keys."""
        return self._open

    def route(self, records: Sequence[tuple[bytes, int | None]]) -> list[Shard]:
        """The shard of each record, by its hash key if it has one and else by its partition key."""
        if len(self._open) == 1:
            return [self._open[0]] * len(records)
        starts, shards, md5 = self._starts, self._open, hashlib.md5
        return [
            shards[
                bisect_right(
                    starts,
                    int.from_bytes(md5(key, usedforsecurity=False).digest()) if explicit is None else explicit,
                )
                - 1
            ]
            for key, explicit in records
        ]

    def oldest(self, shard: Shard) -> int:
        """The number of the shard's oldest record that is not past the retention."""
        return shard.log.horizon(int((self.now() - 3600 * self.state.retention_hours) * 1000))

    def trim(self) -> bool:
        """Forget what is past the retention, closed shards too; whether a shard went."""
        before = self.now() - 3600 * self.state.retention_hours
        gone = [shard for shard in self.shards.values() if (shard.state.closed or before) < before]
        for shard in gone:
            shard.log.remove()
            del self.shards[shard.state.number]
            self.state.shards.remove(shard.state)
        for shard in self.shards.values():
            shard.log.trim(int(before * 1000))
        return bool(gone)

    def split(self, shard: Shard, at: int) -> None:
        """Close a shard; two take its place, the second one from hash key `at` on."""
        self._close(shard)
        state = shard.state
        self._add([(state.start, at - 1), (at, state.end)], [state])

    def merge(self, first: Shard, second: Shard) -> None:
        """Close two shards of neighbouring hash keys; one takes their place."""
        self._close(first)
        self._close(second)
        ends = (min(first.state.start, second.state.start), max(first.state.end, second.state.end))
        self._add([ends], [first.state, second.state])

    def rescale(self, count: int) -> None:
        """Split and merge until there are `count` shards of equal ranges."""
        for bound in (start for start, _ in even_ranges(count)):
            shard = self._open[bisect_right(self._starts, bound) - 1]
            if shard.state.start < bound:
                self.split(shard, bound)
        for start, end in even_ranges(count):
            while True:
                inside = [shard for shard in self._open if start <= shard.state.start <= end]
                if len(inside) < 2:
                    break
                self.merge(inside[0], inside[1])

    def close(self) -> None:
        """Let go of the files."""
        for shard in self.shards.values():
            shard.log.close()

    def _close(self, shard: Shard) -> None:
        now = self.now()
        shard.state.closed = now
        shard.state.ending = str(shard.sequence(shard.log.next, int(now * 1000)))

    def _add(self, ranges: Sequence[tuple[int, int]], parents: Sequence[ShardState]) -> None:
        created = max(int(self.now()), *(1 + parent.created for parent in parents))
        for start, end in ranges:
            number = 1 + self.state.shards[-1].number
            state = ShardState(number=number, start=start, end=end, created=created, parent=parents[0].number)
            state.adjacent_parent = parents[1].number if len(parents) > 1 else None
            self.state.shards.append(state)
            self.shards[number] = Shard(state, self._folder / str(number))
        self._note_open()

    def _note_open(self) -> None:
        taking = [shard for shard in self.shards.values() if shard.state.closed is None]
        self._open = sorted(taking, key=lambda shard: shard.state.start)
        self._starts = [shard.state.start for shard in self._open]


def even_ranges(count: int) -> list[tuple[int, int]]:
    """The hash keys of `count` shards: first and last of each, equal but for rounding."""
    bounds = [HASH_KEYS * index // count for index in range(count + 1)]
    return [(start, end - 1) for start, end in pairwise(bounds)]
