"""A line in which entries wait for their time, the earliest first: sorted a stretch of time at once.

A heap of a hundred thousand entries takes several times as long for each of them.
"""

import heapq
from bisect import insort
from typing import Any, Generic, TypeVar

Entry = TypeVar("Entry", bound=tuple[Any, ...])

_FORGOTTEN = 1024  # entries that have left are forgotten so many at once


class WaitingLine(Generic[Entry]):
    """Tuples that begin with a time and a number, by these."""

    def __init__(self, stretch_s: float) -> None:
        """stretch_s: what is sorted at once; of entries of one stretch some thousands are best."""
        self._stretch_s = stretch_s
        self._near: list[Entry] = []  # sorted, all that are not behind the stretch that was opened last
        self._next = 0  # the first of those that still waits
        self._opened = float("-inf")
        self._far: dict[float, list[Entry]] = {}
        self._stretches: list[float] = []  # a heap of the keys of `_far`
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def push(self, entry: Entry) -> None:
        """Let an entry wait."""
        self._count += 1
        stretch = entry[0] // self._stretch_s
        if stretch <= self._opened:
            insort(self._near, entry, self._next)
        elif stretch in self._far:
            self._far[stretch].append(entry)
        else:
            self._far[stretch] = [entry]
            heapq.heappush(self._stretches, stretch)

    def first(self) -> Entry:
        """The earliest entry; raises IndexError if none waits."""
        if self._next == len(self._near):
            self._opened = heapq.heappop(self._stretches)
            self._near = sorted(self._far.pop(self._opened))
            self._next = 0
        return self._near[self._next]

    def pop(self) -> Entry:
        """The earliest entry, which no longer waits."""
        entry = self.first()
        self._next += 1
        self._count -= 1
        if self._next == _FORGOTTEN:
            del self._near[:_FORGOTTEN]
            self._next = 0
        return entry
