"""Totals compared, for people: the verdict, and where they differ."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import counted, size, usd
from clickgen.verify.inspections.totals.compare import Group, TotalsReport, TotalsVerdict
from clickgen.view.account import labelled
from clickgen.view.console import print_lines
from clickgen.view.expect import aligned, word_text
from clickgen.view.states import going_on, shortfall_words

_STYLES = {
    TotalsVerdict.COUNTED: "bold green",
    TotalsVerdict.INCOMPLETE: "bold yellow",
    TotalsVerdict.ANOMALOUS: "bold red",
}
_SHOWN = 20


def show_totals(console: Console, report: TotalsReport) -> None:
    print_lines(console, _lines(report))


def _lines(report: TotalsReport) -> Iterator[Text]:
    words = f"{report.verdict.value}: {_headline(report)}"
    yield Text.assemble((f"run {report.run} ", "bold"), (words, _STYLES[report.verdict]))
    yield from (labelled(label, text) for label, text in _facts(report))
    yield from _differences(report)
    yield from _groups("not in the query", report.by, report.missing)
    yield from _groups("only in the query", report.by, report.surplus)


def _headline(report: TotalsReport) -> str:
    measures = ", ".join(report.measures)
    short = "" if report.shortfall is None else f"; {shortfall_words(report.shortfall)}"
    if not (report.differences or report.missing or report.surplus):
        where = f"in all {counted(report.groups, 'group')}" if report.by else "in total"
        within = f", within {report.tolerance:.3%}" if report.tolerance else ""
        return f"{measures} agree {where}{within}{short}"
    parts = [
        (len(report.differences), "difference", None),
        (len(report.missing), "missing group", None),
        (len(report.surplus), "surplus group", None),
    ]
    return ", ".join(counted(number, one, many) for number, one, many in parts if number) + short


def _facts(report: TotalsReport) -> Iterator[tuple[str, str]]:
    yield "accepted", counted(report.accepted, "event")
    if report.unknown:
        yield "unknown", f"{counted(report.unknown, 'event')} may be there too; --include unknown counts them"
    if report.scanned_bytes is not None:
        cost = "" if report.cost_usd is None else f", {usd(report.cost_usd)}"
        yield "scanned", size(report.scanned_bytes) + cost
    for command in going_on(report.shortfall, report.resume):
        yield "hint", command


def _differences(report: TotalsReport) -> Iterator[Text]:
    if not report.differences:
        return
    rows = [
        [
            *(word_text(word) for word in found.group),
            found.measure,
            f"{found.expected:,}",
            f"{found.got:,}",
            f"{found.got - found.expected:+,}",
        ]
        for found in report.differences[:_SHOWN]
    ]
    yield from aligned([*report.by, "measure", "expected", "got", "difference"], rows, left=len(report.by) + 1)
    if len(report.differences) > _SHOWN:
        yield Text(f"… and {counted(len(report.differences) - _SHOWN, 'difference')} more")


def _groups(title: str, by: Sequence[str], groups: Sequence[Group]) -> Iterator[Text]:
    if not groups:
        return
    yield Text(title, "bold")
    yield from aligned(by, [[word_text(word) for word in group] for group in groups[:_SHOWN]], left=len(by))
    if len(groups) > _SHOWN:
        yield Text(f"… and {counted(len(groups) - _SHOWN, 'group')} more")
