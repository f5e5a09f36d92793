"""Counting by groups, exactly and in bounded memory: rows, sums, and distinct ids."""

from collections.abc import Callable, Iterable
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_AT_ONCE = 1 << 22  # ids that wait before those of each group are made unique
_SHORT = 1 << 16  # group numbers below this are sorted much faster, by their digits

Numbers = NDArray[np.int64]
Ids = NDArray[np.uint64]


class Groups:
    """A number for each key, in the order in which keys appear."""

    def __init__(self) -> None:
        self._number_of: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self._number_of)

    @property
    def keys(self) -> list[int]:
        return list(self._number_of)

    def numbers(self, keys: Numbers) -> Numbers:
        found, place = np.unique(keys, return_inverse=True)
        number_of = self._number_of
        numbers = [number_of.setdefault(key, len(number_of)) for key in found.tolist()]
        return np.array(numbers, dtype=np.int64).take(place)


class Sums:
    """A whole number for each group: how many rows, or the sum of their values."""

    def __init__(self) -> None:
        self._sums = np.zeros(0, dtype=np.int64)

    def take(self, groups: Numbers, values: Numbers | int = 1) -> None:
        if len(groups):
            self._reserve(int(groups.max()) + 1)
            np.add.at(self._sums, groups, values)

    def result(self, groups: int) -> list[int]:
        self._reserve(groups)
        found: list[int] = self._sums[:groups].tolist()
        return found

    def _reserve(self, size: int) -> None:
        if size > len(self._sums):
            self._sums = np.concatenate([self._sums, np.zeros(size + len(self._sums), dtype=np.int64)])


class Distinct:
    """How many different ids each group has. Only different ids are kept, 16 bytes each."""

    def __init__(self) -> None:
        self._settled = Sums()
        self._groups: list[Numbers] = []
        self._ids: list[Ids] = []
        self._waiting = self._kept = 0

    def take(self, groups: Numbers, ids: Ids) -> None:
        self._groups.append(groups)
        self._ids.append(ids)
        self._waiting += len(ids)
        if self._waiting > max(_AT_ONCE, self._kept):
            self._compact()

    def settle(self) -> None:
        """Forget the ids: none of them comes again."""
        self._compact()
        for groups in self._groups:
            self._settled.take(groups)
        self._groups, self._ids, self._kept = [], [], 0

    def result(self, groups: int) -> list[int]:
        self.settle()
        return self._settled.result(groups)

    def _compact(self) -> None:
        """Keep each id of each group once."""
        if not self._waiting:
            return
        groups, ids = np.concatenate(self._groups), np.concatenate(self._ids)
        short = groups.astype(np.uint16) if int(groups.max(initial=0)) < _SHORT else groups
        order = np.argsort(short, kind="stable")
        groups, ids = groups.take(order), ids.take(order)
        begins = np.flatnonzero(np.diff(groups, prepend=-1, append=-1)).tolist()
        for begin, end in pairwise(begins):
            ids[begin:end].sort()
        is_first = np.ones(len(ids), dtype=np.bool_)
        is_first[1:] = (groups[1:] != groups[:-1]) | (ids[1:] != ids[:-1])
        self._groups, self._ids = [groups[is_first]], [ids[is_first]]
        self._kept, self._waiting = len(self._ids[0]), 0


class GroupedCounts:
    """Counts several measures by the same groups."""

    def __init__(self, summed: Iterable[str], distinct: Iterable[str]) -> None:
        """summed, distinct: the names of what is added up, and of what counts different ids."""
        self._sums = {name: Sums() for name in summed}
        self._distinct = {name: Distinct() for name in distinct}

    def add(self, name: str, groups: Numbers, values: Numbers | int = 1) -> None:
        """Add values of rows of these groups to a measure, if it is one of those."""
        if name in self._sums:
            self._sums[name].take(groups, values)

    def note(self, name: str, groups: Numbers, ids: Ids) -> None:
        """Count ids of rows of these groups for a measure, if it is one of those."""
        if name in self._distinct:
            self._distinct[name].take(groups, ids)

    def settle(self, is_done: Callable[[str], bool]) -> None:
        """Forget the ids of the measures of which none comes again."""
        for name, counter in self._distinct.items():
            if is_done(name):
                counter.settle()

    def result(self, name: str, groups: int) -> list[int]:
        return (self._sums.get(name) or self._distinct[name]).result(groups)
