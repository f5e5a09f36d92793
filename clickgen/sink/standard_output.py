"""Standard output: whole lines, for the next command of a pipe. The limits are clickgen's own."""

import os
import select
from collections.abc import Callable, Sequence
from pathlib import Path

from clickgen.model.batch import Answer, Batch, CallRefused, CallResult, NoAnswer, Refusal, SinkLimits
from clickgen.model.destination import OutputDestination
from clickgen.model.errors import UsageProblem
from clickgen.sink.interface import Leave, at_once
from clickgen.sink.kind import Opening, SinkKind
from clickgen.sink.local_file import Exclusive, refusal

DESCRIPTOR = 1
LIMITS = SinkLimits(
    records=1,
    record_bytes=64 * 1024 * 1024,
    call_bytes=64 * 1024 * 1024,
    pack_bytes=1024 * 1024,
    pack_events=8000,  # what a worker holds prepared for each of its lanes
    packs=True,
)
READER_GONE = "EPIPE"  # the code of a refusal because nobody reads any more
_NAME = "standard output"


class OutputSink:
    """What is written is accepted; whether its reader used it cannot be known.

    folder: the run's; its workers, which share one output, take turns by locking it. pretty: makes of lines what
    people read, or None to write them as they are.
    """

    limits = LIMITS

    def __init__(
        self, folder: Path, descriptor: int = DESCRIPTOR, pretty: Callable[[bytes], bytes] | None = None
    ) -> None:
        self._descriptor = descriptor
        self._lock = Exclusive(folder)
        self._pretty = pretty
        self._broken: OSError | None = None

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        data = batch.joined(records)
        if self._pretty is not None:
            data = memoryview(self._pretty(bytes(data)))
        written = 0
        leave()  # before the lock is taken: a batch that is due may not wait for one that is not
        try:
            with self._lock.held():
                if self._broken is not None:
                    raise self._broken  # nothing can follow half a line
                while written < len(data):
                    written += self._write(data[written:])
        except OSError as problem:
            if written:
                self._broken = problem
                return NoAnswer(f"{_NAME}: {problem.strerror or problem}, in the middle of a batch")
            return _refused(problem)
        return Answer()

    def _write(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # somebody else made it non-blocking
            select.select([], [self._descriptor], [])
            return 0


def _refused(problem: OSError) -> CallRefused:
    if isinstance(problem, BrokenPipeError):
        return CallRefused(Refusal.FATAL, READER_GONE, f"the reader of {_NAME} has gone", "it may have had enough")
    return refusal(problem, _NAME)


def _read_name(text: str, name: str) -> str:
    if name:
        raise UsageProblem(f"--to {text!r} does not name a destination", "write - alone for standard output")
    return ""


def _open(destination: OutputDestination, opening: Opening) -> OutputSink:
    if not destination.pretty:
        return OutputSink(opening.folder)
    from clickgen.sink.pretty_lines import PrettyLines

    return OutputSink(opening.folder, pretty=PrettyLines(destination.coloured).of)


KIND = SinkKind(
    prefix="-",
    form="-",
    read_name=_read_name,
    on_network=False,
    limits=lambda _: LIMITS,
    open=_open,
    paid_for=None,
    never_packed_because="it takes lines, one event each",
    in_calls=False,
)
