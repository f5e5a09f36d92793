"""One warm process with a user's handler: started, called, and ended when it hangs, crashes or eats memory."""

import asyncio
import os
import signal
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import orjson

from clickgen.local.functions.limits import INIT_SECONDS, SPARE_BYTES
from clickgen.local.functions.log import InvocationLog
from clickgen.local.functions.runtime import bootstrap
from clickgen.local.platform.limits import MEBIBYTE

_REQUEST = struct.Struct("!II")
_ANSWER = struct.Struct("!BI")
_WATCH_SECONDS = 0.05  # a handler touches some 100 MB between two looks
_LAST_WORDS_SECONDS = 1.0  # a process that closed its socket should be gone by then
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass(frozen=True)
class Launch:
    """How a process of a function is started."""

    python: str
    """The user's interpreter."""
    folder: Path
    """The handler's code, and the working directory."""
    imports: tuple[str, ...]
    """More folders to import from: installed requirements, layers."""
    environment: dict[str, str]
    memory_mb: int
    timeout: float
    """Seconds for an invocation."""


@dataclass(frozen=True)
class Request:
    """One event for a handler."""

    id: str
    arn: str
    payload: bytes
    client_context: object = None


@dataclass(frozen=True)
class Outcome:
    """How an invocation ended."""

    payload: bytes
    """What the handler returned, or the error object of the runtime."""
    error: str | None = None
    """None if the handler returned."""
    status: Literal["success", "error", "timeout"] = "success"
    """Whether the process goes on ("success", with an exception of the handler too), has ended or was ended."""
    out_of_memory: bool = False


class _Gone(Exception):
    """The process has ended instead of answering."""


