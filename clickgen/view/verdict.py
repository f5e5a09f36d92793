"""A verification for people: the verdict first, then what it rests on, then what to look at."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count, counted, duration, size
from clickgen.model.outside_text import one_line
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.delivery import Drained, Looked, NotDrained, Notice, Waiting
from clickgen.verify.proof.found.findings import Witness
from clickgen.verify.proof.found.landing import Asking, Gone, Reading
from clickgen.view.account import account_lines, labelled
from clickgen.view.ledger_damage import ledger_line
from clickgen.view.planted import planted_line
from clickgen.view.shortfall import ways_on
from clickgen.view.states import Tone, headline_words, latency_rows, state_rows, throughput_words

_STYLES = {Verdict.VERIFIED: "bold green", Verdict.INCOMPLETE: "bold yellow", Verdict.ANOMALOUS: "bold red"}
_TONES = {Tone.BAD: "bold red", Tone.OPEN: "bold yellow", Tone.INFORMS: ""}
_RANGES_SHOWN = 10
_RUNS_SHOWN = 10
_LABEL = 9


def show_verdict(console: Console, report: DeliveryReport, *, place: str = "s3", exclusive: bool = False) -> None:
    """Print the report; ids, object names and commands stay on one line each, to be copied.

    place: the word that the command line has for where was looked.
    """
    console.print(_headline(report, exclusive=exclusive), soft_wrap=True)
    for line in account_lines(report.account):
        console.print(line, soft_wrap=True)
    for line in (*ledger_line(report.ledger_damage), *_states(report, exclusive=exclusive)):
        console.print(line)
    for line in (*planted_line(report.planted), *_read(report)):
        console.print(line)
    for line in (*_codes(report), *_other_runs(report), *_evidence(report)):
        console.print(line, soft_wrap=True)
    for hint in _hints(report, place):
        console.print(labelled("hint", hint), soft_wrap=True)


def notice_line(notice: Notice) -> str:
    """What a verification says while it works, in one line; empty where that is nothing."""
    match notice:
        case Reading():
            line = _reading_line(notice)
        case Waiting(accepted=accepted, absent=absent, live=live, seconds=seconds):
            going = "the run is still going; " if live else ""
            line = f"{going}{count(absent)} of {count(accepted)} not there yet, waiting up to {duration(seconds)}"
        case Gone(place=place):
            line = f"{one_line(place)} is not there any more; where its events lie elsewhere now: --at PLACE"
        case NotDrained(reason=reason):
            line = f"events may still be buffered: {one_line(reason)}"
        case Drained():
            line = _drained_line(notice)
        case Asking(place=place, words=words):
            line = f"{one_line(words)} {one_line(place)}"
        case Looked():
            line = ""
    return line


def _reading_line(reading: Reading) -> str:
    before = f"; {count(reading.known)} read before" if reading.known else ""
    left_out = f"; {count(reading.older)} older than the run left out" if reading.older else ""
    what = f"{counted(reading.objects, 'object')}, {size(reading.bytes)}"
    return f"reading {what}, in {one_line(reading.place)}{before}{left_out}"


def _drained_line(drained: Drained) -> str:
    if not (drained.objects or drained.said):
        return ""
    left = f"{counted(drained.records, 'record')} in {counted(drained.objects, 'object')}"
    words = f"delivered {left}, which an embedded pipeline had left in {one_line(drained.lake)}"
    return f"{words}; {one_line(drained.said)}" if drained.said else words


def _headline(report: DeliveryReport, *, exclusive: bool) -> Text:
    words = headline_words(report, exclusive=exclusive)
    style = _STYLES[report.verdict]
    return Text.assemble((f"run {report.run} ", "bold"), (f"{report.verdict.value}: {words}", style))


def _states(report: DeliveryReport, *, exclusive: bool) -> Iterator[Text]:
    rows = list(state_rows(report, exclusive=exclusive))
    names = max(_LABEL, *(len(row.name) + 1 for row in rows))
    counts = max(len(count(row.number)) for row in rows)
    for row in rows:
        style = _TONES[row.tone]
        yield Text.assemble(
            (f"{row.name:<{names}}", style or "bold"),
            (f"{count(row.number):>{counts}}", style),
            f"  {row.meaning}",
        )


def _read(report: DeliveryReport) -> Iterator[Text]:
    yield labelled("read", f"{counted(report.objects, 'object')}, {size(report.bytes)}")
    for position, row in enumerate(latency_rows(report)):
        if not position:
            names = "".join(f"{name:>10}" for name, _ in row.figures)
            yield labelled("latency", f"{'to landed from':<14}{names}")
        figures = "".join(f"{value:>10}" for _, value in row.figures)
        yield labelled("", f"{row.since:<14}{figures}")
    throughput = throughput_words(report)
    if throughput is not None:
        yield labelled("landed", throughput)


def _codes(report: DeliveryReport) -> Iterator[Text]:
    if report.failed_codes:
        yield Text("failed, by error code", "bold")
    for code, number in sorted(report.failed_codes.items(), key=lambda pair: (-pair[1], pair[0])):
        yield Text(f"  {one_line(code) or 'no code'}  {count(number)}")


def _other_runs(report: DeliveryReport) -> Iterator[Text]:
    if report.other_runs_by:
        yield Text("other runs", "bold")
    for run, number in list(report.other_runs_by.items())[:_RUNS_SHOWN]:
        yield Text(f"  {run}  {count(number)}")
    if len(report.other_runs_by) > _RUNS_SHOWN:
        yield Text(f"  and {counted(len(report.other_runs_by) - _RUNS_SHOWN, 'more run')}")


def _evidence(report: DeliveryReport) -> Iterator[Text]:
    if report.absent:
        first_only = f", the first {_RANGES_SHOWN} stretches" if len(report.absent) >= _RANGES_SHOWN else ""
        yield Text(f"not found{first_only}", "bold")
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
            at = "" if witness.offset is None else f" at {count(witness.offset)}"
            yield Text(f"    {one_line(witness.object)}{at}", "dim")


def _hints(report: DeliveryReport, place: str) -> Iterator[str]:
    yield from ways_on(report, place)
    if report.conflicting and not report.delivered:
        yield "where a transform rewrites the events, allow for it: --content fields, or --content ids"
