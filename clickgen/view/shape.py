"""A look at the fields that landed, for people: whether the schema holds, and where each drift was first seen."""

from collections.abc import Iterator
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count, counted
from clickgen.model.outside_text import one_line
from clickgen.verify.inspections.shape.report import FieldDrift, ShapeReport
from clickgen.view.account import labelled

_BAD, _OPEN, _GOOD = "bold red", "bold yellow", "bold green"
_DRIFTS_SHOWN = 20


def show_shapes(console: Console, report: ShapeReport) -> None:
    """Print the report; names and ids stay on one line each, to be copied."""
    for line in _lines(report):
        console.print(line, soft_wrap=True)


def _lines(report: ShapeReport) -> Iterator[Text]:
    yield _headline(report)
    yield labelled("read", f"{counted(report.objects, 'object')} in {one_line(report.place)}")
    yield labelled("promised", f"by {report.learned_from}")
    for number, words in (
        (report.unread, "objects that could not be read"),
        (report.bad, "pieces that are no JSON object; `verify s3 delivery` tells what they are"),
        (report.others, "JSON objects without an id of this run, left out"),
    ):
        if number:
            yield labelled("", f"{count(number)} {words}")
    for drift in report.drifts[:_DRIFTS_SHOWN]:
        yield _drift(drift, report.events)
        seen = datetime.fromtimestamp(drift.first.landed_ms / 1000, UTC)
        yield Text(f"  first in {one_line(drift.first.object)}, landed {seen:%Y-%m-%d %H:%M:%SZ}", "dim")
        yield Text(f"  event {one_line(drift.first.id or 'without a readable id')}", "dim")
    left = len(report.drifts) - _DRIFTS_SHOWN + report.more if len(report.drifts) > _DRIFTS_SHOWN else report.more
    if left > 0:
        yield labelled("", f"{count(left)} more; --json has up to a thousand")
    for path, shares in report.fields.items():
        if shares.always_null:
            yield Text.assemble((f"{one_line(path)}: ", _OPEN), "null in every event, though not in those sent")


def _headline(report: ShapeReport) -> Text:
    accidental = report.accidental
    if accidental:
        words, style = f"the schema does not hold: {counted(len(accidental), 'departure')}", _BAD
    elif not report.events:
        words, style = "none of its events are there", _OPEN
    elif report.unread:
        words, style = f"the schema holds in what could be read: {counted(report.events, 'event')}", _OPEN
    else:
        words, style = f"the schema holds in {counted(report.events, 'event')}", _GOOD
    if len(report.drifts) > len(accidental):
        words += "; but for planted drift" if not accidental else "; and planted drift"
    return Text.assemble((f"run {report.run}: ", "bold"), (words, style))


def _drift(drift: FieldDrift, events: int) -> Text:
    path, what, kind = drift.departure
    says = {
        "missing": f"missing, though always there (promised {drift.promised})",
        "added": f"added, {kind}",
        "type": f"{kind}, promised {drift.promised}",
    }[what]
    purpose = "  (planted)" if drift.planted else ""
    share = f"in {count(drift.count)} of {counted(events, 'event')}"
    return Text.assemble((f"{one_line(path)}: ", "" if drift.planted else _BAD), f"{says}; {share}{purpose}")
