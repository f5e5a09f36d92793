"""The run that is verified: its folder, its plan, and what of it is wrong on purpose."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from clickgen.feed.generated_lanes import Traffic
from clickgen.feed.lanes import simulated_lanes
from clickgen.ledger.folder import Home, RunFolder
from clickgen.model.errors import ClickgenError
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.planted_disorder import Planted
from clickgen.verify.proof.content.ignoring_planted_damage import IgnoringPlantedDamage
from clickgen.verify.proof.found.landing import Asking, Gone, Landing, Reading

LandingNotice = Reading | Asking | Gone


@dataclass(frozen=True, slots=True)
class RunUnderTest:
    """A run that is looked for where its events landed."""

    folder: RunFolder
    plan: Plan
    planted: Planted | None  # what of it is wrong on purpose
    tell: Callable[[LandingNotice], None]  # says what a landing is about to do

    def behind_a_parser(self, landing: Landing) -> Landing:
        """A place that only receives what can be parsed: there, what is malformed on purpose is not missing."""
        if self.planted is None or self.plan.disorder is None or not self.plan.disorder.malformed:
            return landing
        return IgnoringPlantedDamage(landing, self.folder, self.plan, self.planted)


def find_run(home: Path, run: str | None) -> tuple[RunFolder, Plan]:
    """The run of that id, or the latest, and its plan; the lake is where the home is now, even if it was moved."""
    folder = Home(home).find_run(run)
    plan = folder.read_plan()
    if plan.destination.embedded and plan.place is not None:
        at = plan.place.model_copy(update={"lake": str(Home(home).lake.resolve())})
        plan = plan.model_copy(update={"place": at})
    return folder, plan


def find_run_under_test(home: Path, run: str | None, tell: Callable[[LandingNotice], None]) -> RunUnderTest:
    """The run of that id, or the latest, as it is to be verified; tell: hears what a landing is about to do."""
    folder, plan = find_run(home, run)
    return RunUnderTest(folder, plan, _planted(folder, plan), tell)


def damaging_runs(folder: RunFolder, others: Iterable[str]) -> tuple[str, ...]:
    """Of other runs, those of the same home that damaged events on purpose."""
    return tuple(run for run in others if _damages(RunFolder(folder.path.parent / run)))


def _damages(folder: RunFolder) -> bool:
    try:
        disorder = folder.read_plan().disorder
    except ClickgenError:  # it is of another home, or was removed
        return False
    return disorder is not None and disorder.malformed > 0


def _planted(folder: RunFolder, plan: Plan) -> Planted | None:
    """What a run has planted among its events, or None if nothing is wrong on purpose."""
    if plan.disorder is None:
        return None
    if plan.command == "generate":
        traffic = Traffic.of(folder, plan)
        return Planted(plan, plan.disorder, lambda lane: traffic.open_lane(lane, 0))
    return Planted(plan, plan.disorder, simulated_lanes(folder, plan))
