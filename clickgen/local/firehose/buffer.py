"""The buffer of one stream: what it has acknowledged and not yet delivered.

Without processing, records gather in the spool that becomes their object. With it, they gather in incoming spools
first, as many as one invocation of a Lambda takes; what is made of an incoming spool is added to the outgoing ones
and the incoming spool removed, so that a killed server does it again or finds it done, and doubles nothing.
"""

import time
from collections.abc import Sequence

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.copies import Copies
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.inbound import Inbound
from clickgen.local.firehose.left_over import left_in
from clickgen.local.firehose.outbound import Outbound
from clickgen.local.firehose.outgoing import Addition
from clickgen.local.firehose.plan import StreamPlan
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.notices import say


class Buffer:
    """What one stream has acknowledged and not yet delivered. Belongs to the running event loop."""

    def __init__(self, context: StreamContext, version: str, destination: StreamDestination) -> None:
        """Take up what an earlier process left: it is delivered first."""
        self._context = context
        self._refusing = False
        self._plans: dict[str, StreamPlan] = {}
        left = left_in(context.folder)
        self._copies = Copies(context)
        self._outbound = Outbound(context, left.next_outgoing, self._plans)
        self._inbound = Inbound(context, left.next_incoming, self._plans, self._outbound)
        self.change(version, destination)
        for spool, contents in left.outgoing:
            self._outbound.take_up(spool, contents, self._plan)
        for spool in left.incoming:
            self._inbound.take_up(spool, self._plan)

    @property
    def delimiter(self) -> bytes:
        """What is to be put behind each record of a put."""
        return self._plan.delimiter

    @property
    def keeps_notes(self) -> bool:
        """Whether notes about the source of each record are of use."""
        return self._plan.incoming is not None

    def change(self, version: str, destination: StreamDestination) -> None:
        """Deliver what arrives from now on by these settings; what is buffered goes by those it arrived under."""
        self.seal()
        self._plan = self._plans[version] = StreamPlan(self._context, version, destination, self._copies)

    def put(
        self, payload: bytes, lengths: Sequence[int], *, arrived: int | None = None, notes: bytes = b""
    ) -> None:
        """Acknowledge records: they survive the death of the process from here on.

        arrived: epoch milliseconds; now if it is None. notes: what the source says of each record, as a JSON list.
        ServiceUnavailableException if they cannot be kept; then none of them is.
        """
        if arrived is None:
            arrived = time.time_ns() // 1_000_000
        try:
            self._keep(payload, lengths, arrived, notes)
        except OSError as error:
            if not self._refusing:
                where = f"{self._context.stream.name}: {self._context.folder}"
                say(f"refusing records of {where}: {error.strerror or error}")
            self._refusing = True
            raise ServiceError("ServiceUnavailableException", "The service is unavailable.", 503) from error
        self._refusing = False
        self._context.counts.kept(len(lengths), len(payload))

    def seal(self) -> None:
        """Hand on what is buffered now: to processing what is to be processed, to delivery the rest."""
        self._inbound.seal_all()
        self._outbound.seal_all()

    async def settle(self) -> None:
        """Deliver all of it, trying until it works."""
        self.seal()
        await self._inbound.settle()
        self._outbound.seal_all()
        await self._outbound.settle()
        await self._copies.settle()

    async def close(self) -> int:
        """Deliver all of it, trying once; the number of spools that stay on disk for the next server."""
        self._context.patience.end()
        await self.settle()
        self._context.counts.publish()
        return self._inbound.stop() + self._outbound.stop() + self._copies.stop()

    def waiting(self) -> tuple[int, float | None]:
        """How many records wait for processing or delivery, and how old the oldest is in seconds, or None."""
        waiting = [*self._inbound.waiting, *self._outbound.waiting]
        arrivals = [one.arrived for one in waiting if one.records and one.arrived]
        lag = max(0.0, time.time() - min(arrivals) / 1000) if arrivals else None
        return sum(one.records for one in waiting), lag

    @property
    def last_error(self) -> str | None:
        """What last kept a delivery from working, or a record from being processed; None if nothing did."""
        return self._context.patience.last_error or self._context.counts.last_failure

    def _keep(self, payload: bytes, lengths: Sequence[int], arrived: int, notes: bytes) -> None:
        plan = self._plan
        if plan.incoming is None:
            keep, records = self._outbound.append, Addition(plan.routes.records, payload, lengths, arrived)
        else:
            keep, records = self._inbound.append, Addition(plan.incoming, payload, lengths, arrived, notes)
        backup = plan.routes.backup
        if backup is None:
            keep(records)
        else:
            copy = Addition(backup, payload, lengths, arrived)
            self._outbound.append_all([copy], 0, lambda: keep(records))
