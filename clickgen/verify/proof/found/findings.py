"""What was found in the objects that landed: event numbers with their copies, and witnesses of what is wrong."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap64

WITNESSES = 10
_RUNS_DISTINGUISHED = 100
_TORN_KEPT, _TORN_BYTES = 1000, 2048


class Witness(NamedTuple):
    """One event to look at. object and offset are None for what is not there."""

    id: str | None  # as far as it is known
    object: str | None
    offset: int | None  # of its first byte in the decompressed object
    detail: str = ""  # what is wrong with it


@dataclass(slots=True)
class WitnessedCount:
    """How many there are of one kind, and the first ten."""

    count: int = 0
    witnesses: list[Witness] = field(default_factory=list)

    def add(self, witness: Witness, count: int = 1) -> None:
        """Count `count` more, of which this is one."""
        self.count += count
        if len(self.witnesses) < WITNESSES:
            self.witnesses.append(witness)

    def merge(self, other: "WitnessedCount") -> None:
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
        """Count one more copy of each of these numbers, which may contain a number several times."""
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
        if often := self.twice & numbers:  # pyroaring 1.2 leaks 225 bytes each time an empty set is iterated
            for value in often:
                self.more[value] = self.more.get(value, 0) + 1
        self.twice |= numbers


@dataclass(slots=True)
class ObjectFindings:
    """What one object holds."""

    name: str
    landed_ms: int  # Unix time in milliseconds, 0 if that is not known
    size: int  # bytes as stored
    lanes: dict[int, Copies] = field(default_factory=dict)  # intact events of the run
    failed: dict[int, BitMap64] = field(default_factory=dict)  # its events in Firehose's error records
    failures: WitnessedCount = field(default_factory=WitnessedCount)  # the same, every copy
    # damage in which an id of the run can be seen
    conflicting: WitnessedCount = field(default_factory=WitnessedCount)
    corrupt: WitnessedCount = field(default_factory=WitnessedCount)
    truncated: WitnessedCount = field(default_factory=WitnessedCount)
    # damage in which no id can be seen, so that its neighbours have to show whose it is
    stray_corrupt: WitnessedCount = field(default_factory=WitnessedCount)
    stray_truncated: WitnessedCount = field(default_factory=WitnessedCount)
    other_runs: Counter[str] = field(
        default_factory=Counter
    )  # whole events by run, "" for those not distinguished
    foreign: int = 0  # whole events of others
    # lines that were damaged on purpose and do not say which event they are, by their hash
    alike: Counter[int] = field(default_factory=Counter)
    alike_failed: Counter[int] = field(default_factory=Counter)  # the same in error records
    unread: str = ""  # why the object could not be read, if it was not
    lasting: bool = False  # whether it never can be read
    failed_codes: Counter[str] = field(default_factory=Counter)  # the failed events, every copy, by the code named
    dropped: dict[int, BitMap64] = field(default_factory=dict)  # taken, but not kept, as another one has their key
    damaged: dict[int, BitMap64] = field(default_factory=dict)  # events whose ids can be read in damaged bytes
    torn: Counter[str] = field(
        default_factory=Counter
    )  # error records without an id, which are foreign until known

    @property
    def holds_run(self) -> bool:
        """Whether anything in the object has an id of the run."""
        seen = self.conflicting.count + self.corrupt.count + self.truncated.count
        return bool(self.lanes or self.failed or seen)

    @property
    def holds_others(self) -> bool:
        """Whether a whole event of somebody else is in the object."""
        return bool(self.other_runs or self.foreign)

    def note_other(self, run: str) -> None:
        """Note an event of another run; a hundred runs are distinguished."""
        known = run in self.other_runs or len(self.other_runs) < _RUNS_DISTINGUISHED
        self.other_runs[run if known else ""] += 1

    def intact(self, lanes: NDArray[np.int64], numbers: NDArray[np.int64], _offsets: NDArray[np.int64], /) -> None:
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

    def damage(self, lane: int, number: int) -> None:
        """Note an event of the run that is there, but not whole."""
        self.damaged.setdefault(lane, BitMap64()).add(number)

    def note_torn(self, code: str, record: bytes) -> None:
        """Note the beginning of a failed record in which there is no id; a thousand of an object are kept."""
        text = f"{code}\n{record[:_TORN_BYTES].decode('latin-1')}"
        if text in self.torn or len(self.torn) < _TORN_KEPT:
            self.torn[text] += 1

    def _copies(self, lane: int) -> Copies:
        copies = self.lanes.get(lane)
        if copies is None:
            copies = self.lanes[lane] = Copies()
        return copies


def code_and_text(torn: str) -> tuple[str, bytes]:
    """The error code of a torn record, and its bytes."""
    code, _, text = torn.partition("\n")
    return code, text.encode("latin-1")


def number_set(numbers: NDArray[np.int64]) -> BitMap64:
    return BitMap64(array("Q", numbers.astype("<u8").tobytes()))


def number_array(numbers: BitMap64) -> NDArray[np.int64]:
    """The numbers of a set, in order."""
    return np.frombuffer(numbers.to_array(), dtype="<u8").astype(np.int64)
