"""Verifying a run at every station of a pipeline, one after the other, and what is to be said of the whole way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pyroaring import BitMap64

from clickgen.model.errors import EnvironmentProblem, ExitCode
from clickgen.verify.landings.station import Station
from clickgen.verify.proof.compare.comparison import Comparison
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.stations.funnel import FunnelStep, funnel


@dataclass(frozen=True, slots=True)
class Seen:
    """What a station had. where: what people call the place. when_ms: when it was seen, Unix time.

    report, step: None where the station could not be looked at, for the reason that `problem` gives.
    """

    station: Station
    where: str
    when_ms: int
    report: DeliveryReport | None = None
    step: FunnelStep | None = None
    problem: EnvironmentProblem | None = None

    @property
    def pending(self) -> int:
        """How many of the events that the funnel misses here may still come."""
        return self.step.lost if self.step is not None and self.report is not None and self.report.pending else 0

    def to_json(self) -> dict[str, Any]:
        """The station with its report as plain values, or with the problem that kept it from being seen."""
        document: dict[str, Any] = {"name": self.station.name, "place": self.station.place, "where": self.where}
        if self.problem is not None:
            return document | {"problem": self.problem.message, "hint": self.problem.hint}
        return document | ({} if self.report is None else self.report.to_json())


@dataclass(frozen=True, slots=True)
class Passage:
    """A run's way through its pipeline. accepted: how many events were when the first station was looked at."""

    run: str
    accepted: int
    stations: Sequence[Seen]

    @property
    def verdict(self) -> Verdict:
        """The worst of the stations'; never `verified` where one could not be looked at."""
        verdicts = {seen.report.verdict for seen in self.stations if seen.report is not None}
        if Verdict.ANOMALOUS in verdicts:
            return Verdict.ANOMALOUS
        unseen = any(seen.report is None for seen in self.stations)
        return Verdict.INCOMPLETE if unseen or Verdict.INCOMPLETE in verdicts else Verdict.VERIFIED

    @property
    def exit_code(self) -> ExitCode:
        """The verdict's; ENVIRONMENT where nothing worse is known than that a station could not be looked at."""
        unseen = any(seen.report is None for seen in self.stations)
        if unseen and self.verdict is not Verdict.ANOMALOUS:
            return ExitCode.ENVIRONMENT
        return self.verdict.exit_code

    def to_json(self) -> dict[str, Any]:
        """The stations with their reports, and the funnel of those that were seen."""
        rows = [
            {"station": seen.station.name, **seen.step.to_json(), "pending": seen.pending}
            for seen in self.stations
            if seen.step is not None
        ]
        return {
            "run": self.run,
            "verdict": self.verdict.value,
            "accepted": self.accepted,
            "stations": [seen.to_json() for seen in self.stations],
            "funnel": rows,
        }


def walk(
    run: str,
    accepted: Mapping[int, BitMap64],
    stations: Sequence[Station],
    open_landing: Callable[[Station], Landing],
    compare_at: Callable[[Station, Landing], Comparison],
    now_ms: Callable[[], int],
) -> Passage:
    """Verify at each station in order; all of them are opened before the first is looked at.

    accepted: by lane, the events that count. compare_at: verifies at one of them. A station that cannot be opened
    or looked at for an EnvironmentProblem is passed by: what is not at the next one is then lost behind the last
    that was seen. Other errors are the caller's.
    """
    opened = [(station, _opened(station, open_landing)) for station in stations]
    seen: list[Seen] = []
    compared: list[Comparison] = []
    for station, landing in opened:
        if isinstance(landing, EnvironmentProblem):
            seen.append(Seen(station, "", now_ms(), problem=landing))
            continue
        try:
            comparison = compare_at(station, landing)
        except EnvironmentProblem as problem:
            seen.append(Seen(station, landing.name, now_ms(), problem=problem))
        else:
            compared.append(comparison)
            seen.append(Seen(station, landing.name, now_ms(), comparison.report))
    found, dropped = [each.found for each in compared], [each.dropped for each in compared]
    steps = iter(funnel(run, accepted, found, dropped))
    stepped = [each if each.report is None else replace(each, step=next(steps)) for each in seen]
    return Passage(run, sum(map(len, accepted.values())), stepped)


def _opened(station: Station, open_landing: Callable[[Station], Landing]) -> Landing | EnvironmentProblem:
    try:
        return open_landing(station)
    except EnvironmentProblem as problem:
        return problem
