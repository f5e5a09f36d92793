"""A run that is verified while it is still going: what was accepted, what has landed, and what is late."""

from abc import abstractmethod
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Self, TextIO

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.panel import Panel
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from clickgen.model.amounts import count, counted, duration, latency, measured, size, stopwatch
from clickgen.pace.clock import Clock
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.delivery import Drained, Looked, Notice, Waiting
from clickgen.view.console import LineStream, cut_row
from clickgen.view.states import StateRow, Tone, state_rows
from clickgen.view.verdict import notice_line, waiting_words

LINE_EVERY_S = 5.0
REDRAWN_PER_S = 4
WINDOW_S = 60  # landings arrive in bursts, one a buffer: a rate over less would jump
_HINT = "Ctrl-C for the verdict so far"
_SHARES = (("p50", 0.5), ("p99", 0.99))


@dataclass(frozen=True, slots=True)
class Followed:
    """The delivery that is followed."""

    run: str
    place: str  # its name on the command line
    where: str  # its name for people
    buffer_seconds: int
    since_ms: int  # when the run began, Unix time
    timed: bool = True  # its events were sent, so that they land at a rate


class Watcher(AbstractContextManager["Watcher"]):
    """Shows a verification while it goes on, as a context that leaves its place to the verdict."""

    def __init__(self) -> None:
        self.latest: Looked | None = None  # what was compared last

    @abstractmethod
    def handle(self, notice: Notice) -> None:
        """Take in what the verification reports."""


class LiveFollow(Watcher):
    """A panel that is redrawn with each look, and disappears before the verdict."""

    def __init__(self, console: Console, followed: Followed) -> None:
        super().__init__()
        self._console = console
        self._followed = followed
        self._doing = "looking for the first time..."
        self._live = Live(console=console, refresh_per_second=REDRAWN_PER_S, transient=True, redirect_stdout=False)

    def __enter__(self) -> Self:
        self._live.start()
        self._draw()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def handle(self, notice: Notice) -> None:
        match notice:
            case Looked():
                self.latest = notice
            case Drained() if line := notice_line(notice):
                self._live.console.print(line, markup=False, soft_wrap=True)
            case Waiting(live=True):
                self._doing = f"the run goes on{_later(self._followed.buffer_seconds)}"
            case Waiting():
                self._doing = f"the run has ended; {waiting_words(notice)}"
            case _:
                self._doing = notice_line(notice)
        self._draw()

    def _draw(self) -> None:
        self._live.update(render_follow(self.latest, self._followed, self._doing, self._console.width))


class PlainFollow(Watcher):
    """A line every few seconds, for logs and pipes."""

    def __init__(self, stream: TextIO, followed: Followed, clock: Clock) -> None:
        super().__init__()
        self._lines = LineStream(stream)
        self._followed = followed
        self._clock = clock
        self._due = clock.now()
        self._ended = False

    def __enter__(self) -> Self:
        followed = self._followed
        self._lines.write(f"following run {followed.run}{_later(followed.buffer_seconds)}")
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def handle(self, notice: Notice) -> None:
        match notice:
            case Looked():
                self.latest = notice
                if self._clock.now() >= self._due:
                    self._due = self._clock.now() + LINE_EVERY_S
                    self._lines.write(follow_line(notice, self._followed))
            case Drained() if line := notice_line(notice):
                self._lines.write(line)
            case Waiting(live=False) if not self._ended:
                self._ended = True
                self._lines.write(f"the run has ended; {waiting_words(notice)}")
            case _:
                pass


def watcher(console: Console, stream: TextIO, followed: Followed, clock: Clock) -> Watcher:
    """The live panel in a terminal, lines elsewhere."""
    return LiveFollow(console, followed) if console.is_terminal else PlainFollow(stream, followed, clock)


def _later(buffer_seconds: int) -> str:
    """How long after an event is accepted it may land, if the place buffers."""
    return f"; events land up to {duration(buffer_seconds)} after they are accepted" if buffer_seconds else ""


