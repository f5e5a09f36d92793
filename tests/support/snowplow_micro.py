"""A stand-in for Snowplow Micro by its documentation: a collector that validates, and says what it has.

POST /com.snowplowanalytics.snowplow/tp2 takes a payload_data. GET /micro/all counts good and bad events,
/micro/good and /micro/bad list them, /micro/reset forgets them. It knows nothing of clickgen.
"""

import json
import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

_PAYLOAD = re.compile(r"iglu:com\.snowplowanalytics\.snowplow/payload_data/jsonschema/1-0-\d")
_EVENT_TYPES = frozenset(["pv", "pp", "se", "ue", "tr", "ti"])
_PLATFORMS = frozenset(["web", "mob", "pc", "srv", "app", "tv", "cnsl", "iot"])


class _Micro(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    good: list[dict[str, Any]]
    bad: list[dict[str, Any]]
    lock: threading.Lock

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        known = self.path == "/com.snowplowanalytics.snowplow/tp2"
        if known:
            with self.lock:
                self._take(body)
        self._answer(200 if known else 404, b"ok")

    def _take(self, body: bytes) -> None:
        payload = json.loads(body) if "json" in self.headers["Content-Type"] else {}
        if not _PAYLOAD.fullmatch(str(payload.get("schema"))):
            self.bad.append({"errors": ["it is not a payload_data"], "rawEvent": None})
            return
        events = payload["data"]
        for event in events:
            wrong = problems_of(event)
            raw = {"api": {"vendor": "com.snowplowanalytics.snowplow", "version": "tp2"}, "parameters": event}
            (self.bad if wrong else self.good).append(
                {"rawEvent": raw, "eventType": event.get("e"), "errors": wrong}
            )

    def do_GET(self) -> None:
        with self.lock:
            counts = {"total": len(self.good) + len(self.bad), "good": len(self.good), "bad": len(self.bad)}
            if self.path == "/micro/reset":
                self.good.clear()
                self.bad.clear()
                counts = dict.fromkeys(counts, 0)
            said = {"/micro/good": self.good, "/micro/bad": self.bad}.get(self.path, counts)
            self._answer(200, json.dumps(said).encode())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the tests' output clean."""


def problems_of(event: dict[str, Any]) -> list[str]:
    """What the tracker protocol does not allow: tv, p and e are required, every value is text."""
    wrong = [f"{name} is missing" for name in ("tv", "p", "e") if name not in event]
    wrong += [f"{name} is not text" for name, value in event.items() if not isinstance(value, str)]
    wrong += [] if event.get("e") in _EVENT_TYPES else ["e is not a type of events"]
    wrong += [] if event.get("p") in _PLATFORMS else ["p is not a platform"]
    wrong += [f"{name} is not a time" for name in ("dtm", "stm") if not str(event.get(name, "0")).isdecimal()]
    try:
        uuid.UUID(str(event.get("eid")))
    except ValueError:
        wrong.append("eid is not a UUID")
    return wrong


@contextmanager
def snowplow_micro() -> Iterator[str]:
    """Its address for as long as the block lasts."""
    handler = type("Micro", (_Micro,), {"good": [], "bad": [], "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))  # how soon a shutdown is noticed
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def asked(micro: str, what: str) -> Any:
    """What GET /micro/WHAT answers."""
    with urlopen(f"{micro}/micro/{what}") as answer:
        return json.load(answer)
