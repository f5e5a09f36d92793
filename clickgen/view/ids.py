"""The ids of a list against what landed, for people."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count, counted, size
from clickgen.verify.inspections.ids.report import IdsReport, Sighting
from clickgen.verify.proof.compare.report import Verdict
from clickgen.view.account import labelled
from clickgen.view.console import print_lines

_STYLES = {
    Verdict.VERIFIED: "bold green",
    Verdict.INCOMPLETE: "bold yellow",
    Verdict.ANOMALOUS: "bold red",
}


def show_ids(console: Console, report: IdsReport) -> None:
    print_lines(console, _lines(report))


def _lines(report: IdsReport) -> Iterator[Text]:
    yield Text(f"{report.verdict.value}: {_headline(report)}", _STYLES[report.verdict])
    yield labelled("expected", f"{counted(report.expected, 'id')}, in the field {report.field}")
    yield labelled("found", f"{count(report.found)} in {counted(report.objects, 'object')}, {size(report.bytes)}")
    if report.without_id:
        yield labelled("no id", f"{counted(report.without_id, 'event')} without {report.field}{_fields(report)}")
    if report.damaged:
        yield labelled("damaged", f"{counted(report.damaged, 'piece')} of objects that are not JSON objects")
    if report.listed_again:
        yield labelled(
            "list", f"{counted(report.listed_again, 'line')} that repeat an id of the list, counted once"
        )
        yield from _examples(report.listed_again_ids)
    if report.missing:
        yield labelled("missing", counted(report.missing, "id"), "bold red")
        yield from _examples(report.missing_ids)
    if report.doubled:
        words = f"{counted(report.doubled, 'id')}, {counted(report.copies, 'event')} too many"
        yield labelled("doubled", words, "bold red")
        yield from _sightings(report.doubled_ids)
    if report.foreign:
        yield labelled("foreign", counted(report.foreign, "event"), "bold red" if report.exclusive else "")
        yield from _sightings(report.foreign_ids)
    if report.unread:
        yield labelled("unread", counted(report.unread, "object"), "bold yellow")
        yield from _examples(report.unread_objects)


def _headline(report: IdsReport) -> str:
    if report.expected == 0:
        return "the list has no ids, which proves nothing"
    if report.verdict is Verdict.VERIFIED:
        return f"all {count(report.expected)} ids are there, each once"
    if report.verdict is Verdict.INCOMPLETE:
        return f"{counted(report.unread, 'object')} could not be read, which may hold what is missing"
    if not report.found and report.without_id and not report.foreign:
        return f"no event has the field {report.field}"
    parts = [
        (report.missing, "missing"),
        (report.doubled, "doubled"),
        (report.foreign if report.exclusive else 0, "foreign"),
        (report.without_id if report.exclusive else 0, "without an id"),
        (report.damaged, "damaged"),
    ]
    return ", ".join(f"{count(number)} {what}" for number, what in parts if number)


def _fields(report: IdsReport) -> str:
    return f"; one of them has {', '.join(report.fields)}" if report.fields else ""


def _examples(texts: tuple[str, ...]) -> Iterator[Text]:
    yield from (labelled("", f"  {text}") for text in texts)


def _sightings(seen: tuple[Sighting, ...]) -> Iterator[Text]:
    yield from (labelled("", f"  {one.id} in {one.object}") for one in seen)
