"""What waits for its processing: incoming spools, processed several at a time and committed in order.

What is made of a spool is added to the outgoing spools, and the spool removed, in one go of the event loop: no
outgoing spool leaves in between, and a killed server finds either the incoming spool or all that was made of it.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from clickgen.local.firehose.context import StreamContext
from clickgen.local.firehose.deliveries import all_done
from clickgen.local.firehose.failures import ACTIVE_PARTITIONS_EXCEEDED, Failure
from clickgen.local.firehose.flow import Record
from clickgen.local.firehose.left_over import incoming_folder
from clickgen.local.firehose.limits import MAX_ACTIVE_PARTITIONS
from clickgen.local.firehose.outbound import Outbound
from clickgen.local.firehose.outgoing import Addition, OpenSpool, OpenSpools, Waiting
from clickgen.local.firehose.plan import StreamPlan
from clickgen.local.firehose.processing import Processed, error_additions
from clickgen.local.firehose.spool import Spool, spools_in
from clickgen.local.platform.notices import say

_OUTSTANDING = 5
"""Spools of a stream in processing at a time, each in one invocation of a Lambda at a time [quota page]."""

_TOO_MANY_PARTITIONS = Failure(
    ACTIVE_PARTITIONS_EXCEEDED,
    "DynamicPartitioning.ActivePartitionLimitExceeded",
    f"The stream has reached its limit of {MAX_ACTIVE_PARTITIONS} active partitions.",
)


class Inbound:
    """The incoming spools of one stream. Belongs to the running event loop.

    first: the number of the next spool. plans: by the version of the settings.
    """

    def __init__(
        self, context: StreamContext, first: int, plans: Mapping[str, StreamPlan], outbound: Outbound
    ) -> None:
        self._context = context
        self._plans = plans
        self._outbound = outbound
        self._folder = incoming_folder(context.folder)
        self._gathering = OpenSpools(self._folder, first, context.surroundings.clock, self._process_sealed)
        self._sealed: dict[Path, Waiting] = {}
        self._queue: asyncio.Queue[tuple[Spool, StreamPlan, bool]] = asyncio.Queue()
        self._started: asyncio.Queue[tuple[Spool, StreamPlan, asyncio.Task[Processed | None]]] = asyncio.Queue()
        self._free = asyncio.Semaphore(_OUTSTANDING)
        self._starting = asyncio.create_task(self._start_all())
        self._committing = asyncio.create_task(self._commit_all())

    @property
    def waiting(self) -> list[Waiting]:
        """The records that are to be processed, by spool."""
        return [*self._sealed.values(), *(one.waiting for one in self._gathering.open.values())]

    def append(self, addition: Addition) -> None:
        """Keep records durably. On OSError nothing of them is kept."""
        self._gathering.append(addition)

    def take_up(self, spool: Spool, plan: StreamPlan) -> None:
        """Process what an earlier process left."""
        contents = spool.read(verify=False)
        arrived = contents.puts[0].arrived if contents.puts else 0
        self._process(spool, Waiting((), "records", contents.records, arrived), plan, verify=True)

    def seal_all(self) -> None:
        """Process what gathers now."""
        self._gathering.seal_all()

    async def settle(self) -> None:
        """Wait until all that was sealed is committed."""
        await all_done(self._queue, self._starting, self._committing)

    def stop(self) -> int:
        """Process no more; how many spools are left."""
        self._starting.cancel()
        self._committing.cancel()
        return len(spools_in(self._folder))

    def _process_sealed(self, sealed: OpenSpool) -> None:
        plan = self._plans[sealed.gathering.version]
        self._process(sealed.writer.spool, sealed.waiting, plan, verify=False)

    def _process(self, spool: Spool, waiting: Waiting, plan: StreamPlan, *, verify: bool) -> None:
        self._sealed[spool.journal] = waiting
        self._queue.put_nowait((spool, plan, verify))

    async def _start_all(self) -> None:
        while True:
            spool, plan, verify = await self._queue.get()
            await self._free.acquire()
            self._started.put_nowait((spool, plan, asyncio.create_task(self._made_of(spool, plan, verify=verify))))

    async def _made_of(self, spool: Spool, plan: StreamPlan, *, verify: bool) -> Processed | None:
        async def attempt() -> Processed:
            return await plan.process(spool, verify=verify)

        return await self._context.patience.until_it_works(spool.data, attempt)

    async def _commit_all(self) -> None:
        while True:
            spool, plan, task = await self._started.get()
            processed = await task
            if processed is not None:
                await self._commit_when_possible(spool, plan, processed)
            self._free.release()
            self._queue.task_done()

    async def _commit_when_possible(self, spool: Spool, plan: StreamPlan, processed: Processed) -> None:
        async def attempt() -> None:
            self._commit(spool, plan, processed)

        await self._context.patience.until_it_works(spool.data, attempt)

    def _commit(self, spool: Spool, plan: StreamPlan, processed: Processed) -> None:
        """Add what was made of an incoming spool to the outgoing ones; its removal makes that final."""
        additions: list[Addition] = []
        refused: list[Record] = []
        active = self._outbound.active
        for gathering, records, ready in processed.groups:
            if len(active) >= MAX_ACTIVE_PARTITIONS and gathering.name not in active:
                refused += records
                continue
            active.add(gathering.name)
            additions += ready
        additions += processed.errors
        additions += error_additions(plan.routes, [(record, _TOO_MANY_PARTITIONS) for record in refused])
        self._outbound.append_all(additions, spool.number, spool.remove_data)
        if processed.damage:
            say(f"lost records of {self._context.stream.name}: {processed.damage}")
        spool.remove()
        del self._sealed[spool.journal]
        self._count(processed, len(refused), len(active) if plan.partitioned else None)

    def _count(self, processed: Processed, refused: int, partitions: int | None) -> None:
        counts = self._context.counts
        made = sum(len(records) for _, records, _ in processed.groups) - refused
        counts.processed(made, processed.failed + refused, processed.last_failure)
        if partitions is not None:
            counts.sample("PartitionCount", partitions)
            counts.sample("PartitionCountExceeded", refused > 0)
