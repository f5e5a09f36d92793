"""What inspections found, for people: the layout of a place, the fields of its events, its catalogue table."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

from rich.console import Console
from rich.text import Text

from clickgen.model.amounts import count, counted, size, usd
from clickgen.model.outside_text import one_line
from clickgen.verify.inspections.glue.fit import Fit
from clickgen.verify.inspections.layout.report import LayoutReport, Sizes, SmallFiles
from clickgen.verify.inspections.shape.report import FieldDrift, ShapeReport
from clickgen.view.account import labelled
from clickgen.view.console import print_lines

_BAD, _OPEN, _GOOD = "bold red", "bold yellow", "bold green"
_PARTITIONS_SHOWN = 5
_DRIFTS_SHOWN = 20


def show_layout(console: Console, report: LayoutReport) -> None:
    """Whether the layout is as configured, what is off, sizes, partitions, and what small files cost."""
    print_lines(console, _layout_lines(report))


def show_shapes(console: Console, report: ShapeReport) -> None:
    """Whether the schema holds, and where each departure from it was first seen."""
    print_lines(console, _shape_lines(report))


def show_fit(console: Console, fit: Fit) -> None:
    """How a table of the catalogue fits its files: what breaks queries first, files named once."""
    print_lines(console, _fit_lines(fit))


def _layout_lines(report: LayoutReport) -> Iterator[Text]:
    yield _layout_headline(report)
    yield labelled("place", one_line(report.place))
    if report.prefix is not None:
        yield labelled("prefix", one_line(report.prefix))
    if report.sizes.objects:
        yield labelled("sizes", _sizes(report.sizes, report.looked_into))
        yield labelled("folders", counted(report.partition_count, "partition"))
        for partition in report.partitions[:_PARTITIONS_SHOWN]:
            words = f"{counted(partition.objects, 'object')}, {size(partition.bytes)}"
            yield Text(f"  {one_line(partition.prefix) or '(top)'}  {words}", "dim")
    if report.error_objects:
        yield labelled("errors", f"{counted(report.error_objects, 'object')} in the error output")
    for finding in report.findings:
        style = _BAD if finding.misfit else _OPEN
        yield Text.assemble((f"{finding.what}: ", style), f"{count(finding.count)} {one_line(finding.words)}")
        for example in finding.examples:
            yield Text(f"  {one_line(example)}", "dim")
    if report.small_files is not None:
        yield labelled("cost", _cost(report.small_files, report.sizes))


def _layout_headline(report: LayoutReport) -> Text:
    misfits = [finding.what for finding in report.findings if finding.misfit]
    if misfits:
        words, style = f"the layout does not fit: {', '.join(misfits)}", _BAD
    elif not report.sizes.objects:
        words, style = "there are no objects since the run began", _OPEN
    else:
        words, style = f"{counted(report.sizes.objects, 'object')} as configured", _GOOD
    return Text.assemble((f"run {report.run}: ", "bold"), (words, style))


def _sizes(sizes: Sizes, looked_into: int) -> str:
    words = (
        f"{counted(sizes.objects, 'object')}, {size(sizes.bytes)}; smallest {size(sizes.smallest)}, "
        f"median {size(sizes.median)}, largest {size(sizes.largest)}"
    )
    if sizes.ratio > 1:
        words += f"; about {sizes.ratio:g} times that before compression, by {counted(looked_into, 'object')}"
    return words


def _cost(small: SmallFiles, sizes: Sizes) -> str:
    words = (
        f"reading all once {usd(small.usd_a_scan)} of GET requests for {counted(sizes.objects, 'object')}, where "
        f"{count(small.merged)} of 128 MiB would do"
    )
    if small.usd_a_month is not None:
        words += f"; a month of such a stream {usd(small.usd_a_month)} of PUT requests"
    return f"{words} (prices of {small.date})"


def _shape_lines(report: ShapeReport) -> Iterator[Text]:
    yield _shape_headline(report)
    yield labelled("read", f"{counted(report.objects, 'object')} in {one_line(report.place)}")
    yield labelled("promised", f"by {report.learned_from}")
    for number, words in (
        (report.unread, "objects that could not be read"),
        (report.bad, "pieces that are not JSON objects; `verify s3 delivery` says what they are"),
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


def _shape_headline(report: ShapeReport) -> Text:
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


def _fit_lines(fit: Fit) -> Iterator[Text]:
    words, style = ("fits", _GOOD) if fit.fits else ("does not fit", _BAD)
    yield Text.assemble((f"table {one_line(fit.table)}: ", "bold"), (words, style))
    yield labelled("place", one_line(fit.location))
    yield labelled("files", f"{counted(fit.files, 'file')}, {fit.read:,} looked into")
    ordered = sorted(fit.misfits, key=lambda misfit: (not misfit.spoils, misfit.first or ""))
    for first, misfits in groupby(ordered, key=lambda misfit: misfit.first):
        for misfit in misfits:
            style = _BAD if misfit.spoils else _OPEN
            yield Text.assemble((f"{misfit.kind} {one_line(misfit.name)}: ", style), one_line(misfit.detail))
        if first is not None:
            yield Text(f"  first seen in {one_line(first)}", "dim")
