"""What a run has planted among its events, counted from its plan and its ledger."""

from clickgen.feed.generated_planted import DRIFTED_FROM, counted_as_planted
from clickgen.feed.lanes import schedule_of
from clickgen.ledger.claims import Claims
from clickgen.model.disorder import PlantedCounts
from clickgen.model.plan import Plan
from clickgen.pace.schedule import LaneSchedule
from clickgen.traffic.disorder.decisions import Decisions, first_change, first_due


def planted_counts(plan: Plan, claims: Claims) -> PlantedCounts | None:
    """How many of the accepted events are treated how; None where nothing is planted.

    None, too, of a generated run that has not noted from where on its events have drifted.
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
