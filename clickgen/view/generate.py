"""Generated runs for people and for --json: how far one has come, and how it ended."""

from pathlib import Path
from typing import Any, TextIO

from rich.console import Console, Group, RenderableType
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

from clickgen.feed.generated_lanes import ExpectedAmount
from clickgen.model.amounts import count, counted, duration, instant, measured, size, stopwatch
from clickgen.model.outside_text import one_line
from clickgen.model.plan import Plan
from clickgen.run.generate.generation import Generated, GenerationProgress
from clickgen.run.generate.stream import draft_of
from clickgen.view.account import COUNTS, account_lines, destination_name, labelled, ledger_line, planted_line
from clickgen.view.command_lines import next_command
from clickgen.view.console import LineStream
from clickgen.view.plain import EVERY_S
from clickgen.view.visits import about


def generated_json(ended: Generated) -> dict[str, Any]:
    """The one JSON object that `--json` prints; planted is only there if something was to be wrong on purpose."""
    plan = ended.plan
    return {
        "run": plan.run,
        "destination": destination_name(plan.destination),
        "format": plan.format,
        "since": instant(plan.start_ms),
        "until": instant(_until_ms(plan)),
        **{name: getattr(ended.account, name) for name in COUNTS},
        **ended.facts,
        **ended.ledger_damage.to_json(),
        **({} if ended.planted is None else {"planted": ended.planted._asdict()}),
    }


def render_generated(ended: Generated, home_words: str = "") -> RenderableType:
    """What was made, where it is, and the command to go on with.

    home_words: what names the home in a command, if that has to be named.
    """
    plan, facts = ended.plan, ended.facts
    objects = f" in {counted(facts['objects'], 'object')}" if plan.place is not None else ""
    return Group(
        _headline(ended),
        *account_lines(ended.account),
        *ledger_line(ended.ledger_damage),
        labelled("time", f"{instant(plan.start_ms)} to {instant(_until_ms(plan))}, by the times of the events"),
        *planted_line(ended.planted),
        labelled("made", f"{size(facts['bytes'])}{objects}, {measured(facts['rate'])} events/s"),
        labelled("to", _where(ended)),
        labelled("next", next_step(ended) + home_words),
    )


def next_step(ended: Generated) -> str:
    """The command that finishes an incomplete run, else the one that proves what is there."""
    plan, to = ended.plan, ended.plan.destination
    if not ended.complete and to.kind != "stdout":
        return f"clickgen generate --resume {plan.run}"
    provable = plan.format != "csv" and (to.kind != "file" or Path(to.stream).is_file())
    return next_command(plan) if provable else f"clickgen runs show {plan.run}"


def expected_words(plan: Plan, amount: ExpectedAmount) -> str:
    """How much a run will make, before it begins."""
    lines = size(round(amount.bytes)) + (" of JSON lines" if plan.format != "jsonl" else "")
    lines += " before compression" if plan.gzip else ""
    visits = f"{about(amount.events, 'event')} in {about(amount.sessions, 'session')}"
    span = f"over {duration(plan.duration_s or 0.0)}, from {instant(plan.start_ms)} to {instant(_until_ms(plan))}"
    return f"about {visits}, {lines}, {span}"


class MadeLines:
    """Without a terminal: a line every five seconds. A reader that goes away ends the lines, never the run."""

    def __init__(self, stream: TextIO) -> None:
        self._lines = LineStream(stream)
        self._due = EVERY_S

    def start(self) -> None:
        """Nothing is said before there is something to say."""

    def close(self) -> None:
        """The stream stays open."""

    def handle(self, made: GenerationProgress) -> None:
        """Say how far the run has come, if it is time."""
        if made.elapsed < self._due:
            return
        self._due = made.elapsed - made.elapsed % EVERY_S + EVERY_S
        self._lines.write(f"{stopwatch(made.elapsed)}  {made.share:.0%}  {_made_words(made)}")


class MadeBar:
    """On a terminal: one line that goes on."""

    def __init__(self, console: Console) -> None:
        words = TextColumn("{task.description}", markup=False)
        self._progress = Progress(
            BarColumn(20), TaskProgressColumn(), words, TimeRemainingColumn(), console=console, transient=True
        )
        self._task = self._progress.add_task("", total=1.0)

    def start(self) -> None:
        """Draw the line."""
        self._progress.start()

    def close(self) -> None:
        """Remove the line."""
        self._progress.stop()

    def handle(self, made: GenerationProgress) -> None:
        """Show how far the run has come."""
        self._progress.update(self._task, completed=made.share, description=_made_words(made))


def _made_words(made: GenerationProgress) -> str:
    rate = made.events / made.elapsed if made.elapsed > 0 else 0.0
    objects = f"  {counted(made.objects, 'object')}" if made.objects else ""
    return f"{count(made.events)} events  {measured(rate)}/s{objects}  {size(made.size)}"


def _headline(ended: Generated) -> Text:
    took = duration(ended.made.elapsed)
    why, style = f"finished after {took}", "bold green"
    if ended.problem is not None:
        why, style = f"ended early after {took}: {one_line(ended.problem.message)}", "bold red"
    elif ended.interrupted:
        why, style = f"interrupted after {took}: what was made is kept, the rest can be made later", "bold yellow"
    return Text.assemble((f"run {ended.plan.run} ", "bold"), (why, style))


def _where(ended: Generated) -> str:
    place, to = ended.plan.place, ended.plan.destination
    if place is None:
        path = Path(to.stream)
        draft = None if ended.complete else draft_of(path, ended.plan.run)
        return "standard output" if to.kind == "stdout" else str(draft or path)
    root = f"s3://{place.bucket}" if place.lake is None else str(Path(place.lake) / place.bucket)
    return f"{root}/{place.prefix}YYYY/MM/DD/HH/"


def _until_ms(plan: Plan) -> int:
    return plan.start_ms + round((plan.duration_s or 0.0) * 1000)
