"""The threads of a worker that send batches, and the express line beside them."""

import queue
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from clickgen.deliver.call_bound import CallBound
from clickgen.deliver.delivery import Delivery
from clickgen.deliver.sender_context import SenderContext
from clickgen.model.batch import Batch
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.sink.express import Express
from clickgen.sink.firehose import FirehoseSink
from clickgen.sink.interface import Sink

_LOOK_S = 0.1  # between looks whether everything has stopped
_BUSY_S = 0.005  # between looks for a free sender, while calls leave by express

if TYPE_CHECKING:
    from clickgen.deliver.departures import Departures


class Senders:
    """Sends batches: each by a thread that waits for the answer, or, if the sink can, by express.

    settled: called when a delivery has its outcomes, by the thread that found them. express: None if every batch
    is sent by a thread.
    """

    def __init__(
        self,
        context: SenderContext,
        threads: int,
        calls: CallBound,
        settled: Callable[[Delivery], None],
        express: Express | None,
    ) -> None:
        self._context = context
        self._threads = threads
        self._calls = calls
        self._settled = settled
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        # as many batches as there are senders may wait for one: each takes a place before
        self._places: queue.SimpleQueue[None] = queue.SimpleQueue()
        for _ in range(threads):
            self._places.put(None)
        self._worked: float | None = None  # CPU time of the thread of the express line at its last call
        self._departures: Departures | None = None
        if express is not None:
            from clickgen.deliver import departures

            self._departures = departures.Departures(
                context, express, self._settle_express, self._work.put, self._send
            )

    def condition(self, lock: threading.Lock) -> threading.Condition:
        """What the thread that hands batches over waits for."""
        if self._departures is None:
            return threading.Condition(lock)
        from clickgen.deliver.departures import DepartingCondition

        return DepartingCondition(lock, self._departures)

    def start(self) -> None:
        for number in range(self._threads):
            threading.Thread(target=self._run, name=f"sender-{number}", daemon=True).start()
            if self._departures is not None:
                self._work.put(self._departures.replenish)

    def take(self, batch: Batch) -> bool:
        """Send a batch, waiting while all senders are busy; False when nothing is taken any more."""
        if self._departures is not None and self._departures.offer(batch):
            return True
        while not self._context.stopped:
            if self._has_place():
                self._work.put(partial(self._send_from_place, batch))
                return True
        # never attempted: it goes back as unsent
        self._settled(Delivery(batch, self._context))
        return False

    def finish(self) -> None:
        """Return when all that leaves by express has left, after the last batch was taken."""
        if self._departures is not None:
            self._departures.finish()

    def _has_place(self) -> bool:
        try:
            if self._departures is None:
                self._places.get(timeout=_LOOK_S)
            else:
                self._places.get_nowait()
        except queue.Empty:
            if self._departures is not None:
                self._departures.wait(_BUSY_S)
            return False
        return True

    def _run(self) -> None:
        while True:
            self._work.get()()

    def _send_from_place(self, batch: Batch) -> None:
        self._places.put(None)
        self._send(Delivery(batch, self._context))

    def _settle_express(self, delivery: Delivery) -> None:
        """Note that a call by express was taken; what its thread has worked since the last one is what it cost."""
        self._settled(delivery)
        before, self._worked = self._worked, time.thread_time()
        if before is not None:
            self._calls.cost(self._worked - before)

    def _send(self, delivery: Delivery) -> None:
        begun = time.thread_time()
        try:
            delivery.run()
        except Exception as problem:  # noqa: BLE001  # whatever it is, the batch must be accounted for
            self._context.halt(EnvironmentProblem(f"sending failed: {type(problem).__name__}: {problem}"))
        self._settled(delivery)
        self._calls.cost(time.thread_time() - begun)


def express_of(plan: Plan, sink: Sink) -> Express | None:
    """How the calls of a run leave by express; None unless its gaps are to be kept and its sink can do that.

    A visitor's events that are to keep their order wait for answers instead.
    """
    if not plan.as_recorded or plan.recording.ordered:
        return None
    return sink.express() if isinstance(sink, FirehoseSink) else None
