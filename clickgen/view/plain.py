"""What a run says without a terminal: a line every five seconds, notices at once, never a control character."""

import math
from typing import TextIO

from clickgen.model.amounts import count, latency, measured, stopwatch, usd
from clickgen.model.plan import Plan
from clickgen.pace.clock import Clock
from clickgen.run.events import Figures, Finished, Noticed, Progressed, RunEvent, Started
from clickgen.view.console import LineStream
from clickgen.view.progress import BEHIND_S, current_rate, odd_input, share_done, wanted_now

EVERY_S = 5.0


class PlainLines:
    """Writes lines to a stream. A reader that goes away ends the lines, never the run."""

    def __init__(self, stream: TextIO, clock: Clock, *, progress: bool = True) -> None:
        """progress: whether to say how far the run has come, not only what is noticed."""
        self._says_progress = progress
        self._lines = LineStream(stream)
        self._clock = clock
        self._due: float | None = None
        self._plan: Plan | None = None
        self._draining = False

    def start(self) -> None:
        """Nothing is said before there is something to say."""

    def close(self) -> None:
        """The stream stays open."""

    def handle(self, event: RunEvent) -> None:
        """Take in what the run has to say."""
        match event:
            case Started(plan=plan):
                self._plan = plan
            case Noticed(message=message):
                self._lines.write(message)
            case Progressed(figures=figures):
                if self._says_progress:
                    self._progressed(figures)
            case Finished():
                pass  # the summary says it all

    def _progressed(self, figures: Figures) -> None:
        if figures.stopping and not self._draining:
            self._draining = True
            self._lines.write(f"{stopwatch(figures.elapsed)}  draining...  Ctrl-C again to leave at once")
        now = self._clock.now()
        if self._due is None:
            self._due = now - figures.elapsed + EVERY_S
        if now >= self._due:
            self._due += EVERY_S * (1 + (now - self._due) // EVERY_S)
            self._lines.write(progress_line(figures, self._plan))


def progress_line(figures: Figures, plan: Plan | None) -> str:
    """Where a run stands, in one line; what is seldom other than zero only when it is not.

    The rate is that of the whole run, but where the rate wanted changes it is that of the last seconds.
    """
    tally = figures.tally
    wanted = None if plan is None else wanted_now(figures, plan)
    changes = plan is not None and plan.timetable is not None
    rate = current_rate(figures) if changes else figures.rate
    done = None if plan is None else share_done(figures, plan)
    words = [
        stopwatch(figures.elapsed) + ("" if done is None else f" {math.floor(done * 100)} %"),
        f"{count(figures.accepted)} accepted",
        f"{measured(rate)}/s" + ("" if wanted is None else f" of {wanted}"),
        f"released {count(tally.released)}",
        f"rejected {count(figures.rejected)}",
        f"unknown {count(figures.unknown)}",
    ]
    retries = {"retried": tally.retried, "throttled": tally.throttled}
    words += [f"{name} {count(number)}" for name, number in retries.items() if number]
    words += odd_input(figures)
    words += [f"lag p99 {latency(figures.lag.p99)}", f"latency p99 {latency(figures.latency.p99)}"]
    if figures.backlog >= BEHIND_S:
        words.append(f"behind {latency(figures.backlog)}")
    if plan is None or plan.destination.kind != "http":
        words.append(usd(figures.cost_usd))
    return "  ".join(words)
