"""A run that offers one rate after another, sees how each goes, and ends itself when one does not hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clickgen.ledger.folder import RunFolder
from clickgen.model.histogram import Histogram, Percentiles
from clickgen.model.plan import Plan
from clickgen.run.events import Figures, Finished, Handler, Noticed, Progressed, RunEvent
from clickgen.run.probe import Offer, ProbeStep, Trouble
from clickgen.run.run import Run
from clickgen.run.stop import RunTerms

ANSWERED_S = 0.25  # of a quick stream, from the wire to what the run says of it


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a rate that holds keeps to.

    latency_s: bound of the latency's p99 and of the backlog, on top of the time in which a batch may fill.
    share: of the attempts at records, how many may be throttled, and how many may fail.
    """

    latency_s: float
    share: float


class StepWatch:
    """Makes steps of what a run says of itself. Its figures are differences between two snapshots.

    linger_s: how long a batch may take to fill. steps: those that are closed, in their order. stopping: whether
    the run is to end because a step did not hold, or all have been seen.
    """

    def __init__(self, run: str, offers: Sequence[Offer], bounds: Bounds, linger_s: float) -> None:
        self.steps: list[ProbeStep] = []
        self.stopping = False
        self._run = run
        self._offers = list(offers)
        self._bounds = bounds
        self._answered_s = linger_s + ANSWERED_S  # from due on, if a batch fills slowly and the stream is quick
        self._longest_s = bounds.latency_s + linger_s
        self._before: Figures | None = None  # where the step began
        self._begin_s = 0.0
        self._answering: tuple[float, ProbeStep] | None = (
            None  # when a step that held began; its answers still come
        )
        self._counted: list[tuple[float, int]] = [(0.0, 0)]  # second, accepted by then

    def take(self, event: RunEvent) -> list[ProbeStep]:
        """Take in what the run has to say; returns the steps that it closes."""
        closed = len(self.steps)
        if isinstance(event, Finished):  # somebody or something else ended it
            self._close_answered()
            return self.steps[closed:]
        if not isinstance(event, Progressed) or self.stopping or event.figures.elapsed <= 0:
            return []
        figures = event.figures
        self._counted.append((figures.elapsed, figures.accepted))
        if self._answering is not None and figures.elapsed >= self._begin_s + self._answered_s:
            self._close_answered()
        if self._offers:
            self._look(figures)
        self.stopping = not self._offers
        return self.steps[closed:]

    def _look(self, figures: Figures) -> None:
        """See how the step goes, and whether it is over: the last one when it has its answers."""
        length = self._offers[0].seconds
        done = (figures.elapsed - self._begin_s) / length
        over = 1.0 if len(self._offers) > 1 else 1.0 + self._answered_s / length
        trouble = self._trouble(figures, done, over=done >= over)
        if trouble is None and done < over:
            return
        step = self._measured(figures, trouble)
        self._close_answered()
        begin = self._begin_s
        self._before, self._begin_s = figures, begin + length
        if trouble is None and len(self._offers) > 1:
            self._answering = (begin, step)
            del self._offers[0]
        else:
            self._close(begin, step)
            self._offers.clear()

    def _measured(self, figures: Figures, trouble: Trouble | None) -> ProbeStep:
        before = self._before
        sent, throttled, failed = _attempts(figures, before)
        accepted = figures.accepted - (before.accepted if before else 0)
        size = figures.tally.accepted_bytes - (before.tally.accepted_bytes if before else 0)
        return ProbeStep(
            offer=self._offers[0],
            run=self._run,
            accepted=0.0,
            throttled=throttled / max(1, sent),
            failed=failed / max(1, sent),
            latency=_latency(figures, before),
            event_bytes=size / max(1, accepted),
            trouble=trouble,
        )

    def _trouble(self, figures: Figures, done: float, *, over: bool) -> Trouble | None:
        """Why the step does not hold, as far as that is known. done: its share of time that has passed."""
        sent, throttled, failed = _attempts(figures, self._before)
        most = self._bounds.share * sent / min(1.0, done) if done > 0 else 0.0
        if throttled > most:
            return "throttled"
        if failed > most:
            return "errors"
        if figures.backlog > self._longest_s:
            return "behind"
        if over and _latency(figures, self._before).p99 > self._longest_s:
            return "latency"
        return None

    def _close_answered(self) -> None:
        """Close the step that held and was waiting for its answers, if there is one."""
        if self._answering is not None:
            self._close(*self._answering)
            self._answering = None

    def _close(self, begin: float, step: ProbeStep) -> None:
        """Give the step its rate: of the answers in as long a time as it lasted, from when they are its own.

        That is a usual latency after its begin, also where answers come in bursts, once in each linger, and as
        long as the run may take to hear of an answer: else a step of two seconds would lack a tenth of its events.
        """
        seconds, counts = np.array(self._counted, dtype=np.float64).T
        first = begin + step.latency.p50 + ANSWERED_S
        last = min(first + step.offer.seconds, seconds[-1])
        if last - first < self._answered_s:  # cut short at its begin
            first = begin
        low, high = np.interp([first, last], seconds, counts)
        self.steps.append(replace(step, accepted=float((high - low) / (last - first))))


class ProbeRun(Run):
    """A run that its watch may end. `stop` and `leave` are for people; `interrupted`: somebody used them."""

    def __init__(
        self,
        folder: RunFolder,
        plan: Plan,
        terms: RunTerms,
        handlers: Sequence[Handler[RunEvent]],
        watch: StepWatch,
        words_of: Callable[[ProbeStep], str],
    ) -> None:
        super().__init__(folder, plan, terms, handlers)
        self.interrupted = False
        self._watch = watch
        self._words_of = words_of

    def stop(self) -> None:
        """Somebody wants to end the probe: send what is due."""
        self.interrupted = True
        super().stop()

    def leave(self) -> None:
        """Somebody wants to end the probe at once."""
        self.interrupted = True
        super().leave()

    def tell(self, event: RunEvent) -> None:
        """Hand on an event, and each step that it closes as a notice; end the run after the last step."""
        if isinstance(event, Progressed):  # a run that its watch ends was not stopped by anybody
            event = Progressed(replace(event.figures, stopping=self.interrupted))
        super().tell(event)
        for step in self._watch.take(event):
            super().tell(Noticed(self._words_of(step)))
        if self._watch.stopping:
            super().stop()


def _attempts(figures: Figures, before: Figures | None) -> tuple[int, int, int]:
    """Attempts at records since then: all, those throttled, those that failed.

    What was tried again and not throttled had failed; what was given up counts too.
    """
    now, then = figures.tally, before.tally if before else None
    sent = now.sent_records - (then.sent_records if then else 0)
    throttled = now.throttled - (then.throttled if then else 0)
    retried = now.retried - (then.retried if then else 0)
    lost = figures.rejected + figures.unknown - ((before.rejected + before.unknown) if before else 0)
    return sent, throttled, max(0, retried - throttled) + lost


def _latency(figures: Figures, before: Figures | None) -> Percentiles:
    return figures.latencies.since(before.latencies if before else Histogram()).percentiles()
