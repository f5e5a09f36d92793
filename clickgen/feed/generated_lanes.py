"""Opening the lanes of generated traffic, and what their events look like."""

import math
from dataclasses import dataclass
from functools import cached_property

from clickgen.feed.lanes import lane_disorder, planned
from clickgen.feed.layouts import layout_for
from clickgen.ledger.folder import RunFolder
from clickgen.model.plan import Plan
from clickgen.profile.tables import Tables, load_tables
from clickgen.schema.encode import Layout
from clickgen.schema.registry import pieces_of
from clickgen.traffic.disorder.decisions import first_change
from clickgen.traffic.simulation import vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane


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
