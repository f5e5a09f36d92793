"""What an examination found: a finding for each thing looked at, and the diagnosis of all."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from clickgen.model.errors import ExitCode


class Severity(StrEnum):
    """How bad it is."""

    PROBLEM = "problem"  # events are lost or late, cannot be queried, or cannot be sent at all
    WARNING = "warning"  # it may become one, or could not be looked at
    FINE = "fine"


_BY_WEIGHT = list(Severity)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    severity: Severity
    station: str  # like "firehose:orders"; "account" and "pipeline" for what belongs to none
    what: str
    next: str | None = None  # what to do about it, or None if nothing is to be done


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All findings, the worst first."""

    subject: str  # the pipeline or the stream
    findings: tuple[Finding, ...]

    def of(self, severity: Severity) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity is severity]

    @property
    def exit_code(self) -> ExitCode:
        """LOST if there is a problem; warnings alone are well."""
        return ExitCode.LOST if self.of(Severity.PROBLEM) else ExitCode.OK

    def to_json(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "problems": len(self.of(Severity.PROBLEM)),
            "warnings": len(self.of(Severity.WARNING)),
            "findings": [asdict(finding) for finding in self.findings],
        }


def diagnosis(subject: str, findings: Iterable[Finding]) -> Diagnosis:
    """The findings in order of their weight; of equal weight, as they were found. The same twice is there once."""
    distinct = dict.fromkeys(findings)
    return Diagnosis(subject, tuple(sorted(distinct, key=lambda finding: _BY_WEIGHT.index(finding.severity))))


def problem(station: str, what: str, next_step: str | None = None) -> Finding:
    return Finding(Severity.PROBLEM, station, what, next_step)


def warning(station: str, what: str, next_step: str | None = None) -> Finding:
    return Finding(Severity.WARNING, station, what, next_step)


def fine(station: str, what: str) -> Finding:
    return Finding(Severity.FINE, station, what)
