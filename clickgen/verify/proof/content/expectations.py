"""Content by regeneration: events that a transform rewrote, compared field by field with what was sent.

What was sent is made again, and only digests of each event are kept, in files that all processes share.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from threading import Lock
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from clickgen.ledger.claims import Claims
from clickgen.model.block import Block, LaneSource
from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.proof.content.rules import ComparedForm, Rules, parsed
from clickgen.verify.proof.found.findings import WITNESSES

_UNKNOWN = 0  # the digest of what is not a JSON object
_DIFFERS = "differs from what was sent"


class LaneOpener(Protocol):
    """The events of a run as they were sent; it can be sent to another process."""

    def open_lane(self, lane: int, first: int = 0) -> LaneSource:
        """A lane's events from number `first` on."""


class Expectations:
    """The digests of what was sent, as far as it is expected: 8 bytes an event, and 8 a field that may be dropped.

    They are in a temporary folder, which is removed with this object.
    """

    def __init__(self, lanes: LaneOpener, rules: Rules) -> None:
        self.rules = rules
        self._lanes = lanes
        self._folder = Path(tempfile.mkdtemp(prefix="clickgen-content-"))
        weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._sources: dict[int, LaneSource] = {}
        self._made: dict[int, int] = {}
        self.content = ByFields(lanes, rules, self._folder)

    def expect(self, claims: Claims) -> None:
        """Make those of the claimed events that have not been made yet.

        Raises EnvironmentProblem if there is no room for them, and what the lanes raise.
        """
        for lane, claimed in claims.lanes.items():
            sent = claimed.attempted
            if sent and sent.max() + 1 > self._made.get(lane, 0):
                self._make(lane, sent.max() + 1)

    def _make(self, lane: int, end: int) -> None:
        if lane not in self._sources:
            self._sources[lane] = self._lanes.open_lane(lane)
        source = self._sources[lane]
        path = _file_of(self._folder, lane)
        try:
            with path.open("ab") as file:
                while self._made.get(lane, 0) < end and (block := source.next_block()) is not None:
                    self._write(block, file)
                    self._made[lane] = block.end
        except OSError as problem:
            raise EnvironmentProblem(
                f"cannot keep what was sent for the comparison: {path}: {problem.strerror or problem}",
                "make room there, or set TMPDIR to a folder with more",
            ) from problem

    def _write(self, block: Block, file: IO[bytes]) -> None:
        unknown = [_UNKNOWN] * (1 + len(self.rules.dropped))
        rows = [
            unknown if (value := parsed(event)) is None else self.rules.digests(self.rules.sent(value))
            for event in _events(block)
        ]
        file.write(np.array(rows, dtype="<u8").tobytes())


class ByFields:
    """Compares events with their digests, in any process. Of the first events that differ it says how."""

    def __init__(self, lanes: LaneOpener, rules: Rules, folder: Path) -> None:
        """folder: where `Expectations` keeps the digests."""
        self._lanes, self._rules, self._folder = lanes, rules, folder
        self._digests: dict[int, NDArray[np.uint64]] = {}
        self._open: dict[int, tuple[Block, LaneSource]] = {}
        self._explained = 0
        self._explaining = Lock()  # objects are read in several threads

    def __reduce__(self) -> tuple[type["ByFields"], tuple[LaneOpener, Rules, Path]]:
        return type(self), (self._lanes, self._rules, self._folder)

    def differs(self, lane: int, number: int, event: bytes) -> str | None:
        """The first field that differs, what was sent in it and what landed; later ones are not compared."""
        expected = self._expected(lane, number)
        if expected is None:
            return "the run has sent no such event"
        value = parsed(event)
        if value is None or expected[0] == _UNKNOWN:
            return _DIFFERS
        landed = self._rules.landed(value)
        whole, *dropped = self._rules.digests(landed)
        kept = zip(landed.dropped, dropped, expected[1:].tolist(), strict=True)
        if whole == expected[0] and all(digest == sent for values, digest, sent in kept if values):
            return None
        return self._difference(lane, number, landed)

    def _expected(self, lane: int, number: int) -> NDArray[np.uint64] | None:
        """The digests of an event, or None if it was not expected."""
        digests = self._digests.get(lane)
        if digests is None or number >= len(digests):
            path = _file_of(self._folder, lane)
            if not path.is_file() or not path.stat().st_size:
                return None
            columns = 1 + len(self._rules.dropped)
            rows = np.memmap(path, dtype="<u8", mode="r").view(np.ndarray)  # whose items are cheaper
            digests = self._digests[lane] = rows.reshape(-1, columns)
        return digests[number] if number < len(digests) else None

    def _difference(self, lane: int, number: int, landed: ComparedForm) -> str:
        with self._explaining:
            if self._explained == WITNESSES:
                return _DIFFERS
            self._explained += 1
            value = parsed(self._event(lane, number))
        sent = None if value is None else self._rules.difference(self._rules.sent(value), landed)
        return sent or _DIFFERS

    def _event(self, lane: int, number: int) -> bytes:
        """The event as it was sent."""
        block, source = self._open.get(lane, (None, None))
        if block is None or source is None or number < block.first:
            source = self._lanes.open_lane(lane, number)
            block = source.next_block()
        while block is not None and number >= block.end:
            block = source.next_block()
        if block is None or number < block.first:
            return b""
        self._open[lane] = block, source
        return block.event(number - block.first)


def _events(block: Block) -> Iterator[bytes]:
    return (block.event(index) for index in range(len(block)))


def _file_of(folder: Path, lane: int) -> Path:
    return folder / f"{lane}.digests"
