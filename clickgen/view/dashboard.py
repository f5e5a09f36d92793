"""The live dashboard of a run. Readable at 80 columns and without colour; more room makes it wider, not longer."""

import math
import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from clickgen.model.amounts import count, duration, latency, measured, size
from clickgen.model.outside_text import one_line
from clickgen.model.plan import Plan
from clickgen.run.events import Figures, Noticed, Progressed, RunEvent, Started
from clickgen.sink.registry import kind_of
from clickgen.view.account import bill_words
from clickgen.view.bars import Sparkline
from clickgen.view.console import FRAME, cut_row
from clickgen.view.progress import (
    BEHIND_S,
    all_left,
    current_rate,
    in_flight,
    odd_input,
    pace_words,
    share_done,
    time_left,
    wanted_now,
)

REFRESHES_PER_S = 4
WIDE = 120  # columns from which two halves stand side by side
_GAP = "   "
_TROUBLE = "bold red"


class Dashboard:
    """Shows a run while it goes on and leaves no trace, so that the summary can take its place."""

    def __init__(
        self, console: Console, plan: Plan, destination_line: str, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console
        self._plan = plan
        self._destination_line = destination_line
        self._now = now
        self._slot = -1
        self._live = Live(console=console, auto_refresh=False, transient=True, redirect_stdout=False)

    def start(self) -> None:
        """Take the lower part of the screen."""
        self._live.start()
        self._live.update(self._waiting("starting the workers..."), refresh=True)

    def close(self) -> None:
        """Give the terminal back."""
        self._live.stop()

    def handle(self, event: RunEvent) -> None:
        """Take in what the run has to say; the screen is drawn once in each quarter of a second at the most."""
        match event:
            case Started(plan=plan, workers=workers):
                self._plan = plan
                who = f"{workers} workers are" if workers > 1 else "one worker is"
                self._live.update(self._waiting(f"{who} ready, the first events are due..."), refresh=True)
            case Noticed(message=message):
                self._console.print(Text(one_line(message), style="yellow"))
            case Progressed(figures=figures):
                slot = int(self._now() * REFRESHES_PER_S)
                if slot != self._slot:
                    self._slot = slot
                    self._live.update(self._screen(figures), refresh=True)
            case _:
                pass  # the summary of a finished run takes the dashboard's place

    def _waiting(self, words: str) -> RenderableType:
        destination = cut_row(self._destination_line, self._console.width)
        return _framed(self._plan, Group(destination, Text(words)), "Ctrl-C to stop")

    def _screen(self, figures: Figures) -> RenderableType:
        return render_dashboard(figures, self._plan, self._destination_line, self._console.width)


def render_dashboard(figures: Figures, plan: Plan, destination_line: str, width: int) -> RenderableType:
    """The screen for a snapshot, laid out for so many columns."""
    account = (_account(figures), *_input(figures))
    traffic = Group(_rates(figures, plan), Text(), *account, Text(), _sent(figures, plan))
    timing = Group(_times(figures), Text(), _bill(figures, plan))
    body: RenderableType = Group(traffic, Text(), timing)
    if width >= WIDE:
        room = width - FRAME
        body = Table.grid(padding=(0, 4, 0, 0))
        body.add_column(width=room * 3 // 5 - 4)
        body.add_column(width=room - room * 3 // 5)
        body.add_row(traffic, timing)
    hint = "Ctrl-C again to leave at once" if figures.stopping else "Ctrl-C to stop"
    return _framed(plan, Group(cut_row(destination_line, width), _time(figures, plan), Text(), body), hint)


def _framed(plan: Plan, body: RenderableType, hint: str) -> RenderableType:
    """The frame, and under it the hint: a ^C that the terminal echoes there moves nothing."""
    title = Text(f"clickgen {plan.command}  run {plan.run}", style="bold")
    return Group(Panel(body, title=title, title_align="left", padding=(0, 1)), Text(f"  {hint}"))


def _time(figures: Figures, plan: Plan) -> RenderableType:
    """How long it has gone on, a bar and how long it still takes, as far as that is known."""
    done, left = share_done(figures, plan), time_left(figures, plan)
    words = ""
    if figures.stopping:
        words = f"draining... {count(in_flight(figures))} in flight"
    elif all_left(figures, plan):
        words = f"finishing... {count(in_flight(figures))} in flight"
    elif left is not None:
        words = f"{duration(left)} left"
    elif plan.endless:
        words = "until Ctrl-C"
    row = Table.grid(expand=True, padding=(0, 2, 0, 0))
    row.add_column(no_wrap=True)
    row.add_column(ratio=1)
    row.add_column(no_wrap=True)
    row.add_column(no_wrap=True, justify="right")
    bar: RenderableType = "" if done is None else ProgressBar(total=1.0, completed=done)
    percent = "" if done is None else f"{math.floor(done * 100)} %"
    row.add_row(duration(figures.elapsed), bar, percent, Text(words, style="bold" if figures.stopping else ""))
    return row


def _rates(figures: Figures, plan: Plan) -> RenderableType:
    """Wanted against achieved, and the past seconds."""
    achieved, now = f"{measured(figures.rate)}/s", f"{measured(current_rate(figures))}/s"
    words = Text.assemble(("rate  ", "bold"))
    if plan.timetable is None:
        words.append(f"wanted {pace_words(plan)}{_GAP}achieved ").append(achieved, style="bold")
        words.append(f"{_GAP}now {now}")
    else:  # what is wanted now is to be held against what is achieved now
        words.append(f"wanted {wanted_now(figures, plan)}/s{_GAP}now ").append(now, style="bold")
        words.append(f"{_GAP}on average {achieved}")
    if figures.expected is not None and figures.backlog >= BEHIND_S and plan.rate is not None:
        overdue = max(0, figures.expected - figures.accepted - figures.rejected - figures.unknown)
        words.append(f"{_GAP}{count(overdue)} overdue", style=_TROUBLE)
    schedule = [] if plan.timetable is None else [_schedule(plan)]
    return Group(words, *schedule, Sparkline(figures.history, plan.rate))


def _schedule(plan: Plan) -> Text:
    return Text(f"      {pace_words(plan)}", style="dim", no_wrap=True, overflow="ellipsis")


def _account(figures: Figures) -> Text:
    """What became of the events so far: names, and under each its number."""
    cells = {
        "accepted": figures.accepted,
        "rejected": figures.rejected,
        "unknown": figures.unknown,
        "in flight": in_flight(figures),
        "retried": figures.tally.retried,
        "throttled": figures.tally.throttled,
    }
    names, numbers = Text(style="dim"), Text()
    for name, number in cells.items():
        room = max(len(name), len(count(number)))
        trouble = number and name in ("rejected", "unknown", "throttled")
        names.append(name.rjust(room) + _GAP)
        numbers.append(count(number).rjust(room) + _GAP, style=_TROUBLE if trouble else "bold")
    return Text("\n").join([names, numbers])


def _input(figures: Figures) -> list[Text]:
    words = odd_input(figures)
    return [Text(_GAP.join(words), style=_TROUBLE if figures.skipped else "")] if words else []


def _sent(figures: Figures, plan: Plan) -> Text:
    tally = figures.tally
    if not kind_of(plan.destination).in_calls:
        return Text(f"{count(tally.released)} released, {size(tally.accepted_bytes)} written")
    return Text(
        f"{count(tally.released)} released in {count(tally.batches)} batches, {count(tally.records)} records; "
        f"{size(tally.accepted_bytes)} accepted"
    )


def _times(figures: Figures) -> Text:
    """From due to the wire, from there to the answer, from due to the answer, and how late the next event is."""
    text = Text.assemble((f"{'':9}{'p50':>10}{'p99':>10}{'max':>10}{'backlog':>13}", "dim"))
    behind = figures.backlog >= BEHIND_S
    for name, percentiles in (("lag", figures.lag), ("answer", figures.answer), ("latency", figures.latency)):
        text.append(f"\n{name:9}" + "".join(f"{latency(value):>10}" for value in percentiles))
        if name == "lag":
            text.append(f"{latency(figures.backlog):>13}", style=_TROUBLE if behind else "")
    return text


def _bill(figures: Figures, plan: Plan) -> Text:
    words = bill_words(plan, figures.cost_usd, figures.cost_unpacked_usd, figures.cost_packed_usd)
    return Text.assemble(("bill  ", "bold"), words)
