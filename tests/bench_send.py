"""What sending costs: a plain boto3 loop over prepared records against `clickgen send --rate max`, in one run.

    python -m tests.bench_send [--events 300000]

Both send the same events of the shop profile, 500 records a call, to a stub endpoint in a process of its own
that answers every record. Figures are events a second of the client's own CPU time (user + system, with its
children, without the stub's), so the ratio holds where the cores are shared.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.profile.load import load_profile
from clickgen.profile.tables import draw_tables
from clickgen.traffic.simulation import SimulatedLane

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "AWS_DEFAULT_REGION": "us-east-1"}


_KEY_END = b'": "'


class Stub(asyncio.Protocol):
    """Reads whole requests and answers each record of a PutRecordBatch with an id of its own."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._head = b""
        self._left = 0
        self._records = 0
        self._cut = b""
        self._describe = False

    def data_received(self, data: bytes) -> None:
        if not self._left:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            headers = self._head[:end].lower()
            self._left = int(headers.split(b"content-length:")[1].split(b"\r\n")[0])
            self._describe = b"putrecordbatch" not in headers
            data, self._head, self._records, self._cut = self._head[end + 4 :], b"", 0, b""
            if b"expect: 100" in headers:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._left -= len(data)
        seen = self._cut + data  # what ends a key may be cut in two by the end of a read
        self._records += seen.count(_KEY_END)
        self._cut = data[1 - len(_KEY_END) :]
        if self._left == 0:
            self._answer()

    def _answer(self) -> None:
        records = max(1, min(500, self._records - 1))
        if self._describe:
            body = b'{"__type":"AccessDeniedException","message":"the stub does not describe"}'
            status = b"400 Bad Request"
        else:
            entries = ",".join(f'{{"RecordId":"{n:056d}"}}' for n in range(records)).encode()
            body, status = b'{"FailedPutCount":0,"RequestResponses":[' + entries + b"]}", b"200 OK"
        head = b"HTTP/1.1 %b\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, len(body)) + body)


def serve(told: Connection) -> None:
    """Serve the stub until the process is ended."""

    async def forever() -> None:
        server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
        told.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(forever())


def prepared(events: int) -> list[bytes]:
    """Events of the shop profile, as records."""
    tables = draw_tables(load_profile("shop"), 1)
    due = LaneSchedule(ConstantRate(5000), 0, 1).due
    lane = SimulatedLane(
        tables, run="0" * 12, lane=0, lanes=1, seed=1, start_ms=0, due=due, rate=5000, count=events
    )
    lines: list[bytes] = []
    while (block := lane.next_block()) is not None:
        offsets = block.offsets.tolist()
        lines += [bytes(block.data[a:b]) for a, b in pairwise(offsets)]
    return lines


def plain_loop(url: str, records: list[bytes]) -> float:
    """CPU seconds of the ordinary script: put_record_batch in a loop, answers read."""
    import boto3  # noqa: PLC0415  # not part of what is timed elsewhere

    client = boto3.client("firehose", endpoint_url=url, region_name="us-east-1")
    began = time.process_time()
    for at in range(0, len(records), 500):
        blobs: Any = [{"Data": record} for record in records[at : at + 500]]
        answer = client.put_record_batch(DeliveryStreamName="clicks", Records=blobs)
        failed = [entry for entry in answer["RequestResponses"] if "ErrorCode" in entry]
        if failed or answer["FailedPutCount"]:
            raise RuntimeError("the stub refused a record")
    return time.process_time() - began


def clickgen_send(url: str, events: int, *words: str) -> float:
    """CPU seconds of `clickgen send` whole: start, simulation, encoding, sending, ledger, summary."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as home:
        command = [sys.executable, "-m", "clickgen", "send", "--home", home, "--stream", "clicks"]
        command += ["--endpoint-url", url, "--rate", "max", "--events", str(events), "--workers", "1", "--json"]
        done = subprocess.run(
            [*command, *words], capture_output=True, check=True, env={**os.environ, **CREDENTIALS}
        )
        if json.loads(done.stdout)["accepted"] != events:
            raise RuntimeError(done.stdout.decode())
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main() -> None:
    """Time each in turn, several times, and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=300_000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.environ.update(CREDENTIALS)
    told, telling = multiprocessing.Pipe()
    stub = multiprocessing.get_context("spawn").Process(target=serve, args=(telling,), daemon=True)
    stub.start()
    url = f"http://127.0.0.1:{told.recv()}"
    records = prepared(100_000)
    ways: dict[str, Callable[[], float]] = {
        "plain boto3": lambda: len(records) / plain_loop(url, records),
        "clickgen": lambda: given.events / clickgen_send(url, given.events),
        "clickgen --pack": lambda: given.events / clickgen_send(url, given.events, "--pack"),
    }
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(given.rounds):
        for name, way in ways.items():
            speeds[name].append(way())
    baseline = float(np.median(speeds["plain boto3"]))
    for name, seen in speeds.items():
        middle = float(np.median(seen))
        sys.stdout.write(f"{name:16} {middle:10,.0f} events/s/core  {middle / baseline:5.2f}x\n")
    stub.kill()


if __name__ == "__main__":
    main()
