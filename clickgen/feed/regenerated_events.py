"""The events of a run as they were sent, made or read once more."""

from dataclasses import dataclass
from pathlib import Path

from clickgen.feed.generated_lanes import Traffic
from clickgen.feed.lanes import open_feeds
from clickgen.ledger.folder import RunFolder
from clickgen.model.block import LaneSource
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
from clickgen.traffic.replay_files import is_live


@dataclass(frozen=True, slots=True)
class RegeneratedEvents:
    """What a run sent, lane by lane; can go to another process. path: the run's folder."""

    path: Path
    plan: Plan

    def check(self) -> None:
        """UsageProblem where the events cannot be had again: they came from a pipe, or the files have gone."""
        if self.plan.command != "replay":
            return
        for source in self.plan.sources:
            if is_live(source) or not Path(source).is_file():
                what = (
                    "came from standard input or a pipe" if source == "-" or Path(source).exists() else "is gone"
                )
                raise UsageProblem(
                    f"what run {self.plan.run} sent cannot be read again: {source} {what}",
                    "compare check bits (--content check), or ids only (--content ids)",
                )

    def open_lane(self, lane: int, first: int = 0) -> LaneSource:
        """The lane's events from number `first` on, planted disorder included.

        Raises UsageProblem or EnvironmentProblem where what they are made of cannot be read.
        """
        folder = RunFolder(self.path)
        if self.plan.command == "generate":
            return Traffic.of(folder, self.plan).open_lane(lane, first)
        return open_feeds(folder, self.plan, {lane: first})[lane].source
