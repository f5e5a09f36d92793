"""What was found in the objects that landed: event numbers with their copies, and witnesses of what is wrong."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

WITNESSES = 10
_RUNS_TOLD = 100


class Witness(NamedTuple):
    """One event to look at: its id as far as it is known, where it lies, and what is wrong with it.

    offset: its first byte in the object as decompressed. object and offset are None for what is not there.
    """

    id: str | None
    object: str | None
    offset: int | None
    detail: str = ""


@dataclass(slots=True)
class WitnessedCount:
    """How many there are of one kind, and the first ten of them."""

    count: int = 0
    witnesses: list[Witness] = field(default_factory=list)

    def add(self, witness: Witness, count: int = 1) -> None:
        """Count `count` more, of which this is one."""
        self.count += count
        if len(self.witnesses) < WITNESSES:
            self.witnesses.append(witness)

    def merge(self, other: "WitnessedCount") -> None:
        """Take in another tally."""
        self.count += other.count
        self.witnesses.extend(other.witnesses[: WITNESSES - len(self.witnesses)])


class Copies:
    """Event numbers of one lane, and how often each was found.

    once: every number found. twice: those found at least twice. more: copies beyond the second.
    """

    __slots__ = ("more", "once", "twice")

    def __init__(self) -> None:
        self.once = BitMap64()
        self.twice = BitMap64()
        self.more: dict[int, int] = {}

    def add(self, numbers: NDArray[np.int64]) -> None:
        """Count one more copy of each of these numbers; a number may stand in them several times."""
        fresh = number_set(numbers)
        if len(fresh) == len(numbers):
            self._see(fresh)
            return
        values, counts = np.unique(numbers, return_counts=True)
        self._see(fresh)
        self._see_again(number_set(values[counts > 1]))
        for value, count in zip(values[counts > 2].tolist(), counts[counts > 2].tolist(), strict=True):
            self.more[value] = self.more.get(value, 0) + count - 2

    def merge(self, other: "Copies") -> None:
        """Add another's copies to these."""
        self._see(other.once)
        self._see_again(other.twice)
        for value, count in other.more.items():
            self.more[value] = self.more.get(value, 0) + count

    def total(self, among: BitMap64) -> int:
        """How many copies of these numbers were found."""
        beyond = sum(count for value, count in self.more.items() if value in among)
        return len(self.once & among) + len(self.twice & among) + beyond

    def _see(self, numbers: BitMap64) -> None:
        again = self.once & numbers
        self.once |= numbers
        self._see_again(again)

    def _see_again(self, numbers: BitMap64) -> None:
        if not numbers:
            return
        if often := self.twice & numbers:  # pyroaring 1.2 leaks 225 bytes for each walk over an empty set
            for value in often:
                self.more[value] = self.more.get(value, 0) + 1
        self.twice |= numbers


@dataclass(slots=True)
class ObjectFindings:
    """What one object holds.

    lanes: intact events of the run. failed: its events in Firehose's error records. conflicting, corrupt,
    truncated: damage in which an id of the run can be seen. stray_corrupt, stray_truncated: damage in which
    no id can be seen, so that whose it is has to be judged by its neighbours. other_runs: whole events of other
    runs, by the run's id, empty where that is not known. foreign: whole events of others. alike, alike_failed:
    lines that were damaged on purpose and do not say which event they are, by their hash; the latter in error
    records. unread: why the object could not be read, empty where it was; lasting: whether that stays so.
    failed_codes: the run's events in error records, every copy, by the code that is named there. dropped: accepted
    events that the place took and does not keep, as another one has their key.
    """

    name: str
    landed_ms: int
    size: int
    lanes: dict[int, Copies] = field(default_factory=dict)
    failed: dict[int, BitMap64] = field(default_factory=dict)
    failures: WitnessedCount = field(default_factory=WitnessedCount)
    conflicting: WitnessedCount = field(default_factory=WitnessedCount)
    corrupt: WitnessedCount = field(default_factory=WitnessedCount)
    truncated: WitnessedCount = field(default_factory=WitnessedCount)
    stray_corrupt: WitnessedCount = field(default_factory=WitnessedCount)
    stray_truncated: WitnessedCount = field(default_factory=WitnessedCount)
    other_runs: Counter[str] = field(default_factory=Counter)
    foreign: int = 0
    alike: Counter[int] = field(default_factory=Counter)
    alike_failed: Counter[int] = field(default_factory=Counter)
    unread: str = ""
    lasting: bool = False
    failed_codes: Counter[str] = field(default_factory=Counter)
    dropped: dict[int, BitMap64] = field(default_factory=dict)

    @property
    def holds_run(self) -> bool:
        """Whether anything in the object bears an id of the run."""
        seen = self.conflicting.count + self.corrupt.count + self.truncated.count
        return bool(self.lanes or self.failed or self.alike or seen)

    @property
    def holds_others(self) -> bool:
        """Whether a whole event of somebody else is in the object."""
        return bool(self.other_runs or self.foreign)

    def note_other(self, run: str) -> None:
        """Note an event of another run; a hundred runs are told apart."""
        known = run in self.other_runs or len(self.other_runs) < _RUNS_TOLD
        self.other_runs[run if known else ""] += 1

    def intact(
        self,
        lanes: NDArray[np.int64],
        numbers: NDArray[np.int64],
        offsets: NDArray[np.int64],  # noqa: ARG002  # for those who look for an event's place
    ) -> None:
        """Note intact events of the run: lane, number and offset of each."""
        if lanes[0] == lanes[-1] and (lanes == lanes[0]).all():
            self._copies(int(lanes[0])).add(numbers)
            return
        order = np.argsort(lanes.astype(np.uint16), kind="stable")
        bounds = np.flatnonzero(np.diff(lanes[order])) + 1
        for chosen in np.split(order, bounds):
            self._copies(int(lanes[chosen[0]])).add(numbers[chosen])

    def fail(self, lane: int, number: int) -> None:
        """Note an event of the run in an error record."""
        self.failed.setdefault(lane, BitMap64()).add(number)

    def _copies(self, lane: int) -> Copies:
        copies = self.lanes.get(lane)
        if copies is None:
            copies = self.lanes[lane] = Copies()
        return copies


def number_set(numbers: NDArray[np.int64]) -> BitMap64:
    """The set of these numbers."""
    return BitMap64(array("Q", numbers.astype("<u8").tobytes()))


def number_array(numbers: BitMap64) -> NDArray[np.int64]:
    """The numbers of a set, rising."""
    return np.frombuffer(numbers.to_array(), dtype="<u8").astype(np.int64)
