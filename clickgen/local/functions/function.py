"""A function of a running server: its settings on disk, its code made ready, its processes."""

import asyncio
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.functions.code import CodeProblem, install_requirements, last_change
from clickgen.local.functions.log import FunctionLog
from clickgen.local.functions.pool import MAX_PROCESSES, Pool
from clickgen.local.functions.settings import VERSION, FunctionSettings
from clickgen.local.functions.worker import Launch, Outcome, Request
from clickgen.local.platform.door import FUNCTIONS_KEY
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import ACCOUNT
from clickgen.local.platform.service import StationReport

_LOOK_SECONDS = 1.0  # between two looks whether the user has changed his code
_MAX_ERROR_LETTERS = 300  # a line of `local status`

MAX_RESERVED = 50
"""Processes that a function may reserve here; each takes memory."""


@dataclass
class Counts:
    """What a function has done since the server started."""

    begun: int = 0
    returned: int = 0
    failed: int = 0
    running: int = 0  # or waiting for a process
    last_error: str | None = None


@dataclass(frozen=True)
class Home:
    """Where functions live: the folder of their state, and the endpoint that their SDKs are to use."""

    state: Path
    endpoint_url: str


class Function:
    """One function. Its code is made ready in the background; until then it is Pending."""

    def __init__(self, settings: FunctionSettings, home: Home) -> None:
        self.settings = settings
        self.counts = Counts()
        self._home = home
        self._imports: tuple[str, ...] = ()
        self._log_folder = home.state / "logs" / settings.name
        self._log_folder.mkdir(parents=True, exist_ok=True)
        self._log = FunctionLog(self._log_folder)
        self._problem: str | None = None
        self._created = False
        """Whether it has been Active once; from then on changes are updates."""
        self._pool = self._new_pool()
        self._retired: list[Pool] = []
        self._looked = -_LOOK_SECONDS
        self._changed: int | None = None
        self._preparing = asyncio.create_task(self._prepare())

    @property
    def pending(self) -> bool:
        """Whether its code is still being made ready."""
        return not self._preparing.done()

    @property
    def code_folder(self) -> Path:
        """Where its code is."""
        code = self.settings.code
        return Path(code.folder) if code.own else self._home.state / code.folder

    def describe(self) -> dict[str, Any]:
        """`FunctionConfiguration`."""
        described = self.settings.describe()
        first, failed = not self._created, self._problem is not None and not self.pending
        described["State"] = "Pending" if first and self.pending else "Failed" if first and failed else "Active"
        described["LastUpdateStatus"] = "InProgress" if self.pending else "Failed" if failed else "Successful"
        if failed:
            described["LastUpdateStatusReason"] = self._problem
            described["LastUpdateStatusReasonCode"] = "InvalidRuntime"
        if described["State"] == "Pending":
            described |= {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
        elif described["State"] == "Failed":
            described |= {"StateReason": self._problem, "StateReasonCode": "InvalidRuntime"}
        return described

    async def run(self, request: Request) -> tuple[Outcome, bytes]:
        """Run one event, once the code is ready; ServiceError if it cannot be made ready."""
        await self._reload()
        await asyncio.shield(self._preparing)
        if self._problem is not None:
            raise ServiceError(
                "ResourceConflictException",
                f"The function {self.settings.name} cannot run: {self._problem}",
                409,
            )
        outcome, tail = await self._pool.run(request)
        if outcome.error is None:
            self.counts.returned += 1
        else:
            self.counts.failed += 1
            self.counts.last_error = _in_words(outcome.payload)
        return outcome, tail

    def lines(self, after: int) -> tuple[list[str], int]:
        """The kept lines of its log behind the first `after`, and the number of the last."""
        return self._log.lines(after)

    def report(self) -> StationReport:
        """What `local status` shows of it."""
        counts = self.counts
        state = self.describe()["State"]
        last_error = self._problem or counts.last_error
        return StationReport(
            f"lambda:{self.settings.name}",
            state,
            counts.begun,
            counts.returned,
            counts.running,
            counts.failed,
            last_error=last_error,
        )

    def change(self, settings: FunctionSettings) -> None:
        """Go on with other settings: in new processes, after what runs now has ended."""
        self.settings = settings
        self._pool.retire()
        self._retired = [pool for pool in (*self._retired, self._pool) if pool.busy]
        self._pool = self._new_pool()
        self._preparing.cancel()
        self._preparing = asyncio.create_task(self._prepare())

    async def _reload(self) -> None:
        """Take up changes of the user's own folder, as people expect who work on it."""
        if not self.settings.code.own or time.monotonic() - self._looked < _LOOK_SECONDS:
            return
        self._looked = time.monotonic()
        changed = await asyncio.to_thread(last_change, self.code_folder)
        if changed != self._changed and self._changed is not None:
            self.change(self.settings)
        self._changed = changed

    async def close(self) -> None:
        """End its processes."""
        self._preparing.cancel()
        await asyncio.gather(*(pool.close() for pool in (self._pool, *self._retired)))
        self._log.close()

    def _new_pool(self) -> Pool:
        reserved = self.settings.reserved
        size = MAX_PROCESSES if reserved is None else min(max(reserved, 1), MAX_RESERVED)
        return Pool(self._launch, self._log, size)

    async def _prepare(self) -> None:
        python = self.settings.python or sys.executable
        try:
            requirements = await install_requirements(self.code_folder, python, self._home.state)
        except CodeProblem as problem:
            self._problem = str(problem)
            self._log.write([f"[ERROR] {problem}".encode()])
            return
        layers = (Path(layer) for layer in self.settings.layers)
        folders = [layer / "python" if (layer / "python").is_dir() else layer for layer in layers]
        self._imports = tuple(str(folder) for folder in (*([requirements] if requirements else []), *folders))
        self._problem, self._created = None, True

    def _launch(self, stream: str) -> Launch:
        settings = self.settings
        return Launch(
            settings.python or sys.executable,
            self.code_folder,
            self._imports,
            _environment(settings, self.code_folder, stream, self._home.endpoint_url),
            settings.memory_mb,
            settings.timeout,
        )


def _in_words(payload: bytes) -> str:
    """An error object of the runtime in one line."""
    error = orjson.loads(payload)
    return f"{error.get('errorType')}: {error.get('errorMessage')}"[:_MAX_ERROR_LETTERS]


def _environment(settings: FunctionSettings, folder: Path, stream: str, endpoint_url: str) -> dict[str, str]:
    """What a handler finds in os.environ: what Lambda sets, and where AWS is here. Nothing of the server's own."""
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TZ": ":UTC",
        "LAMBDA_TASK_ROOT": str(folder),
        "_HANDLER": settings.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}",
        "AWS_LAMBDA_FUNCTION_NAME": settings.name,
        "AWS_LAMBDA_FUNCTION_VERSION": VERSION,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(settings.memory_mb),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": settings.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_ACCESS_KEY_ID": FUNCTIONS_KEY,
        "AWS_SECRET_ACCESS_KEY": "clickgen-local",
        "AWS_SESSION_TOKEN": "clickgen-local",
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": endpoint_url,
        **(settings.environment or {}),
    }
