"""One lane as objects: an hour of the events' own time each, and no more than `OBJECT_BYTES` of JSON lines."""

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block, LaneSource
from clickgen.model.event_id import EventId, format_id
from clickgen.model.outcome import Lease
from clickgen.run.generate.formats import FileForm
from clickgen.sink.s3_objects import object_name

OBJECT_BYTES = 64 * 1024 * 1024
_HOUR_MS = 3_600_000
_BUFFER_BYTES = 1 << 20


class Naming(NamedTuple):
    """What the keys of a run's objects have in common."""

    run: str
    prefix: str
    suffix: str

    def key(self, lane: int, first: int, first_ms: int) -> str:
        """The key of the object that begins with that event: the same whenever it is made.

        In place of Firehose's random UUID it has the id of the object's first event, with zeros as check digits.
        """
        unique = format_id(EventId(self.run, lane, first, 0)).decode()
        return f"{self.prefix}{object_name(first_ms, unique)}{self.suffix}"


class Drafted(NamedTuple):
    """A finished draft. size: bytes of the file."""

    events: Lease
    path: Path
    key: str
    size: int


class LaneObjects:
    """Writes a lane's events into drafts. Where an object begins and ends follows from the lane's events alone."""

    def __init__(
        self,
        lane: int,
        source: LaneSource,
        start_ms: int,
        form: FileForm,
        naming: Naming,
        aside: Path,
        most_bytes: int = OBJECT_BYTES,
    ) -> None:
        """start_ms: the Unix time of due second 0. aside: the folder of the drafts."""
        self.ended = False
        self.due = 0.0  # how far it has come, in seconds
        self._lane, self._source, self._start_ms = lane, source, start_ms
        self._form, self._naming, self._aside = form, naming, aside
        self._most_bytes = most_bytes
        self._open: _Draft | None = None
        self._finished: list[Drafted] = []

    def write_block(self) -> list[Drafted]:
        """Write the next block; the drafts that were finished by it. Raises OSError."""
        block = self._source.next_block()
        if block is None:
            self.ended = True
            self._finish()
        else:
            self.due = float(block.due[-1])
            self._write(block)
        finished, self._finished = self._finished, []
        return finished

    def discard(self) -> None:
        """Leave the draft that is open: its events are made again when the run goes on."""
        if self._open is not None:
            self._open.discard()
            self._open = None

    def _write(self, block: Block) -> None:
        times = self._start_ms + np.rint(block.due * 1e6).astype(np.int64) // 1000
        hours = times // _HOUR_MS
        at = 0
        while at < len(block):
            if self._open is not None and self._open.hour != hours[at]:
                self._finish()
            if self._open is None:
                first = block.first + at
                path = self._aside / f"{self._lane:02}-{first}"
                key = self._naming.key(self._lane, first, int(times[at]))
                self._open = _Draft(path, key, first, int(hours[at]), self._form)
            upto = int(np.searchsorted(hours, self._open.hour, side="right"))
            end = _fitting(block.offsets, at, upto, self._most_bytes - self._open.lines)
            if end == at and self._open.lines == 0:
                end = at + 1  # an event that is larger than objects are made
            if end > at:
                self._open.write(block, at, end)
            if end < upto:
                self._finish()
            at = end

    def _finish(self) -> None:
        if self._open is not None:
            draft, self._open = self._open, None
            size = draft.finish()
            self._finished.append(Drafted(Lease(self._lane, draft.first, draft.end), draft.path, draft.key, size))


class _Draft:
    """An object on its way. lines: bytes of JSON lines that it holds."""

    def __init__(self, path: Path, key: str, first: int, hour: int, form: FileForm) -> None:
        self.path, self.key, self.hour = path, key, hour
        self.first = self.end = first
        self.lines = 0
        self._file = path.open("wb", buffering=_BUFFER_BYTES)
        self._writer = form.begin(self._file)

    def write(self, block: Block, first: int, end: int) -> None:
        begin, stop = int(block.offsets[first]), int(block.offsets[end])
        whole = stop - begin == len(block.data)
        self._writer.write(block.data if whole else memoryview(block.data)[begin:stop])
        self.lines += stop - begin
        self.end = block.first + end

    def finish(self) -> int:
        """Close the file; its size."""
        with self._file:
            self._writer.close()
            self._file.flush()
            return self._file.tell()

    def discard(self) -> None:
        with suppress(OSError):
            self.finish()  # some formats would write their end later, when nobody listens
        self.path.unlink(missing_ok=True)


def _fitting(offsets: NDArray[np.int64], first: int, end: int, room: int) -> int:
    """The number after the last of some events that fit into `room` bytes."""
    fits = int(np.searchsorted(offsets, offsets[first] + room, side="right")) - 1
    return max(first, min(end, fits))
