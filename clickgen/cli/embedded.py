"""The embedded pipeline, started as any user would: `clickgen local serve` in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click

from clickgen.local.lake import was_served
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Destination, Place

BUCKET = "clickgen-lake"
STREAM = "clicks"
BUFFER_SECONDS = 60
BUFFER_MB = 5
_FLUSH_S = 120  # to deliver what is buffered; only a very slow disk needs longer


@contextmanager
def embedded_pipeline(lake: Path) -> Iterator[tuple[Destination, Place]]:
    """Run an embedded Firehose over `lake`; at the end its buffers are delivered.

    Raises EnvironmentProblem where it cannot start.
    """
    command = [sys.executable, "-m", "clickgen", "local", "serve", "--port", "0", "--dir", str(lake)]
    command += ["--parent", str(os.getpid()), "--stream", STREAM, "--bucket", BUCKET]
    command += ["--buffer-seconds", str(BUFFER_SECONDS), "--buffer-mb", str(BUFFER_MB)]
    with tempfile.TemporaryFile() as errors:  # a pipe that nobody reads would block the server in the end
        yield from _served(command, lake, errors)


def _served(command: list[str], lake: Path, errors: IO[bytes]) -> Iterator[tuple[Destination, Place]]:
    # a session of its own: what stops the run must not stop the server before the run has drained
    server = subprocess.Popen(  # noqa: S603  # our own command
        command, stdout=subprocess.PIPE, stderr=errors, start_new_session=True
    )
    try:
        assert server.stdout is not None  # noqa: S101  # it is a pipe
        endpoint = _endpoint(server.stdout.readline(), errors)
        destination = Destination(stream=STREAM, embedded=True, region="us-east-1", endpoint_url=endpoint)
        place = Place(
            bucket=BUCKET,
            buffer_seconds=BUFFER_SECONDS,
            buffer_mb=BUFFER_MB,
            time_zone="UTC",
            lake=str(lake.resolve()),
        )
        yield destination, place
    finally:
        _flush(server, errors)


def drain_lake(lake: Path, wait_s: float) -> None:
    """Deliver what an embedded pipeline that died left buffered.

    One that is alive is waited for, `wait_s` at most. A folder that none has held is left as it is. Raises
    EnvironmentProblem where that fails.
    """
    if not was_served(lake):
        return
    command = [sys.executable, "-m", "clickgen", "local", "drain", "--dir", str(lake), "--wait", f"{wait_s:g}s"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # our own command
    if done.returncode:
        raise EnvironmentProblem(
            f"the lake {lake} could not be drained: {_last_line(done.stderr)}",
            "something still uses it: wait for that run to end, or give another --home",
        )


def _endpoint(line: bytes, errors: IO[bytes]) -> str:
    try:
        return str(json.loads(line)["endpoint_url"])
    except (ValueError, KeyError) as problem:
        raise EnvironmentProblem(
            f"the embedded pipeline did not start: {_last_line(_said(errors))}",
            "another run may be using this lake: give another --home",
        ) from problem


def _flush(server: "subprocess.Popen[bytes]", errors: IO[bytes]) -> None:
    if server.poll() is None:
        server.terminate()
    try:
        server.wait(_FLUSH_S)
    except subprocess.TimeoutExpired:
        # what it had buffered is found again at its next start
        server.kill()
        server.wait()
    if server.returncode:
        click.echo(_said(errors), err=True, nl=False)


def _said(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode("utf-8", "replace")


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    messages = [line for line in lines if not line.startswith("hint:")]
    return (messages or ["it said nothing"])[-1].removeprefix("clickgen: ")
