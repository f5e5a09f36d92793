"""The S3 sink on real HTTP: Firehose's layout, and one object a batch however often it is tried."""

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, NotReached, Refusal
from clickgen.sink.aws import Access, make_client
from clickgen.sink.s3_objects import S3Sink
from tests.sink.test_sink_kinesis import batch_from, clicks

NOW_MS = 1_767_225_599_999  # 2025-12-31T23:59:59.999Z
BATCH = batch_from(clicks("ann", "bob"), per_record=2)
Respond = Callable[[], tuple[int, bytes]]
Puts = list[tuple[str, bytes]]


@contextmanager
def bucket(respond: Respond) -> Iterator[tuple[S3Sink, Puts]]:
    """A sink whose every PUT is kept, path and body, and answered like that."""
    puts: Puts = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_PUT(self) -> None:
            if self.headers.get("Expect"):
                self.send_response_only(100)
                self.end_headers()
            puts.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
            status, answer = respond()
            self.send_response(status)
            if status == 200:
                self.send_header("ETag", '"0123"')
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield sink_at(f"http://127.0.0.1:{server.server_port}"), puts
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def sink_at(url: str) -> S3Sink:
    """A sink that sends there without credentials of the machine, at a held time."""
    return S3Sink(make_client("s3", Access(endpoint_url=url, embedded=True)), "lake", "clicks/", lambda: NOW_MS)


def error(status: int, code: str) -> Respond:
    """An error of the service."""
    return lambda: (status, f"<Error><Code>{code}</Code><Message>words</Message></Error>".encode())


def test_an_object_lies_where_firehose_would_put_it() -> None:
    with bucket(lambda: (200, b"")) as (sink, puts):
        assert sink.put(BATCH) == Answer()
        assert sink.put(BATCH) == Answer()
    for path, body in puts:
        assert re.fullmatch(
            r"/lake/clicks/2025/12/31/23/clickgen-1-2025-12-31-23-59-59-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            path,
        )
        assert body == bytes(BATCH.data)
    assert puts[0][0] != puts[1][0]


def test_a_batch_that_is_tried_again_replaces_its_own_object() -> None:
    answers = iter([(500, b""), (503, error(503, "SlowDown")()[1]), (200, b"")])
    with bucket(lambda: next(answers)) as (sink, puts):
        assert isinstance(sink.put(BATCH), NoAnswer)
        assert isinstance(sink.put(BATCH, [0]), CallRefused)
        assert sink.put(BATCH, [0]) == Answer()
    assert len({path for path, _ in puts}) == 1


def put(respond: Respond) -> CallResult:
    with bucket(respond) as (sink, _):
        return sink.put(BATCH)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (503, "SlowDown", Refusal.THROTTLED),
        (503, "ServiceUnavailable", Refusal.THROTTLED),
        (500, "InternalError", Refusal.TRANSIENT),
        (404, "NoSuchBucket", Refusal.FATAL),
        (403, "AccessDenied", Refusal.FATAL),
        (403, "InvalidAccessKeyId", Refusal.FATAL),
        (400, "KeyTooLongError", Refusal.FINAL),
    ],
)
def test_errors_decide_about_patience(status: int, code: str, kind: Refusal) -> None:
    result = put(error(status, code))
    assert isinstance(result, CallRefused)
    assert (result.kind, result.code, result.message) == (kind, code, "words")


@pytest.mark.parametrize("respond", [lambda: (502, b"<html>"), lambda: (500, b""), error(400, "RequestTimeout")])
def test_an_answer_that_proves_nothing_is_none(respond: Respond) -> None:
    assert isinstance(put(respond), NoAnswer)


def test_nobody_there_is_not_reached() -> None:
    assert isinstance(sink_at("http://127.0.0.1:9").put(BATCH), NotReached)
