"""The folder that stands for S3 (a bucket is a folder), with the state of its one server beside the buckets.

`DIR/.firehose/` holds the lock, a folder of state and spools for each stream, and `aside/` for what is not
finished. Bucket names cannot start with a dot, so nothing of it can be taken for a bucket.
"""

import fcntl
import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

from clickgen.local.platform.errors import LocalProblem
from clickgen.local.platform.inside import LinkInTheWay, check_folder, open_file

_LOCK_POLL_SECONDS = 0.05
_STATE = ".firehose"


def was_served(folder: Path) -> bool:
    """Whether a server has ever held this folder; a folder that none has held is not a lake, whatever is in it.

    A folder that may not be looked into counts as held, so that using it says why it cannot be used.
    """
    try:
        return (folder / _STATE).is_dir()
    except OSError:
        return True


class Lake:
    """One lake, held by this process alone from `hold` until `release` or death."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.streams = root / _STATE / "streams"
        self.aside = root / _STATE / "aside"
        self._lock = root / _STATE / "lock"
        self._lock_fd: int | None = None

    def hold(self, wait_seconds: float = 0.0) -> None:
        """Create the folder where needed, lock it, and clear what a dead server left unfinished.

        LocalProblem if it cannot be written, or if another server still holds it after `wait_seconds`.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            _own_folder(self._lock.parent)
            self._lock_fd = open_file(self._lock, os.O_RDWR | os.O_CREAT)
            self._acquire(self._lock_fd, wait_seconds)
            os.ftruncate(self._lock_fd, 0)
            os.pwrite(self._lock_fd, str(os.getpid()).encode(), 0)
            shutil.rmtree(self.aside, ignore_errors=True)
            _own_folder(self.aside)
            _own_folder(self.streams)
            for stream in self.streams.iterdir():
                check_folder(stream)
        except LinkInTheWay as problem:
            raise LocalProblem(
                f"The lake {self.root} is not used: {problem}.",
                "No server makes such: take it out, or give another --dir; what it holds may be of bad intent.",
            ) from problem
        except OSError as error:
            raise LocalProblem(
                f"The lake {self.root} cannot be used: {error.strerror or error}.",
                "--dir names another folder; it must be writable and on a local disk with space left.",
            ) from error

    def state(self, service: str) -> Path:
        """The folder for the state of a service, made if it is not there; LocalProblem if it cannot be used."""
        path = self._lock.parent / service
        try:
            _own_folder(path.parent)
            _own_folder(path)
        except OSError as problem:
            raise LocalProblem(
                f"The state of {service} cannot be kept in {path}: {problem}.", "--dir names another lake."
            ) from problem
        return path

    def has_state(self, service: str) -> bool:
        """Whether a server has kept something of that service here."""
        return os.path.lexists(self._lock.parent / service)

    def release(self) -> None:
        """Let another server have it."""
        if self._lock_fd is not None:
            os.close(self._lock_fd)
            self._lock_fd = None

    def _acquire(self, fd: int, wait_seconds: float) -> None:
        deadline = time.monotonic() + wait_seconds
        while True:
            with suppress(BlockingIOError):
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            if time.monotonic() >= deadline:
                holder = os.pread(fd, 20, 0).decode(errors="replace") or "unknown"
                raise LocalProblem(
                    f"Another server (process {holder}) holds the lake {self.root}.",
                    "Stop it, or give this one another --dir.",
                )
            time.sleep(_LOCK_POLL_SECONDS)


def _own_folder(path: Path) -> None:
    """Make a folder of the lake's state; LinkInTheWay where something else is there."""
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    check_folder(path)
