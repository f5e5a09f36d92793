"""Opening the lanes of generated traffic, and what their events look like."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from clickgen.feed.lanes import lane_disorder, planned
from clickgen.feed.layouts import layout_for
from clickgen.ledger.folder import RunFolder
from clickgen.model.plan import Plan
from clickgen.pace.schedule import ConstantRate, LaneSchedule
from clickgen.profile.tables import Tables, load_tables
from clickgen.schema.encode import Layout
from clickgen.schema.registry import pieces_of
from clickgen.traffic.disorder.decisions import first_change
from clickgen.traffic.simulation import SimulatedLane, vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane

_SAMPLE = 200  # events whose bytes are counted


class ExpectedAmount(NamedTuple):
    """About how much a run will make: its traffic varies by chance around it."""

    events: float
    sessions: float
    bytes: float  # of JSON lines


@dataclass(frozen=True, eq=False)
class Traffic:
    """What all lanes of a run share: its plan, the tables that it is drawn from, and the schema."""

    plan: Plan
    tables: Tables

    @cached_property
    def layout(self) -> Layout:
        """The layout of the schema, made when it is first needed: for a site of many pages it takes a second."""
        return layout_for(self.plan, self.tables)

    @classmethod
    def of(cls, folder: RunFolder, plan: Plan) -> "Traffic":
        """As the run's folder keeps it; EnvironmentProblem if it cannot be read."""
        return cls.drawn_from(plan, load_tables(folder.tables_file))

    @classmethod
    def drawn_from(cls, plan: Plan, tables: Tables) -> "Traffic":
        """From existing tables; UsageProblem if the schema does not fit the profile."""
        pieces_of(plan.event_schema, vocabulary_of(tables))
        return cls(plan, tables)

    def open_lane(self, lane: int, first: int) -> NaturalLane:
        """The lane's events from number `first` on."""
        plan, seed = self.plan, planned("seed", self.plan.seed)
        changes_at = first_change(plan.disorder)
        source = NaturalLane(
            self.tables,
            run=plan.run,
            lane=lane,
            lanes=plan.lanes,
            seed=seed,
            since_ms=plan.start_ms,
            until_ms=plan.start_ms + round(planned("duration", plan.duration_s) * 1000),
            rate=planned("rate", plan.rate) / plan.lanes,
            layout=self.layout,
            disorder=lane_disorder(plan, seed, lane, None),
            changes_at=math.inf if changes_at is None else changes_at,
        )
        source.skip_to(first)
        return source


def expected_amount(traffic: Traffic) -> ExpectedAmount:
    """About how much generated traffic amounts to; what an event has in bytes is seen from some that are made."""
    plan, tables = traffic.plan, traffic.tables
    seed, rate = planned("seed", plan.seed), _SAMPLE / 2.0
    due = LaneSchedule(ConstantRate(rate), 0, 1).due
    sample = SimulatedLane(
        tables,
        run=plan.run,
        lane=0,
        lanes=1,
        seed=seed,
        start_ms=plan.start_ms,
        due=due,
        rate=rate,
        count=_SAMPLE,
        layout=traffic.layout,
    )
    size = 0
    while (block := sample.next_block()) is not None:
        size += len(block.data)
    events = planned("rate", plan.rate) * planned("duration", plan.duration_s)
    return ExpectedAmount(events, events * 1e6 / tables.sessions.pages_e6, events * size / _SAMPLE)
