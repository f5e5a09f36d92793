"""Sealed spools on their way to where they go, one after the other, each tried until it arrives."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from clickgen.local.firehose.objects import Delivered
from clickgen.local.firehose.patience import Patience
from clickgen.local.firehose.spool import Spool
from clickgen.local.platform.notices import say

Deliver = Callable[[], Awaitable[Delivered]]
"""Delivers one spool; OSError if it is to be tried again."""


class Deliveries:
    """The spools of a stream that wait for their delivery, in the order they were sealed.

    Belongs to the running event loop.
    """

    def __init__(self, stream: str, patience: Patience) -> None:
        self._stream = stream
        self._patience = patience
        self._waiting: asyncio.Queue[tuple[Spool, Deliver]] = asyncio.Queue()
        self._task = asyncio.create_task(self._deliver_all())

    def add(self, spool: Spool, deliver: Deliver) -> None:
        """Deliver it after those that were added before."""
        self._waiting.put_nowait((spool, deliver))

    async def settle(self) -> None:
        """Wait until all of them are delivered, or were tried once more after the patience ended."""
        await all_done(self._waiting, self._task)

    def stop(self) -> None:
        """Deliver no more."""
        self._task.cancel()

    async def _deliver_all(self) -> None:
        while True:
            spool, deliver = await self._waiting.get()
            delivered = await self._patience.until_it_works(spool.data, deliver)
            if delivered is not None and delivered.damage:
                say(f"lost records of {self._stream}: {delivered.damage}")
            self._waiting.task_done()


async def all_done(queue: asyncio.Queue[Any], *workers: asyncio.Task[None]) -> None:
    """Wait until all that was put into the queue is done; what ends a worker before that is raised."""
    joined = asyncio.create_task(queue.join())
    await asyncio.wait({joined, *workers}, return_when=asyncio.FIRST_COMPLETED)
    if not joined.done():
        joined.cancel()
        for worker in workers:
            if worker.done():
                worker.result()
