"""Two runs beside each other, for people at 80 columns and as JSON."""

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import Any

from rich.console import Console
from rich.text import Text

from clickgen.compare.past_run import COUNTS, FOUND, LANDING, TIMES, PastRun
from clickgen.compare.runs import (
    LARGEST,
    NOTABLE,
    SINGLE,
    STANDARD_ERRORS,
    FigureOfRuns,
    Mark,
    Option,
    RunComparison,
)
from clickgen.compare.threshold import Judged
from clickgen.ledger.ending import Ending
from clickgen.model.amounts import count, counted, instant, latency, measured, size, usd
from clickgen.model.outside_text import one_line
from clickgen.view.account import destination_name
from clickgen.view.compared_thresholds import threshold_lines, thresholds_json
from clickgen.view.console import print_lines
from clickgen.view.states import shortfall_words

WIDTH = 80
_LABEL = 10
_NONE = "-"
_STYLES = {Mark.WORSE: "bold red", Mark.BETTER: "green", Mark.DIFFERS: "yellow"}
_ALWAYS = frozenset(["planned", "accepted", "rejected", "unknown", "unsent"])  # shown though both are 0
_RULE = (
    f"a difference is marked if it is over {NOTABLE:.0%}, and if the lines of both timelines differ by over "
    f"{STANDARD_ERRORS:.0f} standard errors; where too few lines have a figure, from {SINGLE:.0f} times on, a max "
    f"from {LARGEST:.0f}. Counts of what goes wrong are marked from none to some, and from {STANDARD_ERRORS:.0f} "
    "times the root of their sum on"
)


def runs_json(compared: RunComparison, judged: Sequence[Judged]) -> dict[str, Any]:
    """The comparison as one JSON object; what was not measured is null."""
    return {
        "kind": "runs",
        "a": _run_json(compared.first),
        "b": _run_json(compared.second),
        "figures": {
            one.name: {
                "a": one.first,
                "b": one.second,
                "ratio": one.ratio,
                "ratio_of_lines": one.usual,
                "standard_error": one.noise,
                "mark": one.mark.value,
            }
            for one in compared.figures
        },
        "options": {one.name: {"a": one.first, "b": one.second} for one in compared.options},
        **thresholds_json(judged),
    }


def _run_json(run: PastRun) -> dict[str, Any]:
    return {
        "run": run.plan.run,
        "when": instant(run.plan.created_ms),
        "command": run.plan.command,
        "destination": destination_name(run.plan.destination),
        "ending": run.ending.value,
        "shortfall": None if run.shortfall is None else run.shortfall.value,
        "verdicts": {kept.title: kept.report.verdict.value for kept in run.verifications},
    }


def show_runs(console: Console, compared: RunComparison, judged: Sequence[Judged]) -> None:
    """Print the comparison."""
    print_lines(console, _lines(compared, judged))


def _lines(compared: RunComparison, judged: Sequence[Judged]) -> Iterator[Text]:
    yield from _run_lines("A", compared.first)
    yield from _run_lines("B", compared.second)
    for number, option in enumerate(compared.options):
        yield from _labelled("" if number else "options", _option_words(option))
    yield Text()
    yield Text(f"{'':22}{'A':>16}{'B':>16}{'B / A':>10}", "bold")
    for one in compared.figures:
        if one.first or one.second or one.name in _ALWAYS:
            yield _figure_line(one)
    yield Text()
    yield from _labelled("rule", _RULE, "dim")
    yield from threshold_lines(judged, figure_words, "A's")


def _run_lines(label: str, run: PastRun) -> Iterator[Text]:
    plan = run.plan
    where = one_line(destination_name(plan.destination))
    yield Text.assemble(
        (f"{label:{_LABEL}}", "bold"), (f"run {plan.run}", "bold"), f" {instant(plan.created_ms)} ",
        f"{plan.command} to {where}",
    )  # fmt: skip
    notes = list(_notes(run))
    for note in notes:
        yield from _labelled("", note, "bold yellow")
    if run.verifications:
        verdicts = ", ".join(f"{kept.title} {kept.report.verdict.value}" for kept in run.verifications)
        yield from _labelled("", verdicts)


def _notes(run: PastRun) -> Iterator[str]:
    """What must be known of a run before its figures mean anything."""
    account = run.account
    if run.shortfall is not None:
        yield shortfall_words(run.shortfall, account)
    elif run.ending is Ending.STOPPED and account.unsent:
        yield f"stopped early: {count(account.unsent)} of {counted(account.planned, 'planned event')} unsent"
    if not run.facts and account.accepted:
        yield "only a run that has closed its account has figures beside that account"
    if not run.verifications and account.accepted:
        yield "not verified: nothing is known of what landed"


def _labelled(label: str, words: str, style: str = "") -> Iterator[Text]:
    for number, line in enumerate(wrap(one_line(words), WIDTH - _LABEL) or [""]):
        yield Text.assemble((f"{'' if number else label:{_LABEL}}", "bold"), (line, style))


def _option_words(option: Option) -> str:
    one, other = (_NONE if value is None else str(value) for value in (option.first, option.second))
    return f"{option.name}: {one} -> {other}"


def _figure_line(one: FigureOfRuns) -> Text:
    first, second = (
        _NONE if value is None else figure_words(one.name, value) for value in (one.first, one.second)
    )
    ratio = f"{one.ratio:.2f}x" if one.ratio is not None else ""
    style = _STYLES.get(one.mark, "")
    line = Text(f"{one.name.replace('_', ' '):22}{first:>16}")
    line.append(f"{second:>16}{ratio:>10}", style)
    if one.mark in _STYLES:
        line.append(f"  {one.mark.value}", style)
    elif one.mark is Mark.UNKNOWN:
        line.append("  not measured", "dim")
    line.rstrip()
    return line


def figure_words(name: str, value: float) -> str:
    """A figure in its unit."""
    if name in (*TIMES, *LANDING):
        return latency(value / 1000)
    if name in (*COUNTS, *FOUND):
        return count(int(value))
    if name == "seconds":
        return latency(value)
    if name.startswith("rate"):
        return f"{measured(value)}/s"
    if name.endswith("_usd"):
        return usd(value)
    return size(int(value)) if name == "bytes" else count(int(value))