def landed_rate(latencies: Latencies, at_ms: int, since_ms: int, buffer_seconds: int) -> float:
    """Events landed a second, over the last minute or the last buffer, whichever is longer, within the run."""
    now = at_ms // 1000
    first = max(now - max(WINDOW_S, buffer_seconds), since_ms // 1000)
    landed = sum(events for second, events in latencies.landed.items() if second > first)
    return landed / max(1, now - first)


def follow_line(looked: Looked, followed: Followed) -> str:
    """The state of the delivery in one line, with what is wrong if anything is."""
    report = looked.report
    rate = landed_rate(report.latencies, looked.at_ms, followed.since_ms, followed.buffer_seconds)
    words = [
        stopwatch((looked.at_ms - followed.since_ms) / 1000),
        f"accepted {count(report.account.accepted)}",
        f"landed {count(report.delivered)}",
        f"in flight {count(report.pending - looked.late)}",
        f"late {count(looked.late)}",
        *([f"{measured(rate)}/s landed"] if followed.timed else []),
    ]
    if report.latencies.accepted.total:
        words.append(f"latency p99 {latency(report.latencies.accepted.quantile(0.99))}")
    words += [f"{row.name} {count(row.number)}" for row in _trouble(report)]
    return "  ".join(words)


def render_follow(looked: Looked | None, followed: Followed, doing: str, width: int) -> RenderableType:
    """The panel for a look, or for None before the first."""
    where = cut_row(f"{followed.where}, buffered for {followed.buffer_seconds} s", width)
    body: list[RenderableType] = [where]
    if looked is not None:
        body += [Text(), _counts(looked, width), Text(), *_rates(looked, followed)]
    body += [Text(), cut_row(doing, width)]
    title = Text(f"clickgen verify {followed.place} delivery --follow  run {followed.run}", style="bold")
    return Group(Panel(Group(*body), title=title, title_align="left", padding=(0, 1)), Text(f"  {_HINT}"))


def _counts(looked: Looked, width: int) -> RenderableType:
    report = looked.report
    accepted = report.account.accepted
    rows = [
        ("accepted", accepted, "bold"),
        ("landed", report.delivered, "bold green"),
        ("in flight", report.pending - looked.late, ""),
        ("late", looked.late, "bold yellow" if looked.late else ""),
    ]
    table = Table.grid(padding=(0, 2, 0, 0))
    for justify in ("left", "right", "left"):
        table.add_column(justify=justify, no_wrap=True)
    for name, number, style in rows:
        bar: RenderableType = ""
        if name == "landed" and accepted:
            share = report.delivered / accepted
            bar = Table.grid(padding=(0, 1, 0, 0))
            room = max(10, min(60, width - 40))
            bar.add_row(ProgressBar(total=1.0, completed=share, width=room), f"{share * 100:.1f} %")
        table.add_row(Text(name, "bold"), Text(count(number), style), bar)
    for row in _trouble(report):
        style = "bold red" if row.tone is Tone.BAD else "bold yellow"
        table.add_row(Text(row.name, style), Text(count(row.number), style), Text(row.meaning))
    return table


def _rates(looked: Looked, followed: Followed) -> list[Text]:
    report = looked.report
    rate = landed_rate(report.latencies, looked.at_ms, followed.since_ms, followed.buffer_seconds)
    seen = f"{counted(report.objects, 'object')}, {size(report.bytes)}"
    window = duration(max(WINDOW_S, followed.buffer_seconds))
    words = f"{measured(rate)}/s landed over the last {window}; {seen}"
    if not followed.timed:
        return [Text.assemble(("read     ", "bold"), seen)]
    lines = [Text.assemble(("rate     ", "bold"), words)]
    took = report.latencies.accepted
    if took.total:
        figures = ", ".join(f"{name} {latency(took.quantile(share))}" for name, share in _SHARES)
        words = f"{figures}, max {latency(took.largest)} from accepted to landed"
        lines.append(Text.assemble(("latency  ", "bold"), words))
    return lines


def _trouble(report: DeliveryReport) -> list[StateRow]:
    """The states that are bad, except those that this view always shows."""
    rows = state_rows(report, exclusive=False)
    return [row for row in rows if row.tone is not Tone.INFORMS and row.number and row.name != "pending"]
