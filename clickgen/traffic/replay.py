"""The replay of recorded files: which lane reads what, and the lanes themselves."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import FileIO
from itertools import pairwise
from typing import IO, Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.model.block import Block
from clickgen.model.errors import UsageProblem
from clickgen.read.objects import JsonScanner
from clickgen.read.open import open_chunks
from clickgen.read.pieces import MAX_OBJECT_BYTES, Bad, Fault, JsonObject, Piece
from clickgen.traffic.event_time import TimeReader, find_time_field
from clickgen.traffic.replay_clock import FOLLOWERS, ReplayClock, Timed
from clickgen.traffic.replay_files import STDIN, is_device, is_live
from clickgen.traffic.stamp import Recording, Stamper

MAX_LANES = 64
_BLOCK_EVENTS = 500
_BLOCK_BYTES = 256 << 10
# Four times the longest object that is read, and sixteen times the longest that Firehose takes as a record
# (1,000 KiB before base64): a line that has no end by then was never an event.
MAX_SILENT_BYTES = 4 * MAX_OBJECT_BYTES


@dataclass(frozen=True, slots=True)
class Recorded:
    """Timing as recorded: an event is due at (its time - origin_ms) / speed."""

    origin_ms: float | None = None  # Unix time of second 0, or None for the lane's first time
    speed: float = 1.0
    time_field: str | None = None  # where the time is, dots for nesting, or None for one of the common names


DueOfNumbers = Callable[[NDArray[np.int64]], NDArray[np.float64]]


class Skipped(NamedTuple):
    """A piece of a file that is not a JSON object."""

    file: str
    line: int  # from 1
    reason: str
    excerpt: str  # its first characters


def plan_lanes(paths: Sequence[str], *, at_rate: bool = False) -> list[tuple[str, ...]]:
    """The files of each lane: one a lane up to MAX_LANES, beyond that neighbours together.

    at_rate: all files are one lane, since lanes share a rate evenly, and files differ in length.
    """
    lanes = min(len(paths), 1 if at_rate else MAX_LANES)
    bounds = [lane * len(paths) // lanes for lane in range(lanes + 1)] if lanes else [0]
    return [tuple(paths[start:end]) for start, end in pairwise(bounds)]


class RecordedLane:
    """The events of one lane's files, in order, stamped: a LaneSource, and a Feed by itself.

    From a pipe, what has arrived is given at once. Raises UsageProblem or EnvironmentProblem if a file cannot be
    read, and UsageProblem if the first events of standard input lack the time field.
    """

    def __init__(
        self,
        paths: Sequence[str],
        *,
        run: str,
        lane: int,
        timing: Recorded | DueOfNumbers,
        id_field: str = "clickgen_id",
        first: int = 0,
    ) -> None:
        """timing: as recorded, or what gives the due times of numbers. first: the number to begin with."""
        self.out_of_order = 0
        self.without_time = 0
        self._lane = lane
        self._id_field = id_field
        self._number = 0
        self._first = first
        self._skipped: deque[Skipped] = deque()
        self._bad = False
        self._stamper = Stamper(run, lane, id_field)
        self._live = any(is_live(path) for path in paths)
        self._pieces = _pieces(paths)
        self._ended = False
        self._events: list[Recording] = []
        self._times: list[float] = []
        self._clock: ReplayClock | DueOfNumbers
        self._reader: TimeReader | None = None
        self._check_field = STDIN in paths  # files were looked into before
        if isinstance(timing, Recorded):
            origin = None if timing.origin_ms is None else timing.origin_ms / 1000
            self._clock = ReplayClock(origin, timing.speed, 0 if self._live else FOLLOWERS)
            self._reader = TimeReader(timing.time_field)
        else:
            self._clock = timing

    @property
    def time_field(self) -> str | None:
        """The field that times are taken from, or None for any of the common ones, or none at all."""
        return None if self._reader is None else self._reader.name

    @property
    def source(self) -> Self:
        """Itself."""
        return self

    def begin_at(self, _start_ms: int, /) -> None:
        """Nothing: recorded events keep their own times."""

    def take_skipped(self) -> list[Skipped]:
        """The pieces since the last call that are not an event, including those before `first`.

        May be called while another thread is in `next_block`.
        """
        taken = []
        while self._skipped:
            taken.append(self._skipped.popleft())
        return taken

    def next_block(self) -> Block | None:
        """The next events; None at the end."""
        wanted = 1 if self._live else _BLOCK_EVENTS
        while True:
            while len(self._events) < wanted and not self._ended:
                self._read_more()
            timed = self._time(self._block_size())
            if len(timed.due) == 0:
                if self._ended:
                    self._check_anything()
                    return None
                wanted = len(self._events) + 1
            else:
                self.out_of_order += timed.out_of_order
                self.without_time += timed.without_time
                if self._number + len(timed.due) > self._first:
                    return self._block(timed)
                self._take(len(timed.due))

    def _check_anything(self) -> None:
        """A pipe that ends without an event means a producer that failed, not a run that went well."""
        if self._live and self._number == 0 and not self._bad:
            raise UsageProblem(
                "no events in standard input: it ended without any", "check the command that writes to the pipe"
            )

    def _block(self, timed: Timed) -> Block:
        before = max(0, self._first - self._number)
        first = self._number + before
        events = self._take(len(timed.due))[before:]
        data, offsets = self._stamper.stamp(events, first)
        return Block(self._lane, first, data, offsets, timed.due[before:])

    def _take(self, count: int) -> list[Recording]:
        taken = self._events[:count]
        del self._events[:count]
        del self._times[:count]
        self._number += count
        return taken

    def _block_size(self) -> int:
        """How many of the events read fill a block."""
        size = 0
        for count, event in enumerate(self._events[:_BLOCK_EVENTS]):
            size += len(event.data)
            if size > _BLOCK_BYTES:
                return max(count, 1)
        return min(len(self._events), _BLOCK_EVENTS)

    def _time(self, count: int) -> Timed:
        if not isinstance(self._clock, ReplayClock):
            return Timed(self._clock(np.arange(self._number, self._number + count, dtype=np.int64)), 0, 0)
        times = np.array(self._times[: count + FOLLOWERS], dtype=np.float64)
        return self._clock.due(times, count, ended=self._ended)

    def _read_more(self) -> None:
        batch = next(self._pieces, None)
        if batch is None:
            self._ended = True
            return
        file, pieces = batch
        if self._check_field:
            self._check_time_field([piece.value for piece in pieces if isinstance(piece, JsonObject)])
        events, id_field = self._events, self._id_field
        for piece in pieces:
            if isinstance(piece, JsonObject):
                value = piece.value
                events.append(Recording(piece.data, bool(value) and id_field not in value))
                if self._reader is not None:
                    time = self._reader.read(value)
                    self._times.append(np.nan if time is None else time)
            else:
                self._bad = True
                self._skipped.append(_skipped(file, piece))

    def _check_time_field(self, values: list[dict[str, Any]]) -> None:
        if values and self.time_field is not None:
            find_time_field(values, given=self.time_field)
        self._check_field = not values


def count_events(paths: Sequence[str], goes_on: Callable[[], bool]) -> tuple[int, bool]:
    """How many events files hold, as far as they were read, and whether that was to their end.

    goes_on: called again and again, says whether to read on. Raises as `RecordedLane` does.
    """
    count = 0
    for _, pieces in _pieces(paths):
        count += sum(isinstance(piece, JsonObject) for piece in pieces)
        if not goes_on():
            return count, False
    return count, True


def _pieces(paths: Sequence[str]) -> Iterator[tuple[str, list[Piece]]]:
    """The pieces of each chunk as soon as it is there, with the name of their file.

    Raises UsageProblem if a source that may have no end goes on without an event.
    """
    for path in paths:
        scanner = JsonScanner()
        silence = Silence(path) if is_live(path) else None
        # unbuffered: a thread that waits in a buffered read keeps the process from ending
        source: str | IO[bytes] = FileIO(0, "rb", closefd=False) if path == STDIN else path
        for chunk in open_chunks(source):
            pieces = scanner.fault(chunk) if isinstance(chunk, Fault) else scanner.feed(chunk)
            given = list(pieces)
            if silence is not None:
                silence.hear(chunk, given)
            yield path, given
        yield path, list(scanner.end())


def _skipped(file: str, bad: Bad) -> Skipped:
    return Skipped(file, bad.line, bad.reason, bad.excerpt.decode("utf-8", "replace"))


class Silence:
    """Counts what arrives without an event: from a device all of it, from a pipe one line, as it may be a log."""

    def __init__(self, path: str) -> None:
        self._name = "standard input" if path == STDIN else path
        self._device = is_device(path)
        self._silent = 0

    def hear(self, chunk: bytes | Fault, pieces: Sequence[Piece]) -> None:
        """Note a chunk and the pieces that it completed; UsageProblem if there were none for too long."""
        size = 0 if isinstance(chunk, Fault) else len(chunk)
        if any(isinstance(piece, JsonObject) for piece in pieces):
            self._silent = 0
        elif not self._device and isinstance(chunk, bytes) and (end := chunk.rfind(b"\n")) >= 0:
            self._silent = size - end
        else:
            self._silent += size
        if self._silent > MAX_SILENT_BYTES:
            what = "an event" if self._device else "an event or the end of a line"
            raise UsageProblem(
                f"{self._name}: {MAX_SILENT_BYTES >> 20} MiB without {what}: this is not a recording of events",
                "replay takes JSON objects; check what it reads",
            )
