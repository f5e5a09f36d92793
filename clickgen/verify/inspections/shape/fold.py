"""Folding events into what a report says of their fields: counted by shape, so that an event costs little.

Which departures from the schema the run planted itself is decided here too: drift from a second on, and wrong
types.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.model.event_id import EventId
from clickgen.model.plan import Plan
from clickgen.traffic.disorder.decisions import Decisions, first_due
from clickgen.verify.inspections.shape.promise import NULL, Departure, Shape, ShapePromise, objects_in, shape_of
from clickgen.verify.inspections.shape.report import FieldDrift, FieldShares, First

DueOf = Callable[[int], Callable[[NDArray[np.int64]], NDArray[np.float64]]]
_MOST_SHAPES = 20_000  # kept at once; their counts stay when they go
_MOST_DRIFTS = 1_000
_MOST_FIELDS = 10_000
_ENOUGH_EVENTS = 100  # to say that a field is always null


class PlantedDepartures:
    """Knows what a run's disorder does to the shape of its events; nothing where it has none."""

    def __init__(self, plan: Plan, due_of: DueOf | None) -> None:
        """due_of: gives, for a lane, the due times of its numbers in seconds since the start of the run.

        Without it, whatever fits a drift counts as planted, whenever it was sent.
        """
        self._plan, self._due_of = plan, due_of
        self._drifts = plan.disorder.drift if plan.disorder is not None else ()
        self._from: dict[tuple[int, float], int] = {}
        self._decisions: dict[int, Decisions] = {}

    def explains(self, departure: Departure, event: EventId | None) -> bool:
        """Whether the run did this to this event on purpose. event: None if its id cannot be read."""
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


@dataclass(slots=True)
class _Kept:
    """A shape's departures, and how many events have had it."""

    departures: tuple[Departure, ...]
    count: int = 0


class ShapeFold:
    """Takes events, in any order of their objects."""

    def __init__(self, promise: ShapePromise, planted: PlantedDepartures) -> None:
        self._promise, self._planted = promise, planted
        self._shapes: dict[Shape, _Kept] = {}
        self._drifts: dict[tuple[Departure, bool], FieldDrift] = {}
        self._objects: Counter[str] = Counter()
        self._present: Counter[str] = Counter()
        self._null: Counter[str] = Counter()
        self.events = self.more = 0

    def take(self, value: dict[str, Any]) -> tuple[Departure, ...]:
        """An event of the run. Its departures, if any, are to be passed on to `depart`."""
        self.events += 1
        shape = shape_of(value)
        kept = self._shapes.get(shape)
        if kept is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._give_shapes()
            kept = self._shapes[shape] = _Kept(tuple(self._promise.departures(shape)))
        kept.count += 1
        return kept.departures

    def depart(self, departures: tuple[Departure, ...], event: EventId | None, first: First) -> None:
        """Note how an event departs. event: its id, None if that cannot be read. first: where it is."""
        for departure in departures:
            self._depart(departure, self._planted.explains(departure, event), first)

    def drifts(self) -> tuple[FieldDrift, ...]:
        """The departures: accidental ones first, then by the landing of their first event."""
        return tuple(sorted(self._drifts.values(), key=lambda drift: (drift.planted, drift.first.order)))

    def shares(self) -> dict[str, FieldShares]:
        """The fields as landed, by path; not those within arrays."""
        self._give_shapes()
        shares = {}
        for path, present in sorted(self._present.items()):
            owner = self._objects[path.rpartition(".")[0]] or self.events
            null = self._null[path] / present
            promised = self._promise.fields.get(path)
            valued = promised is not None and bool(promised.kinds - {NULL})
            always_null = null == 1.0 and valued and present >= _ENOUGH_EVENTS
            shares[path] = FieldShares(round(present / owner, 6), round(null, 6), always_null)
        return shares

    def _depart(self, departure: Departure, planted: bool, first: First) -> None:
        drift = self._drifts.get((departure, planted))
        if drift is None:
            if len(self._drifts) >= _MOST_DRIFTS:
                self.more += not planted
                return
            promised = self._promise.fields.get(departure.path)
            words = "" if promised is None else promised.words
            drift = self._drifts[departure, planted] = FieldDrift(departure, words, planted, first)
        drift.count += 1
        if first.order < drift.first.order:
            drift.first = first

    def _give_shapes(self) -> None:
        """Add up the fields of the kept shapes, and forget those."""
        for shape, kept in self._shapes.items():
            for inner in objects_in(shape):
                if "[]" in inner.path or len(self._present) > _MOST_FIELDS:
                    continue
                self._objects[inner.path] += kept.count
                for member in inner.members:
                    if not member.path.endswith("[]"):
                        self._present[member.path] += kept.count
                        self._null[member.path] += kept.count * (member.kind == NULL)
        self._shapes.clear()
