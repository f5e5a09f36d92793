"""Opening the sources of a worker's lanes: the simulation of visitors, or recorded files."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Protocol, TypeVar

import orjson

from clickgen.feed.due_times import schedule_of
from clickgen.ledger.folder import RunFolder
from clickgen.model.block import LaneSource
from clickgen.model.plan import Plan
from clickgen.model.skipped import Skipped
from clickgen.pace.schedule import LaneSchedule, Schedule
from clickgen.profile.tables import Tables, load_tables
from clickgen.schema.encode import Layout
from clickgen.schema.registry import layout_of
from clickgen.traffic.disorder.plant import LaneDisorder
from clickgen.traffic.simulation import BLOCK_S, MS_AN_HOUR, WINDOW_S, SimulatedLane, vocabulary_of

T = TypeVar("T")

# Events a second of a lane, in their own time. With more, slots are so close together that no visitor waits for
# one; and whole visits are simulated to their ends, of which 50,000 would have to be held.
_MOST_WHOLE = 1000.0


class Feed(Protocol):
    """A lane's source, with what is known of its input."""

    @property
    def source(self) -> LaneSource:
        """What gives the events."""

    out_of_order: int  # events so far whose time was before their predecessor's
    without_time: int  # events so far that have no time of their own

    def take_skipped(self) -> list[Skipped]:
        """The pieces since the last call that are not an event."""

    def begin_at(self, start_ms: int, /) -> None:
        """Set the time of second 0, before the first block is read."""


class SimulatedFeed:
    """Simulated traffic: nothing is ever skipped."""

    out_of_order = 0
    without_time = 0

    def __init__(self, plan: Plan, lane: int, open_lane: Callable[[Plan], SimulatedLane]) -> None:
        """open_lane: opens the lane for a plan, at the number where it is to go on."""
        self._plan = plan
        self._lane = lane
        self._open_lane = open_lane
        self.source = open_lane(plan)

    def take_skipped(self) -> list[Skipped]:
        """Nothing."""
        return []

    def begin_at(self, start_ms: int) -> None:
        """Pass it on: events contain their time, and a day curve follows it."""
        plan = self._plan.model_copy(update={"start_ms": start_ms})
        same_hour = start_ms // MS_AN_HOUR == self._plan.start_ms // MS_AN_HOUR
        if same_hour and _rate_at_start(plan) == _rate_at_start(self._plan):
            self.source.begin_at(start_ms, _lane_schedule(plan, self._lane).due)
        else:  # other visitors are under way
            self.source = self._open_lane(plan)


def open_feeds(folder: RunFolder, plan: Plan, lanes: Mapping[int, int]) -> dict[int, Feed]:
    """The sources of these lanes, each opened at its number."""
    if plan.command == "send":
        return dict(_simulated(folder, plan, lanes))
    from clickgen.feed.recorded_lanes import recorded_feeds

    return recorded_feeds(folder, plan, lanes)


def planned(what: str, value: T | None) -> T:
    """What the plan of such a run always has."""
    if value is None:
        raise ValueError(f"the plan has no {what}")
    return value


def _simulation_schedule(plan: Plan) -> Schedule:
    return planned("schedule", schedule_of(plan))


def _lane_schedule(plan: Plan, lane: int) -> LaneSchedule:
    return LaneSchedule(_simulation_schedule(plan), lane, plan.lanes)


def _rate_at_start(plan: Plan) -> float:
    """The rate of the steady state that traffic begins in.

    With a timetable it is rounded to two digits, so that a start moved by a second seldom changes who is under
    way.
    """
    rate = _simulation_schedule(plan).rate_at(0.0)
    return rate if plan.timetable is None else float(f"{rate:.2g}")


def _tables_and_layout(folder: RunFolder, plan: Plan) -> tuple[Tables, Layout]:
    file = folder.tables_file
    return _made_with(file, file.stat().st_mtime_ns if file.exists() else 0, orjson.dumps(plan.event_schema))


@lru_cache(maxsize=1)  # a verification opens one lane of a run after another
def _made_with(file: Path, _changed_ns: int, event_schema: bytes) -> tuple[Tables, Layout]:
    """The tables in a file, and the layout of a schema over their vocabulary."""
    tables = load_tables(file)
    return tables, layout_of(orjson.loads(event_schema), vocabulary_of(tables))


def _simulated(folder: RunFolder, plan: Plan, lanes: Mapping[int, int]) -> list[tuple[int, Feed]]:
    tables, layout = _tables_and_layout(folder, plan)
    return [
        (lane, SimulatedFeed(plan, lane, partial(open_simulated, tables, layout, lane, first)))
        for lane, first in lanes.items()
    ]


def are_visits_whole(plan: Plan) -> bool:
    """Whether visitors click when they like (see WholeVisits), and not in the slots of the schedule."""
    if plan.natural is None and plan.time_scale == 1:
        return False
    return _simulation_schedule(plan).peak / (plan.lanes * plan.time_scale) <= _MOST_WHOLE


def open_simulated(tables: Tables, layout: Layout, lane: int, first: int, plan: Plan) -> SimulatedLane:
    """A lane of a simulated run with this layout, entered at `first`."""
    seed = planned("seed", plan.seed)
    count = None if plan.planned is None else plan.lane_planned(lane, plan.planned)
    schedule, a_lane = _simulation_schedule(plan), plan.lanes * plan.time_scale
    whole_visits = are_visits_whole(plan)
    block_s = math.inf if whole_visits else WINDOW_S
    source = SimulatedLane(
        tables,
        run=plan.run,
        lane=lane,
        lanes=plan.lanes,
        seed=seed,
        start_ms=plan.start_ms,
        due=_lane_schedule(plan, lane).due,
        rate=_rate_at_start(plan) / a_lane,
        count=count,
        mean_rate=schedule.mean / a_lane,
        layout=layout,
        block_s=block_s if plan.unpaced else BLOCK_S,
        disorder=lane_disorder(plan, seed, lane, count),
        time_scale=plan.time_scale,
        whole_visits=whole_visits,
    )
    if first:
        source.skip_to(first)
    return source


def lane_disorder(plan: Plan, seed: int, lane: int, count: int | None) -> LaneDisorder | None:
    """What is planted in a lane of `count` events, if anything."""
    return (
        None
        if plan.disorder is None
        else LaneDisorder(plan.disorder, run=plan.run, seed=seed, lane=lane, count=count)
    )


def simulated_lanes(folder: RunFolder, plan: Plan) -> Callable[[int], LaneSource]:
    """Opens lanes of a simulated run at their first events, as the run itself did."""
    tables, layout = _tables_and_layout(folder, plan)
    return lambda lane: open_simulated(tables, layout, lane, 0, plan)
