"""Folding events into what a report says of their fields: counted by shape, so that an event costs little."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from clickgen.model.event_id import EventId
from clickgen.verify.inspections.shape.kinds import NULL, Shape, objects_in, shape_of
from clickgen.verify.inspections.shape.planted_departures import PlantedDepartures
from clickgen.verify.inspections.shape.promise import Departure, ShapePromise
from clickgen.verify.inspections.shape.report import FieldDrift, FieldShares, First

_MOST_SHAPES = 20_000  # kept at once; their counts stay when they go
_MOST_DRIFTS = 1_000
_MOST_FIELDS = 10_000
_ENOUGH_EVENTS = 100  # to say that a field is always null


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
        """An event of the run. What is returned of it, if anything, `depart` wants to hear of."""
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
        """Note how an event departs. event: its id, None where that cannot be read. first: where it stands."""
        for departure in departures:
            self._depart(departure, self._planted.explains(departure, event), first)

    def drifts(self) -> tuple[FieldDrift, ...]:
        """The departures: accidental ones first, then by their first event's landing."""
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
        """Add up the fields of the shapes that are kept, and forget those."""
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
