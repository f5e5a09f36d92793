"""A server before an S3 endpoint that refuses to give some objects, as S3 would, and passes everything else on."""

import http.client
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

_ANSWER = "<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
_HOP = {"connection", "transfer-encoding", "date", "server"}


@contextmanager
def refusing_s3(endpoint: str, refusals: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    """The address of the server. refusals: how a path, /bucket/key, is answered: error code and message.

    "/bucket" stands for listing it.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).rstrip("/")
            if path in refusals:
                code, message = refusals[path]
                self._answer(403, {"Content-Type": "application/xml"}, _ANSWER.format(code=code, message=message))
                return
            upstream = http.client.HTTPConnection(urlsplit(endpoint).netloc)
            upstream.request("GET", self.path, headers=dict(self.headers))
            answer = upstream.getresponse()
            headers = {name: value for name, value in answer.getheaders() if name.lower() not in _HOP}
            self._answer(answer.status, headers, answer.read())
            upstream.close()

        def _answer(self, status: int, headers: Mapping[str, str], body: bytes | str) -> None:
            data = body.encode() if isinstance(body, str) else body
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
