"""Verifying a run at every station of a pipeline, one after the other, and what that says of the whole way."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from pyroaring import BitMap64

from clickgen.model.errors import EnvironmentProblem, ExitCode
from clickgen.verify.landings.station import Station
from clickgen.verify.proof.compare.comparison import Comparison
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.compare.witnesses import masked_id
from clickgen.verify.proof.found.findings import WITNESSES
from clickgen.verify.proof.found.landing import Landing
from clickgen.verify.stations.stations_report import FunnelRow, StationReport, StationsReport, Trouble

Events = Mapping[int, BitMap64]
"""Events of a run: by lane, their numbers."""


class EventsOfStation(Protocol):
    """What became of a run's events at one station; of those that are found, they need not have been accepted."""

    @property
    def found(self) -> Events:
        """Events that are there, whole."""

    @property
    def damaged(self) -> Events:
        """Accepted events of which only damaged bytes are there."""

    @property
    def failed(self) -> Events:
        """Accepted events that are in the error output, and not there."""

    @property
    def dropped(self) -> Events:
        """Accepted events that the place took and does not keep."""


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """What became of the accepted events at one station."""

    found: int  # those that are there, whole
    lost: int
    """Those that were at the station before (at the first: accepted), and are neither here nor at a later one."""
    skipped: int  # not here, yet at a later one
    dropped: int  # would be lost, but the place took them and does not keep them
    witnesses: Sequence[str]  # ids of the first lost ones, their check digits masked
    failed: int = 0  # in the error output of this station, and at no later one
    damaged: int = 0  # here, but only as damaged bytes, and at no station before
    damaged_before: int = 0  # the same, but damaged at a station before


def funnel(run: str, accepted: Events, stations: Sequence[EventsOfStation]) -> list[FunnelStep]:
    """A step for each station, in order.

    Every accepted event that is not at the last station is failed, lost or dropped at exactly one: failed at the
    last that has it in its error output, if no later one has it, else lost or dropped behind the last that has it.
    What is damaged at a station has reached it.
    """
    later: dict[int, BitMap64] = {}
    steps: list[FunnelStep] = []
    before = [accepted, *(_joined(one.found, one.damaged, among=accepted) for one in stations)]
    torn = [_without(here, station.found) for here, station in zip(before[1:], stations, strict=True)]
    for position in range(len(stations) - 1, -1, -1):
        station, arrived, here = stations[position], before[position], before[position + 1]
        found = _both(station.found, accepted)
        failed = _without(_without(_both(station.failed, accepted), here), later)
        gone = _without(_without(_without(arrived, here), later), failed)
        lost = _without(gone, station.dropped)
        newly = _without(torn[position], _joined(*torn[:position], among=accepted))
        steps.append(
            FunnelStep(
                found=_count(found),
                lost=_count(lost),
                skipped=_count(_without(later, here)),
                dropped=_count(gone) - _count(lost),
                witnesses=_first(run, lost),
                failed=_count(failed),
                damaged=_count(newly),
                damaged_before=_count(torn[position]) - _count(newly),
            )
        )
        later = _joined(later, here, failed, among=accepted)
    return steps[::-1]


def _joined(*sets: Events, among: Events) -> dict[int, BitMap64]:
    """All that is in any of them and in `among`."""
    union = {lane: BitMap64() for lane in among}
    for events in sets:
        for lane, numbers in _both(events, among).items():
            union[lane] |= numbers
    return union


def _both(events: Events, others: Events) -> dict[int, BitMap64]:
    return {lane: numbers & others[lane] for lane, numbers in events.items() if lane in others}


def _without(events: Events, others: Events) -> dict[int, BitMap64]:
    return {lane: numbers - others[lane] if lane in others else numbers for lane, numbers in events.items()}


def _count(events: Events) -> int:
    return sum(map(len, events.values()))


def _first(run: str, events: Events) -> list[str]:
    ids: list[str] = []
    for lane in sorted(events):
        numbers = zip(events[lane], range(WITNESSES - len(ids)), strict=False)
        ids += [masked_id(run, lane, number) for number, _ in numbers]
    return ids


@dataclass(frozen=True, slots=True)
class Seen:
    """What a station had, or why it could not be looked at."""

    station: Station
    where: str  # what people call the place
    when_ms: int  # when it was seen, Unix time in milliseconds
    report: DeliveryReport | None = None
    step: FunnelStep | None = None
    problem: EnvironmentProblem | None = None

    @property
    def pending(self) -> int:
        """How many of the events that the funnel misses here may still arrive."""
        return self.step.lost if self.step is not None and self.report is not None and self.report.pending else 0

    def document(self) -> StationReport:
        """The station with its report, or with the problem that it had."""
        return StationReport(
            name=self.station.name,
            place=self.station.place,
            where=self.where,
            report=None if self.report is None else self.report.document(),
            problem=None if self.problem is None else self.problem.message,
            hint=None if self.problem is None else self.problem.hint,
        )


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
        """The verdict's; ENVIRONMENT if nothing worse is known than that a station could not be looked at."""
        unseen = any(seen.report is None for seen in self.stations)
        if unseen and self.verdict is not Verdict.ANOMALOUS:
            return ExitCode.ENVIRONMENT
        return self.verdict.exit_code

    def document(self, troubles: Sequence[Trouble] = ()) -> StationsReport:
        """The stations with their reports, and the funnel of those that were seen.

        troubles: what the running pipeline says is wrong with it.
        """
        rows = [
            FunnelRow(station=seen.station.name, pending=seen.pending, **asdict(seen.step))
            for seen in self.stations
            if seen.step is not None
        ]
        return StationsReport(
            run=self.run,
            verdict=self.verdict.value,
            accepted=self.accepted,
            stations=[seen.document() for seen in self.stations],
            funnel=rows,
            troubles=troubles,
        )


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
    or looked at because of an EnvironmentProblem is passed over: what is not at the next one is then lost after
    the last that was seen. Other errors are the caller's.
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
    steps = iter(funnel(run, accepted, compared))
    stepped = [each if each.report is None else replace(each, step=next(steps)) for each in seen]
    return Passage(run, sum(map(len, accepted.values())), stepped)


def _opened(station: Station, open_landing: Callable[[Station], Landing]) -> Landing | EnvironmentProblem:
    try:
        return open_landing(station)
    except EnvironmentProblem as problem:
        return problem
