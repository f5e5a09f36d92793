"""What the ledger says of attempts: how often each event was put on the wire, when first, and when accepted."""

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.ledger.claims import LaneClaims


class Attempts:
    """The attempts of one lane's events, as stretches of numbers that share a count.

    Numbers that were leased and have no outcome stand for any number of attempts.
    """

    def __init__(self, claims: LaneClaims) -> None:
        sends = claims.sends
        self._open = claims.open
        self._edges: NDArray[np.int64] = np.unique(np.concatenate([sends["first"], sends["end"]]))
        starts = np.searchsorted(self._edges, sends["first"])
        ends = np.searchsorted(self._edges, sends["end"])
        steps = np.zeros(len(self._edges), dtype=np.int64)
        np.add.at(steps, starts, sends["attempts"])
        np.subtract.at(steps, ends, sends["attempts"])
        self._counts: NDArray[np.int64] = np.cumsum(steps)
        self._sent_ms = self._earliest(sends["sent_ms"], starts, ends)
        self._accepted_ms = self._earliest(sends["accepted_ms"], starts, ends)

    def at_least(self, count: int) -> BitMap64:
        """The numbers that may have been sent at least `count` times."""
        numbers = self._open.copy()
        for position in np.flatnonzero(self._counts >= count).tolist():
            numbers.add_range(int(self._edges[position]), int(self._edges[position + 1]))
        return numbers

    def count(self, number: int) -> float:
        """How often `number` may have been sent; infinite where the ledger cannot tell."""
        if number in self._open:
            return float("inf")
        position = int(np.searchsorted(self._edges, number, side="right")) - 1
        return float(self._counts[position]) if position >= 0 else 0.0

    def first_sent_ms(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Unix time in milliseconds of each number's first noted attempt; 0 where none is noted."""
        return self._at(self._sent_ms, numbers)

    def accepted_ms(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """Unix time in milliseconds of the answer that accepted each number first; 0 where none is noted."""
        return self._at(self._accepted_ms, numbers)

    def _earliest(
        self, times_ms: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """For each stretch the earliest of its times, those that are not noted (0) left out."""
        earliest = np.zeros(len(self._edges), dtype=np.int64)
        noted = np.flatnonzero(times_ms > 0)
        for row in noted[np.argsort(-times_ms[noted], kind="stable")]:  # the earliest is written last
            earliest[starts[row] : ends[row]] = times_ms[row]
        return earliest

    def _at(self, times_ms: NDArray[np.int64], numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        if len(self._edges) == 0:
            return np.zeros(len(numbers), dtype=np.int64)
        positions = np.searchsorted(self._edges, numbers, side="right") - 1
        return np.where(positions >= 0, times_ms[positions], 0)
