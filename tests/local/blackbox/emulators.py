"""The emulators that the same black-box tests run at: the embedded pipeline, moto and ministack.

Nothing here imports `clickgen.local`: each emulator is an address that boto3 talks to.
"""

import io
import json
import os
import signal
import socket
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from itertools import count
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from moto.server import ThreadedMotoServer

from tests.support.local_server import serving

MOTO, MINISTACK = "5.2.5", "1.5.33"
"""The versions that the table of differences describes; other versions are skipped."""

EMULATORS = ("embedded", "moto", "ministack")
LONG, SHORT = 20.0, 3.0
"""Seconds to wait for what should happen, and for what is known not to."""

REGION = "us-east-1"  # where S3 wants no LocationConstraint
_NUMBERS = count()


class Emulator:
    """One running emulator, with a client for each service and names that are used once."""

    def __init__(self, name: str, endpoint: str, folder: Path) -> None:
        self.name = name
        self.endpoint = endpoint
        self.folder = folder
        self.patience = LONG
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client that tries every call once."""
        if service not in self._clients:
            self._clients[service] = boto3.client(  # type: ignore[call-overload]  # the name is not written out
                service,
                endpoint_url=self.endpoint,
                region_name=REGION,
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
                config=Config(retries={"total_max_attempts": 1}, proxies={}, read_timeout=LONG),
            )
        return self._clients[service]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()

    def happens(self, condition: Callable[[], Any]) -> bool:
        """Whether it becomes true while the test has patience."""
        deadline = time.monotonic() + self.patience
        while not condition():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def new_name(self, kind: str) -> str:
        return f"{kind}-{next(_NUMBERS)}"

    def bucket(self) -> str:
        name = self.new_name("bucket")
        self.client("s3").create_bucket(Bucket=name)
        return name

    def objects(self, bucket: str) -> dict[str, bytes]:
        """Every object of a bucket."""
        s3 = self.client("s3")
        listed = s3.list_objects_v2(Bucket=bucket).get("Contents", [])
        return {entry["Key"]: s3.get_object(Bucket=bucket, Key=entry["Key"])["Body"].read() for entry in listed}

    def role(self) -> str:
        """The ARN of a role; the embedded pipeline has no IAM and takes any."""
        name = self.new_name("role")
        if self.name == "embedded":
            return f"arn:aws:iam::000000000000:role/{name}"
        created = self.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({}))
        return str(created["Role"]["Arn"])

    def function(self, source: str) -> str:
        """The ARN of an active function made of a module's text with a `handler`."""
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("app.py", source)
        functions, name = self.client("lambda"), self.new_name("function")
        created = functions.create_function(
            FunctionName=name,
            Role=self.role(),
            Code={"ZipFile": archive.getvalue()},
            Runtime="python3.11",
            Handler="app.handler",
            Timeout=10,
        )
        assert self.happens(lambda: functions.get_function_configuration(FunctionName=name)["State"] == "Active")
        return str(created["FunctionArn"])


def running(name: str, folder: Path) -> Iterator[Emulator]:
    """The emulator of that name; the test is skipped if this machine has not the version that was examined."""
    with _STARTS[name](folder) as endpoint:
        emulator = Emulator(name, endpoint, folder)
        try:
            yield emulator
        finally:
            emulator.close()


@contextmanager
def _embedded(folder: Path) -> Iterator[str]:
    with serving(folder / "lake") as server:
        yield server.endpoint


@contextmanager
def _moto(_folder: Path) -> Iterator[str]:
    _only("moto", MOTO, version("moto"))
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        yield f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    finally:
        server.stop()


@contextmanager
def _ministack(folder: Path) -> Iterator[str]:
    """ministack pins an old botocore, so that it runs in the environment of another Python."""
    python = os.environ.get("CLICKGEN_MINISTACK")
    if not python:
        pytest.skip("CLICKGEN_MINISTACK names no Python that has ministack and duckdb installed")
    _only(
        "ministack",
        MINISTACK,
        _printed(python, "from importlib.metadata import version as v; print(v('ministack'))"),
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": "",
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "TMPDIR": str(folder),
        "HOME": str(folder),
    }
    with (folder / "ministack.log").open("wb") as log:
        process = subprocess.Popen(
            [python, "-m", "ministack"],
            env=environment,
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for_port(port, process)
        yield f"http://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


_STARTS = {"embedded": _embedded, "moto": _moto, "ministack": _ministack}


def _only(name: str, examined: str, installed: str) -> None:
    if installed != examined:
        pytest.skip(f"{name} {installed} is installed; the table of differences describes {examined}")


def _printed(python: str, code: str) -> str:
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=False, env={"PYTHONPATH": ""}
    )
    assert done.returncode == 0, f"CLICKGEN_MINISTACK={python}: {done.stderr}"
    return done.stdout.strip()


def _wait_for_port(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while process.poll() is None and time.monotonic() < deadline:
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError(f"ministack did not open port {port}; exit code {process.poll()}")
