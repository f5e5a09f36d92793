"""`clickgen` from a fork server, where it need not start a Python of its own."""

import atexit
import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import cache
from pathlib import Path
from signal import SIGKILL, SIGTERM

from tests.support.fork_server import REQUEST_BYTES

_ROOT = Path(__file__).resolve().parents[2]
_START_S = 120
# read while Python starts; a server has started already
_READ_AT_START = ("PYTHON", "LC_", "LANG", "LD_")
_ONLY_OURS = "PYTHONDONTWRITEBYTECODE"
_OF_MUTATION_RUNS = ("MUTANT", "REACH_FOLDER")  # each of their processes begins by itself


def run_forked(
    words: Sequence[str], environment: Mapping[str, str], stdin: bytes, timeout: float
) -> "subprocess.CompletedProcess[bytes] | None":
    """Run a command to its end; None where it would not be the same as in a Python of its own."""
    text = _request(words, environment)
    if text is None:
        return None
    pipes = [os.pipe() for _ in range(3)]
    (their_in, to_it), (of_it, their_out), (of_its_errors, their_err) = pipes
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as asked, ThreadPoolExecutor(3) as pool:
        asked.settimeout(_START_S)
        asked.connect(_server())
        socket.send_fds(asked, [text], [their_in, their_out, their_err])
        for stream in (their_in, their_out, their_err):
            os.close(stream)
        process = int(asked.recv(100))
        fed = pool.submit(_feed, to_it, stdin)
        out, err = pool.submit(_all_of, of_it), pool.submit(_all_of, of_its_errors)
        asked.settimeout(timeout)
        try:
            code = int(asked.recv(100))
            fed.result(timeout)
            return subprocess.CompletedProcess(words, code, out.result(timeout), err.result(timeout))
        except TimeoutError:
            with suppress(ProcessLookupError):
                os.kill(process, SIGKILL)
            raise subprocess.TimeoutExpired([*words], timeout) from None


class ForkedProcess:
    """A command that goes on, with what is used of `subprocess.Popen`."""

    def __init__(self, text: bytes, streams: Sequence[int], server: str | None = None) -> None:
        """streams: its standard input, output and errors. server: that forks it, by default this process's own."""
        self.returncode: int | None = None
        self._asked = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._asked.settimeout(_START_S)
        self._asked.connect(server or _server())
        socket.send_fds(self._asked, [text], [*streams])
        self.pid = int(self._asked.recv(100))

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, once it has ended; TimeoutExpired."""
        if self.returncode is None:
            self._asked.settimeout(timeout)
            try:
                self.returncode = int(self._asked.recv(100))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(["clickgen"], timeout or 0.0) from None
            self._asked.close()
        return self.returncode

    def poll(self) -> int | None:
        """Its exit code; None while it goes on."""
        with suppress(subprocess.TimeoutExpired):
            return self.wait(0.0)
        return None

    def send_signal(self, how: int) -> None:
        """Send it a signal, unless it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, how)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(SIGKILL)


def start_forked(
    words: Sequence[str], environment: Mapping[str, str], output: int, errors: int
) -> ForkedProcess | None:
    """Start a command without input; None where it would not be the same as in a Python of its own."""
    text = _request(words, environment)
    if text is None:
        return None
    with Path(os.devnull).open("rb") as nothing:
        return ForkedProcess(text, [nothing.fileno(), output, errors])


def _request(words: Sequence[str], environment: Mapping[str, str]) -> bytes | None:
    if not _as_good(words, environment):
        return None
    request = {"words": [*words], "environment": {**environment}, "folder": str(Path.cwd())}
    text = json.dumps(request).encode()
    return text if len(text) <= REQUEST_BYTES else None


def _as_good(words: Sequence[str], environment: Mapping[str, str]) -> bool:
    if "generate" in words[:1]:  # its bytes must not hang on the seed of Python's hashes, which forks share
        return False
    if any(name in os.environ for name in _OF_MUTATION_RUNS):
        return False
    names = {name for name in {*environment, *os.environ} if name.startswith(_READ_AT_START)} - {_ONLY_OURS}
    return all(environment.get(name) == os.environ.get(name) for name in names)


def _feed(stream: int, content: bytes) -> None:
    with suppress(BrokenPipeError), open(stream, "wb") as pipe:  # it is no path
        pipe.write(content)


def _all_of(stream: int) -> bytes:
    with open(stream, "rb") as pipe:  # it is no path
        return pipe.read()


def _environment() -> dict[str, str]:
    """That of the server: no threads, which do not outlive a fork, and compiled modules."""
    kept = {name: value for name, value in os.environ.items() if name != _ONLY_OURS}
    return kept | {"OPENBLAS_NUM_THREADS": "1"}


@cache
def _server() -> str:
    """The address of this process's server, which ends with it."""
    folder = tempfile.TemporaryDirectory(prefix="clickgen-forks-")
    address = f"{folder.name}/socket"
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
        listener.bind(address)
        listener.listen(64)
        server = subprocess.Popen(
            [sys.executable, "-m", "tests.support.fork_server", str(listener.fileno())],
            cwd=_ROOT,
            env=_environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=[listener.fileno()],
        )

    def end() -> None:
        server.communicate(timeout=_START_S)
        folder.cleanup()

    atexit.register(end)
    return address
