"""What a generated run has planted among its events, counted from its plan, its ledger and what its lanes told."""

from collections.abc import Mapping

import numpy as np

from clickgen.ledger.claims import Claims
from clickgen.model.disorder import PlantedCounts
from clickgen.model.plan import Plan
from clickgen.traffic.disorder.decisions import Decisions

DRIFTED_FROM = "drifted_from"  # the fact of each lane's first event since a field changed, where there is one


def counted_as_planted(plan: Plan, claims: Claims, drifted_from: Mapping[str, int]) -> PlantedCounts | None:
    """How many of the stored events are treated how; None where nothing is planted.

    drifted_from: the fact of that name; when events of a natural rate happen only their traffic tells.
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
