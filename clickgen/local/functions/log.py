"""What a function says: every line that its processes print, and Lambda's own, in files of bounded size."""

import asyncio
import os
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.notices import say

MAX_FILE_BYTES = 8 * MEBIBYTE
"""The size at which a log file becomes the older one of two."""

MAX_TAIL_BYTES = 4096
"""What Invoke answers of the log: the last 4 KB."""

_MAX_LINE_BYTES = 256 * 1024  # of an event of CloudWatch Logs
_READ_BYTES = 64 * 1024
_MAX_DRAIN_BYTES = MEBIBYTE  # a thread that never stops printing does not hold up the answer

_MAX_LINES = 10_000  # that one request is answered; whoever follows a log asks again
_CURRENT, _OLDER = "log", "log.1"


class FunctionLog:
    """The log of one function: two files in `folder`, the older one replaced when the other is full."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: int | None = None
        self._size = 0
        self._older, self._current = _count(folder / _OLDER), _count(folder / _CURRENT)
        self._dropped = 0  # lines of older files, since the server started

    def write(self, lines: list[bytes]) -> None:
        """Keep lines with the time; a disk that is full costs the lines, not the invocation."""
        stamp = f"{datetime.now(UTC).isoformat(timespec='milliseconds').removesuffix('+00:00')}Z ".encode()
        text = b"".join(stamp + line + b"\n" for line in lines)
        try:
            file = self._file if self._file is not None and self._size <= MAX_FILE_BYTES else self._open()
            self._size += os.write(file, text)
            self._current += len(lines)
        except OSError as error:
            say(f"the log in {self._folder} cannot be written: {error}")

    def lines(self, after: int) -> tuple[list[str], int]:
        """The kept lines behind the first `after`, at most the last 10,000, and the number of the last."""
        last = self._dropped + self._older + self._current
        if after >= last:
            return [], last
        kept = deque(read_log(self._folder), _MAX_LINES)
        return list(kept)[-(last - after) :], last

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _open(self) -> int:
        self.close()
        path = self._folder / _CURRENT
        with suppress(FileNotFoundError):
            if path.lstat().st_size > MAX_FILE_BYTES:
                path.replace(self._folder / _OLDER)
                self._dropped, self._older, self._current = self._dropped + self._older, self._current, 0
        file = self._file = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._size = os.fstat(file).st_size
        return file


def read_log(folder: Path) -> Iterator[str]:
    """Every line that is kept, oldest first, with its time in front."""
    for name in (_OLDER, _CURRENT):
        try:
            file = os.fdopen(open_file(folder / name, os.O_RDONLY), errors="replace", newline="\n")
        except FileNotFoundError:
            continue
        with file:
            for line in file:
                yield line.rstrip("\r\n")


def _count(path: Path) -> int:
    try:
        with os.fdopen(open_file(path, os.O_RDONLY), "rb") as file:
            return sum(1 for _ in file)
    except FileNotFoundError:
        return 0


class InvocationLog:
    """The output of one process: read from a pipe, cut into lines, kept, and its end remembered for the caller."""

    def __init__(self, log: FunctionLog) -> None:
        self._log = log
        self._pipe: int | None = None
        self._rest = b""
        self._tail = b""

    def open_pipe(self) -> int:
        """The end of a new pipe for the process to write to; the caller closes its copy."""
        self._pipe, theirs = os.pipe()
        os.set_blocking(self._pipe, False)
        asyncio.get_running_loop().add_reader(self._pipe, self._read)
        return theirs

    def close_pipe(self) -> None:
        """Take what is there and close; what children of the process print later is lost."""
        if self._pipe is None:
            return
        self.drain()
        if self._rest:
            self.say(self._rest)
            self._rest = b""
        self._close()

    def begin(self) -> None:
        """Forget the end of the invocation before."""
        self._tail = b""

    def tail(self) -> bytes:
        """The last lines of this invocation."""
        return self._tail

    def say(self, *lines: bytes) -> None:
        """Keep lines of Lambda's own, or of the process."""
        self._log.write(list(lines))
        self._tail = (self._tail + b"".join(line + b"\n" for line in lines))[-MAX_TAIL_BYTES:]

    def drain(self) -> None:
        """Take what the process has printed so far, so that it precedes what is said next."""
        taken = 0
        while taken < _MAX_DRAIN_BYTES and (part := self._read()):
            taken += part

    def _read(self) -> int:
        if self._pipe is None:
            return 0
        try:
            data = os.read(self._pipe, _READ_BYTES)
        except BlockingIOError:
            return 0
        if not data:
            self._close()
            return 0
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > _MAX_LINE_BYTES:
            lines.append(self._rest)
            self._rest = b""
        if lines:
            self.say(*lines)
        return len(data)

    def _close(self) -> None:
        if self._pipe is None:
            return
        asyncio.get_running_loop().remove_reader(self._pipe)
        os.close(self._pipe)
        self._pipe = None
