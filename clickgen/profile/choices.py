"""Weighted choices as integer tables, so that the same bits choose the same thing on every machine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

CERTAIN = 1 << 32
_LOW = np.uint64(CERTAIN - 1)
_HALF = np.uint64(32)


@dataclass(frozen=True, slots=True, eq=False)
class Choices:
    """Rows of weighted choices, drawn in constant time by Walker's alias method.

    Row r owns the columns start[r] to start[r] + size[r]. A column gives `value` if 32 bits are below `keep`,
    else `other`.
    """

    start: NDArray[np.int64]
    size: NDArray[np.uint64]
    keep: NDArray[np.uint32]
    value: NDArray[np.int32]
    other: NDArray[np.int32]

    @classmethod
    def of_rows(cls, rows: Iterable[tuple[Sequence[int], Sequence[float]]]) -> Self:
        """Choices from (values, weights) of each row; weights are relative, and what weighs 0 never comes."""
        built = [_alias(values, weights) for values, weights in rows]
        sizes = np.array([len(keep) for keep, _, _ in built], dtype=np.uint64)
        return cls(
            start=np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64),
            size=sizes,
            keep=np.concatenate([np.array(keep, dtype=np.uint32) for keep, _, _ in built]),
            value=np.concatenate([np.array(value, dtype=np.int32) for _, value, _ in built]),
            other=np.concatenate([np.array(other, dtype=np.int32) for _, _, other in built]),
        )

    @classmethod
    def of_weights(cls, weights: Sequence[float]) -> Self:
        """One row that chooses among 0, 1, 2, …"""
        return cls.of_rows([(range(len(weights)), weights)])

    def draw(self, rows: NDArray[np.int64] | int, bits: NDArray[np.uint64]) -> NDArray[np.int32]:
        """A value for each 64 random bits, from its row."""
        column = self.start[rows] + ((bits >> _HALF) * self.size[rows] >> _HALF).astype(np.int64)
        return np.where((bits & _LOW) < self.keep[column], self.value[column], self.other[column])


def _alias(values: Sequence[int], weights: Sequence[float]) -> tuple[list[int], list[int], list[int]]:
    """Vose's construction: each column keeps its own value up to a threshold and lends the rest to another."""
    chosen = [(value, weight) for value, weight in zip(values, weights, strict=True) if weight > 0]
    value = [value for value, _ in chosen]
    total = sum(weight for _, weight in chosen)
    scaled = [weight * len(chosen) / total for _, weight in chosen]
    keep, other = [CERTAIN - 1] * len(chosen), list(value)
    poor = [column for column, share in enumerate(scaled) if share < 1]
    rich = [column for column, share in enumerate(scaled) if share >= 1]
    while poor and rich:
        column, giver = poor.pop(), rich[-1]
        keep[column], other[column] = int(scaled[column] * CERTAIN), value[giver]
        scaled[giver] -= 1 - scaled[column]
        if scaled[giver] < 1:
            poor.append(rich.pop())
    return keep, value, other


def threshold(chance: float) -> int:
    """The 32-bit threshold that uniform 32 bits are below with this chance."""
    return min(CERTAIN - 1, max(0, round(chance * CERTAIN)))
