"""Connections on which calls go to a service without an HTTP client's work in between.

botocore and urllib3 take most of a millisecond of processor time for a call, and the gaps of a replay are shorter.
Here a call is one write, and its answer mostly one read. Only an answer in plain HTTP is read here: status 200 and
a Content-Length. Any other, with what was read of it already, is given to the reader that botocore's session uses.
"""

import io
import logging
import re
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Iterable
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING
from urllib.parse import SplitResult

from botocore.awsrequest import AWSResponse
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    SSLError,
)
from urllib3 import HTTPHeaderDict
from urllib3 import HTTPResponse as Urllib3Response
from urllib3.util.wait import wait_for_read

from clickgen.sink.aws import CONNECT_TIMEOUT_S, READ_TIMEOUT_S
from clickgen.sink.bounded_http import MOST_BYTES, MOST_SECONDS, BoundedSession

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CALLS = "clickgen.calls"
"""The logger that hears of each call on such a line, as urllib3's hears of all others: method, URL and status."""

_calls = logging.getLogger(CALLS)
_PIECE = 64 << 10
_PORTS = {"http": 80, "https": 443}
_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,8})[ \t]*\r\n")
# what makes the length another than that of the body, and lines that continue the one before
_NOT_PLAIN = (b"\r\ntransfer-encoding:", b"\r\ncontent-encoding:", b"\r\n ", b"\r\n\t")

_CLOSES = re.compile(rb"\r\nconnection:[^\r]*\bclose\b", re.IGNORECASE)


def note_call(url: str, status: int) -> None:
    """Tell the logger of a call that was answered."""
    _calls.debug("%s %s %s", "POST", url, status)


class DirectLine:
    """Connections to one address, one for each thread that calls, kept open."""

    def __init__(self, url: SplitResult, session: BoundedSession) -> None:
        """url: without a path. session: the client's own, which says what is trusted and reads other answers."""
        self.url = url.geturl()
        self._host, self._port = url.hostname or "", url.port or _PORTS[url.scheme]
        self._trust = session.trust() if url.scheme == "https" else None
        self._session = session
        self._own = threading.local()
        self._opened: set[socket.socket] = set()
        weakref.finalize(self, _close_all, self._opened)

    def open(self) -> socket.socket:
        """This thread's connection, made now unless it is there. Raises what botocore's session raises."""
        connection: socket.socket | None = getattr(self._own, "connection", None)
        if connection is not None and is_idle(connection):
            return connection
        self._drop()
        self._own.connection = made = self.connect()
        return made

    def call(self, connection: socket.socket, head: bytes, body: bytes) -> bytes | AWSResponse:
        """Send a request: the body of an answer of status 200 in plain HTTP, or else the answer, read to its end.

        connection: this thread's, as `open` gave it. Raises what botocore's session raises.
        """
        answer, kept = None, False
        try:
            answer, kept = self.finish(connection, _pieces(head, body))
        finally:
            if not kept:
                self._drop()
        return answer

    def finish(
        self, connection: socket.socket, unsent: Iterable[bytes], received: bytes = b""
    ) -> tuple[bytes | AWSResponse, bool]:
        """The answer to a call as `call` gives it, and whether its connection can be used again.

        unsent: what is still to be sent of the call, in pieces. received: what was read of its answer before.
        """
        try:
            with suppress(BrokenPipeError):  # the service may have answered before it closed
                for piece in unsent:
                    connection.sendall(piece)
            received = received or connection.recv(_PIECE)
            length = plain_length(received)
            if length is None:
                return self._unusual(connection, received), False
            body = body_of(received)
            if len(body) < length:
                body += self._rest(connection, length - len(body))
            note_call(self.url, 200)
            return body[:length], len(body) == length and stays_open(received)
        except TimeoutError as problem:
            raise ReadTimeoutError(endpoint_url=self.url, error=problem) from problem
        except (OSError, HTTPException) as problem:
            raise ConnectionClosedError(endpoint_url=self.url, error=problem) from problem

    def connect(self) -> socket.socket:
        """A new connection. Raises what botocore's session raises."""
        try:
            plain = socket.create_connection((self._host, self._port), CONNECT_TIMEOUT_S)
            plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            trust = self._trust
            made = plain if trust is None else trust.wrap_socket(plain, server_hostname=self._host)
        except TimeoutError as problem:
            raise ConnectTimeoutError(endpoint_url=self.url, error=problem) from problem
        except ssl.SSLError as problem:
            raise SSLError(endpoint_url=self.url, error=problem) from problem
        except OSError as problem:
            raise EndpointConnectionError(endpoint_url=self.url, error=problem) from problem
        made.settimeout(READ_TIMEOUT_S)
        self._opened.add(made)
        return made

    def close(self, connection: socket.socket) -> None:
        """Close a connection that this line made."""
        self._opened.discard(connection)
        connection.close()

    def _drop(self) -> None:
        connection: socket.socket | None = getattr(self._own, "connection", None)
        self._own.connection = None
        if connection is not None:
            self.close(connection)

    def _rest(self, connection: socket.socket, missing: int) -> bytes:
        pieces = []
        deadline = time.monotonic() + MOST_SECONDS
        while missing > 0:
            piece = connection.recv(_PIECE)
            if not piece:
                raise ConnectionClosedError(endpoint_url=self.url)
            if time.monotonic() > deadline:
                raise self._session.too_slow(self.url)
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def _unusual(self, connection: socket.socket, received: bytes) -> AWSResponse:
        parsed = HTTPResponse(_Continued(connection, received), method="POST")  # type: ignore[arg-type]  # all it uses
        parsed.begin()
        raw = Urllib3Response(
            body=parsed,
            headers=HTTPHeaderDict(parsed.msg.items()),
            status=parsed.status,
            preload_content=False,
            decode_content=False,
            enforce_content_length=False,
            original_response=parsed,
            request_method="POST",
        )
        note_call(self.url, raw.status)
        answer = AWSResponse(self.url, raw.status, raw.headers, raw)  # type: ignore[arg-type]  # as botocore does
        return self._session.read_to_end(answer, self.url)


