"""Calls that leave by express: at their moments, and with the outcomes that threads would have found."""

import json
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from clickgen.deliver.allowance import Allowance, BilledBytesCap
from clickgen.deliver.call_bound import CallBound
from clickgen.deliver.delivery import Delivery
from clickgen.deliver.sender_context import Patience, SenderContext
from clickgen.model.batch import Batch
from clickgen.model.outcome import Outcome, State
from clickgen.pace.clock import SystemClock
from clickgen.run.senders import Senders
from clickgen.sink.express import Express
from tests.deliver.test_delivery import batch_of
from tests.sink.test_direct_line import closing_later
from tests.sink.test_firehose_sink import accepted, sink_at
from tests.support.hostile_endpoint import Answering, hostile_endpoint, http
from tests.support.wire import Respond, wire

RECORDS = 4
TAKEN = http(accepted(b'{"Records":[1,1,1,1]}')[1])
PATIENCE = Patience(backoff_s=0.001, slowed_s=0.001, unreached_s=0.05)


def batches(count: int, apart_s: float = 0.002) -> list[Batch]:
    """Batches of one lane that close one after another."""
    return [
        replace(batch_of(RECORDS), first=RECORDS * n, close=n * apart_s, due=np.full(RECORDS, n * apart_s))
        for n in range(count)
    ]


class Sent:
    """What became of batches that were sent to an address."""

    def __init__(self, url: str, *, express: bool, most: int | None = None) -> None:
        self.sink = sink_at(url)
        self.context = SenderContext(self.sink, SystemClock(), BilledBytesCap(most), PATIENCE)
        self.outcomes: list[Outcome] = []
        self.by: list[str] = []  # the threads that found the outcomes
        self._open = 0
        self._settled = threading.Condition()
        line = self.sink.express() if express else None
        assert (line is not None) is express
        self._tried = threading.Event()  # to open a connection, if calls are to leave by express
        if line is None:
            self._tried.set()
        self.senders = Senders(self.context, 2, CallBound(), self._settle, line and self._telling(line))

    def send(self, wanted: list[Batch]) -> "Sent":
        """Send them, the first in a moment, and wait for their outcomes."""
        self._open = len(wanted)
        self.senders.start()
        assert self._tried.wait(20)
        time.sleep(0.05)  # the connection is put where calls find it
        self.context.timings.start = time.monotonic()
        for batch in wanted:
            self.senders.take(batch)
        self.senders.finish()
        with self._settled:
            assert self._settled.wait_for(lambda: self._open == 0, timeout=20)
        return self

    def states(self) -> dict[int, tuple[State, int]]:
        """The state of each event and its attempts; fails if any has two outcomes."""
        found = [(n, (o.state, o.attempts)) for o in self.outcomes for n in range(o.first, o.end)]
        assert len(found) == len(dict(found))
        return dict(found)

    def _telling(self, express: Express) -> Express:
        def connect() -> socket.socket:
            try:
                return express.connect()
            finally:
                self._tried.set()

        return replace(express, connect=connect)

    def _settle(self, delivery: Delivery) -> None:
        with self._settled:
            self.outcomes += delivery.outcomes()
            self.by.append(threading.current_thread().name)
            self._open -= 1
            self._settled.notify()


ALL_ACCEPTED = dict.fromkeys(range(RECORDS * 20), (State.ACCEPTED, 1))


def test_calls_leave_at_their_moments_and_lag_says_so() -> None:
    arrived: list[float] = []

    def note(body: bytes) -> tuple[int, bytes]:
        arrived.append(time.monotonic())
        return accepted(body)

    with wire(note) as server:
        sent = Sent(server.url, express=True).send(batches(20, 0.01))
    assert sent.states() == ALL_ACCEPTED
    assert threading.main_thread().name in sent.by  # on a busy machine some have to go to senders
    moments = np.array(sorted(arrived)) - sent.context.timings.start
    early = moments - 0.01 * np.arange(20)
    assert early.min() >= 0
    lag, answer, latency = sent.context.timings.take()
    assert (lag.total, answer.total, latency.total) == (20 * RECORDS, 20, 20 * RECORDS)
    assert lag.quantile(0.5) <= np.median(early) + 1e-3


def test_no_call_follows_on_a_connection_that_the_service_will_close() -> None:
    with hostile_endpoint(closing_later) as url:
        assert Sent(url, express=True).send(batches(20)).states() == ALL_ACCEPTED


def failing(first: list[tuple[int, bytes]]) -> Respond:
    """Answers calls with these, one after another, then takes everything."""
    lock = threading.Lock()

    def respond(body: bytes) -> tuple[int, bytes]:
        with lock:
            return first.pop(0) if first else accepted(body)

    return respond


def error(code: str) -> bytes:
    return json.dumps({"__type": code, "message": "no"}).encode()


PARTLY = json.dumps(
    {
        "FailedPutCount": 1,
        "RequestResponses": [{"RecordId": "1"}] * 3 + [{"ErrorCode": "InternalFailure", "ErrorMessage": "no"}],
    }
).encode()


