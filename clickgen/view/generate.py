"""Generated runs for people and for --json: how much one will make, and how it ended."""

from pathlib import Path
from typing import Any

from rich.text import Text

from clickgen.feed.generated_lanes import ExpectedAmount
from clickgen.model.amounts import counted, duration, instant, measured, size
from clickgen.model.outside_text import one_line
from clickgen.model.plan import Plan
from clickgen.run.generate.generation import Generated
from clickgen.run.generate.stream import draft_of
from clickgen.view.account import (
    COUNTS,
    account_lines,
    command_line,
    destination_name,
    labelled,
    ledger_line,
    planted_line,
)
from clickgen.view.command_lines import next_command
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


def render_generated(ended: Generated, home_words: str = "") -> list[Text]:
    """What was made, where it is, and the command to go on with.

    home_words: what names the home in a command, if that has to be named.
    """
    plan, facts = ended.plan, ended.facts
    objects = f" in {counted(facts['objects'], 'object')}" if plan.place is not None else ""
    return [
        _headline(ended),
        *account_lines(ended.account),
        *ledger_line(ended.ledger_damage),
        labelled("time", f"{instant(plan.start_ms)} to {instant(_until_ms(plan))}, by the times of the events"),
        *planted_line(ended.planted),
        labelled("made", f"{size(facts['bytes'])}{objects}, {measured(facts['rate'])} events/s"),
        labelled("to", _where(ended)),
        command_line("next", next_step(ended) + home_words),
    ]


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
