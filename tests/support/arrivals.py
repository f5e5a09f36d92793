"""A Firehose in a process of its own that notes when each event reaches it, and recordings for it.

python -m tests.support.arrivals prints {"http": port}; GET /arrivals tells [[field n of the event, second], …]
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import numpy as np
from numpy.typing import NDArray
from pybase64 import b64decode

from clickgen.bench.stub import Connection, Intake

ROOT = Path(__file__).resolve().parents[2]
_ANSWER = b'{"FailedPutCount":0,"RequestResponses":[%b]}'
_ENTRY = b'{"RecordId":"x"}'


class Recorder(Intake):
    """Answers calls at once, and looks into them when it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self._calls: list[tuple[float, bytes]] = []

    def answer(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        """Note the second of the monotonic clock at which the call was here whole."""
        at = time.monotonic()
        if head.startswith(b"get /arrivals "):
            return 200, json.dumps([[n, at] for at, body in self._calls for n in _numbers(body)]).encode()
        if b"putrecordbatch" not in head:
            return super().answer(head, body)
        self._calls.append((at, body))
        return 200, _ANSWER % b",".join([_ENTRY] * body.count(b'"Data"'))


def _numbers(body: bytes) -> Iterator[int]:
    for record in json.loads(body)["Records"]:
        for line in b64decode(record["Data"]).splitlines():
            yield json.loads(line)["n"]


@contextmanager
def recording_firehose() -> Iterator[str]:
    """Its URL, for as long as the block lasts."""
    command = [sys.executable, "-m", "tests.support.arrivals"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{json.loads(process.stdout.readline())['http']}"
        finally:
            process.kill()


def write_recording(path: Path, offsets: Sequence[float] | NDArray[np.float64]) -> None:
    """Events n = 0, 1, … with `event_time` so many seconds after a fixed moment, in microseconds since 1970."""
    lines = [
        b'{"n":%d,"event_time":%d,"page":"/products/%d","text":"%b"}'
        % (n, round(1.7e15 + 1e6 * at), n % 97, b"x" * 300)
        for n, at in enumerate(offsets)
    ]
    path.write_bytes(b"\n".join(lines) + b"\n")


def arrivals_of(url: str, events: int) -> NDArray[np.float64]:
    """The second at which each event was there; fails where one never came or came twice."""
    with urlopen(f"{url}/arrivals", timeout=60) as answer:
        seen = json.load(answer)
    assert sorted(n for n, _ in seen) == list(range(events))
    found = np.empty(events)
    for n, at in seen:
        found[n] = at
    return found


def errors_ms(arrivals: NDArray[np.float64], offsets: NDArray[np.float64], speed: float) -> NDArray[np.float64]:
    """How much later than the least delayed event each was, against the recorded gaps at that speed."""
    late: NDArray[np.float64] = (arrivals - offsets / speed) * 1000
    late -= late.min()
    return late


async def _serve() -> None:
    recorder = Recorder()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(recorder), "127.0.0.1", 0)
    sys.stdout.write(json.dumps({"http": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve())
