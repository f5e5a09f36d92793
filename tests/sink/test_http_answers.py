"""Answers of collectors: accepted, throttled, refused, unknown, by HTTP and by what batch interfaces say."""

import base64
import json
import socket
import threading
from email.utils import formatdate
from time import time

import pytest

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, NotReached, Refusal, RefusedRecord
from clickgen.model.destination import HttpDestination, HttpRequest
from clickgen.sink import http_connection
from clickgen.sink.http import HttpSink
from clickgen.sink.http_values import HttpValues, parse_header, parse_parameter
from tests.sink.test_sink_kinesis import batch_from, clicks
from tests.support.collector import Reply, collector

HTML = {"Content-Type": "text/html; charset=utf-8"}
LOGIN = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>...</body></html>"
SECRET = "k3y-0f-the-c0llector"
VALUES = HttpValues({"Authorization": f"Bearer {SECRET}", "X": base64.b64encode(b"me:pa55word").decode()})


def put(reply: Reply, request: HttpRequest | None = None, events: int = 3) -> CallResult:
    """What a call makes of that answer."""
    with collector(lambda _: reply) as server:
        to = HttpDestination(stream=server.url, request=request or HttpRequest())
        return HttpSink(to, VALUES).put(batch_from(clicks(*["ann"] * events)))


def put_json(status: int, answer: object, body: str = "json") -> CallResult:
    """What a call of three events makes of an answer in JSON."""
    return put(Reply(status, json.dumps(answer).encode()), HttpRequest.model_validate({"body": body}))


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_good_status_accepts_the_events(status: int) -> None:
    assert put(Reply(status)) == Answer()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (429, Refusal.THROTTLED),
        (503, Refusal.THROTTLED),
        (500, Refusal.TRANSIENT),
        (507, Refusal.TRANSIENT),
        (400, Refusal.FINAL),
        (422, Refusal.FINAL),
        (401, Refusal.FATAL),
        (403, Refusal.FATAL),
        (404, Refusal.FATAL),
        (413, Refusal.FATAL),
    ],
)
def test_other_statuses_decide_about_patience(status: int, kind: Refusal) -> None:
    result = put(Reply(status, b'{"error": "no such\\nthing"}'))
    assert isinstance(result, CallRefused)
    assert result.kind is kind
    assert result.message.startswith(f"HTTP {status} ")
    assert "no such" in result.message
    assert (result.hint is not None) is (kind is Refusal.FATAL)


def test_one_event_that_is_too_large_does_not_end_the_run() -> None:
    result = put(Reply(413), events=1)
    assert isinstance(result, CallRefused)
    assert result.kind is Refusal.FINAL


@pytest.mark.parametrize("status", [408, 502, 504])
def test_somebody_who_gave_up_waiting_says_nothing_of_the_events(status: int) -> None:
    result = put(Reply(status))
    assert isinstance(result, NoAnswer)
    assert result.hint is None


@pytest.mark.parametrize(
    ("says", "least", "most"), [("7", 7, 7), ("a date", 60, 100), ("soon", 0, 0), ("-3", 0, 0)]
)
def test_retry_after_is_read_as_seconds_and_as_a_date(says: str, least: float, most: float) -> None:
    says = formatdate(time() + 100, usegmt=True) if says == "a date" else says
    result = put(Reply(429, headers={"Retry-After": says}))
    assert isinstance(result, CallRefused)
    assert least <= result.retry_after_s <= most


def test_a_redirect_is_not_followed_and_names_its_target_without_its_query() -> None:
    result = put(Reply(302, headers={"Location": "https://login.example.com/sign?state=abc"}))
    assert isinstance(result, CallRefused)
    assert result.kind is Refusal.FATAL
    assert "https://login.example.com/sign" in result.message
    assert "state" not in result.message


@pytest.mark.parametrize(
    "reply", [Reply(body=LOGIN, headers=HTML), Reply(body=b"\n " + LOGIN), Reply(headers=HTML)]
)
def test_a_page_is_no_answer_and_ends_the_run_unless_the_user_expects_it(reply: Reply) -> None:
    result = put(reply)
    assert isinstance(result, NoAnswer)
    assert result.hint is not None
    assert "--http-html" in result.hint
    assert ("Sign in" in result.reason) is (LOGIN in reply.body)
    assert put(reply, HttpRequest(html=True)) == Answer()


@pytest.mark.parametrize("status", [400, 403, 500])
def test_no_secret_comes_back_in_the_words_of_a_server(status: int) -> None:
    echo = f"bad token {SECRET} in 'Bearer {SECRET}' of me, pa55word, {VALUES.headers['X']}".encode()
    for reply in (Reply(status, echo), Reply(status, b"x" * 190 + echo)):
        result = put(reply)
        assert isinstance(result, CallRefused)
        assert not {SECRET, SECRET[:8], "pa55word"} & set(result.message.replace(",", " ").split())
        assert SECRET not in result.message
        assert SECRET[:8] not in result.message
    assert SECRET not in repr(VALUES)


