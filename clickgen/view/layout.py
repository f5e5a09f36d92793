"""A look at the layout, for people: whether it fits, what is off, sizes, partitions, and what small files cost."""

from collections.abc import Iterator

from rich.console import Console
from rich.text import Text

from clickgen.cost.bill import usd
from clickgen.model.amounts import count, counted, size
from clickgen.model.outside_text import one_line
from clickgen.verify.inspections.layout.report import LayoutReport, Sizes, SmallFiles
from clickgen.view.account import labelled

_MISFIT, _WARNING, _FITS = "bold red", "bold yellow", "bold green"
_PARTITIONS_SHOWN = 5


def show_layout(console: Console, report: LayoutReport) -> None:
    """Print the report; keys stay on one line each, to be copied."""
    for line in _lines(report):
        console.print(line, soft_wrap=True)


def _lines(report: LayoutReport) -> Iterator[Text]:
    yield _headline(report)
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
        style = _MISFIT if finding.misfit else _WARNING
        yield Text.assemble((f"{finding.what}: ", style), f"{count(finding.count)} {one_line(finding.words)}")
        for example in finding.examples:
            yield Text(f"  {one_line(example)}", "dim")
    if report.small_files is not None:
        yield labelled("cost", _cost(report.small_files, report.sizes))


def _headline(report: LayoutReport) -> Text:
    misfits = [finding.what for finding in report.findings if finding.misfit]
    if misfits:
        words, style = f"the layout does not fit: {', '.join(misfits)}", _MISFIT
    elif not report.sizes.objects:
        words, style = "there are no objects since the run began", _WARNING
    else:
        words, style = f"{counted(report.sizes.objects, 'object')} as configured", _FITS
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
