"""One writer at a time, among the threads of all workers, and of all runs that write to the same folder."""

import fcntl
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Exclusive:
    """A lock that the threads of this process share, and processes through a folder itself (flock(2))."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold it for as long as the block lasts; a process that dies lets go of it. Raises OSError."""
        with self._threads:
            descriptor = os.open(self._folder, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                yield
            finally:
                os.close(descriptor)
