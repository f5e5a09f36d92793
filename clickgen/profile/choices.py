"""Weighted choices as integer tables, so that the same bits choose the same thing on every machine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

import numpy as np
from numpy.typing import NDArray

CERTAIN = 1 << 32
_LOW = np.uint64(CERTAIN - 1)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Rows of weighted choices, drawn in constant time by Walker's alias method.

    Row r owns the columns from row[r] >> 32 on, as many as the low 32 bits say. Column c is kept if 32 bits are
    below alias[c] >> 32; else the column in the low 32 bits is taken. value: what each column stands for.
    """

    row: NDArray[np.uint64]
    alias: NDArray[np.uint64]
    value: NDArray[np.int64]

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[Sequence[int], Sequence[float]]]) -> Self:
        """Choices from (values, weights) of each row; weights are relative, and what weighs 0 is never drawn."""
        row: list[int] = []
        alias: list[NDArray[np.uint64]] = []
        value: list[NDArray[np.int64]] = []
        begin = 0
        for values, weights in rows:
            chosen, columns = _alias(tuple(weights))
            row.append(begin << 32 | len(chosen))
            alias.append(columns + np.uint64(begin))
            value.append(np.asarray(values, dtype=np.int64).take(chosen))
            begin += len(chosen)
        return cls(np.array(row, dtype=np.uint64), np.concatenate(alias), np.concatenate(value))

    @classmethod
    def of_ranks(cls, values: NDArray[np.int64], there: NDArray[np.bool_]) -> Self:
        """Choices from the values that are there in each row of a matrix; the n-th of them weighs 1/n."""
        lengths = there.sum(axis=1)
        begins = np.cumsum(lengths) - lengths
        alias = np.empty(int(lengths.sum()), dtype=np.uint64)
        for length in np.flatnonzero(np.bincount(lengths)).tolist():
            _, columns = _alias(tuple(1 / (place + 1) for place in range(length)))
            begin = begins[lengths == length]
            alias[begin[:, None] + np.arange(length)] = columns + begin[:, None].astype(np.uint64)
        return cls((begins << 32 | lengths).astype(np.uint64), alias, values[there])

    def columns(self, rows: NDArray[np.int64] | int, bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """A column for each 64 random bits, from its row."""
        row = self.row.take(rows)
        column = ((bits >> _HALF) * (row & _LOW) >> _HALF) + (row >> _HALF)
        alias = self.alias.take(column.view(np.int64))
        return np.where((bits & _LOW) < alias >> _HALF, column, alias & _LOW).view(np.int64)

    def draw(self, rows: NDArray[np.int64] | int, bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """A value for each 64 random bits, from its row."""
        return self.value.take(self.columns(rows, bits))


@lru_cache(maxsize=32)  # rows may have the same weights
def _alias(weights: tuple[float, ...]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Vose's construction: a column keeps its own value up to a threshold and lends the rest to another column.

    Which values have columns, and each column's threshold and the other column, the first being 0.
    """
    chosen = [(place, weight) for place, weight in enumerate(weights) if weight > 0]
    value = [place for place, _ in chosen]
    total = sum(weight for _, weight in chosen)
    scaled = [weight * len(chosen) / total for _, weight in chosen]
    keep, other = [CERTAIN - 1] * len(chosen), list(range(len(chosen)))
    poor = [column for column, share in enumerate(scaled) if share < 1]
    rich = [column for column, share in enumerate(scaled) if share >= 1]
    while poor and rich:
        column, giver = poor.pop(), rich[-1]
        keep[column], other[column] = int(scaled[column] * CERTAIN), giver
        scaled[giver] -= 1 - scaled[column]
        if scaled[giver] < 1:
            poor.append(rich.pop())
    columns = np.array(keep, dtype=np.uint64) << _HALF | np.array(other, dtype=np.uint64)
    return np.array(value, dtype=np.int64), columns


def threshold(chance: float) -> int:
    """The 32-bit threshold that uniform 32 bits are below with this chance."""
    return min(CERTAIN - 1, max(0, round(chance * CERTAIN)))
