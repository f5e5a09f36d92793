"""The processes of one function: as many as run at once, kept warm, and what the log says of each invocation."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from math import ceil
from time import perf_counter

from clickgen.local.functions.log import FunctionLog, InvocationLog
from clickgen.local.functions.settings import VERSION
from clickgen.local.functions.worker import Launch, Outcome, Request, Worker, start

MAX_PROCESSES = 5
"""Processes of a function that run at once, unless it reserves more: what Firehose has under way for a shard."""


_IDLE_SECONDS = 300.0
"""How long a process waits for its next event."""


class Pool:
    """Runs events in warm processes; further ones start when all are busy, up to `size`, then events wait."""

    def __init__(self, launch: Callable[[str], Launch], log: FunctionLog, size: int) -> None:
        """`launch` tells how to start a process whose log stream has the given name."""
        self._launch = launch
        self._log = log
        self._free = asyncio.Semaphore(size)
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._retired = False

    async def run(self, request: Request) -> tuple[Outcome, bytes]:
        """Run one event; how it ended, and the end of its log."""
        async with self._free:
            worker = self._warm()
            if worker is None:
                return await self._run_cold(request)
            worker.log.begin()
            return await self._run_in(worker, request, cold=False), worker.log.tail()

    @property
    def busy(self) -> bool:
        """Whether events run in its processes."""
        return bool(self._busy)

    def retire(self) -> None:
        """End what is idle at once, and what is busy when its event is done."""
        self._retired = True
        while self._idle:
            self._end(self._idle.pop())

    async def close(self) -> None:
        """End every process, whatever it does."""
        self.retire()
        for worker in list(self._busy):
            self._end(worker)
        await asyncio.gather(*self._ending)

    def _warm(self) -> Worker | None:
        """A process that waits for an event, the last used first; one that has died meanwhile is put aside."""
        while self._idle:
            worker = self._idle.pop()
            if worker.waits:
                return worker
            self._end(worker)
        return None

    def _keep(self, worker: Worker) -> None:
        self._idle.append(worker)
        uses = worker.uses = worker.uses + 1
        asyncio.get_running_loop().call_later(_IDLE_SECONDS, self._end_idle, worker, uses)

    def _end(self, worker: Worker) -> None:
        """Kill a process, and wait for its end somewhere else."""
        worker.end()
        ending = asyncio.create_task(worker.ended())
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    def _end_idle(self, worker: Worker, uses: int) -> None:
        """End a process that nobody has used since, as Lambda does after a while."""
        if worker.uses == uses and worker in self._idle:
            self._idle.remove(worker)
            self._end(worker)

    async def _run_cold(self, request: Request) -> tuple[Outcome, bytes]:
        stream = f"{datetime.now(UTC):%Y/%m/%d}/[{VERSION}]{uuid.uuid4().hex}"
        log = InvocationLog(self._log)
        started = await start(self._launch(stream), log)
        if isinstance(started, Worker):
            return await self._run_in(started, request, cold=True), log.tail()
        log.say(*(line.encode() for line in (_begin(request), _end(request))))
        return started, log.tail()

    async def _run_in(self, worker: Worker, request: Request, *, cold: bool) -> Outcome:
        worker.log.say(_begin(request).encode())
        begin = perf_counter()
        self._busy.add(worker)
        try:
            outcome = await worker.invoke(request)
        finally:
            self._busy.discard(worker)
            if worker.alive and not self._retired:
                self._keep(worker)
            else:
                self._end(worker)
        milliseconds = (perf_counter() - begin) * 1000
        report = _report(worker, request, outcome, milliseconds, cold=cold)
        worker.log.say(_end(request).encode(), report.encode())
        return outcome


def _begin(request: Request) -> str:
    return f"START RequestId: {request.id} Version: {VERSION}"


def _end(request: Request) -> str:
    return f"END RequestId: {request.id}"


def _report(worker: Worker, request: Request, outcome: Outcome, duration: float, *, cold: bool) -> str:
    parts = [
        f"REPORT RequestId: {request.id}",
        f"Duration: {duration:.2f} ms",
        f"Billed Duration: {ceil(duration)} ms",
        f"Memory Size: {worker.launch.memory_mb} MB",
        f"Max Memory Used: {worker.peak_mb} MB",
    ]
    if cold:
        parts.append(f"Init Duration: {worker.init_ms:.2f} ms")
    if outcome.status != "success":
        parts.append(f"Status: {outcome.status}")
    if outcome.out_of_memory:
        parts.append("Error Type: Runtime.OutOfMemory")
    return "\t".join(parts)