def test_a_batch_interface_is_read_event_by_event() -> None:
    entries = [{"RecordId": "1"}, {"ErrorCode": "ServiceUnavailableException", "ErrorMessage": SECRET}, {}]
    result = put_json(200, {"FailedPutCount": 2, "RequestResponses": entries}, "put-record-batch")
    assert result == put_json(200, {"FailedPutCount": 2, "RequestResponses": entries})
    assert isinstance(result, Answer)
    assert [(record.index, record.kind) for record in result.refused] == [
        (1, Refusal.THROTTLED), (2, Refusal.TRANSIENT),
    ]  # fmt: skip
    assert result.refused[0].message == "***"


@pytest.mark.parametrize(
    "answer",
    [
        [{"status": 200}, {"status": 429}, {"status": 400, "error": "no page"}],
        {"results": [{"statusCode": 201}, {"statusCode": 503}, {"statusCode": 422, "error": "no page"}]},
        {"items": [200, 429, 422]},
    ],
)
def test_a_multi_status_is_read_event_by_event(answer: object) -> None:
    result = put_json(207, answer)
    assert isinstance(result, Answer)
    assert [(record.index, record.kind) for record in result.refused] == [
        (1, Refusal.THROTTLED), (2, Refusal.FINAL),
    ]  # fmt: skip


@pytest.mark.parametrize("answer", [{}, [{"status": 200}], "what", {"results": [1, 2, 3]}])
def test_a_multi_status_that_cannot_be_read_says_nothing(answer: object) -> None:
    result = put_json(207, answer)
    assert isinstance(result, NoAnswer)
    assert result.hint is not None


@pytest.mark.parametrize("answer", [{}, {"message": "ok"}, {"FailedPutCount": 0}])
def test_a_gateway_that_hides_the_answer_of_put_record_batch_proves_nothing(answer: object) -> None:
    result = put_json(200, answer, "put-record-batch")
    assert isinstance(result, NoAnswer)
    assert result.hint is not None
    assert put_json(200, answer, "json") == Answer()


def test_failures_without_saying_whose_they_are_prove_nothing() -> None:
    assert isinstance(put_json(200, {"FailedPutCount": 2}), NoAnswer)


def test_segment_says_in_its_body_what_was_no_success() -> None:
    assert put_json(200, {"success": True}, "segment") == Answer()
    result = put_json(200, {"success": False, "message": "no key"}, "segment")
    assert isinstance(result, CallRefused)
    assert result.kind is Refusal.FINAL


def test_a_connection_that_breaks_and_one_that_is_silent_are_no_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(put(Reply(reset=True)), NoAnswer)
    monkeypatch.setattr(http_connection, "READ_TIMEOUT_S", 0.2)
    assert isinstance(put(Reply(delay_s=5)), NoAnswer)


def test_nobody_there_is_not_reached() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        to = HttpDestination(stream=f"http://127.0.0.1:{free.getsockname()[1]}/")
        assert isinstance(HttpSink(to, HttpValues()).put(batch_from(clicks("ann"))), NotReached)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n" + b" " * (5 << 20),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n{}",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
    ids=["cut", "huge", "chunk", "ssh", "nothing"],
)
def test_half_an_answer_is_none(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(1 << 16)
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        to = HttpDestination(stream=f"http://127.0.0.1:{server.getsockname()[1]}/")
        assert isinstance(HttpSink(to, HttpValues()).put(batch_from(clicks("ann"))), NoAnswer)


@pytest.mark.parametrize("text", ["X-Key", "X Key: v", "X-Key:", "X-Key: a\nb", "Host: x", f"{SECRET}", "é: x"])
def test_what_is_no_header_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="header") as refused:
        parse_header(text)
    assert SECRET not in str(refused.value)


def test_headers_and_parameters_have_a_value_or_a_variable() -> None:
    assert parse_header("X-Key: a=@b") == ("X-Key", "a=@b", None)
    assert parse_header("X-Key=@KEY") == ("X-Key", None, "KEY")
    assert parse_parameter("key=@KEY") == ("key", None, "KEY")
    assert parse_parameter("key=a=@b") == ("key", "a=@b", None)


def test_one_visitor_a_request_keeps_what_was_accepted_apart_from_what_was_not() -> None:
    rows = [
        json.dumps({"user_pseudo_id": visitor, "event_name": "page_view"}).encode()
        for visitor in ("ann", "bob", "cid", "ann")
    ]
    replies = {0: Reply(204), 1: Reply(reset=True)}
    with collector(lambda request: replies.get(request.number, Reply(500))) as server:
        sink = HttpSink(HttpDestination(stream=server.url, request=HttpRequest(body="ga4")), HttpValues())
        result = sink.put(batch_from(rows))
        assert len(server.arrived) == 2
        assert result == Answer(
            (RefusedRecord(2, Refusal.TRANSIENT, "NotSent", "an earlier request of the same call failed"),),
            unanswered=[1],
        )
        # if nothing was accepted, the answer holds for the whole call
        assert isinstance(sink.put(batch_from(rows), [2, 3]), CallRefused)
