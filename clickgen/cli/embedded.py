"""The embedded pipeline, started as any user would: `clickgen local serve` in a process of its own."""

import json
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from clickgen.cli.app import say, say_lines
from clickgen.local.platform.lake import was_served
from clickgen.model.destination import FirehoseDestination
from clickgen.model.errors import EnvironmentProblem, ExitCode, UsageProblem
from clickgen.model.plan import Place

if TYPE_CHECKING:
    from clickgen.verify.proof.delivery import Drained

BUCKET = "clickgen-lake"
STREAM = "clicks"
BUFFER_SECONDS = 60
BUFFER_MB = 5
_FLUSH_S = 120  # to deliver what is buffered; only a very slow disk needs longer
_START_S = 60  # it takes half a second; on a machine with ten times too much to do, five
_LEAVING_S = 5  # the pipeline of a command that was killed leaves a moment after it
_SAY_AFTER_S = 5
_UNKNOWN_OPTION = " has no option "


StartedPipeline = Callable[[], tuple[FirehoseDestination, Place]]
"""Waits for a pipeline: how it is reached, and where it delivers. Raises EnvironmentProblem if it cannot start."""


@contextmanager
def embedded_pipeline(lake: Path) -> Iterator[StartedPipeline]:
    """Run an embedded Firehose over `lake`. It starts while others work; at the end its buffers are delivered."""
    options = ["--dir", str(lake), "--stream", STREAM, "--bucket", BUCKET]
    options += ["--buffer-seconds", str(BUFFER_SECONDS), "--buffer-mb", str(BUFFER_MB)]
    with _starting(options) as endpoint:

        def ready() -> tuple[FirehoseDestination, Place]:
            url = endpoint()
            place = Place(
                bucket=BUCKET,
                buffer_seconds=BUFFER_SECONDS,
                buffer_mb=BUFFER_MB,
                time_zone="UTC",
                lake=str(lake.resolve()),
            )
            return FirehoseDestination(stream=STREAM, embedded=True, region="us-east-1", endpoint_url=url), place

        yield ready


@contextmanager
def local_server(options: Sequence[str]) -> Iterator[str]:
    """Run `clickgen local serve` with these options, on a free port; its endpoint. At the end it delivers.

    Raises EnvironmentProblem if it cannot start.
    """
    with _starting(options) as endpoint:
        yield endpoint()


@contextmanager
def _starting(options: Sequence[str]) -> Iterator[Callable[[], str]]:
    """Start it; what this gives waits for its endpoint."""
    command = [sys.executable, "-m", "clickgen", "local", "serve", "--port", "0", "--parent", str(os.getpid())]
    command += ["--wait", f"{_LEAVING_S}s", *options]
    with tempfile.TemporaryFile() as errors:  # a pipe that nobody reads would block the server in the end
        yield from _served(command, errors)


def _served(command: list[str], errors: IO[bytes]) -> Iterator[Callable[[], str]]:
    # a session of its own: what stops the run must not stop the server before the run has drained
    server = subprocess.Popen(  # noqa: S603  # our own command
        command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
    )
    served = False

    def endpoint() -> str:
        nonlocal served
        url = _endpoint(_ready_line(cast("IO[bytes]", server.stdout)), errors)
        served = True
        return url

    try:
        yield endpoint
    finally:
        _flush(server, _FLUSH_S if served else _LEAVING_S)
        if served and server.returncode not in (0, ExitCode.INTERRUPTED):
            say_lines(_said(errors).rstrip("\n"))


def _ready_line(output: IO[bytes]) -> bytes:
    """What the server says when it is ready; empty if it ended before."""
    for seconds in (_SAY_AFTER_S, _START_S - _SAY_AFTER_S):
        if select.select([output], [], [], seconds)[0]:
            return output.readline()  # it is written at once
        if seconds == _SAY_AFTER_S:
            say(f"waiting for the embedded pipeline to start, up to {_START_S} s")
    raise EnvironmentProblem(
        f"the embedded pipeline did not start within {_START_S} s",
        "is the machine overloaded? try again, or send to a stream of your own: --stream, --endpoint-url",
    )


def drain_lake(lake: Path, wait_s: float) -> "Drained":
    """Deliver what an embedded pipeline that died left buffered.

    One that is alive is waited for, `wait_s` at most. A folder that none has held is left as it is. Raises
    EnvironmentProblem if that fails.
    """
    from clickgen.verify.proof.delivery import Drained

    if not was_served(lake):
        return Drained(str(lake), 0, 0)
    command = [sys.executable, "-m", "clickgen", "local", "drain", "--dir", str(lake), "--wait", f"{wait_s:g}s"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise EnvironmentProblem(
            f"the lake {lake} could not be drained: {_last_line(done.stderr)}",
            "something still uses it: wait for that run to end, or give another --home",
        )
    left = json.loads(done.stdout)
    return Drained(str(lake), left["objects"], left["records"], done.stderr.strip())


def _endpoint(line: bytes, errors: IO[bytes]) -> str:
    try:
        return str(json.loads(line)["endpoint_url"])
    except (ValueError, KeyError) as problem:
        said = _said(errors)
        if _UNKNOWN_OPTION in said:
            message, _, hint = said.strip().removeprefix("clickgen: ").partition("\n  hint: ")
            raise UsageProblem(message, hint) from problem
        raise EnvironmentProblem(
            f"the embedded pipeline did not start: {_last_line(said)}",
            "another run may be using this lake: give another --home",
        ) from problem


def _flush(server: "subprocess.Popen[bytes]", most_s: int) -> None:
    """Let the server deliver what it holds and end, within `most_s`."""
    if server.poll() is None:
        server.terminate()
    try:
        if server.stdout is not None:  # it is closed when the server ends; `wait` alone would look now and then
            select.select([server.stdout], [], [], _SAY_AFTER_S)
        server.wait(_SAY_AFTER_S)
    except subprocess.TimeoutExpired:
        _wait_longer(server, most_s - _SAY_AFTER_S)
    if server.stdout is not None:
        server.stdout.close()


def _wait_longer(server: "subprocess.Popen[bytes]", seconds: int) -> None:
    """Wait so long for a server that was told to end, then kill it."""
    try:
        if seconds > 0:
            say(f"waiting for the embedded pipeline to deliver what it holds, up to {seconds} s")
            server.wait(seconds)
            return
    except subprocess.TimeoutExpired:
        pass
    # what it had buffered is found again at its next start
    server.kill()
    server.wait()


def _said(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode("utf-8", "replace")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    messages = [line for line in lines if not line.startswith("hint:")]
    return (messages or ["it said nothing"])[-1].removeprefix("clickgen: ")
