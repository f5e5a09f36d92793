"""The events of a run as they were sent, made or read again, and samples that show what a schema promises."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from clickgen.feed.generated_lanes import Traffic
from clickgen.feed.lanes import open_feeds
from clickgen.feed.layouts import layout_for
from clickgen.feed.sources import S3
from clickgen.ledger.folder import RunFolder
from clickgen.model.block import LaneSource
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
from clickgen.profile.tables import load_tables
from clickgen.schema.samples import sample_events
from clickgen.traffic.replay_files import is_live
from clickgen.traffic.simulation import vocabulary_of

_SIMULATED_EVENTS = 4_000  # of the run, beside those that have every field: fields with values of several types
_RECORDED_EVENTS = 200_000


@dataclass(frozen=True, slots=True)
class RegeneratedEvents:
    """What a run sent, lane by lane; it can be sent to another process. path: the run's folder."""

    path: Path
    plan: Plan

    def check(self) -> None:
        """UsageProblem if the events cannot be read again: they came from a pipe, or the files are gone."""
        if self.plan.command != "replay":
            return
        for source in [] if self.plan.recording.spooled else self.plan.sources:
            if is_live(source) or not (source.startswith(S3) or Path(source).is_file()):
                what = (
                    "came from standard input or a pipe" if source == "-" or Path(source).exists() else "is gone"
                )
                raise UsageProblem(
                    f"what run {self.plan.run} sent cannot be read again: {source} {what}",
                    "compare check bits (--content check), or ids only (--content ids)",
                )

    def open_lane(self, lane: int, first: int = 0) -> LaneSource:
        """The lane's events from number `first` on, planted disorder included.

        Raises UsageProblem or EnvironmentProblem if what they are made from cannot be read.
        """
        folder = RunFolder(self.path)
        if self.plan.command == "generate":
            return Traffic.of(folder, self.plan).open_lane(lane, first)
        return open_feeds(folder, self.plan, {lane: first})[lane].source


def schema_samples(folder: RunFolder, plan: Plan) -> Iterator[bytes]:
    """Events as the run sent them, without what is wrong on purpose; of recorded traffic the first 200,000.

    Raises UsageProblem if recorded traffic cannot be read again.
    """
    sent = RegeneratedEvents(folder.path, plan.model_copy(update={"disorder": None}))
    sent.check()
    if plan.command == "replay":
        a_lane = -(-_RECORDED_EVENTS // plan.lanes)
        for lane in range(plan.lanes):
            yield from islice(_events(sent, lane), a_lane)
        return
    tables = load_tables(folder.tables_file)
    yield from sample_events(layout_for(plan, tables), vocabulary_of(tables)).splitlines()
    yield from islice(_events(sent, 0), _SIMULATED_EVENTS)


def _events(sent: RegeneratedEvents, lane: int) -> Iterator[bytes]:
    source = sent.open_lane(lane)
    while (block := source.next_block()) is not None:
        yield from (block.event(index) for index in range(len(block)))
