"""Whatever an endpoint answers, no event counts as accepted that it did not answer for, and reading has an end."""

import gzip
import json
import resource
import socket
import time

import pytest

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer
from clickgen.model.errors import UnusableAnswer
from clickgen.sink import bounded_http
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose_stream import describe_stream
from tests.deliver.test_delivery import batch_of
from tests.sink.test_firehose_sink import sink_at
from tests.support.hostile_endpoint import Answering, hostile_endpoint, http, saying, without_length

RECORDS = 4
TAKEN = json.dumps(
    {"FailedPutCount": 0, "RequestResponses": [{"RecordId": f"{n}" * 40} for n in range(RECORDS)]}
).encode()
CHUNKED = b"Transfer-Encoding: chunked"


def chunks(*parts: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    """A chunked answer."""
    body = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    return without_length(body + end, CHUNKED)


def put_at(answering: Answering, *, plain: bool = False) -> CallResult:
    """One call against that endpoint."""
    with hostile_endpoint(answering) as url:
        return sink_at(url, plain=plain).put(batch_of(RECORDS))


@pytest.mark.parametrize(
    "answer",
    [
        http(TAKEN),
        http(b" \n" + TAKEN + b"\n "),
        chunks(TAKEN[:50], TAKEN[50:]),
        without_length(TAKEN),
        http(b"", status=b"100 Continue").split(b"Content-Type")[0] + b"\r\n" + http(TAKEN),
    ],
    ids=["length", "spaces", "chunked", "closed", "continued"],
)
@pytest.mark.parametrize("plain", [False, True])
def test_what_is_whole_is_accepted(answer: bytes, *, plain: bool) -> None:
    assert put_at(saying(answer), plain=plain) == Answer()


def _last_id_cut(body: bytes) -> bytes:
    """Cut off behind the last record's id: all that a search for words would look for is there."""
    return body[:-2]


NONE = {
    "cut, the length is longer": http(_last_id_cut(TAKEN), length=len(TAKEN)),
    "whole JSON, the length is longer": http(TAKEN, length=len(TAKEN) + 1),
    "cut, closed": without_length(_last_id_cut(TAKEN)),
    "cut, without an end chunk": chunks(_last_id_cut(TAKEN), end=b""),
    "whole JSON without an end chunk": chunks(TAKEN, end=b""),
    "cut inside a chunk": without_length(b"ffff\r\n" + TAKEN, CHUNKED),
    "a chunk size that is none": without_length(b"zz\r\n" + TAKEN, CHUNKED),
    "more behind the JSON": http(TAKEN + b"}"),
    "NULs behind the JSON": http(TAKEN + b"\0\0"),
    "NULs alone": http(b"\0" * 100),
    "words, not JSON": http(TAKEN.replace(b"{", b"(", 1)),
    "one record too many": http(TAKEN.replace(b"[{", b'[{"RecordId":"9"},{')),
    "one record too few": http(TAKEN.replace(b'{"RecordId": "' + b"0" * 40 + b'"}, ', b"")),
    "no content": without_length(b"", status=b"204 No Content"),
    "reset": without_length(b"", status=b"205 Reset Content"),
    "early hints alone": without_length(b"", status=b"103 Early Hints"),
    "processing, then the answer": without_length(b"", status=b"102 Processing") + http(TAKEN),
    "switching": without_length(b"", status=b"101 Switching Protocols"),
    "empty": http(b""),
    "nothing": b"",
    "a page": http(b"<html>" + b"\x1b[2J" * 9, b"Content-Type: text/html"),
    "no HTTP": b"\x16\x03\x01 220 smtp ready\r\n\r\n",
    "a status of letters": without_length(TAKEN, status=b"abc"),
    "HTTP/0.9": TAKEN,
    "gzip": http(gzip.compress(TAKEN), b"Content-Encoding: gzip"),
    "a gzip bomb": http(gzip.compress(b"x" * (8 << 20)), b"Content-Encoding: gzip"),
    "two lengths": http(TAKEN, b"Content-Length: 3"),
    "100,000 headers": http(TAKEN, *[b"X-N: 1"] * 100_000),
    "a header of 1 MiB": http(TAKEN, b"X-N: " + b"1" * (1 << 20)),
    "entries that are text": http(b'{"FailedPutCount":0,"RequestResponses":["a","b","c","d"]}'),
    "entries that are null": http(b'{"FailedPutCount":0,"RequestResponses":[null,null,null,null]}'),
    "entries in an object": http(b'{"FailedPutCount":0,"RequestResponses":{"RecordId":"1"}}'),
    "deep": http(b"[" * 200_000),
    "a long number": http(b'{"FailedPutCount":' + b"9" * 5000 + b"}"),
    "a teapot": http(TAKEN, status=b"418 I'm a teapot"),
    "moved": http(TAKEN, b"Location: /", status=b"301 Moved Permanently"),
    "moved in a circle": http(b"", b"Location: /", status=b"307 Temporary Redirect"),
    "not modified": without_length(b"", status=b"304 Not Modified"),
    "an error whose words are objects": http(b'{"__type":{"a":1},"message":[1]}', status=b"400 Bad Request"),
    "an error that is a list": http(b"[1]", status=b"500 Internal Server Error"),
    "bad gateway": http(b"\xff" * 5000, status=b"502 Bad Gateway"),
}


@pytest.mark.parametrize("answer", NONE.values(), ids=NONE)
@pytest.mark.parametrize("plain", [False, True])
def test_what_is_no_answer_accepts_nothing(answer: bytes, *, plain: bool) -> None:
    result = put_at(saying(answer), plain=plain)
    assert isinstance(result, NoAnswer | CallRefused), result
    words = result.reason if isinstance(result, NoAnswer) else result.message
    assert len(words) < 2000


@pytest.mark.parametrize("status", [b"201 Created", b"202 Accepted", b"206 Partial Content"])
@pytest.mark.parametrize("body", [_last_id_cut(TAKEN), b"", TAKEN[: len(TAKEN) // 2]])
def test_another_2xx_is_believed_only_in_full(status: bytes, body: bytes) -> None:
    assert isinstance(put_at(saying(http(body, status=status))), NoAnswer)
    assert isinstance(put_at(saying(without_length(body, status=status))), NoAnswer)


def test_an_answer_to_an_earlier_call_is_not_taken_for_this_ones() -> None:
    calls: list[bytes] = []

    def early_hints_first(connection: socket.socket, request: bytes) -> None:
        calls.append(request)
        connection.sendall(without_length(b"", status=b"103 Early Hints"))
        time.sleep(0.1)  # the answer comes when the client is done with this call
        connection.sendall(http(TAKEN))
        connection.shutdown(socket.SHUT_RDWR)

    with hostile_endpoint(early_hints_first) as url:
        sink = sink_at(url)
        assert [type(sink.put(batch_of(RECORDS))) for _ in range(3)] == [NoAnswer] * 3


def _endless(head: bytes, piece: bytes) -> Answering:
    """1.5 GiB, unless the client has had enough before."""

    def say(connection: socket.socket, _: bytes) -> None:
        connection.sendall(head)
        for _mebibyte in range(1536):
            connection.sendall(piece)
        connection.shutdown(socket.SHUT_WR)

    return say


_MIB = b" " * (1 << 20)


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        (http(b"", length=1536 << 20), _MIB),
        (without_length(b"", CHUNKED), b"100000\r\n" + _MIB + b"\r\n"),
        (without_length(b""), _MIB),
        (without_length(b"", status=b"500 Internal Server Error"), _MIB),
    ],
    ids=["length", "chunked", "closed", "an error"],
)
def test_an_answer_without_end_is_given_up_at_its_bound(head: bytes, piece: bytes) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.monotonic()
    with hostile_endpoint(_endless(head, piece)) as url:
        result = sink_at(url).put(batch_of(RECORDS))
        client = make_client("firehose", Access(endpoint_url=url, embedded=True))
        with pytest.raises(UnusableAnswer, match="answered with more than 16 MiB") as told:
            describe_stream(client, "clicks")
    assert f"firehose at {url}" in told.value.message
    assert isinstance(result, NoAnswer)
    assert "more than 16 MiB" in result.reason
    assert time.monotonic() - began < 20
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounded_http, "MOST_SECONDS", 0.2)

    def drip(connection: socket.socket, _: bytes) -> None:
        connection.sendall(without_length(b""))
        while True:
            connection.sendall(b" ")
            time.sleep(0.01)

    result = put_at(drip)
    assert isinstance(result, NoAnswer)
    assert "took more than" in result.reason


def test_connections_are_kept_for_the_next_call() -> None:
    connections: set[socket.socket] = set()

    def answer(connection: socket.socket, _: bytes) -> None:
        connections.add(connection)
        connection.sendall(http(TAKEN))

    with hostile_endpoint(answer) as url:
        sink = sink_at(url)
        assert [sink.put(batch_of(RECORDS)) for _ in range(5)] == [Answer()] * 5
    assert len(connections) == 1
