"""How a run ended: the summary for people and the JSON document of `send` and `replay`."""

from collections.abc import Sequence
from pathlib import Path

from rich.text import Text

from clickgen.model.amounts import count, counted, duration, latency, measured, usd
from clickgen.model.document import document_of
from clickgen.model.outside_text import one_line
from clickgen.run.events import Figures, Finished
from clickgen.run.threshold import TIMES, Judged
from clickgen.view.account import (
    account_lines,
    command_line,
    fact_lines,
    labelled,
    ledger_line,
    planted_line,
    run_report,
)


def summary_json(finished: Finished, judged: Sequence[Judged] = ()) -> dict[str, object]:
    """The one JSON object that `--json` prints; with thresholds only if there were any."""
    damage = finished.ledger_damage
    report = run_report(finished.plan, finished.account, finished.facts, finished.planted, damage, judged)
    return document_of(report)


def render_summary(
    finished: Finished,
    folder_path: str,
    verify_hint: str | None,
    judged: Sequence[Judged] = (),
    *,
    resume_hint: str | None = None,
) -> list[Text]:
    """What was planned, what became of it, what it cost, and the commands to go on with.

    folder_path: the run's folder. verify_hint: the command that proves the delivery, or None if nothing can.
    resume_hint: the command that sends what was not sent, or None if there is nothing, or it cannot be read again.
    """
    figures = finished.figures
    lines = [_headline(finished), *account_lines(finished.account), *ledger_line(finished.ledger_damage)]
    if finished.account.rejected:
        lines.append(labelled("", f"each with its reason: {Path(folder_path) / 'rejected.jsonl'}"))
    if figures.tally.overwritten:
        overwritten = counted(figures.tally.overwritten, "accepted event")
        lines.append(labelled("table", f"{overwritten} overwritten by a later one of the same call and key"))
    lines += _input_lines(figures, folder_path)
    lines += planted_line(finished.planted)
    lines += fact_lines(finished.plan, finished.facts)
    lines += [labelled("notice", one_line(notice)) for notice in finished.notices]
    lines += [_threshold_line(one) for one in judged]
    following = [hint for hint in (resume_hint, verify_hint) if hint is not None]
    return lines + [command_line("" if place else "next", hint) for place, hint in enumerate(following)]


def _headline(finished: Finished) -> Text:

    took = duration(finished.figures.elapsed)
    why, style = f"finished after {took}", "bold green"
    if finished.problem is not None:
        why, style = f"ended early after {took}: {one_line(finished.problem.message)}", "bold red"
    elif finished.budget_exhausted:
        why, style = f"ended after {took}: its budget (--max-usd) is spent", "bold yellow"
    elif finished.interrupted and finished.plan.endless:
        why, style = f"stopped after {took}", "bold green"
    elif finished.interrupted:
        why, style = f"interrupted after {took}, before its planned work was done", "bold yellow"
    if style == "bold green" and finished.account.accepted != finished.account.planned:
        style = "bold yellow"
    return Text.assemble((f"run {finished.plan.run} ", "bold"), (why, style))


def _input_lines(figures: Figures, folder_path: str) -> list[Text]:
    lines = []
    if figures.skipped:
        where = Path(folder_path) / "skipped.jsonl"
        words = f"{counted(figures.skipped, 'piece')} of the input skipped, not JSON objects: {where}"
        lines.append(labelled("input", words, "bold red"))
    if figures.out_of_order:
        lines.append(labelled("input", f"{counted(figures.out_of_order, 'event')} came after a later one"))
    if figures.without_time:
        words = f"{counted(figures.without_time, 'event')} without a time left with the event before"
        lines.append(labelled("input", words))
    return lines


def _threshold_line(judged: Judged) -> Text:

    words = f"threshold {judged.threshold.expression}: {_seen(judged)}"
    return labelled("passed", words) if judged.passed else labelled("failed", words, "bold red")


def _seen(judged: Judged) -> str:
    value, threshold = judged.value, judged.threshold
    if value is None:
        return "nothing was measured"
    if threshold.percent:
        return f"{value:.10g} % of what was planned"
    if threshold.name in TIMES:
        return latency(value / 1000)
    if threshold.name == "seconds":
        return latency(value)
    if threshold.name == "rate":
        return f"{measured(value)}/s"
    return usd(value) if threshold.name.endswith("_usd") else count(int(value))
