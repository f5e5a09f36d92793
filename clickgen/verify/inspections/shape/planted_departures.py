"""Which departures from the schema a run planted itself: drift from a second on, and wrong types as damage."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import EventId
from clickgen.model.plan import Plan
from clickgen.traffic.disorder.decisions import Decisions, first_due
from clickgen.verify.inspections.shape.promise import Departure

DueOf = Callable[[int], Callable[[NDArray[np.int64]], NDArray[np.float64]]]


class PlantedDepartures:
    """Knows what a run's disorder does to the shape of its events; nothing where it has none."""

    def __init__(self, plan: Plan, due_of: DueOf | None) -> None:
        """due_of: gives, for a lane, the due times of its numbers in seconds since the start of the run.

        None where that is not known, so that whatever fits a drift counts as planted, whenever it was sent.
        """
        self._plan, self._due_of = plan, due_of
        self._drifts = plan.disorder.drift if plan.disorder is not None else ()
        self._from: dict[tuple[int, float], int] = {}
        self._decisions: dict[int, Decisions] = {}

    def explains(self, departure: Departure, event: EventId | None) -> bool:
        """Whether the run did this to this event on purpose. event: None where its id cannot be read."""
        if self._plan.disorder is None or event is None:
            return False
        for drift in self._drifts:
            name = departure.path.rpartition(".")[2]
            if drift.renamed is None:
                fits = name == drift.field and departure.what == "type"
            else:
                gone, come = departure.what == "missing", departure.what == "added"
                fits = (gone and name == drift.field) or (come and name == drift.renamed)
            if fits and event.number >= self._drifts_from(event.lane, drift.at_s):
                return True
        return departure.what == "type" and departure.kind == "string" and self._is_damaged(event)

    def _drifts_from(self, lane: int, at_s: float) -> int:
        if self._due_of is None:
            return 0
        if (lane, at_s) not in self._from:
            self._from[lane, at_s] = first_due(self._due_of(lane), at_s)
        return self._from[lane, at_s]

    def _is_damaged(self, event: EventId) -> bool:
        plan = self._plan
        if plan.disorder is None or not plan.disorder.malformed or plan.seed is None:
            return False
        if event.lane not in self._decisions:
            count = None if plan.planned is None else plan.lane_planned(event.lane, plan.planned)
            self._decisions[event.lane] = Decisions(plan.disorder, seed=plan.seed, lane=event.lane, count=count)
        return bool(self._decisions[event.lane].malformed(np.array([event.number]))[0])
