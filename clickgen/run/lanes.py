"""Opening the sources of a worker's lanes: the simulation of visitors, or recorded files."""

from dataclasses import dataclass
from typing import Protocol

from clickgen.ledger.folder import RunFolder
from clickgen.model.block import LaneSource
from clickgen.model.plan import Plan
from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.profile.tables import load_tables
from clickgen.run.exchange import Assignment, SkippedPiece
from clickgen.schema.flat import FlatPools
from clickgen.traffic.replay import Recorded, RecordedLane, plan_lanes
from clickgen.traffic.simulation import BLOCK_S, WINDOW_S, SimulatedLane, vocabulary_of

NOMINAL_RATE = 16_000.0  # the rate that `--rate max` simulates at, events a second over all lanes


class Feed(Protocol):
    """A lane's source, with what it has to say about its input."""

    @property
    def source(self) -> LaneSource:
        """Where the events come from."""

    @property
    def out_of_order(self) -> int:
        """Events so far whose time lay before their predecessor's."""

    @property
    def without_time(self) -> int:
        """Events so far that have no time of their own."""

    def take_skipped(self) -> list[SkippedPiece]:
        """The pieces since the last call that are no event."""

    def begin_at(self, start_ms: int) -> None:
        """Learn the time of second 0, before the first block is read."""


@dataclass(slots=True)
class SimulatedFeed:
    """Simulated traffic: nothing is ever skipped."""

    source: SimulatedLane
    out_of_order: int = 0
    without_time: int = 0

    def take_skipped(self) -> list[SkippedPiece]:
        """Nothing."""
        return []

    def begin_at(self, start_ms: int) -> None:
        """Pass it on: events tell their time."""
        self.source.begin_at(start_ms)


@dataclass(slots=True)
class RecordedFeed:
    """Recorded traffic, as found."""

    source: RecordedLane

    @property
    def out_of_order(self) -> int:
        """Events so far whose time lay before their predecessor's."""
        return self.source.out_of_order

    @property
    def without_time(self) -> int:
        """Events so far that have no time of their own."""
        return self.source.without_time

    def take_skipped(self) -> list[SkippedPiece]:
        """The pieces since the last call that are no event."""
        skipped = self.source.take_skipped()
        return [SkippedPiece(piece.file, piece.line, piece.reason, piece.excerpt) for piece in skipped]

    def begin_at(self, start_ms: int) -> None:
        """Recorded events keep their own times."""


def open_feeds(folder: RunFolder, plan: Plan, assignment: Assignment) -> dict[int, Feed]:
    """The sources of an assignment's lanes, each entered at its number."""
    if plan.command == "send":
        return dict(_simulated(folder, plan, assignment))
    return dict(_recorded(plan, assignment))


def schedule_of(plan: Plan) -> ConstantRate | None:
    """The schedule that due times follow; None for a replay that is timed as recorded."""
    if plan.rate is not None:
        return ConstantRate(plan.rate)
    return ConstantRate(NOMINAL_RATE) if plan.command == "send" else None


def _simulated(folder: RunFolder, plan: Plan, assignment: Assignment) -> list[tuple[int, Feed]]:
    tables = load_tables(folder.tables_file)
    pools = FlatPools(vocabulary_of(tables))
    schedule = schedule_of(plan)
    assert schedule is not None  # noqa: S101  # a send always has one
    assert plan.seed is not None  # noqa: S101  # likewise
    feeds: list[tuple[int, Feed]] = []
    for lane, first in assignment.lanes.items():
        source = SimulatedLane(
            tables,
            run=plan.run,
            lane=lane,
            lanes=plan.lanes,
            seed=plan.seed,
            start_ms=plan.start_ms,
            due=LaneSchedule(schedule, lane, plan.lanes).due,
            rate=schedule.peak / plan.lanes,
            count=None if plan.planned is None else plan.lane_planned(lane, plan.planned),
            pools=pools,
            block_s=WINDOW_S if plan.unpaced else BLOCK_S,
        )
        if first:
            source.skip_to(first)
        feeds.append((lane, SimulatedFeed(source)))
    return feeds


def _recorded(plan: Plan, assignment: Assignment) -> list[tuple[int, Feed]]:
    schedule = schedule_of(plan)
    ranges = plan_lanes(plan.sources, at_rate=plan.rate is not None)
    feeds: list[tuple[int, Feed]] = []
    for lane, first in assignment.lanes.items():
        timing = (
            Recorded(plan.origin_ms, plan.speed, plan.time_field)
            if schedule is None
            else LaneSchedule(schedule, lane, plan.lanes).due
        )
        source = RecordedLane(
            ranges[lane], run=plan.run, lane=lane, id_field=plan.id_field, timing=timing, first=first
        )
        feeds.append((lane, RecordedFeed(source)))
    return feeds
