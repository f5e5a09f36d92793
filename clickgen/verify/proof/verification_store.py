"""Finished verifications, kept in the run's folder so that a report can show them later."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from clickgen.ledger.claims import Claims
from clickgen.ledger.ending import Shortfall
from clickgen.ledger.folder import RunFolder, private
from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict

_STATIONS = "stations.json"

Document = TypeVar("Document", bound=BaseModel)


class KeptVerification(BaseModel):
    """One verification, the latest of its place or station."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    place: str  # the command line's word for what was looked at
    where: str  # what people call it, s3://bucket/prefix for example
    when_ms: int  # when it ended, Unix time in milliseconds
    report: DeliveryReport
    station: str | None = None  # its name in a pipeline, None outside of one
    exclusive: bool = False  # whether events of others spoilt the verdict

    @property
    def title(self) -> str:
        """What distinguishes it from the run's others: the station, or the place."""
        return self.station or self.place

    def is_before(self, later: "KeptVerification") -> bool:
        """Whether a later one has looked at the same place; never true of two stations, which may share one."""
        same = (self.place, self.where) == (later.place, later.where)
        return same and (self.station is None or later.station is None)


class KeptStation(BaseModel):
    """One station of a pipeline, and what became of the accepted events there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    place: str
    found: int
    lost: int  # found at the station before (or accepted, at the first), and neither here nor later
    skipped: int = 0  # not found here, but later
    pending: int = 0  # lost ones that may still arrive
    witnesses: tuple[str, ...] = ()  # ids of the first that were lost here
    failed: int = 0  # in the station's error output
    damaged: int = 0  # here, but only as damaged bytes, and at no station before
    damaged_before: int = 0  # the same, but damaged at a station before


class KeptFunnel(BaseModel):
    """The stations of a pipeline in order, as one verification of all of them saw them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    when_ms: int  # when it ended, Unix time in milliseconds
    accepted: int  # how many events of the run were, by then
    stations: tuple[KeptStation, ...]


def keep_verification(folder: RunFolder, kept: KeptVerification) -> None:
    """Keep a verification in place of the last one there; EnvironmentProblem if it cannot be written."""
    name = kept.place if kept.station is None else f"{kept.place}-{kept.station}"
    _write(folder, re.sub(r"[^A-Za-z0-9_-]", "_", name) + ".json", kept)


def keep_stations(folder: RunFolder, funnel: KeptFunnel) -> None:
    """Keep what became of the events from station to station; EnvironmentProblem if it cannot be written."""
    _write(folder, _STATIONS, funnel)


def read_verifications(folder: RunFolder) -> Sequence[KeptVerification]:
    """The kept verifications, the latest last.

    Files that cannot be read, being damaged or of another version, are left out, as verifying again replaces them;
    so are verifications of a place that was looked at again later, as a station or not.
    """
    files = [file for file in sorted(folder.verifications.glob("*.json")) if file.name != _STATIONS]
    found = [kept for kept in (_read(file, KeptVerification) for file in files) if kept is not None]
    found.sort(key=lambda kept: kept.when_ms)
    return [kept for number, kept in enumerate(found) if not any(map(kept.is_before, found[number + 1 :]))]


def as_of_now(kept: KeptVerification, claims: Claims) -> KeptVerification:
    """A verification of a run that may have gone on since: what was verified may no longer be the whole run."""
    report = kept.report
    if (report.account, report.shortfall) == (claims.account(), claims.shortfall):
        return kept
    shortfall = Shortfall.RUNNING if claims.live else Shortfall.OUTDATED
    verdict = Verdict.INCOMPLETE if report.verdict is Verdict.VERIFIED else report.verdict
    return kept.model_copy(update={"report": replace(report, verdict=verdict, shortfall=shortfall)})


def read_stations(folder: RunFolder) -> KeptFunnel | None:
    """The kept funnel, or None if there is none that can be read."""
    return _read(folder.verifications / _STATIONS, KeptFunnel)


def _write(folder: RunFolder, name: str, document: BaseModel) -> None:
    """Write a file whole: aside first, then renamed."""
    try:
        folder.verifications.mkdir(mode=0o700, exist_ok=True)
        aside = folder.verifications / f"{name}.{os.getpid()}.tmp"
        private(aside).write_text(document.model_dump_json(), encoding="utf-8")
        aside.replace(folder.verifications / name)
    except OSError as problem:
        raise EnvironmentProblem(
            f"{folder.verifications} cannot be written: {problem.strerror or problem}", "make room there"
        ) from problem


def _read(file: Path, model: type[Document]) -> Document | None:
    try:
        return model.model_validate_json(file.read_bytes())
    except (OSError, ValidationError):
        return None
