"""A file on this machine: whole lines appended, gzip by its suffix, rotated by size.

Every batch is one write, in gzip one member (RFC 1952, 2.2: consecutive members are one file). What the kernel has
taken counts as accepted; a power cut may still lose it. The limits are clickgen's own.
"""

import errno
import fcntl
import gzip
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from clickgen.model.batch import Answer, Batch, CallRefused, CallResult, NoAnswer, Refusal, SinkLimits
from clickgen.model.destination import FileDestination
from clickgen.model.errors import UsageProblem
from clickgen.sink.interface import Leave, at_once
from clickgen.sink.kind import Opening, SinkKind

ROTATE_BYTES = 256 * 1024 * 1024
LIMITS = SinkLimits(
    records=1,
    record_bytes=64 * 1024 * 1024,
    call_bytes=64 * 1024 * 1024,
    pack_bytes=4 * 1024 * 1024,
    pack_events=8000,  # what a worker holds prepared for each of its lanes
    packs=True,
)
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_NEWLINE = b"\n"


class FileSink:
    """One file, which the workers of any number of runs may append to, in turn.

    A file that has reached `rotate_bytes` is renamed, clicks.jsonl.gz to clicks-0001.jsonl.gz, before the next
    batch. A batch that does not fit on the disk is removed again.
    """

    limits = LIMITS

    def __init__(self, path: Path, rotate_bytes: int = ROTATE_BYTES) -> None:
        self._path = path
        self._rotate_bytes = rotate_bytes
        self._lock = Exclusive(path.parent)

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        data: bytes | memoryview = batch.joined(records)
        if self._path.suffix == ".gz":
            data = gzip.compress(data, compresslevel=6)
        leave()  # before the lock is taken: a batch that is due may not wait for one that is not
        try:
            with self._lock.held():
                self._make_room()
                return self._append(data)
        except OSError as problem:
            return refusal(problem, str(self._path))

    def _make_room(self) -> None:
        if self._path.exists() and self._path.stat().st_size >= self._rotate_bytes:
            number = 1
            while (aside := rotated(self._path, number)).exists():
                number += 1
            self._path.rename(aside)

    def _append(self, data: bytes | memoryview) -> CallResult:
        with self._path.open("a+b", buffering=0) as file:
            size = os.fstat(file.fileno()).st_size
            if self._path.suffix != ".gz" and size and os.pread(file.fileno(), 1, size - 1) != _NEWLINE:
                data = _NEWLINE + data  # somebody was killed in the middle of a line
            try:
                write_whole(file.fileno(), data)
            except OSError as problem:
                try:
                    file.truncate(size)
                except OSError:
                    return NoAnswer(f"{self._path}: {problem.strerror}, and what was written cannot be removed")
                raise
        return Answer()


def rotated(path: Path, number: int) -> Path:
    """The name of the file that was put aside under that number."""
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    return path.with_name(f"{path.name.removesuffix(suffix)}-{number:04d}{suffix}")


def write_whole(descriptor: int, data: bytes | memoryview) -> None:
    """Write all of it; raises OSError."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def refusal(problem: OSError, name: str) -> CallRefused:
    """What the operating system said, in the words of the line: nothing goes on until somebody fixes it."""
    full = problem.errno in _FULL
    hint = "make room on that disk, or write to another" if full else "check its folder and permissions"
    code = errno.errorcode.get(problem.errno or 0, "OSError")
    return CallRefused(Refusal.FATAL, code, f"{name}: {problem.strerror or problem}", hint)


def _read_name(text: str, name: str) -> str:
    if not name:
        raise UsageProblem(f"--to {text!r} does not name a file", "write file:PATH")
    return name


def _open(to: FileDestination, _: Opening) -> FileSink:
    return FileSink(Path(to.stream))


KIND = SinkKind(
    prefix="file:",
    form="file:PATH",
    read_name=_read_name,
    on_network=False,
    limits=lambda _: LIMITS,
    open=_open,
    paid_for=None,
    never_packed_because="it takes lines, one event each",
    in_calls=False,
    verified_as="file",
    holds_objects=lambda to: to.stream.endswith(".gz"),
)


class Exclusive:
    """A lock that the threads of this process share, and processes through a folder itself (flock(2))."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it while the block lasts; a process that dies releases it. Raises OSError."""
        with self._threads:
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)
