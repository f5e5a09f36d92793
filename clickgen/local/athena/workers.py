"""The processes that carry out queries: started when they are needed, at most a few, ended when idle for long."""

import asyncio
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.athena.failures import SYSTEM

MAX_WORKERS = 2
"""Queries at the same time: each takes a core and up to its memory limit. Others are QUEUED."""

_IDLE_SECONDS = 120.0  # an idle process keeps its memory so long, to spare the next query its start
_LINE_LIMIT = 16 << 20  # of an answer: columns of a result, not its rows


@dataclass(eq=False)
class _Worker:
    process: asyncio.subprocess.Process
    timer: asyncio.TimerHandle | None = field(default=None)


class Workers:
    """The processes of one server. Each runs `module` over the lake, with this interpreter."""

    def __init__(self, module: str, lake: Path) -> None:
        self._command = ["-m", module, str(lake)]
        self._idle: list[_Worker] = []
        self._busy: dict[str, _Worker] = {}
        self._slots = asyncio.Semaphore(MAX_WORKERS)

    async def perform(self, name: str, request: dict[str, Any], started: Callable[[], None]) -> dict[str, Any]:
        """What became of a request, as the worker says. started: called when it leaves the queue."""
        async with self._slots:
            started()
            worker = await self._take()
            self._busy[name] = worker
            try:
                answer = await _ask(worker.process, request)
            finally:
                self._busy.pop(name, None)
                if worker.process.returncode is None:
                    self._keep(worker)
            return answer

    def stop(self, name: str) -> bool:
        """End the process that carries out a request; whether there was one."""
        worker = self._busy.get(name)
        if worker is not None:
            worker.process.kill()
        return worker is not None

    async def close(self) -> None:
        """End every process."""
        for worker in [*self._idle, *self._busy.values()]:
            await self._end(worker)

    async def _take(self) -> _Worker:
        while self._idle:
            worker = self._idle.pop()
            if worker.timer is not None:
                worker.timer.cancel()
            if worker.process.returncode is None:
                return worker
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *self._command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=_LINE_LIMIT,
        )
        return _Worker(process)

    def _keep(self, worker: _Worker) -> None:
        self._idle.append(worker)
        loop = asyncio.get_running_loop()

        def end() -> None:
            if worker in self._idle:
                self._idle.remove(worker)
                worker.process.kill()

        worker.timer = loop.call_later(_IDLE_SECONDS, end)

    async def _end(self, worker: _Worker) -> None:
        if worker.timer is not None:
            worker.timer.cancel()
        with contextlib.suppress(ProcessLookupError):
            worker.process.kill()
        await worker.process.wait()


async def _ask(process: asyncio.subprocess.Process, request: dict[str, Any]) -> dict[str, Any]:
    """The answer of a process; one that ends without an answer is reported as a failure of the system."""
    if process.stdin is None or process.stdout is None:
        raise RuntimeError("a worker has pipes for requests and answers")
    with contextlib.suppress(ConnectionError):
        process.stdin.write(orjson.dumps(request) + b"\n")
        await process.stdin.drain()
    line = await process.stdout.readline()
    if line:
        answer: dict[str, Any] = orjson.loads(line)
        return answer
    code = await process.wait()
    reason = f"GENERIC_INTERNAL_ERROR: the process of the query ended with {code}; it may have run out of memory"
    return {"failed": reason, "category": SYSTEM}
