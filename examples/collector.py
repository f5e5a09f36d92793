"""A collector that writes each body to standard output and accepts it: a stand-in for yours.

python examples/collector.py PORT > collected.jsonl
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

writing = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    """Takes JSON lines."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with writing:
            sys.stdout.buffer.write(body)
            sys.stdout.buffer.flush()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
