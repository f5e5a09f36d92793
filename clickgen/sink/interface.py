"""What every sink does: take a call's records, wait until it is due, and say honestly what became of each."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Protocol

import numpy as np

from clickgen.model.batch import Batch, CallResult, SinkLimits

Leave = Callable[[], None]
_EVENT = b"{}\n"


def at_once() -> None:
    """Wait for nothing."""


class Sink(Protocol):
    """One kind of service. A sink makes one attempt and never retries; it may be called from several threads."""

    limits: SinkLimits

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        """Send the batch, or only its records at these positions, in one call.

        leave: called when everything is ready, right before the first byte leaves; it waits until the batch is
        due. Positions in an Answer are those of the batch. Never raises for what a service or a network can do.
        """


class Gate:
    """Lets each call of a client wait just before botocore sends it; one call a thread at a time."""

    def __init__(self, client: Any = None) -> None:
        self._waiting = threading.local()
        if client is not None:
            self.guard(client)

    def guard(self, client: Any) -> None:
        """Stand before the calls of this client."""
        client.meta.events.register("before-send", self._pass)

    @contextmanager
    def held(self, leave: Leave) -> Iterator[None]:
        """The call made in this block, by this thread, calls `leave` before its first byte leaves."""
        self._waiting.leave = leave
        try:
            yield
        finally:
            self._waiting.leave = None

    def go(self) -> None:
        """Let the call of this thread leave, as it does once, when it may."""
        leave = getattr(self._waiting, "leave", None)
        self._waiting.leave = None
        if leave is not None:
            leave()

    def _pass(self, **_: Any) -> None:
        self.go()


class _Stay(Exception):
    """Raised when the call would leave."""


def rehearse(sink: Sink) -> None:
    """Do everything that is done once, such as getting credentials, before any event is due. Nothing is sent.

    The first call of a client takes a tenth of a second more than others.
    """
    size = len(_EVENT)
    batch = Batch(-1, 0, memoryview(_EVENT), [0, size], [0, 1], np.zeros(1), 0.0, size, size)
    with suppress(_Stay):
        sink.put(batch, None, _stay)  # what is wrong now will be reported of the first real call


def _stay() -> None:
    raise _Stay
