"""One thread that sends calls at their moments, to within a fraction of a millisecond, and waits for all answers.

A thread for each call under way would wait for the interpreter whenever another one has it: when it is due, when
its answer comes, and between. Here the calls of a replay as recorded are made ready ahead, sent and heard by the
thread that decides on them, while it would otherwise wait: `Departures.wait` stands in for a condition's wait.
What is not plainly well goes to the senders: a call without a free connection, an answer that is not a plain yes,
a connection that broke.
"""

import heapq
import math
import select
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from clickgen.deliver.delivery import Delivery
from clickgen.deliver.sender_context import SenderContext
from clickgen.model.batch import Batch, CallResult
from clickgen.sink.express import Express

_PIECE = 64 << 10
_PATIENCE_S = 0.5  # for an answer; then a sender waits for it, which gives up some time
_MOST_FILES = 1024  # that select can wait for
_NOT_YET = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(slots=True, order=True)
class _Call:
    """A call that is ready to leave."""

    close: float  # when, in seconds of the schedule
    number: int  # calls of one moment leave in the order in which they were made ready
    delivery: Delivery = field(compare=False)
    request: bytes = field(compare=False)
    received: bytes = field(default=b"", compare=False)  # of its answer


class Departures:
    """The calls of a worker that leave by express. All but `replenish` and `wake` is for one thread.

    settled: called when a delivery has ended well. hand_over: gives work to a sender, without waiting for one.
    send: what a sender does with a delivery.
    """

    def __init__(
        self,
        context: SenderContext,
        express: Express,
        settled: Callable[[Delivery], None],
        hand_over: Callable[[Callable[[], None]], None],
        send: Callable[[Delivery], None],
    ) -> None:
        self._context = context
        self._express = express
        self._settled = settled
        self._hand_over = hand_over
        self._send = send
        self._ready: list[_Call] = []  # a heap
        self._number = 0
        self._under_way: dict[socket.socket, _Call] = {}
        self._idle: deque[socket.socket] = deque()  # connections
        self._woken, self._waking = socket.socketpair()
        self._woken.setblocking(False)
        self._waking.setblocking(False)

    def replenish(self) -> None:
        """Open a connection, if that is possible; for any thread."""
        with suppress(Exception):  # whatever is wrong, the calls that a sender makes will report it
            connection = self._express.connect()
            if connection.fileno() < _MOST_FILES:
                connection.setblocking(False)
                self._idle.append(connection)
            else:
                self._express.close(connection)

    def wake(self) -> None:
        """End the wait that is under way, or the next one; for any thread."""
        with suppress(OSError):  # it is awake already, or was closed at the end
            self._waking.send(b"1")

    def offer(self, batch: Batch) -> bool:
        """Take a batch, unless a sender has to: nothing more may leave now, or the call cannot be made ready."""
        self._send_due()
        if self._under_way:
            self._hear(0.0)
        if self._context.hindered or not (self._idle or self._under_way):
            return False
        try:
            request = self._express.request(batch)
        except Exception:  # noqa: BLE001  # the sender that tries it again says what is wrong
            return False
        self._number += 1
        heapq.heappush(self._ready, _Call(batch.close, self._number, Delivery(batch, self._context), request))
        return True

    def wait(self, seconds: float | None) -> None:
        """Send what is due and hear answers for so long, or until woken; None: for as long as it takes."""
        until = math.inf if seconds is None else self._now() + seconds
        while True:
            self._send_due()
            next_at = min(until, self._ready[0].close if self._ready else math.inf)
            if self._hear(next_at - self._now()) or self._now() >= until:
                return

    def finish(self) -> None:
        """Return when every call was sent and answered, or is with a sender; nothing more is offered then."""
        while self._ready or self._under_way:
            self.wait(_PATIENCE_S)
        while self._idle:
            self._express.close(self._idle.pop())
        self._woken.close()
        self._waking.close()

    def _now(self) -> float:
        return self._context.clock.now() - self._context.timings.start

    def _send_due(self) -> None:
        while self._ready and self._ready[0].close <= self._now():
            call = heapq.heappop(self._ready)
            connection = self._free_connection()
            if connection is None or not call.delivery.leaves_at_once():
                if connection is not None:
                    self._idle.append(connection)
                self._hand_over(partial(self._send, call.delivery))
                continue
            self._under_way[connection] = call
            try:
                sent = connection.send(call.request)
            except OSError:  # a sender will meet the same, unless it is only that the call has to wait
                sent = 0
            if sent < len(call.request):
                self._leave_to_a_sender(connection, call.request[sent:])

    def _free_connection(self) -> socket.socket | None:
        while self._idle:
            connection = self._idle.pop()  # the one used last: the service closes those that are not used for long
            if self._express.is_idle(connection):
                return connection
            self._replace(connection)
        return None

    def _replace(self, connection: socket.socket) -> None:
        self._express.close(connection)
        self._hand_over(self.replenish)

    def _hear(self, seconds: float) -> bool:
        """Wait for answers, at most so long; whether this was woken."""
        most = _PATIENCE_S if self._under_way else None
        wait = max(0.0, seconds) if most is None else max(0.0, min(seconds, most))
        heard, _, _ = select.select([self._woken, *self._under_way], [], [], None if wait == math.inf else wait)
        for source in heard:
            if source is not self._woken:
                self._read(source)
        if self._under_way:
            connection, oldest = next(iter(self._under_way.items()))
            if self._now() - oldest.close > _PATIENCE_S:
                self._leave_to_a_sender(connection)
        if self._woken not in heard:
            return False
        self._woken.recv(_PIECE)
        return True

    def _read(self, connection: socket.socket) -> None:
        call = self._under_way[connection]
        while True:
            try:
                piece = connection.recv(_PIECE)
            except _NOT_YET:
                return
            except OSError:
                piece = b""
            call.received += piece
            if not piece or not self._express.more_follows(call.received):
                break
        if not piece or not self._express.takes_all(call.received, call.delivery.batch):
            self._leave_to_a_sender(connection)
            return
        del self._under_way[connection]
        if self._express.stays_open(call.received):
            self._idle.append(connection)
        else:
            self._replace(connection)
        call.delivery.taken()
        self._settled(call.delivery)

    def _leave_to_a_sender(self, connection: socket.socket, unsent: bytes = b"") -> None:
        call = self._under_way.pop(connection)
        call.delivery.begun = partial(self._rest, connection, call, unsent)
        self._hand_over(partial(self._send, call.delivery))

    def _rest(self, connection: socket.socket, call: _Call, unsent: bytes) -> CallResult:
        """What becomes of a call that is under way, found out by a sender."""
        try:
            return self._express.finish(call.delivery.batch, connection, unsent, call.received)
        finally:
            self._express.close(connection)
            self.replenish()


class DepartingCondition(threading.Condition):
    """A condition whose wait sends calls and hears answers, for the one thread that waits for it."""

    def __init__(self, lock: threading.Lock, departures: Departures) -> None:
        super().__init__(lock)
        self._departures = departures

    def wait(self, timeout: float | None = None) -> bool:
        """Return when the time is over or somebody has notified."""
        self.release()
        try:
            self._departures.wait(timeout)
        finally:
            self.acquire()
        return True

    def notify(self, n: int = 1) -> None:  # noqa: ARG002  # there is only one to be woken
        self._departures.wake()