@pytest.mark.parametrize("express", [True, False])
@pytest.mark.parametrize(
    ("answer", "attempts"),
    [((503, error("ServiceUnavailableException")), [2] * 4), ((200, PARTLY), [1, 1, 1, 2]), ((500, b""), [2] * 4)],
)
def test_what_was_refused_is_sent_again(answer: tuple[int, bytes], attempts: list[int], *, express: bool) -> None:
    with wire(failing([answer])) as server:
        sent = Sent(server.url, express=express).send(batches(1))
    assert sent.states() == {n: (State.ACCEPTED, count) for n, count in enumerate(attempts)}


def test_what_is_refused_for_good_is_rejected() -> None:
    with wire(failing([(400, error("InvalidArgumentException"))])) as server:
        sent = Sent(server.url, express=True).send(batches(2))
    assert sorted(state for state, _ in sent.states().values()) == [State.ACCEPTED] * 4 + [State.REJECTED] * 4


def _closing(connection: socket.socket, _: bytes) -> None:
    # in one segment with the end, where the system can do that, so that no call leaves between the two
    connection.sendall(TAKEN, getattr(socket, "MSG_MORE", 0))
    connection.shutdown(socket.SHUT_RDWR)


def _in_pieces(connection: socket.socket, _: bytes) -> None:
    for piece in (TAKEN[:20], TAKEN[20:200], TAKEN[200:]):
        connection.sendall(piece)
        time.sleep(0.002)


def _chunked(connection: socket.socket, _: bytes) -> None:
    body = TAKEN.split(b"\r\n\r\n", 1)[1]
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    connection.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))


@pytest.mark.parametrize("answering", [_closing, _in_pieces, _chunked], ids=["closing", "in pieces", "chunked"])
def test_every_way_to_take_a_call_counts(answering: Answering) -> None:
    with hostile_endpoint(answering) as url:
        sent = Sent(url, express=True).send(batches(20, 0.01))
    assert sent.states() == ALL_ACCEPTED


@pytest.mark.parametrize("cut", [b"", TAKEN[:30], TAKEN[:-1]], ids=["nothing", "a head", "all but a byte"])
def test_a_call_that_was_not_answered_is_sent_again_and_counts_twice(cut: bytes) -> None:
    calls: list[int] = []

    def cut_first(connection: socket.socket, _: bytes) -> None:
        calls.append(1)
        connection.sendall(cut if len(calls) == 1 else TAKEN)
        if len(calls) == 1:
            connection.shutdown(socket.SHUT_RDWR)

    with hostile_endpoint(cut_first) as url:
        sent = Sent(url, express=True).send(batches(1))
    assert set(sent.states().values()) == {(State.ACCEPTED, 2)}


def test_an_answer_that_takes_long_is_waited_for_by_a_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clickgen.deliver.departures._PATIENCE_S", 0.02)

    def slow_first(connection: socket.socket, _: bytes, calls: list[int] = []) -> None:  # noqa: B006  # its memory
        calls.append(1)
        time.sleep(0.2 if len(calls) == 1 else 0)
        connection.sendall(TAKEN)

    with hostile_endpoint(slow_first) as url:
        sent = Sent(url, express=True).send(batches(20))
    assert sent.states() == ALL_ACCEPTED
    assert any(name.startswith("sender") for name in sent.by)


def test_a_call_larger_than_the_socket_takes_at_once_is_sent_whole() -> None:
    size = 900_000
    data = b'{"n":"' + b"x" * (size - 9) + b'"}\n'
    offsets = [size * n for n in range(4)]
    large = replace(batch_of(3), data=memoryview(data * 3), record_offsets=offsets)
    with wire(accepted) as server:
        sent = Sent(server.url, express=True).send([large])
        assert len(json.loads(server.bodies[0])["Records"]) == 3
    assert set(sent.states().values()) == {(State.ACCEPTED, 1)}


def test_nobody_there_ends_the_run_as_it_does_without_express() -> None:
    sent = Sent("http://127.0.0.1:9", express=True).send(batches(3))
    assert sent.context.problem is not None
    assert "could not be reached" in sent.context.problem.message
    assert {state for state, _ in sent.states().values()} == {State.UNSENT}


def _abandon(sent: Sent) -> None:
    sent.context.abandon()


def _allow_little(sent: Sent) -> None:
    sent.context.tokens.allow(Allowance(1e6, 1e9, 1e6))


@pytest.mark.parametrize(("hinder", "state"), [(_abandon, State.UNSENT), (_allow_little, State.ACCEPTED)])
def test_what_waits_to_leave_heeds_what_has_changed(hinder: Callable[[Sent], None], state: State) -> None:
    sent: Sent

    def respond(body: bytes) -> tuple[int, bytes]:
        hinder(sent)
        return accepted(body)

    with wire(respond) as server:
        sent = Sent(server.url, express=True)
        sent.send(batches(2, 1.0))
    by_number = [found for _, (found, _) in sorted(sent.states().items())]
    assert by_number == [State.ACCEPTED] * 4 + [state] * 4


def test_no_more_is_sent_than_may_be_billed() -> None:
    with wire(accepted) as server:
        sent = Sent(server.url, express=True, most=5120 * RECORDS * 2).send(batches(5))
    assert sum(state is State.ACCEPTED for state, _ in sent.states().values()) == RECORDS * 2
    assert sent.context.budget.exhausted
