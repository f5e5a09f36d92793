"""The process a server works for."""

import os
from contextlib import suppress


class Parent:
    """Tells whether the process with that id is alive."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._is_ours = os.getppid() == pid

    def alive(self) -> bool:
        """Ask the system.

        For our own parent a new parent is the sign: it comes with the death, and the id may be used again. Of
        any other process only its id is known.
        """
        if self._is_ours:
            return os.getppid() == self._pid
        with suppress(PermissionError):  # it lives, as somebody else's
            try:
                os.kill(self._pid, 0)
            except ProcessLookupError:
                return False
        return True
