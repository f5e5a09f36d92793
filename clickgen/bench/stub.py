"""A cheap Firehose that takes everything: the other end of the benchmark, in a process of its own.

It parses every PutRecordBatch completely, answers each record with an id of its own, and counts what each stream
received, as a witness: `GET /tally` returns it. It is a collector too, of JSON arrays that are posted to
/collect/STREAM. It imports nothing of clickgen.

    python -m clickgen.bench.stub [--certificate FILE] [--parent PID]

The first line on stdout is {"http": port, "https": port or null}. It lives until it is ended, or its parent is.
"""

import argparse
import asyncio
import os
import ssl
import sys
import time
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson
from pybase64 import b64decode

_RECORD_ID_DIGITS = 56
_PARENT_CHECK_S = 0.2
_REFUSED = b'{"__type":"AccessDeniedException","message":"the stub does not describe"}'


@dataclass(slots=True)
class StubCounts:
    """What one stream received."""

    records: int = 0
    events: int = 0
    bytes: int = 0  # of the events, decoded from base64
    arrivals: list[tuple[float, int]] = field(default_factory=list)
    """For each call, when all of it had arrived in seconds of the monotonic clock, and its events."""


class Intake:
    """Takes calls for all connections, and counts."""

    def __init__(self) -> None:
        self._tallies: dict[str, StubCounts] = {}
        self._record_ids = 0

    def answer(self, head: bytes, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to one request; `head` is in lower case."""
        if head.startswith(b"get /tally "):
            return 200, orjson.dumps({name: asdict(tally) for name, tally in self._tallies.items()})
        if head.startswith(b"post /collect/"):
            events = [orjson.dumps(event) + b"\n" for event in orjson.loads(body)]
            self._count(head.split(b" ", 2)[1].removeprefix(b"/collect/").decode(), events)
            return 200, b"{}"
        if b"putrecordbatch" not in head:
            return 400, _REFUSED
        call = orjson.loads(body)
        data = [b64decode(record["Data"]) for record in call["Records"]]
        self._count(call["DeliveryStreamName"], data)
        first, self._record_ids = self._record_ids, self._record_ids + len(data)
        entries = ",".join(
            f'{{"RecordId":"{number:0{_RECORD_ID_DIGITS}d}"}}' for number in range(first, self._record_ids)
        )
        return 200, b'{"FailedPutCount":0,"RequestResponses":[%b]}' % entries.encode()

    def _count(self, stream: str, data: list[bytes]) -> None:
        tally = self._tallies.setdefault(stream, StubCounts())
        events = sum(record.count(b"\n") for record in data)
        tally.arrivals.append((time.monotonic(), events))
        tally.records += len(data)
        tally.events += events
        tally.bytes += sum(map(len, data))


class Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection: requests with a Content-Length, one after another."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._received = bytearray()
        self._head = b""  # of the request whose body is still coming
        self._length = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport

    def data_received(self, data: bytes) -> None:
        """Answer each request as soon as all of it has arrived."""
        self._received += data
        while (head := self._head or self._new_head()) and len(self._received) >= self._length:
            body = bytes(self._received[: self._length])
            del self._received[: self._length]
            self._head = b""
            self._reply(*self._intake.answer(head, body))

    def _new_head(self) -> bytes:
        """The head of the next request; empty until it is whole."""
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return b""
        self._head = bytes(self._received[:end]).lower()
        del self._received[: end + 4]
        length = self._head.partition(b"content-length:")[2].partition(b"\r\n")[0]
        self._length = int(length or 0)
        if b"expect: 100" in self._head:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self._head

    def _reply(self, status: int, body: bytes) -> None:
        head = b"HTTP/1.1 %d Stub\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: %d\r\n\r\n"
        self._transport.write(head % (status, len(body)) + body)


async def serve(certificate: str | None, parent: int | None) -> None:
    """Serve on free ports of the loopback interface until the parent is gone."""
    intake, loop = Intake(), asyncio.get_running_loop()
    plain = await loop.create_server(lambda: Connection(intake), "127.0.0.1", 0)
    ports: dict[str, int | None] = {"http": plain.sockets[0].getsockname()[1], "https": None}
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        secure = await loop.create_server(lambda: Connection(intake), "127.0.0.1", 0, ssl=context)
        ports["https"] = secure.sockets[0].getsockname()[1]
    sys.stdout.write(orjson.dumps(ports).decode() + "\n")
    sys.stdout.flush()
    while parent is None or os.getppid() == parent:
        await asyncio.sleep(_PARENT_CHECK_S)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m clickgen.bench.stub", description=__doc__)
    parser.add_argument("--certificate", help="PEM file of a key and its certificate; serve TLS too")
    parser.add_argument("--parent", type=int, help="end with the parent of this id")
    given = parser.parse_args()
    asyncio.run(serve(given.certificate, given.parent))


if __name__ == "__main__":
    main()
