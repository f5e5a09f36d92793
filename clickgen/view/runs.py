"""The runs of a home folder: the list of them, and one with its plan and its account."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Group, RenderableType
from rich.text import Text

from clickgen.ledger.claims import LedgerDamage
from clickgen.model.amounts import count, duration, instant, wanted
from clickgen.model.disorder import PlantedCounts
from clickgen.model.document import document_of
from clickgen.model.outcome import Account
from clickgen.model.outside_text import one_line
from clickgen.model.plan import Place, Plan
from clickgen.run.events import rate_of
from clickgen.run.run_report import FACTS
from clickgen.view.account import (
    COUNTS,
    account_lines,
    destination_name,
    fact_lines,
    labelled,
    ledger_line,
    planted_line,
    run_report,
)
from clickgen.view.command_lines import repeat_command, timetable_words
from clickgen.view.progress import pace_words

_COLUMNS = ("run", "when", "command", "destination", *COUNTS, "state")
# in a narrow terminal; `short` is how many of the planned events were not accepted
_SHORT_COLUMNS = ("run", "when", "command", "destination", "accepted", "short", "state")
_SHORT_WHEN = slice(len("2026-"), len("2026-01-31 12:00"))
_CUT = "destination"  # the column that gives way
_NOTHING = "-"
_STATE_STYLES = {"running": "bold cyan", "crashed": "bold red", "damaged": "bold red"}


class RunState(StrEnum):
    """What a run is doing, as its folder shows."""

    RUNNING = "running"  # a process holds the run
    FINISHED = "finished"  # it closed its account itself
    CRASHED = "crashed"  # neither


@dataclass(frozen=True, slots=True)
class KnownRun:
    """A run whose plan and ledger can be read."""

    plan: Plan
    account: Account
    state: RunState
    facts: Mapping[str, Any]  # what it noted when it closed its account
    ledger_damage: LedgerDamage = field(default_factory=LedgerDamage)
    planted: PlantedCounts | None = None  # of the accepted events; None if none were to be wrong on purpose

    @property
    def closed(self) -> bool:
        """Whether it noted all its figures, which it does when it closes its account."""
        return all(name in self.facts for name in FACTS)


@dataclass(frozen=True, slots=True)
class DamagedRun:
    """A run whose plan or ledger cannot be read, and why."""

    run: str
    plan: Plan | None
    problem: str


RunEntry = KnownRun | DamagedRun


def true_facts(facts: Mapping[str, Any], account: Account) -> Mapping[str, Any]:
    """A run's facts as this version means them: earlier versions noted the wanted rate as `rate`."""
    if "sending_seconds" in facts or "seconds" not in facts or "lag_ms" not in facts:
        return facts
    seconds = facts["seconds"]
    return {**facts, "sending_seconds": seconds, "rate": round(rate_of(account.accepted, seconds), 3)}


def list_json(entries: Sequence[RunEntry]) -> dict[str, object]:
    """The document of `runs list --json`; what is unknown of a damaged run is null."""
    return {"runs": [_entry_json(entry) for entry in entries]}


def render_list(entries: Sequence[RunEntry], width: int | None) -> RenderableType:
    """The runs as a table, one line each; in a terminal that is too narrow for all columns, with fewer of them.

    width: of the terminal, or None if there is none; then nothing is left out.
    """
    rows = [_cells(entry) for entry in entries]
    widths = _widths(_COLUMNS, rows)
    if width is None or _width(widths) <= width:
        return Group(*_table(widths, rows))
    rows = [_short_cells(entry) for entry in entries]
    widths = _widths(_SHORT_COLUMNS, rows)
    over = max(0, _width(widths) - width)
    widths[_CUT] = max(len(_CUT), widths[_CUT] - over)
    return Group(*_table(widths, rows))


def _table(widths: Mapping[str, int], rows: Sequence[Mapping[str, str]]) -> Iterator[Text]:
    """A header and a line for each row, each column as wide as it is to be."""
    yield Text("  ".join(_aligned(name, name, room) for name, room in widths.items()).rstrip(), "bold")
    for row in rows:
        line = Text("  ").join(
            Text(_aligned(name, _cut(row[name], room), room), style=_style(name, row[name], row["state"]))
            for name, room in widths.items()
        )
        line.rstrip()
        yield line


def _widths(columns: Sequence[str], rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    return {name: max(len(name), *(len(row[name]) for row in rows)) for name in columns}


def _width(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + 2 * (len(widths) - 1)


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 2]}.."


def run_json(known: KnownRun) -> dict[str, object]:
    """The document of `runs show --json`: the keys of the run's own --json, then state and plan."""
    report = run_report(known.plan, known.account, known.facts, known.planted, known.ledger_damage)
    return {**document_of(report), "state": known.state.value, "plan": known.plan.model_dump(mode="json")}


