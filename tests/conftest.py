"""What many tests share: the command line as users run it, and the real data where it is present."""

import atexit
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest
from hypothesis import HealthCheck, settings
from moto.kinesis.models import Shard
from moto.server import ThreadedMotoServer

from tests.support.forked import run_forked

# how long an example takes says how busy the machine is
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])

# what the tests make is remembered apart from what the machine's user has made
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="clickgen-state-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)

# a shell ignores it for what it starts in the background, and all that the tests start would inherit that
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real clickstreams; its licences forbid committing it, so it may be absent."""
    folder = Path(__file__).resolve().parents[2] / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the real clickstreams are not at {folder}")
    return folder


# without compiled modules every one of many processes would compile them all
_NOT_PASSED_ON = ("AWS_", "CLICKGEN_", "PYTHONDONTWRITEBYTECODE")


@dataclass(frozen=True)
class Said:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What it printed on stdout, which must be one JSON object."""
        return json.loads(self.out)


class CommandLine:
    """Runs `clickgen` in a process of its own, with a home of its own and no AWS configuration of the machine."""

    def __init__(self, home: Path) -> None:
        self.home = home
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_PASSED_ON)}
        self.environment = {
            **kept,
            "CLICKGEN_HOME": str(home),
            "AWS_CONFIG_FILE": str(home / "no-config"),
            "AWS_SHARED_CREDENTIALS_FILE": str(home / "no-credentials"),
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def command(self, arguments: Sequence[str]) -> list[str]:
        """The command's words."""
        return [sys.executable, "-m", "clickgen", *arguments]

    def run(
        self,
        *arguments: str,
        timeout: float = 120,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> Said:
        """Run a command to its end."""
        environment = {**self.environment, **(env or {})}
        done = run_forked(arguments, environment, stdin or b"", timeout) or subprocess.run(
            self.command(arguments),
            env=environment,
            capture_output=True,
            timeout=timeout,
            input=stdin or b"",
            check=False,
        )
        said = Said(done.returncode, done.stdout.decode(), done.stderr.decode())
        assert "Traceback" not in said.err, said.err
        return said

    def start(self, *arguments: str, env: Mapping[str, str] | None = None) -> "subprocess.Popen[bytes]":
        """Start a command in a process group of its own."""
        return subprocess.Popen(
            self.command(arguments),
            env={**self.environment, **(env or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            preexec_fn=_hear_hangups,  # noqa: PLW1509  # no thread of the tests holds a lock it needs
        )

    @contextmanager
    def serving(self, *arguments: str) -> Iterator[str]:
        """An embedded Firehose of its own lake for as long as the block lasts; its endpoint."""
        server = self.start("local", "serve", *arguments)
        try:
            assert server.stdout is not None
            yield str(json.loads(server.stdout.readline())["endpoint_url"])
        finally:
            server.terminate()
            server.communicate(timeout=60)


def _hear_hangups() -> None:
    """Undo what nohup passes on: the signal is ignored."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture
def clickgen(tmp_path: Path) -> CommandLine:
    """The command line, with a home in the test's own folder."""
    return CommandLine(tmp_path / "home")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The endpoint of an emulator that others wrote, with what earlier tests left there."""
    put, one_at_a_time = Shard.put_record, Lock()

    def put_record(*record: Any) -> str:
        with one_at_a_time:  # moto says of itself that it is not safe for concurrency: calls at once lose records
            return put(*record)

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shard, "put_record", put_record)
        server.start()
        _, port = server.get_host_and_port()
        yield f"http://127.0.0.1:{port}"
        server.stop()


@pytest.fixture
def moto(moto_server: str) -> str:
    """The endpoint of an emulator that others wrote, empty at the start of each test."""
    urlopen(Request(f"{moto_server}/moto-api/reset", method="POST")).close()
    return moto_server


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What boto3 signs its calls with."""
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def stream(moto: str, credentials: None) -> str:
    """A stream `clicks` that delivers gzip objects into the bucket `lake`."""
    s3: Any = boto3.client("s3", endpoint_url=moto)
    s3.create_bucket(Bucket="lake")
    firehose: Any = boto3.client("firehose", endpoint_url=moto)
    firehose.create_delivery_stream(
        DeliveryStreamName="clicks",
        ExtendedS3DestinationConfiguration={
            "RoleARN": "arn:aws:iam::123456789012:role/firehose",
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "events/",
            "CompressionFormat": "GZIP",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
        },
    )
    return "clicks"


CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "us-east-1"}
