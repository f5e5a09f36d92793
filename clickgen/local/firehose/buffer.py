"""The buffer of one stream: an open spool that fills, and sealed ones delivered in the order they were opened.

A spool is sealed by the first of the two buffering hints that is met, size before compression or seconds since
its oldest record. A put is never split: a spool ends with the put that fills it.
"""

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

from clickgen.local.firehose.destination import StreamDestination
from clickgen.local.firehose.journal import SpoolPlace
from clickgen.local.firehose.limits import ZERO_BUFFER_SECONDS
from clickgen.local.firehose.objects import Delivered, deliver, object_key
from clickgen.local.firehose.prefix import compile_prefix
from clickgen.local.firehose.spool import Spool, SpoolWriter, next_number, spools_in
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.notices import say

_RETRY_SECONDS = 0.5
_MAX_RETRY_SECONDS = 15.0


class Buffer:
    """What one stream has acknowledged and not yet delivered. Belongs to the running event loop."""

    def __init__(
        self, stream: str, version: str, destination: StreamDestination, folder: Path, lake: Lake
    ) -> None:
        """Take up what an earlier process left in `folder`: it is delivered first."""
        self._stream = stream
        self._folder = folder
        self._lake = lake
        self._open: SpoolWriter | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.change(version, destination)
        self._refusing = False
        self._sealed: asyncio.Queue[Spool] = asyncio.Queue()
        self._closing = asyncio.Event()
        self._first = self._next = next_number(folder)
        for spool in spools_in(folder):
            self._sealed.put_nowait(spool)
        self._delivery = asyncio.create_task(self._deliver_all())

    def put(self, payload: bytes, lengths: Sequence[int]) -> None:
        """Acknowledge records: they survive the death of the process from here on.

        ServiceUnavailableException if they cannot be kept; then none of them is.
        """
        try:
            if self._open is None:
                self._open = self._new_spool()
            self._open.append(payload, lengths)
        except OSError as error:
            if self._open is not None and self._open.torn:
                self.seal()
            if not self._refusing:
                say(f"refusing records of {self._stream}: {self._folder}: {error.strerror or error}")
            self._refusing = True
            raise ServiceError("ServiceUnavailableException", "The service is unavailable.", 503) from error
        self._refusing = False
        if self._open.size >= self._limit:
            self.seal()

    def change(self, version: str, destination: StreamDestination) -> None:
        """Deliver what comes from now on by these settings; what is buffered goes by those it came under."""
        self.seal()
        self._version = version
        self._destination = destination
        self._prefix = compile_prefix(destination.prefix)
        self._limit = destination.buffer_mb * MEBIBYTE
        self._interval = destination.buffer_seconds or ZERO_BUFFER_SECONDS

    def seal(self) -> None:
        """Hand what is buffered to the delivery now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._open is not None:
            self._open.close()
            self._sealed.put_nowait(self._open.spool)
            self._open = None

    async def settle(self) -> None:
        """Deliver all of it, trying until it works."""
        self.seal()
        joined = asyncio.create_task(self._sealed.join())
        await asyncio.wait({joined, self._delivery}, return_when=asyncio.FIRST_COMPLETED)
        if not joined.done():
            self._delivery.result()  # it only ends before its work by an error of ours: raise that

    async def close(self) -> int:
        """Deliver all of it, trying once; the number of spools that stay on disk for the next server."""
        self._closing.set()
        await self.settle()
        self._delivery.cancel()
        return len(spools_in(self._folder))

    def _new_spool(self) -> SpoolWriter:
        arrival = time.time()
        destination = self._destination
        key = object_key(
            self._prefix, self._stream, self._version, destination.extension, destination.local_time(arrival)
        )
        place = SpoolPlace(destination.bucket, key, destination.compression)
        spool = SpoolWriter(self._folder, self._next, place)
        self._next += 1
        self._timer = asyncio.get_running_loop().call_later(self._interval, self.seal)
        return spool

    async def _deliver_all(self) -> None:
        while True:
            await self._deliver(await self._sealed.get())
            self._sealed.task_done()

    async def _deliver(self, spool: Spool) -> None:
        wait, failing = _RETRY_SECONDS, False
        while True:
            try:
                delivered = await asyncio.to_thread(self._make_object, spool)
            except OSError as error:
                if not failing:
                    say(f"cannot deliver {self._stream} yet, its records stay in {spool.data}: {error}")
                failing = True
                if await self._closes_within(wait):
                    return
                wait = min(2 * wait, _MAX_RETRY_SECONDS)
                continue
            if failing:
                say(f"delivers {self._stream} again")
            if delivered.damage:
                say(f"lost records of {self._stream}: {delivered.damage}")
            return

    def _make_object(self, spool: Spool) -> Delivered:
        return deliver(spool, self._lake.root, self._lake.aside, verify=spool.number < self._first)

    async def _closes_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._closing.wait(), seconds)
        except TimeoutError:
            return False
        return True
