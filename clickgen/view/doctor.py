"""A diagnosis for people: the findings by weight, each with what to do."""

from collections.abc import Iterator
from textwrap import wrap

from rich.console import Console
from rich.text import Text

from clickgen.doctor.finding import Diagnosis, Finding, Severity
from clickgen.model.amounts import counted
from clickgen.model.outside_text import one_line
from clickgen.view.console import print_lines

_STYLES = {Severity.PROBLEM: "bold red", Severity.WARNING: "bold yellow", Severity.FINE: "green"}
_WIDTH = 80
_INDENT = "         "  # below what was found, behind the severity


def show_diagnosis(console: Console, diagnosis: Diagnosis) -> None:
    """The findings in lines of 80 columns, the worst first, and how many there are of each weight."""
    print_lines(console, _lines(diagnosis))


def _lines(diagnosis: Diagnosis) -> Iterator[Text]:
    for finding in diagnosis.findings:
        yield from _finding_lines(finding)
    problems, warnings = len(diagnosis.of(Severity.PROBLEM)), len(diagnosis.of(Severity.WARNING))
    style = _STYLES[Severity.PROBLEM if problems else Severity.WARNING if warnings else Severity.FINE]
    words = f"{counted(problems, 'problem')}, {counted(warnings, 'warning')}"
    yield Text()
    yield Text(f"{one_line(diagnosis.subject)}: {words if problems or warnings else 'nothing is wrong'}", style)


def _finding_lines(finding: Finding) -> Iterator[Text]:
    first, *more = _wrapped(f"{finding.station}: {finding.what}")
    yield Text.assemble((finding.severity.value.ljust(len(_INDENT)), _STYLES[finding.severity]), first)
    for line in more:
        yield Text(_INDENT + line)
    for line in _wrapped(f"→ {finding.next}") if finding.next else ():
        yield Text(_INDENT + line, "dim")


def _wrapped(words: str) -> list[str]:
    return wrap(one_line(words), _WIDTH - len(_INDENT), break_on_hyphens=False)