async def start(launch: Launch, log: InvocationLog) -> "Worker | Outcome":
    """Start a process and import the handler; the error if that fails."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    output = log.open_pipe()
    begin = time.perf_counter()
    try:
        process = await asyncio.create_subprocess_exec(
            launch.python,
            bootstrap.__file__,
            str(theirs.fileno()),
            str(launch.memory_mb * MEBIBYTE + SPARE_BYTES),
            str(os.getpid()),
            str(launch.folder),
            *launch.imports,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(theirs.fileno(),),
            cwd=launch.folder,
            env=launch.environment,
            start_new_session=True,
        )
    except OSError as error:
        ours.close()
        log.close_pipe()
        return _failed("Runtime.InvalidEntrypoint", f"Error: {launch.python} cannot be started: {error}")
    finally:
        theirs.close()
        os.close(output)
    worker = Worker(launch, log, process, ours)
    failed = await worker.ready()
    worker.init_ms = (time.perf_counter() - begin) * 1000
    return failed or worker


class Worker:
    """A process that answers one event at a time. `alive` until it must be replaced."""

    def __init__(
        self, launch: Launch, log: InvocationLog, process: asyncio.subprocess.Process, connection: socket.socket
    ) -> None:
        self.launch = launch
        self.log = log
        self.alive = True
        self.init_ms = 0.0
        self.peak_mb = 0
        """The most memory it has used, as of its last answer."""
        self.uses = 0
        self._process = process
        self._socket = connection
        self._killed_for_memory = False
        self._watch: asyncio.TimerHandle | None = None

    @property
    def waits(self) -> bool:
        """Whether it can take an event: it may have died since its last one."""
        return self.alive and self._process.returncode is None

    async def ready(self) -> Outcome | None:
        """Wait until the handler is imported; the error if it cannot be."""
        outcome = await self._until(INIT_SECONDS + self.launch.timeout, "")
        return None if outcome.status == "success" else outcome

    async def invoke(self, request: Request) -> Outcome:
        """Send the event and wait for the answer, an exception, the timeout or the process's end."""
        about = orjson.dumps(
            {
                "request_id": request.id,
                "arn": request.arn,
                "deadline": time.time() + self.launch.timeout,
                "client_context": request.client_context,
            }
        )
        frame = _REQUEST.pack(len(about), len(request.payload)) + about + request.payload
        outcome = await self._until(self.launch.timeout, f"RequestId: {request.id} ", frame)
        if self.peak_mb > self.launch.memory_mb and not outcome.out_of_memory:
            self.end()  # it used more for less time than lies between two looks
            return _ended("signal: killed", f"RequestId: {request.id} ", out_of_memory=True)
        return outcome

    def end(self) -> None:
        """Kill the process and all that it started; it is not to be used again."""
        self.alive = False
        if self._watch is not None:
            self._watch.cancel()
        self._kill()
        self._socket.close()
        self.log.close_pipe()

    async def ended(self) -> None:
        """Wait until a killed process is gone."""
        await self._process.wait()

    async def _until(self, seconds: float, about: str, frame: bytes = b"") -> Outcome:
        """Send a frame and receive the answer; `about` begins the messages of errors."""
        self._look()
        try:
            async with asyncio.timeout(seconds):
                kind, payload = await self._exchange(frame)
        except TimeoutError:
            self.end()
            after = f"Task timed out after {self.launch.timeout:.2f} seconds"
            return _failed("Sandbox.Timedout", f"{about}Error: {after}", "timeout")
        except (_Gone, OSError):
            how = await self._how_it_ended()
            self.end()
            return _ended(how, about, out_of_memory=self._killed_for_memory)
        except BaseException:
            self.end()
            raise
        finally:
            if self._watch is not None:
                self._watch.cancel()
        self.log.drain()
        self._note_peak()
        if kind == bootstrap.INIT_FAILED:
            self.end()
            return Outcome(payload, "Unhandled", "error")
        return Outcome(payload, "Unhandled" if kind == bootstrap.FAILED else None)

    async def _exchange(self, frame: bytes) -> tuple[int, bytes]:
        if frame:
            await asyncio.get_running_loop().sock_sendall(self._socket, frame)
        kind, size = _ANSWER.unpack(await self._exactly(_ANSWER.size))
        return kind, bytes(await self._exactly(size))

    async def _exactly(self, size: int) -> bytearray:
        loop, data, got = asyncio.get_running_loop(), bytearray(size), 0
        view = memoryview(data)
        while got < size:
            part = await loop.sock_recv_into(self._socket, view[got:])
            if not part:
                raise _Gone
            got += part
        return data

    def _look(self) -> None:
        """Kill the process if it uses more memory than the function has; look again soon."""
        with suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_bytes().split()[1])
            if pages * _PAGE_BYTES > self.launch.memory_mb * MEBIBYTE:
                self._killed_for_memory, self.peak_mb = True, self.launch.memory_mb
                self._kill()
                return
        self._watch = asyncio.get_running_loop().call_later(_WATCH_SECONDS, self._look)

    def _kill(self) -> None:
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def _how_it_ended(self) -> str:
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_SECONDS):
                await self._process.wait()
        code = self._process.returncode
        if code is None:
            return "the connection was closed"
        return f"exit status {code}" if code >= 0 else f"signal: {_signal_name(-code)}"

    def _note_peak(self) -> None:
        with suppress(OSError, ValueError, IndexError):  # a system without /proc does not say
            status = Path(f"/proc/{self._process.pid}/status").read_bytes()
            self.peak_mb = int(status.partition(b"VmHWM:")[2].split(None, 1)[0]) // 1024


def _ended(how: str, about: str, *, out_of_memory: bool) -> Outcome:
    """The answer for a process that ended instead of answering."""
    ending = f"Runtime exited with error: {how}"
    if how == "exit status 0":
        ending = "Runtime exited without providing a reason"
    return replace(_failed("Runtime.ExitError", f"{about}Error: {ending}"), out_of_memory=out_of_memory)


def _failed(kind: str, message: str, status: Literal["error", "timeout"] = "error") -> Outcome:
    return Outcome(orjson.dumps({"errorType": kind, "errorMessage": message}), "Unhandled", status)


def _signal_name(number: int) -> str:
    """As the runtime words it."""
    words = {signal.SIGKILL: "killed", signal.SIGSEGV: "segmentation fault", signal.SIGABRT: "aborted"}
    with suppress(ValueError):
        return words.get(signal.Signals(number), signal.Signals(number).name.lower())
    return str(number)
