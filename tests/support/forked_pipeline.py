"""The embedded pipeline of a forked command: its server is another fork, and not a Python of its own."""

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import IO

from clickgen.cli import embedded
from tests.support.forked import ForkedProcess

_BEFORE_WORDS = 3  # python -m clickgen


class _Server(ForkedProcess):
    stdout: IO[bytes]


def start_pipelines_at(fork_server: str) -> None:
    """Let commands of this process start the servers of their pipelines by asking that fork server."""

    def start(command: Sequence[str], *, stdout: int, stderr: IO[bytes], start_new_session: bool) -> _Server:
        request = {
            "words": command[_BEFORE_WORDS:],
            "environment": dict(os.environ),
            "folder": str(Path.cwd()),
            "session": start_new_session,
        }
        said, output = os.pipe()
        with Path(os.devnull).open("rb") as nothing:
            streams = [nothing.fileno(), output, stderr.fileno()]
            server = _Server(json.dumps(request).encode(), streams, fork_server)
        os.close(output)
        server.stdout = os.fdopen(said, "rb")
        return server

    vars(embedded)["subprocess"] = SimpleNamespace(
        PIPE=subprocess.PIPE, Popen=start, TimeoutExpired=subprocess.TimeoutExpired, run=subprocess.run
    )
