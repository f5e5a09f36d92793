"""A collector of events on loopback, served by the standard library: it keeps requests and answers as it is told.

It knows HTTP and JSON, and nothing of clickgen.
"""

import gzip
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER without a wait: closing sends RST


@dataclass(frozen=True)
class Arrived:
    """One request. body: without its content encoding."""

    number: int
    target: str
    headers: Mapping[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def document(self) -> Any:
        return json.loads(self.body)

    @property
    def lines(self) -> list[bytes]:
        return self.body.splitlines()


@dataclass(frozen=True)
class Reply:
    """An answer. delay_s: how long it takes. reset: break the connection instead, after the body was read."""

    status: int = 200
    body: bytes = b'{"ok":true}'
    headers: Mapping[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    delay_s: float = 0.0
    reset: bool = False


Respond = Callable[[Arrived], Reply]
OK = Reply()


@dataclass
class Collector:
    """Its address, how it answers, and what came in."""

    url: str
    respond: Respond
    arrived: list[Arrived] = field(default_factory=list)
    taken: list[Arrived] = field(default_factory=list)  # what was answered with a good status
    stopped: threading.Event = field(default_factory=threading.Event)


class _Handler(BaseHTTPRequestHandler):
    """Keeps each request and answers it."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    kept: Collector
    lock: threading.Lock

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        with self.lock:
            number, headers = len(self.kept.arrived), dict(self.headers.items())
            arrived = Arrived(number, self.path, headers, body, self.client_address[1])
            self.kept.arrived.append(arrived)
        reply = self.kept.respond(arrived)
        if reply.delay_s:
            self.kept.stopped.wait(reply.delay_s)
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
            self.close_connection = True
            return
        if 200 <= reply.status < 300:
            with self.lock:
                self.kept.taken.append(arrived)
        self._answer(reply)

    def _answer(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        body = b"" if reply.status == 204 else reply.body
        if reply.status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


class _Server(ThreadingHTTPServer):
    """A server that is silent of clients that gave up waiting, which is what some tests are about."""

    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Keep the tests' output clean."""


@contextmanager
def collector(respond: Respond = lambda _: OK, certificate: str | None = None) -> Iterator[Collector]:
    """Serve for as long as the block lasts. certificate: a PEM file of a key and its certificate, for TLS."""
    handler = type("Handler", (_Handler,), {"lock": threading.Lock()})
    server = _Server(("127.0.0.1", 0), handler)
    scheme = "http"
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        scheme = "https"
    kept = Collector(f"{scheme}://127.0.0.1:{server.server_port}", respond)
    handler.kept = kept  # type: ignore[attr-defined]  # a class of this server's own
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # how soon a shutdown is noticed
    thread.start()
    try:
        yield kept
    finally:
        kept.stopped.set()
        server.shutdown()
        thread.join()
        server.server_close()
