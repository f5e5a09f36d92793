"""The buffer of one stream: what it has acknowledged and not yet delivered.

Without processing, records gather in the spool that becomes their object. With it, they gather in incoming spools
first, as many as one invocation of a Lambda takes; what is made of an incoming spool is added to the outgoing ones
and the incoming spool removed, so that a killed server does it again or finds it done, and doubles nothing.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from clickgen.local.firehose.deliveries import Deliveries
from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.failures import ACTIVE_PARTITIONS_EXCEEDED, Failure
from clickgen.local.firehose.flow import Record
from clickgen.local.firehose.incoming import Incoming
from clickgen.local.firehose.left_over import incoming_folder, left_in
from clickgen.local.firehose.limits import MAX_ACTIVE_PARTITIONS
from clickgen.local.firehose.objects import Delivered
from clickgen.local.firehose.outgoing import Addition, Gathering, GatheringName, OpenSpools
from clickgen.local.firehose.patience import Patience
from clickgen.local.firehose.plan import StreamPlan
from clickgen.local.firehose.processing import Processed, error_additions
from clickgen.local.firehose.routes import StreamIdentity
from clickgen.local.firehose.spool import Spool, spools_in
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.notices import say

_TOO_MANY_PARTITIONS = Failure(
    ACTIVE_PARTITIONS_EXCEEDED,
    "DynamicPartitioning.ActivePartitionLimitExceeded",
    f"The stream has reached its limit of {MAX_ACTIVE_PARTITIONS} active partitions.",
)


class Buffer:
    """What one stream has acknowledged and not yet delivered. Belongs to the running event loop."""

    def __init__(
        self,
        stream: StreamIdentity,
        version: str,
        destination: StreamDestination,
        folder: Path,
        lake: Lake,
        surroundings: Surroundings,
    ) -> None:
        """Take up what an earlier process left in `folder`: it is delivered first."""
        self._stream = stream
        self._folder = folder
        self._lake = lake
        self._surroundings = surroundings
        self._refusing = False
        self._undelivered: Counter[GatheringName] = Counter()
        left = left_in(folder)
        clock = surroundings.clock
        self._patience = Patience(stream.name, clock)
        self._deliveries = Deliveries(stream.name, self._patience)
        self._side_deliveries = Deliveries(stream.name, self._patience)
        self._processing = Incoming(self._patience, self._commit)
        self._incoming = OpenSpools(incoming_folder(folder), left.next_incoming, clock, self._process)
        self._outgoing = OpenSpools(folder, left.next_outgoing, clock, self._deliver)
        self._plans: dict[str, StreamPlan] = {}
        self.change(version, destination)
        for spool, place in left.outgoing:
            content = place.content if place else "errors"
            deliver = partial(self._plan.deliver, spool, content, verify=True)
            (self._deliveries if content == "records" else self._side_deliveries).add(spool, deliver)
        for spool in left.incoming:
            self._processing.add(spool, self._plan, verify=True)

    @property
    def delimiter(self) -> bytes:
        """What is to be put behind each record of a put."""
        return self._plan.delimiter

    def change(self, version: str, destination: StreamDestination) -> None:
        """Deliver what comes from now on by these settings; what is buffered goes by those it came under."""
        self.seal()
        self._plan = self._plans[version] = StreamPlan(
            self._stream, version, destination, self._lake, self._surroundings, self._patience
        )

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
                say(f"refusing records of {self._stream.name}: {self._folder}: {error.strerror or error}")
            self._refusing = True
            raise ServiceError("ServiceUnavailableException", "The service is unavailable.", 503) from error
        self._refusing = False

    def _keep(self, payload: bytes, lengths: Sequence[int], arrived: int, notes: bytes) -> None:
        plan = self._plan
        backup = plan.routes.backup
        if plan.incoming is None:
            records = Addition(plan.routes.records, payload, lengths, arrived)
            if backup is None:
                self._outgoing.append(records)
            else:
                copy = Addition(backup, payload, lengths, arrived)
                self._outgoing.append_all([records, copy], 0, lambda: None)
            return
        waiting = Addition(plan.incoming, payload, lengths, arrived, notes)
        if backup is None:
            self._incoming.append(waiting)
        else:
            copy = Addition(backup, payload, lengths, arrived)
            self._outgoing.append_all([copy], 0, lambda: self._incoming.append(waiting))

    def seal(self) -> None:
        """Hand on what is buffered now: to processing what is to be processed, to delivery the rest."""
        self._incoming.seal_all()
        self._outgoing.seal_all()

    async def settle(self) -> None:
        """Deliver all of it, trying until it works."""
        self.seal()
        await self._processing.settle()
        self._outgoing.seal_all()
        await asyncio.gather(self._deliveries.settle(), self._side_deliveries.settle())

    async def close(self) -> int:
        """Deliver all of it, trying once; the number of spools that stay on disk for the next server."""
        self._patience.end()
        await self.settle()
        for worker in (self._processing, self._deliveries, self._side_deliveries):
            worker.stop()
        return len(spools_in(self._folder)) + len(spools_in(incoming_folder(self._folder)))

    def _process(self, spool: Spool, gathering: Gathering) -> None:
        self._processing.add(spool, self._plans[gathering.version])

    def _commit(self, spool: Spool, plan: StreamPlan, processed: Processed) -> None:
        """Add what was made of an incoming spool to the outgoing ones; its removal makes that final."""
        additions: list[Addition] = []
        refused: list[Record] = []
        active = set(self._undelivered).union(self._outgoing.names)
        for gathering, records, ready in processed.groups:
            if len(active) >= MAX_ACTIVE_PARTITIONS and gathering.name not in active:
                refused += records
                continue
            active.add(gathering.name)
            additions += ready
        additions += processed.errors
        additions += error_additions(plan.routes, [(record, _TOO_MANY_PARTITIONS) for record in refused])
        self._outgoing.append_all(additions, spool.number, spool.remove_data)
        if processed.damage:
            say(f"lost records of {self._stream.name}: {processed.damage}")
        spool.remove()

    def _deliver(self, spool: Spool, gathering: Gathering) -> None:
        plan, content = self._plans[gathering.version], gathering.content
        self._undelivered[gathering.name] += 1

        async def deliver() -> Delivered:
            delivered = await plan.deliver(spool, content, verify=False)
            self._undelivered[gathering.name] -= 1
            if not self._undelivered[gathering.name]:
                del self._undelivered[gathering.name]
            return delivered

        (self._deliveries if content == "records" else self._side_deliveries).add(spool, deliver)
