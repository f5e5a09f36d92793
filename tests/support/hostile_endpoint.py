"""An endpoint on loopback that writes whatever it is told to the socket, good HTTP or not."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Answering = Callable[[socket.socket, bytes], None]

_HEAD_END = b"\r\n\r\n"


@contextmanager
def hostile_endpoint(answering: Answering) -> Iterator[str]:
    """The address. answering: given the connection and a request's bytes, body included; it stays open after."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(connection: socket.socket) -> None:
        with connection, suppress(OSError):  # whoever asked may have had enough
            while (request := _request(connection)) is not None:
                answering(connection, request)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                threading.Thread(target=serve, args=(connection,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def saying(answer: bytes, *, close: bool = True) -> Answering:
    """The same bytes to every request. close: the connection, as HTTP ends an answer that says no length."""

    def say(connection: socket.socket, _: bytes) -> None:
        connection.sendall(answer)
        if close:
            connection.shutdown(socket.SHUT_WR)

    return say


def http(body: bytes, *headers: bytes, status: bytes = b"200 OK", length: int | None = None) -> bytes:
    """An answer of AWS's JSON protocol; length: what it says its body has, if that is not so."""
    told = len(body) if length is None else length
    return b"\r\n".join(
        [
            b"HTTP/1.1 " + status,
            b"Content-Type: application/x-amz-json-1.1",
            b"Content-Length: %d" % told,
            *headers,
            b"",
            body,
        ]
    )


def without_length(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """An answer that ends where the connection does, or as the headers say."""
    return b"\r\n".join([b"HTTP/1.1 " + status, b"Content-Type: application/x-amz-json-1.1", *headers, b"", body])


def _request(connection: socket.socket) -> bytes | None:
    """The bytes of the next request; None where there is none any more."""
    data = b""
    while _HEAD_END not in data:
        more = connection.recv(1 << 16)
        if not more:
            return None
        data += more
    head, _, body = data.partition(_HEAD_END)
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(1 << 16)
    return head + _HEAD_END + body
