"""Incoming spools on their way through the processing of their stream, several at once, committed in order.

What is made of a spool is added to the outgoing spools, and the spool removed, in one go of the event loop: no
outgoing spool leaves in between, and a killed server finds either the incoming spool or all that was made of it.
"""

import asyncio
from collections.abc import Callable

from clickgen.local.firehose.deliveries import all_done
from clickgen.local.firehose.patience import Patience
from clickgen.local.firehose.plan import StreamPlan
from clickgen.local.firehose.processing import Processed
from clickgen.local.firehose.spool import Spool

_OUTSTANDING = 5
"""Spools of a stream in processing at a time, each in one invocation of a Lambda at a time [quota page]."""

Commit = Callable[[Spool, StreamPlan, Processed], None]
"""Adds what was made of a spool to the outgoing ones and removes it; OSError if nothing has changed."""


class Incoming:
    """The sealed incoming spools of a stream. Belongs to the running event loop."""

    def __init__(self, patience: Patience, commit: Commit) -> None:
        self._patience = patience
        self._commit = commit
        self._waiting: asyncio.Queue[tuple[Spool, StreamPlan, bool]] = asyncio.Queue()
        self._started: asyncio.Queue[tuple[Spool, StreamPlan, asyncio.Task[Processed | None]]] = asyncio.Queue()
        self._free = asyncio.Semaphore(_OUTSTANDING)
        self._starting = asyncio.create_task(self._start_all())
        self._committing = asyncio.create_task(self._commit_all())

    def add(self, spool: Spool, plan: StreamPlan, *, verify: bool = False) -> None:
        """Process it after those added before; `verify` checks its data, which an earlier process wrote."""
        self._waiting.put_nowait((spool, plan, verify))

    async def settle(self) -> None:
        """Wait until all of them are committed, or were tried once more after the patience ended."""
        await all_done(self._waiting, self._starting, self._committing)

    def stop(self) -> None:
        """Process no more."""
        self._starting.cancel()
        self._committing.cancel()

    async def _start_all(self) -> None:
        while True:
            spool, plan, verify = await self._waiting.get()
            await self._free.acquire()
            task = asyncio.create_task(self._process(spool, plan, verify=verify))
            self._started.put_nowait((spool, plan, task))

    async def _process(self, spool: Spool, plan: StreamPlan, *, verify: bool) -> Processed | None:
        async def attempt() -> Processed:
            return await plan.process(spool, verify=verify)

        return await self._patience.until_it_works(spool, attempt)

    async def _commit_all(self) -> None:
        while True:
            spool, plan, task = await self._started.get()
            processed = await task
            if processed is not None:
                await self._commit_when_possible(spool, plan, processed)
            self._free.release()
            self._waiting.task_done()

    async def _commit_when_possible(self, spool: Spool, plan: StreamPlan, processed: Processed) -> None:
        async def attempt() -> None:
            self._commit(spool, plan, processed)

        await self._patience.until_it_works(spool, attempt)
