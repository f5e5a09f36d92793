"""A running `clickgen local serve`, for the tests that talk to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import requests
from botocore.config import Config

from tests.support.forked import start_forked

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

BUCKET = "clickgen-lake"


class LocalServer:
    """One server process over `lake`; `notices` is what it has said on stderr so far."""

    def __init__(self, lake: Path, options: Sequence[str] = ()) -> None:
        self.lake = lake
        self._notices = lake.parent / f"{lake.name}-{time.monotonic_ns()}.stderr"
        words = ["local", "serve", "--dir", str(lake), *options]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        said, output = os.pipe()
        with self._notices.open("wb") as stderr, os.fdopen(said, "rb") as lines:
            self.process = start_forked(words, environment, output, stderr.fileno()) or subprocess.Popen(
                [*COMMAND, *words], stdout=output, stderr=stderr, env=environment
            )
            os.close(output)
            line = lines.readline()
        if not line:
            raise AssertionError(f"the server ended with {self.process.wait()}: {self.notices}")
        ready = json.loads(line)
        self.endpoint: str = ready["endpoint_url"]
        assert ready == {"endpoint_url": self.endpoint, "dir": str(lake), "pid": self.process.pid}

    @property
    def notices(self) -> str:
        return self._notices.read_text()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Send the signal and wait; the exit code."""
        self.process.send_signal(how)
        return self.process.wait(20)

    def kill(self) -> None:
        """kill -9."""
        self.process.kill()
        self.process.wait()


COMMAND = [sys.executable, "-m", "clickgen"]


@contextmanager
def serving(lake: Path, *options: str) -> Iterator[LocalServer]:
    """A server with these options, killed at the end if the test has not stopped it."""
    server = LocalServer(lake, options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.kill()


@contextmanager
def client_of(endpoint: str, region: str = "eu-west-1") -> Iterator["FirehoseClient"]:
    """A plain boto3 client of that endpoint which tries every call once."""
    client = service_client("firehose", endpoint, region)
    try:
        yield client
    finally:
        client.close()


def service_client(service: str, endpoint: str, region: str = "eu-west-1") -> Any:
    """A plain boto3 client of a service there which tries every call once."""
    return boto3.client(  # type: ignore[call-overload]  # its overloads take no name that is not written out
        service,
        endpoint_url=endpoint,
        region_name=region,
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=20),
    )


def objects_in(lake: Path, bucket: str = BUCKET) -> list[Path]:
    """Every object of the bucket."""
    return sorted(path for path in (lake / bucket).rglob("*") if path.is_file())


def run_local(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """`clickgen local` with these arguments, to its end."""
    return subprocess.run(
        [*COMMAND, "local", *arguments], capture_output=True, text=True, timeout=20, check=False, env=os.environ
    )


def until_active(client: "FirehoseClient", stream: str) -> None:
    """Wait for a stream that was just created to take records."""
    until(
        lambda: (
            client.describe_delivery_stream(DeliveryStreamName=stream)["DeliveryStreamDescription"][
                "DeliveryStreamStatus"
            ]
            == "ACTIVE"
        )
    )


def until(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def report_of(server: LocalServer, station: str) -> Any:
    """What the server reports of a station like "kinesis:clicks"."""
    answer = requests.get(f"{server.endpoint}/_clickgen/status", timeout=10).json()
    return next(report for report in answer["stations"] if report["station"] == station)


def set_faults(server: LocalServer, station: str, **faults: Any) -> None:
    """Set faults of a station while the server runs; none take all of them back."""
    answer = requests.post(
        f"{server.endpoint}/_clickgen/faults",
        json={"station": station, "faults": faults},
        headers={"x-clickgen-admin": "1"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
