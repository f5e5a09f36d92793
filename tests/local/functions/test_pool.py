"""The processes of one function, without a server around them."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from clickgen.local.functions import pool as pools
from clickgen.local.functions.log import FunctionLog
from clickgen.local.functions.pool import Pool
from clickgen.local.functions.worker import Launch, Request

_SLOW = "import os, time\ndef handler(event, context):\n    time.sleep(event)\n    return os.getpid()\n"


def _pool(folder: Path, size: int) -> Pool:
    (folder / "app.py").write_text(_SLOW)
    environment = {
        "_HANDLER": "app.handler",
        "AWS_LAMBDA_FUNCTION_NAME": "slow",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_LOG_GROUP_NAME": "group",
        "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
    }
    launch = Launch(sys.executable, folder, (), environment, 128, 10)
    return Pool(lambda stream: launch, FunctionLog(folder), size)


async def _run(pool: Pool, seconds: float) -> int:
    outcome, _ = await pool.run(Request("id", "arn", str(seconds).encode()))
    assert outcome.error is None
    return int(outcome.payload)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_no_more_processes_run_than_the_pool_has_places(tmp_path: Path) -> None:
    async def check() -> None:
        pool = _pool(tmp_path, 2)
        assert len(set(await asyncio.gather(*(_run(pool, 0.05) for _ in range(6))))) == 2
        await pool.close()

    asyncio.run(check())


def test_a_process_that_nobody_uses_ends_and_one_in_use_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "_IDLE_SECONDS", 0.3)

    async def check() -> None:
        pool = _pool(tmp_path, 1)
        first = await _run(pool, 0)
        assert await _run(pool, 0.6) == first  # longer than a process may wait
        for _ in range(100):
            if not _lives(first):
                break
            await asyncio.sleep(0.05)
        assert not _lives(first)
        assert await _run(pool, 0) != first
        await pool.close()

    asyncio.run(check())


def test_a_retired_pool_finishes_what_runs(tmp_path: Path) -> None:
    async def check() -> None:
        pool = _pool(tmp_path, 1)
        process = await _run(pool, 0)
        running = asyncio.create_task(_run(pool, 0.3))
        await asyncio.sleep(0.1)
        pool.retire()
        assert (pool.busy, await running, pool.busy) == (True, process, False)
        await pool.close()

    asyncio.run(check())
