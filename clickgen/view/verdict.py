"""A verification for people: the verdict first, then what it is based on, then what to look at."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count, counted, duration, instant, size
from clickgen.model.outside_text import one_line
from clickgen.verify.inspections.cloudwatch import CloudWatchMetric, Metrics, Unasked
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.delivery import Drained, Looked, NotDrained, Notice, Waiting
from clickgen.verify.proof.found.findings import Witness
from clickgen.verify.proof.found.landing import Asking, Gone, Reading
from clickgen.view.account import account_lines, labelled, ledger_line, planted_line
from clickgen.view.console import print_lines
from clickgen.view.states import (
    VERDICT_STYLES,
    Tone,
    headline_words,
    latency_rows,
    state_rows,
    throughput_words,
    ways_on,
)

_TONES = {Tone.BAD: "bold red", Tone.OPEN: "bold yellow", Tone.INFORMS: ""}
_RANGES_SHOWN = 10
_RUNS_SHOWN = 10
_LABEL = 9


def show_verdict(console: Console, report: DeliveryReport, *, place: str = "s3", exclusive: bool = False) -> None:
    """Print the report. place: its name on the command line."""
    print_lines(console, [_headline(report, exclusive=exclusive), *account_lines(report.account)])
    for line in (*ledger_line(report.ledger_damage), *_states(report, exclusive=exclusive)):
        console.print(line)
    for line in (*planted_line(report.planted), *_read(report)):
        console.print(line)
    print_lines(console, [*_codes(report), *_other_runs(report), *_evidence(report)])
    print_lines(console, (labelled("hint", hint) for hint in _hints(report, place)))


def notice_line(notice: Notice) -> str:
    """What a verification says while it works, in one line; empty if that is nothing."""
    match notice:
        case Reading():
            line = _reading_line(notice)
        case Waiting():
            going = "the run is still going; " if notice.live else ""
            absent = f"{count(notice.absent)} of {count(notice.accepted)} not there yet"
            line = f"{going}{absent}, {waiting_words(notice)}"
        case Gone(place=place):
            line = f"{one_line(place)} is not there any more; if its events are elsewhere now: --at PLACE"
        case NotDrained(reason=reason):
            line = f"events may still be buffered: {one_line(reason)}"
        case Drained():
            line = _drained_line(notice)
        case Asking(place=place, words=words):
            line = f"{one_line(words)} {one_line(place)}"
        case Looked():
            line = ""
    return line


def waiting_words(waiting: Waiting) -> str:
    """How long a verification goes on looking, and until when the last delivery is due, if that is known."""
    words = f"waiting up to {duration(waiting.seconds)}"
    if waiting.due_ms is None or not waiting.buffer_seconds:
        return words
    return f"{words}; the last delivery is due by {instant(waiting.due_ms // 1000 * 1000)}, {_buffered(waiting)}"


def _buffered(waiting: Waiting) -> str:
    return f"as up to {duration(waiting.buffer_seconds)} are buffered"


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
    style = VERDICT_STYLES[report.verdict]
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
        name = one_line(witness.id) if witness.id else "no readable id"
        yield Text(f"  {name}  {one_line(witness.detail)}".rstrip())
        if witness.object is not None:
            at = "" if witness.offset is None else f" at {count(witness.offset)}"
            yield Text(f"    {one_line(witness.object)}{at}", "dim")


def _hints(report: DeliveryReport, place: str) -> Iterator[str]:
    yield from ways_on(report, place)
    if report.conflicting and not report.delivered:
        yield "if a transform rewrites the events, allow for it: --content fields, or --content ids"


def metric_lines(found: Metrics) -> Iterator[Text]:
    """What CloudWatch counted of the stream, apart from the verdict: a line a metric, or why there are none."""
    if isinstance(found, Unasked):
        yield labelled("metrics", f"CloudWatch was not read: {one_line(found.reason)}")
        return
    yield labelled("metrics", "from CloudWatch, of all that the stream took in that time, in records:")
    width = max(len(metric.name) for metric in found)
    for metric in found:
        yield Text(f"  {metric.name:<{width}}  {_value(metric)}, {metric.meaning}")


def metrics_json(found: Metrics) -> dict[str, Any]:
    """The key `cloudwatch` of --json: the metrics, or why there are none."""
    if isinstance(found, Unasked):
        return {"reason": found.reason, "metrics": []}
    return {"reason": None, "metrics": [asdict(metric) for metric in found]}


def _value(metric: CloudWatchMetric) -> str:
    if metric.value is None:
        return "none published"
    return duration(metric.value) if metric.unit == "s" else count(round(metric.value))
