"""All functions of one lake: loading them at the start, creating, finding, changing, deleting, calling."""

import asyncio
import shutil
import uuid
from pathlib import Path
from typing import Any

import orjson
from pydantic import ValidationError

from clickgen.local.functions.code import clear_unused, remove
from clickgen.local.functions.function import Function, Home
from clickgen.local.functions.limits import MAX_PAYLOAD_BYTES, MAX_WAITING
from clickgen.local.functions.settings import Code, FunctionSettings, name_of, no_such_function
from clickgen.local.functions.worker import Outcome, Request
from clickgen.local.platform.documents import Documents
from clickgen.local.platform.errors import LocalProblem, ServiceError
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import Invocation
from clickgen.local.platform.rest import RestCall

SERVICE = "functions"
_KIND = "function"
PAUSE_SECONDS = 0.05  # between two looks whether a paused function goes on

PLANTED = {
    "errorType": "Planted",
    "errorMessage": "A fault that was set makes this invocation fail.",
}


class EmbeddedFunctions:
    """The functions that this process runs. Belongs to the running event loop; satisfies `links.Functions`."""

    def __init__(self, lake: Lake, endpoint_url: str, board: FaultBoard) -> None:
        self._faults = service_faults(board)
        self.home = Home(lake.state(SERVICE), endpoint_url)
        path = self.home.state / "functions.db"
        self.documents = Documents(path)
        self._functions: dict[str, Function] = {}
        for name, kept in self.documents.all(_KIND):
            try:
                settings = FunctionSettings.model_validate(kept)
            except ValidationError as error:
                raise LocalProblem(
                    f"The settings of the function {name} in {path} cannot be read: {error}.",
                    "Give another --dir, or delete the file and create the functions anew.",
                ) from error
            self._functions[name] = Function(settings, self.home)
        clear_unused(self.home.state, {function.settings.code.folder for function in self._functions.values()})

    @property
    def names(self) -> list[str]:
        """Names of all functions, sorted."""
        return sorted(self._functions)

    def has(self, function: str) -> bool:
        """Whether there is a function of that name or ARN."""
        try:
            return name_of(function) in self._functions
        except ServiceError:
            return False

    def find(self, function: str, region: str = "us-east-1") -> Function:
        """The function of that name or ARN; ResourceNotFoundException."""
        name = name_of(function)
        found = self._functions.get(name)
        if found is None:
            raise no_such_function(name, region)
        return found

    def create(self, settings: FunctionSettings) -> Function:
        """A new function; ResourceConflictException if there is one of that name."""
        if settings.name in self._functions:
            raise ServiceError("ResourceConflictException", f"Function already exist: {settings.name}", 409)
        self._keep(settings)
        function = self._functions[settings.name] = Function(settings, self.home)
        return function

    def change(self, function: Function, settings: FunctionSettings) -> None:
        """Give a function other settings."""
        self._keep(settings)
        function.change(settings)  # the old code stays until the next start: what runs may still import of it

    def note(self, function: Function, **changes: object) -> None:
        """Change what does not concern its processes: tags, the policy, how events are retried."""
        function.settings = function.settings.changed(**changes)
        self._keep(function.settings)

    def folder_of(self, code: Code) -> Path:
        """Where code is."""
        return Path(code.folder) if code.own else self.home.state / code.folder

    async def delete(self, function: str) -> None:
        """End a function and forget it; its log goes too."""
        found = self.find(function)
        name = found.settings.name
        self.documents.delete(_KIND, "", name)
        del self._functions[name]
        await found.close()
        remove(found.settings.code, self.home.state)
        shutil.rmtree(self.home.state / "logs" / name, ignore_errors=True)

    async def invoke(self, function: str, payload: bytes) -> Invocation:
        """Call a function by name or ARN and wait; ServiceError as the Invoke API would answer it."""
        outcome, _ = await self.call(self.find(function), payload)
        return Invocation(outcome.payload, outcome.error)

    async def call(
        self, function: Function, payload: bytes, client_context: object = None, request_id: str | None = None
    ) -> tuple[Outcome, bytes]:
        """Call a function and wait: how it ended, and the end of its log. ServiceError."""
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise ServiceError(
                "RequestTooLargeException",
                f"Request must be smaller than {MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation",
                413,
            )
        counts, reserved = function.counts, function.settings.reserved
        if reserved is not None and counts.running >= reserved:
            raise _throttled("ReservedFunctionConcurrentInvocationLimitExceeded")
        if counts.running >= MAX_WAITING:
            raise _throttled("ConcurrentInvocationLimitExceeded")
        counts.begun += 1
        counts.running += 1
        request = Request(request_id or str(uuid.uuid4()), function.settings.arn, payload, client_context)
        try:
            return await self._disturbed(function) or await function.run(request)
        finally:
            counts.running -= 1

    def lines(self, function: str, after: int) -> tuple[list[str], int] | None:
        """The kept lines of a function's log behind the first `after`; None if there is no such function."""
        return self.find(function).lines(after) if self.has(function) else None

    async def close(self) -> None:
        """End every process."""
        await asyncio.gather(*(function.close() for function in self._functions.values()))
        self.documents.close()

    async def _disturbed(self, function: Function) -> tuple[Outcome, bytes] | None:
        """Let planted faults happen to a call; its outcome if it is to fail without its handler."""
        faults = self._faults.of(function.settings.name)
        while faults.settings.pause:
            await asyncio.sleep(PAUSE_SECONDS)
            faults = self._faults.of(function.settings.name)
        if faults.settings.latency:
            await asyncio.sleep(faults.settings.latency)
        faults.refuse_call()
        if error := faults.failing(1):
            raise error[0]
        if not faults.fails_invocation():
            return None
        function.counts.failed += 1
        function.counts.last_error = PLANTED["errorMessage"]
        return Outcome(orjson.dumps(PLANTED), "Unhandled", "error"), b""

    def _keep(self, settings: FunctionSettings) -> None:
        kept: dict[str, Any] = settings.model_dump()
        self.documents.put(_KIND, "", settings.name, kept)


def wanted(call: RestCall) -> str:
    """The function that a request is about, with the version that it asks for."""
    name, qualifier = call.parts["name"], call.query.get("Qualifier")
    return name if qualifier is None else f"{name}:{qualifier}"


def service_faults(board: FaultBoard) -> ServiceFaults:
    """The planted faults of functions, in the words of Lambda."""
    return ServiceFaults(
        board,
        "lambda",
        throttled=lambda: _throttled("CallerRateLimitExceeded"),
        failed=lambda: ServiceError("ServiceException", "The request cannot be processed.", 500),
    )


def _throttled(reason: str) -> ServiceError:
    return ServiceError("TooManyRequestsException", f"Rate Exceeded. Reason: {reason}", 429)
