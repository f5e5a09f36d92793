"""What `--json` says of a run at every station of its pipeline, and what `clickgen.verify` returns of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickgen.model.document import beside_document, document_of, report_of
from clickgen.verify.proof.compare.verify_report import VerdictWord, VerifyReport

_OWN = ("name", "place", "where")


@dataclass(frozen=True, slots=True)
class StationReport:
    """A station with its report, or why it could not be looked at."""

    name: str
    place: str  # what kind of place it is
    where: str  # what people call it
    report: VerifyReport | None
    problem: str | None
    hint: str | None  # what to do about the problem

    def to_json(self) -> dict[str, Any]:
        """As plain values: the report's beside those of the station."""
        about = {name: getattr(self, name) for name in _OWN}
        if self.problem is not None:
            return about | {"problem": self.problem, "hint": self.hint}
        return about | ({} if self.report is None else document_of(self.report))

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "StationReport":
        """What `to_json` wrote."""
        report = report_of(VerifyReport, document) if "verdict" in document else None
        name, place, where = (document[own] for own in _OWN)
        return cls(name, place, where, report, document.get("problem"), document.get("hint"))


@dataclass(frozen=True, slots=True, kw_only=True)
class FunnelRow:
    """What became of the accepted events at one station."""

    station: str
    found: int  # those that are there, whole
    lost: int  # at the station before, and neither here nor at a later one
    skipped: int  # not here, yet at a later one
    dropped: int  # would be lost, but the place took them and does not keep them
    witnesses: Sequence[str]  # ids of the first lost ones, their check digits masked
    failed: int  # in the error output of this station, and at no later one
    damaged: int  # here, but only as damaged bytes, and at no station before
    damaged_before: int  # the same, but damaged at a station before
    pending: int  # of the lost ones, those that may still arrive


@dataclass(frozen=True, slots=True)
class Trouble:
    """What a running pipeline says is wrong at one station."""

    station: str
    what: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationsReport:
    """A run's way through its pipeline."""

    run: str  # its id
    verdict: VerdictWord  # the worst of the stations'; never `verified` if one could not be looked at
    accepted: int  # events when the first station was looked at
    stations: Sequence[StationReport]
    funnel: Sequence[FunnelRow]  # of the stations that were seen
    troubles: Sequence[Trouble]
    text: str = beside_document("")  # what the command prints for people

    @property
    def ok(self) -> bool:
        """Whether the verdict is `verified`: every accepted event is at every station, whole."""
        return self.verdict == "verified"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return document_of(self) | {"stations": [station.to_json() for station in self.stations]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any], text: str = "") -> "StationsReport":
        """What `to_json` wrote."""
        stations = [StationReport.from_json(station) for station in document["stations"]]
        return report_of(cls, document, stations=stations, text=text)