class _Continued:
    """A connection of which some of the answer was read already, as http.client reads one."""

    def __init__(self, connection: socket.socket, received: bytes) -> None:
        self._rest = _Rest(connection, received)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self._rest)


class _Rest(io.RawIOBase):
    """What was received, then what the connection gives."""

    def __init__(self, connection: socket.socket, received: bytes) -> None:
        self._connection = connection
        self._received = memoryview(received)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        view = memoryview(buffer).cast("B")
        if not self._received:
            return self._connection.recv_into(view)
        count = min(len(view), len(self._received))
        view[:count], self._received = self._received[:count], self._received[count:]
        return count


def _close_all(connections: Iterable[socket.socket]) -> None:
    for connection in connections:
        connection.close()


def _pieces(head: bytes, body: bytes) -> list[bytes]:
    """A request; a second write costs less than a copy of what may be megabytes."""
    return [head + body] if len(body) < _PIECE else [head, body]


def body_of(received: bytes) -> bytes:
    """What was received behind the head of an answer."""
    return received[received.index(_HEAD_END) + len(_HEAD_END) :]


def plain_length(received: bytes) -> int | None:
    """How long the body of an answer is that is plain HTTP of status 200; None for any other."""
    head, end, _ = received.partition(_HEAD_END)
    if not end or not head.startswith(b"HTTP/1.1 200 "):
        return None
    head = head.lower() + b"\r\n"
    lengths = _LENGTH.findall(head)
    if len(lengths) != 1 or head.count(b"content-length") != 1 or any(sign in head for sign in _NOT_PLAIN):
        return None
    length = int(lengths[0])
    return length if length <= MOST_BYTES else None


def stays_open(received: bytes) -> bool:
    """Whether the connection may be used again after this answer; if the service closes it, a call may be lost."""
    return _CLOSES.search(received, 0, received.index(_HEAD_END)) is None


def missing(received: bytes) -> int | None:
    """How many bytes are still to come of an answer in plain HTTP of status 200; None for any other."""
    length = plain_length(received)
    return None if length is None else length - len(body_of(received))


def is_idle(connection: socket.socket) -> bool:
    """Whether a connection is open and nothing came on it that nobody waits for."""
    if not wait_for_read(connection, 0):
        return True
    if not isinstance(connection, ssl.SSLSocket):
        return False
    timeout = connection.gettimeout()
    connection.setblocking(False)
    try:
        connection.recv(1)
    except ssl.SSLWantReadError:
        return True  # it was a session ticket (TLS 1.3)
    except OSError:
        return False
    finally:
        connection.settimeout(timeout)
    return False
