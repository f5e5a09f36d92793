"""Calls that go past botocore: signed as it signs them, sent where it would send them, and read like its own."""

import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.bench.stub_process import Stub, running_stub
from clickgen.model.batch import Answer, NoAnswer, NotReached
from clickgen.sink.aws import Access, make_client
from clickgen.sink.firehose import FirehoseSink
from clickgen.sink.interface import at_once
from tests.deliver.test_delivery import batch_of
from tests.sink.test_firehose_sink import accepted, sink_at
from tests.support.hostile_endpoint import hostile_endpoint, http
from tests.support.wire import wire

KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
WORD = st.text("abcXYZ019/+=", min_size=1, max_size=40)


def signature_of_botocore(url: str, headers: dict[str, str], body: bytes, keys: tuple[str, str, str]) -> str:
    """The signature of a request that was received, as botocore computes it."""
    named = {name: headers[name] for name in ("Content-Type", "X-Amz-Date", "X-Amz-Target")}
    if keys[2]:
        named["X-Amz-Security-Token"] = headers["X-Amz-Security-Token"]
    request = AWSRequest("POST", url, data=body, headers=named)
    request.context["timestamp"] = headers["X-Amz-Date"]
    signer = SigV4Auth(Credentials(*keys), "firehose", "eu-west-1")
    text: str = signer.string_to_sign(request, signer.canonical_request(request))
    return str(signer.signature(text, request))


@given(keys=st.tuples(WORD, WORD, WORD | st.just("")), events=st.integers(1, 6))
@settings(max_examples=10)
def test_the_signature_is_the_one_that_botocore_makes(keys: tuple[str, str, str], events: int) -> None:
    with pytest.MonkeyPatch.context() as patch, wire(accepted) as server:
        for name, value in zip(KEYS, keys, strict=True):
            patch.setenv(name, value)
        client = make_client("firehose", Access(endpoint_url=server.url, region="eu-west-1"))
        assert FirehoseSink(client, "clicks").put(batch_of(events)) == Answer()
    headers, body = server.headers[0], server.bodies[0]
    assert headers["Authorization"].endswith(f"Signature={signature_of_botocore(server.url, headers, body, keys)}")
    assert headers["Authorization"].startswith(f"AWS4-HMAC-SHA256 Credential={keys[0]}/")


@pytest.fixture(scope="module")
def secure() -> Iterator[Stub]:
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl to make a certificate with")
    with running_stub(tls=True) as stub:
        yield stub


def test_a_certificate_is_trusted_if_botocore_would_trust_it(
    secure: Stub, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secure.https is not None
    result = sink_at(secure.https).put(batch_of(3))
    assert isinstance(result, NotReached)
    assert "CERTIFICATE_VERIFY_FAILED" in result.reason
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.certificate))
    sink = sink_at(secure.https)
    assert [sink.put(batch_of(3)) for _ in range(3)] == [Answer()] * 3
    assert secure.tally("clicks").records == 9


def test_a_certificate_of_another_host_is_not_taken(secure: Stub, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secure.https is not None
    monkeypatch.setenv("AWS_CA_BUNDLE", str(secure.certificate))
    result = sink_at(secure.https.replace("127.0.0.1", "localhost")).put(batch_of(1))
    assert isinstance(result, NotReached)
    assert "CERTIFICATE_VERIFY_FAILED" in result.reason


def test_through_a_proxy_the_call_is_botocores(monkeypatch: pytest.MonkeyPatch) -> None:
    with wire(accepted) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        monkeypatch.setenv("no_proxy", "")
        for name in KEYS[:2]:
            monkeypatch.setenv(name, "any")
        client = make_client("firehose", Access(endpoint_url="http://firehose.example", region="eu-west-1"))
        assert FirehoseSink(client, "clicks").put(batch_of(2)) == Answer()
    assert len(json.loads(proxy.bodies[0])["Records"]) == 2
    assert proxy.headers[0]["Host"] == "firehose.example"


def _pieces(size: int) -> Callable[[bytes], list[bytes]]:
    return lambda answer: [answer[at : at + size] for at in range(0, len(answer), size)]


@pytest.mark.parametrize("cut", [_pieces(1), _pieces(100), _pieces(1 << 20)], ids=["bytes", "pieces", "whole"])
def test_an_answer_may_come_in_pieces(cut: Callable[[bytes], list[bytes]]) -> None:
    ids = [{"RecordId": f"{n:0200d}"} for n in range(4)]
    answer = http(json.dumps({"FailedPutCount": 0, "RequestResponses": ids}).encode())

    def say(connection: socket.socket, _: bytes) -> None:
        for piece in cut(answer):
            connection.sendall(piece)

    with hostile_endpoint(say) as url:
        sink = sink_at(url)
        assert [sink.put(batch_of(4)) for _ in range(2)] == [Answer()] * 2


def test_a_connection_that_was_closed_meanwhile_is_replaced() -> None:
    taken = accepted(b'{"Records":[1,1,1,1]}')[1]
    closed = threading.Event()

    def once(connection: socket.socket, _: bytes) -> None:
        connection.sendall(http(taken))
        connection.shutdown(socket.SHUT_RDWR)
        closed.set()

    with hostile_endpoint(once) as url:
        sink = sink_at(url)
        for _ in range(3):
            assert sink.put(batch_of(4)) == Answer()
            assert closed.wait(5)
            closed.clear()


def closing_later(connection: socket.socket, _: bytes) -> None:
    """Say that the connection will be closed, and close it when nothing more comes, as Werkzeug's server does."""
    connection.sendall(http(accepted(b'{"Records":[1,1,1,1]}')[1], b"Connection: close"))
    while connection.recv(1 << 16):
        pass


def test_no_call_follows_on_a_connection_that_the_service_will_close() -> None:
    with hostile_endpoint(closing_later) as url:
        sink = sink_at(url)
        assert [sink.put(batch_of(4)) for _ in range(3)] == [Answer()] * 3


def test_what_was_said_unasked_is_not_taken_for_an_answer() -> None:
    taken = accepted(b'{"Records":[1,1,1,1]}')[1]
    with hostile_endpoint(lambda connection, _: connection.sendall(http(taken) + http(taken))) as url:
        sink = sink_at(url)
        assert [sink.put(batch_of(4)) for _ in range(3)] == [Answer()] * 3


def test_a_service_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickgen.sink.direct_line.READ_TIMEOUT_S", 0.1)
    with hostile_endpoint(lambda *_: None) as url:
        result = sink_at(url).put(batch_of(1))
    assert isinstance(result, NoAnswer)
    assert "Read timeout" in result.reason


def test_a_call_waits_signed_with_its_connection_open() -> None:
    opened: list[Any] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        sink = sink_at(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def leave() -> None:
            listener.settimeout(5)
            opened.append(listener.accept()[0])
            opened[0].setblocking(False)
            with pytest.raises(BlockingIOError):
                opened[0].recv(1)
            opened[0].shutdown(socket.SHUT_RDWR)

        assert isinstance(sink.put(batch_of(1), None, leave), NoAnswer)
        opened[0].close()
    assert isinstance(sink.put(batch_of(1), None, at_once), NotReached)
