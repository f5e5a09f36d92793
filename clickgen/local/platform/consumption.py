"""Who has taken what of a shard: each consumer of the pipeline by itself, and everybody else together."""

from collections import Counter
from collections.abc import Iterable

OUTSIDE = "outside"
"""Whoever reads by the service's API: a user's program, or one that verifies."""


class Consumption:
    """What was taken of one shard since the server started, by "pipe:move", "firehose:clicks", … or OUTSIDE."""

    def __init__(self, begin: int) -> None:
        """begin: the number of the first record that is put from now on."""
        self.taken = Counter[str]()
        self._begin = begin
        self._reached: dict[str, int] = {}

    def note(self, consumer: str, count: int, after: int) -> None:
        """A consumer has taken so many records, up to number `after`."""
        self.taken[consumer] += count
        self._reached[consumer] = max(after, self._reached.get(consumer, 0))

    def forget(self, consumer: str) -> None:
        """The consumer is gone, and nothing waits for it."""
        self.taken.pop(consumer, None)
        self._reached.pop(consumer, None)

    @property
    def consumers(self) -> set[str]:
        """All that have read here, even if there was nothing to read."""
        return set(self._reached)

    def first_waiting(self, consumers: Iterable[str]) -> int:
        """The number of the first record that one of these has not had."""
        return min((self._reached.get(consumer, self._begin) for consumer in consumers), default=self._begin)


def counted(consumers: set[str]) -> set[str]:
    """Those whose pace counts: the consumers of the pipeline; outsiders only if there are no others."""
    return consumers - {OUTSIDE} or consumers


def handed_on(parts: Iterable[Consumption]) -> tuple[int, dict[str, int]]:
    """What the slowest consumer of a stream has taken of its shards, and what each has."""
    total = Counter[str]()
    for part in parts:
        total.update(dict.fromkeys(part.consumers, 0))
        total.update(part.taken)
    return min((total[one] for one in counted(set(total))), default=0), dict(total)
