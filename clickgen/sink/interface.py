"""What every sink does: take a call's records, and say honestly what became of each."""

from collections.abc import Sequence
from typing import Protocol

from clickgen.model.batch import Batch, CallResult, SinkLimits


class Sink(Protocol):
    """One kind of service. A sink makes one attempt and never retries; it may be called from several threads."""

    limits: SinkLimits

    def put(self, batch: Batch, records: Sequence[int] | None = None) -> CallResult:
        """Send the batch, or only its records at these positions, in one call.

        Positions in an Answer are those of the batch. Never raises for what a service or a network can do.
        """
