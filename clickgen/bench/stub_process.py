"""The stub's process as the benchmark holds it: its certificate, its endpoints, what it witnessed, its end."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import ProxyHandler, build_opener

from clickgen.bench.stub import StubCounts
from clickgen.model.errors import EnvironmentProblem

_ASK_TIMEOUT_S = 10
_OPENSSL_TIMEOUT_S = 30
_NO_TLS_HINT = "install openssl, or leave TLS out: --only baseline,unpacked,packed,two_workers,held_rate,stages"


@dataclass(frozen=True, slots=True)
class Stub:
    """A running stub. `https` and `certificate` are None without TLS."""

    http: str
    https: str | None
    certificate: Path | None

    def tally(self, stream: str) -> StubCounts:
        """What the stub received for a stream. Raises EnvironmentProblem if it does not answer."""
        opener = build_opener(ProxyHandler({}))  # a proxy cannot reach our loopback interface
        try:
            with opener.open(f"{self.http}/tally", timeout=_ASK_TIMEOUT_S) as answer:
                known = json.load(answer)
        except OSError as problem:
            raise EnvironmentProblem(
                f"the benchmark's stub endpoint no longer answers: {problem}", "run the benchmark again"
            ) from problem
        return StubCounts(**known[stream]) if stream in known else StubCounts()


@contextmanager
def running_stub(*, tls: bool) -> Iterator[Stub]:
    """Run the stub for as long as the block lasts. Raises EnvironmentProblem if it cannot start."""
    with tempfile.TemporaryDirectory(prefix="clickgen-bench-") as folder:
        certificate = _make_certificate(Path(folder)) if tls else None
        command = [sys.executable, "-m", "clickgen.bench.stub", "--parent", str(os.getpid())]
        command += ["--certificate", str(certificate)] if certificate else []
        with tempfile.TemporaryFile() as errors:
            # a group of its own, as the benchmark handles Ctrl-C at a terminal
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors, process_group=0
            )
            with process:
                try:
                    line = process.stdout.readline() if process.stdout else b""
                    if not line:
                        errors.seek(0)
                        raise _not_started(errors.read())
                    ports = json.loads(line)
                    https = f"https://127.0.0.1:{ports['https']}" if tls else None
                    yield Stub(f"http://127.0.0.1:{ports['http']}", https, certificate)
                finally:
                    process.kill()


def _not_started(said: bytes) -> EnvironmentProblem:
    words = said.decode("utf-8", "replace").strip().splitlines()
    return EnvironmentProblem(
        f"the benchmark's stub endpoint did not start: {words[-1] if words else 'it said nothing'}",
        "it needs a free port on the loopback interface 127.0.0.1",
    )


def _make_certificate(folder: Path) -> Path:
    """A key and a certificate for 127.0.0.1 that it signed itself, for a day, in one PEM file."""
    key, certificate, both = folder / "key.pem", folder / "certificate.pem", folder / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
    command += ["-subj", "/CN=clickgen-bench", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run(command, capture_output=True, check=True, timeout=_OPENSSL_TIMEOUT_S)
    except FileNotFoundError as problem:
        raise EnvironmentProblem("there is no openssl to make a certificate with", _NO_TLS_HINT) from problem
    except (OSError, subprocess.SubprocessError) as problem:
        raise EnvironmentProblem(f"openssl made no certificate: {problem}", _NO_TLS_HINT) from problem
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both
