"""What a run has planted among its events, counted from its plan and its ledger."""

from collections.abc import Mapping

import numpy as np

from clickgen.feed.due_times import schedule_of
from clickgen.ledger.claims import Claims
from clickgen.model.disorder import PlantedCounts
from clickgen.model.plan import Plan
from clickgen.pace.schedule import LaneSchedule
from clickgen.traffic.disorder.decisions import Decisions, first_change, first_due

DRIFTED_FROM = "drifted_from"  # the fact with each lane's first event since a field changed, if one does


def planted_counts(plan: Plan, claims: Claims) -> PlantedCounts | None:
    """How many of the accepted events are treated how, or None if nothing is planted.

    None, too, for a generated run that has not noted where its events begin to drift.
    """
    if plan.command == "generate" and plan.disorder is not None:
        if plan.disorder.drift and DRIFTED_FROM not in claims.facts:
            return None
        return counted_as_planted(plan, claims, claims.facts.get(DRIFTED_FROM, {}))
    schedule = schedule_of(plan)
    if plan.disorder is None or plan.seed is None or schedule is None or plan.command != "send":
        return None
    changes_at = first_change(plan.disorder)
    counts = []
    for lane, claimed in claims.lanes.items():
        due = LaneSchedule(schedule, lane, plan.lanes).due
        count = None if plan.planned is None else plan.lane_planned(lane, plan.planned)
        decided = Decisions(plan.disorder, seed=plan.seed, lane=lane, count=count)
        counts.append(decided.count(claimed.accepted, None if changes_at is None else first_due(due, changes_at)))
    return PlantedCounts(*map(sum, zip(*counts, strict=True)))


def counted_as_planted(plan: Plan, claims: Claims, drifted_from: Mapping[str, int]) -> PlantedCounts | None:
    """How many of the stored events are treated how, or None if nothing is planted.

    drifted_from: the fact of that name; at a natural rate only the traffic itself shows when events happen.
    """
    if plan.disorder is None or plan.seed is None:
        return None
    counts = []
    for lane, claimed in claims.lanes.items():
        decided = Decisions(plan.disorder, seed=plan.seed, lane=lane, count=None)
        counted = decided.count(claimed.accepted, drifted_from.get(str(lane)))
        # neighbours change places; the last event of a lane may have none
        last = np.array([claimed.accepted.max()] if claimed.accepted else [], dtype=np.int64)
        alone = int((decided.swapped(last) & (last % 2 == 0)).sum())
        counts.append(counted._replace(reordered=counted.reordered - alone))
    return PlantedCounts(*map(sum, zip(*counts, strict=True)))
