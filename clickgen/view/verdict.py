"""A verification for people: the verdict first, then what it rests on, then what to look at."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from clickgen.verify.delivery import Looked, NotDrained, Notice, Waiting
from clickgen.verify.findings import Witness
from clickgen.verify.landing import Asking, Reading
from clickgen.verify.report import Report, Verdict
from clickgen.view.account import account_lines, labelled
from clickgen.view.amounts import count, duration, latency, size
from clickgen.view.plain import one_line
from clickgen.view.planted import planted_line

_STYLES = {Verdict.VERIFIED: "bold green", Verdict.INCOMPLETE: "bold yellow", Verdict.ANOMALOUS: "bold red"}
_BAD, _INFORMS = "bold red", ""
_RANGES_SHOWN = 10
_LABEL = 9


def show_verdict(console: Console, report: Report, *, place: str = "s3", exclusive: bool = False) -> None:
    """Print the report; ids, object names and commands stay on one line each, to be copied.

    place: the word that the command line has for where was looked.
    """
    console.print(_headline(report, exclusive=exclusive))
    for line in account_lines(report.account):
        console.print(line, soft_wrap=True)
    for line in _states(report, exclusive=exclusive):
        console.print(line)
    for line in (*planted_line(report.planted), *_read(report)):
        console.print(line)
    for line in _evidence(report):
        console.print(line, soft_wrap=True)
    for hint in _hints(report, place):
        console.print(labelled("hint", hint), soft_wrap=True)


def notice_line(notice: Notice) -> str:
    """What a verification says while it works, in one line; empty where that is nothing."""
    match notice:
        case Reading(place=place, objects=objects, bytes=total, older=older):
            left_out = f"; {count(older)} older than the run left out" if older else ""
            return f"reading {_objects(objects)}, {size(total)}, in {one_line(place)}{left_out}"
        case Waiting(accepted=accepted, absent=absent, live=live, seconds=seconds):
            going = "the run is still going; " if live else ""
            return f"{going}{count(absent)} of {count(accepted)} not there yet, waiting up to {duration(seconds)}"
        case NotDrained(reason=reason):
            return f"events may still be buffered: {one_line(reason)}"
        case Asking(place=place, words=words):
            return f"{one_line(words)} {one_line(place)}"
        case Looked():
            return ""


def _headline(report: Report, *, exclusive: bool) -> Text:
    account = report.account
    if report.verdict is Verdict.ANOMALOUS:
        spoilers = [
            f"{count(number)} {name}" for name, number, style, _ in _rows(report, exclusive) if style is _BAD
        ]
        words = ", ".join(spoilers)
    elif report.verdict is Verdict.INCOMPLETE:
        words = f"{count(report.pending)} of {count(account.accepted)} accepted events are not there yet"
        if report.unread:
            words = f"{_objects(report.unread)} could not be read, {count(report.pending)} events not found"
        if report.live:
            words += "; the run is still going"
    elif account.accepted == 0:
        words = "nothing was accepted, so nothing had to arrive"
    elif report.failed_planted:
        refused = f"but {count(report.failed_planted)} malformed on purpose, which the stream refused"
        words = f"all {count(account.accepted)} accepted events arrived {refused}"
    elif report.planted is not None and report.planted.malformed:
        words = f"all {count(account.accepted)} accepted events arrived as sent"
    else:
        words = f"all {count(account.accepted)} accepted events arrived, whole"
    style = _STYLES[report.verdict]
    return Text.assemble((f"run {report.run} ", "bold"), (f"{report.verdict.value}: {words}", style))


def _states(report: Report, *, exclusive: bool) -> Iterator[Text]:
    rows = list(_rows(report, exclusive))
    names = max(_LABEL, *(len(name) + 1 for name, *_ in rows))
    counts = max(len(count(number)) for _, number, *_ in rows)
    for name, number, style, meaning in rows:
        yield Text.assemble(
            (f"{name:<{names}}", style or "bold"), (f"{count(number):>{counts}}", style), f"  {meaning}"
        )


def _rows(report: Report, exclusive: bool) -> Iterator[tuple[str, int, str, str]]:
    """Name, count, style and meaning: what is delivered and missing always, the rest where there is any."""
    others = _BAD if exclusive else _INFORMS
    accepted = f"of {count(report.account.accepted)} accepted"
    yield "delivered", report.delivered, _INFORMS, accepted
    yield "missing", report.missing, _BAD if report.missing else _INFORMS, "accepted, not found, and overdue"
    for name, number, style, meaning in (
        ("pending", report.pending, "bold yellow", "accepted, not found yet: not lost"),
        ("failed", *_failed(report)),
        ("recovered", report.recovered, _INFORMS, "unknown or rejected, yet found"),
        ("duplicates", report.explained, _INFORMS, f"extra copies that {_explained_by(report)} explain"),
        ("unexplained duplicates", report.unexplained, _BAD, "extra copies that no attempt explains"),
        ("conflicting", report.conflicting, _BAD, "an id of this run with other content, or never sent"),
        ("corrupt", report.corrupt, _BAD, "bytes that are no event any more"),
        ("truncated", report.truncated, _BAD, "events cut off"),
        ("unread", report.unread, "bold yellow", "objects that could not be read"),
        ("other runs", report.other_runs, others, "events of other clickgen runs"),
        ("foreign", report.foreign, others, "without an id of clickgen"),
    ):
        if number:
            yield name, number, style, meaning


def _failed(report: Report) -> tuple[int, str, str]:
    where = "in the stream's error output"
    if report.failed_planted:
        where += f", {count(report.failed_planted)} of them malformed on purpose"
    return report.failed, _BAD if report.failed > report.failed_planted else _INFORMS, where


def _explained_by(report: Report) -> str:
    planted = report.planted is not None and report.planted.duplicates
    return "planted duplicates and repeated attempts" if planted else "repeated attempts"


def _read(report: Report) -> Iterator[Text]:
    yield labelled("read", f"{_objects(report.objects)}, {size(report.bytes)}")
    for since, histogram in report.latencies.histograms().items():
        if histogram.total:
            p50, p99 = (latency(histogram.quantile(share)) for share in (0.5, 0.99))
            words = f"p50 {p50}, p99 {p99}, max {latency(histogram.largest)}, from {since} to landed"
            yield labelled("latency", words)


def _evidence(report: Report) -> Iterator[Text]:
    if report.absent:
        yield Text("not found", "bold")
        for lane, first, last in report.absent[:_RANGES_SHOWN]:
            numbers = count(first) if first == last else f"{count(first)}–{count(last)}"
            yield Text(f"  lane {lane}: {numbers}")
    for kind, witnesses in report.witnesses.items():
        yield Text(kind, "bold")
        yield from _witness_lines(witnesses)


def _witness_lines(witnesses: Sequence[Witness]) -> Iterator[Text]:
    for witness in witnesses:
        name = one_line(witness.id) if witness.id else "no id to be seen"
        yield Text(f"  {name}  {one_line(witness.detail)}".rstrip())
        if witness.object is not None:
            yield Text(f"    {one_line(witness.object)} at {count(witness.offset or 0)}", "dim")


def _hints(report: Report, place: str) -> Iterator[str]:
    if report.verdict is Verdict.INCOMPLETE:
        yield f"clickgen verify {place} delivery {report.run} --wait 10m"
    if report.conflicting and not report.delivered:
        yield "where a transform rewrites the events, compare their ids only: --content ids"
    if report.damaged_rows:
        yield f"{count(report.damaged_rows)} entries of the ledger are damaged: their events count as unknown"


def _objects(number: int) -> str:
    return f"{count(number)} object" if number == 1 else f"{count(number)} objects"
