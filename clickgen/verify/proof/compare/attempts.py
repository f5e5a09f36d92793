"""What the ledger says of attempts: how often each event was sent, when first, and when it was accepted."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

from clickgen.ledger.claims import LaneClaims
from clickgen.verify.proof.found.findings import number_array


class AttemptSpread(NamedTuple):
    """Numbers grouped by their times: how many, when they were first sent, and when accepted.

    Times are Unix times in milliseconds, or 0 if none is noted.
    """

    counts: NDArray[np.int64]
    sent_ms: NDArray[np.int64]
    accepted_ms: NDArray[np.int64]


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
        """How often `number` may have been sent; infinite if the ledger cannot tell."""
        if number in self._open:
            return float("inf")
        position = int(np.searchsorted(self._edges, number, side="right")) - 1
        return float(self._counts[position]) if position >= 0 else 0.0

    def spread(self, numbers: BitMap64) -> AttemptSpread:
        """When these numbers were sent and accepted; those without a note count with 0.

        Events that were sent together are one entry: a billion events cannot be handled one by one.
        """
        if not numbers or not len(self._edges):
            return AttemptSpread(np.array([len(numbers)]), np.zeros(1, np.int64), np.zeros(1, np.int64))
        firsts, ends = _runs(numbers)
        first = max(0, int(np.searchsorted(self._edges, firsts[0], side="right")) - 1)
        last = int(np.searchsorted(self._edges, ends[-1], side="left"))
        below = _below(np.append(self._edges[first:last], ends[-1]), firsts, ends)
        counts = np.append(np.diff(below), below[0])  # nothing is noted of what is before the first
        sent_ms = np.append(self._sent_ms[first:last], 0)
        accepted_ms = np.append(self._accepted_ms[first:last], 0)
        held = counts > 0
        return AttemptSpread(counts[held], sent_ms[held], accepted_ms[held])

    def _earliest(
        self, times_ms: NDArray[np.int64], starts: NDArray[np.int64], ends: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """For each stretch the earliest of its times, leaving out those that are not noted (0)."""
        earliest = np.zeros(len(self._edges), dtype=np.int64)
        noted = np.flatnonzero(times_ms > 0)
        for row in noted[np.argsort(-times_ms[noted], kind="stable")]:  # the earliest is written last
            earliest[starts[row] : ends[row]] = times_ms[row]
        return earliest


def _runs(numbers: BitMap64) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where the stretches of consecutive numbers begin, and where each ends, exclusive."""
    first, last = numbers.min(), numbers.max()
    if last - first == len(numbers) - 1:
        return np.array([first]), np.array([last + 1])
    each = number_array(numbers)
    gaps = np.flatnonzero(np.diff(each) > 1)
    return np.append(first, each[gaps + 1]), np.append(each[gaps] + 1, last + 1)


def _below(bounds: NDArray[np.int64], firsts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many numbers of these runs lie below each of the bounds."""
    whole = np.searchsorted(ends, bounds, side="right")
    counts = np.append(0, np.cumsum(ends - firsts))
    begins = np.append(firsts, ends[-1])[whole]
    below: NDArray[np.int64] = counts[whole] + np.maximum(bounds - begins, 0)
    return below
