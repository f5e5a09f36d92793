"""The moment at which a call through boto3 is signed and ready: where it waits until it is due."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from clickgen.sink.interface import Leave


class Gate:
    """Lets each call of a client wait where botocore is about to send it; one call a thread at a time."""

    def __init__(self, client: Any) -> None:
        self._waiting = threading.local()
        client.meta.events.register("before-send", self._pass)

    @contextmanager
    def held(self, leave: Leave) -> Iterator[None]:
        """The call made in this block, by this thread, calls `leave` before its first byte leaves."""
        self._waiting.leave = leave
        try:
            yield
        finally:
            self._waiting.leave = None

    def _pass(self, **_: Any) -> None:
        leave = getattr(self._waiting, "leave", None)
        if leave is not None:
            leave()
