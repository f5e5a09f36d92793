"""What every sink does: take a call's records, and say honestly what became of each."""

from collections.abc import Callable, Sequence
from typing import Protocol

from clickgen.model.batch import Batch, CallResult, SinkLimits

Leave = Callable[[], None]


def at_once() -> None:
    """Wait for nothing."""


class Sink(Protocol):
    """One kind of service. A sink makes one attempt and never retries; it may be called from several threads."""

    limits: SinkLimits

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        """Send the batch, or only its records at these positions, in one call.

        leave: called when everything is made ready, right before the first byte leaves; it waits until the batch
        is due. Positions in an Answer are those of the batch. Never raises for what a service or a network can do.
        """