def render_run(known: KnownRun, folder: Path, home: Path) -> RenderableType:
    """A run's account, its figures if it noted them, its plan, and the command that repeats it."""
    plan, state = known.plan, known.state.value
    lines = [Text.assemble((f"run {plan.run} ", "bold"), (state, _STATE_STYLES.get(state, "bold")))]
    lines += account_lines(known.account, running=known.state is RunState.RUNNING)
    lines += ledger_line(known.ledger_damage)
    lines += planted_line(known.planted)
    if known.closed:
        lines += fact_lines(plan, known.facts)
    for name in ("rejected.jsonl", "skipped.jsonl"):
        if (folder / name).exists():
            lines.append(labelled(name.removesuffix(".jsonl"), str(folder / name)))
    lines += [Text(), *_plan_lines(plan), labelled("folder", str(folder))]
    return Group(*lines, labelled("repeat", repeat_command(plan, home)))


def _plan_lines(plan: Plan) -> list[Text]:
    destination = plan.destination
    where = {
        "account": destination.account,
        "region": destination.region,
        "endpoint": destination.endpoint_url,
        "AWS profile": destination.aws_profile,
    }
    known = "".join(f", {name} {value}" for name, value in where.items() if value)
    limits = "" if plan.planned is None else f", {count(plan.planned)} events"
    limits += "" if plan.duration_s is None else f", for {duration(plan.duration_s)}"
    pace = pace_words(plan) if plan.timetable is None else f"up to {wanted(plan.rate or 0)}/s"
    traffic = labelled("traffic", f"profile {plan.profile}, {_schema_words(plan)}, seed {plan.seed}")
    if plan.command == "replay":
        traffic = labelled("files", " ".join(plan.sources))
    return [
        labelled("plan", f"{plan.command}, {pace}{limits}{', packed' if plan.pack else ''}"),
        *([] if plan.timetable is None else [labelled("schedule", timetable_words(plan.timetable))]),
        labelled("created", f"{instant(plan.created_ms)}, second 0 at {instant(plan.start_ms)}"),
        traffic,
        labelled("lanes", f"{plan.lanes}, {plan.workers} worker{'s' if plan.workers > 1 else ''}"),
        labelled("to", f"{destination_name(destination)}{known}"),
        labelled("place", _NOTHING if plan.place is None else _place(plan.place)),
    ]


def _place(place: Place) -> str:
    root = f"{place.lake}/{place.bucket}" if place.lake else f"s3://{place.bucket}"
    hints = f"buffered for {place.buffer_seconds} s or {place.buffer_mb} MiB"
    return f"{root}/{place.prefix}, {place.compression}, {hints}"


def _entry_json(entry: RunEntry) -> dict[str, object]:
    plan = entry.plan
    account = entry.account if isinstance(entry, KnownRun) else None
    shown: dict[str, object] = {
        "run": entry.plan.run if isinstance(entry, KnownRun) else entry.run,
        "when": instant(plan.created_ms) if plan else None,
        "command": plan.command if plan else None,
        "destination": destination_name(plan.destination) if plan else None,
        **{name: getattr(account, name) if account else None for name in COUNTS},
        "state": entry.state.value if isinstance(entry, KnownRun) else "damaged",
    }
    return {**shown, "problem": entry.problem} if isinstance(entry, DamagedRun) else shown


def _cells(entry: RunEntry) -> dict[str, str]:
    cells = {name: _cell(value) for name, value in _entry_json(entry).items()}
    plan = entry.plan
    return {**cells, "when": instant(plan.created_ms - plan.created_ms % 1000)} if plan else cells


def _cell(value: object) -> str:
    if value is None:
        return _NOTHING
    return count(value) if isinstance(value, int) else one_line(str(value))


def _short_cells(entry: RunEntry) -> dict[str, str]:
    """The cells of a narrow table: a shorter time, and one figure for all that was not accepted."""
    cells = _cells(entry)
    when = cells["when"].replace("T", " ")[_SHORT_WHEN]
    short = entry.account.planned - entry.account.accepted if isinstance(entry, KnownRun) else None
    return {**cells, "when": when, "short": _cell(short)}


def _aligned(name: str, text: str, room: int) -> str:
    return text.rjust(room) if name in COUNTS or name == "short" else text.ljust(room)


def _style(name: str, text: str, state: str) -> str:
    """Loud for what went wrong; what a running run has not sent yet is not wrong."""
    if name == "state":
        return _STATE_STYLES.get(state, "")
    loud = ("rejected",) if state == RunState.RUNNING else ("rejected", "unknown", "unsent", "short")
    return "bold red" if name in loud and text not in ("0", _NOTHING) else ""


def _schema_words(plan: Plan) -> str:
    return f"schema {plan.event_schema}" if isinstance(plan.event_schema, str) else "fields of its own"
