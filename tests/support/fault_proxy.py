"""A TCP proxy on loopback that breaks connections as it is told: it knows bytes and nothing of HTTP."""

import asyncio
import contextlib
import math
import random
import socket
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

_CHUNK = 16_384
_A_MOMENT_S = 0.01
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER without a wait: closing sends RST


class Break(StrEnum):
    """What happens to a connection at one of its bytes.

    RESET_REQUEST, RESET_ANSWER: RST in the middle of what the client or the server says. STALL_REQUEST,
    STALL_ANSWER: nothing more for a while. HALF_CLOSE: the client hears the end of the answer (FIN) while its
    request still goes through. SLOW: the request crosses a slow line.
    """

    RESET_REQUEST = "reset in mid-request"
    RESET_ANSWER = "reset in mid-answer"
    STALL_REQUEST = "stall in mid-request"
    STALL_ANSWER = "stall in mid-answer"
    HALF_CLOSE = "half-close"
    SLOW = "slow line"


@dataclass(frozen=True)
class Weather:
    """Which connections break, and where.

    share: of the connections. within: bytes that cross unharmed, at most; drawn anew for each connection.
    seconds: how long a stall lasts. bytes_a_second: of a slow line. The same seed and order of connections
    give the same faults.
    """

    kind: Break
    share: float = 1.0
    within: int = 600_000
    seconds: float = math.inf
    bytes_a_second: int = 2_000_000
    seed: int = 0


CALM = Weather(Break.SLOW, share=0)


class FaultProxy:
    """The proxy's address, and how often it broke something. Lives in the event loop of a thread.

    weather: what happens to connections made from now on.
    """

    def __init__(self, target: str, weather: Weather, loop: asyncio.AbstractEventLoop) -> None:
        parts = urlsplit(target)
        self._target = (parts.hostname, parts.port)
        self.weather = weather
        self._draw = random.Random(weather.seed)
        self._loop = loop
        self._server: asyncio.Server | None = None
        self._port = 0
        self._open: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.injected = 0

    @property
    def url(self) -> str:
        """Where to send to."""
        return f"http://127.0.0.1:{self._port}"

    def come(self) -> None:
        """Take connections, at the same port as before."""
        self._ask(self._listen())

    def go(self) -> None:
        """Refuse connections and reset those that are open."""
        self._ask(self._leave())

    def _ask(self, what: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(what, self._loop).result(20)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def _leave(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        for _ in range(2):  # a connection may have been taken whose task begins only now
            await asyncio.sleep(_A_MOMENT_S)
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)
        await asyncio.sleep(_A_MOMENT_S)  # in which the loop closes what was broken off

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        connection = _Connection(self, reader, writer)
        try:
            await connection.run(*self._target)
        except (OSError, asyncio.CancelledError):
            connection.reset()
        finally:
            self._open.discard(task)

    def fate(self) -> int | None:
        """At which byte the next connection breaks; None where it does not."""
        self.connections += 1
        chance, at = self._draw.random(), self._draw.randrange(1, self.weather.within)
        return at if chance < self.weather.share else None


class _Connection:
    """One client's connection, and the one to the server that it is passed on to."""

    def __init__(self, proxy: FaultProxy, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self._client = reader, writer
        self._writers = [writer]
        self._at = proxy.fate()
        self._half_closed = False

    async def run(self, host: str | None, port: int | None) -> None:
        reader, writer = await asyncio.open_connection(host, port)
        self._writers.append(writer)
        kind = self._proxy.weather.kind
        on_answer = kind in (Break.RESET_ANSWER, Break.STALL_ANSWER)
        up = self._pump(self._client[0], writer, None if on_answer else self._at)
        down = self._pump(reader, self._client[1], self._at if on_answer else None)
        pumps = [asyncio.ensure_future(up), asyncio.ensure_future(down)]
        try:
            await asyncio.gather(*pumps)
        finally:
            for pump in pumps:
                pump.cancel()
            for each in self._writers:
                each.close()

    def reset(self) -> None:
        """Break it off without a word."""
        for writer in self._writers:
            plug = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            writer.transport.abort()

    async def _pump(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, breaks_at: int | None
    ) -> None:
        crossed = 0
        while data := await reader.read(_CHUNK):
            if breaks_at is not None and crossed + len(data) >= breaks_at:
                kept = breaks_at - crossed
                writer.write(data[:kept])
                await writer.drain()
                self._proxy.injected += 1
                await self._break()
                data, crossed, breaks_at = data[kept:], breaks_at, None
            crossed += len(data)
            if self._half_closed and writer is self._client[1]:
                continue  # the client has heard its end
            writer.write(data)
            await writer.drain()
            if self._at is not None and self._proxy.weather.kind is Break.SLOW and reader is self._client[0]:
                await asyncio.sleep(len(data) / self._proxy.weather.bytes_a_second)
        with contextlib.suppress(OSError):
            writer.write_eof()

    async def _break(self) -> None:
        weather = self._proxy.weather
        if weather.kind in (Break.RESET_REQUEST, Break.RESET_ANSWER):
            raise ConnectionResetError
        if weather.kind in (Break.STALL_REQUEST, Break.STALL_ANSWER):
            await asyncio.sleep(weather.seconds if weather.seconds < math.inf else 1e6)
        if weather.kind is Break.HALF_CLOSE:
            self._half_closed = True
            self._client[1].write_eof()


@contextmanager
def fault_proxy(target: str, weather: Weather) -> Iterator[FaultProxy]:
    """A proxy before an endpoint for as long as the block lasts."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    proxy = FaultProxy(target, weather, loop)
    try:
        proxy.come()
        yield proxy
    finally:
        proxy.go()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
