"""What a look at the fields found: departures from the schema, where each was first seen, and shares of nulls."""

from dataclasses import asdict, dataclass, field
from typing import Any

from clickgen.verify.inspections.shape.promise import Departure


@dataclass(frozen=True, slots=True)
class First:
    """The first event that departs: its object, when that landed (Unix time in ms), and its id as it stands."""

    object: str
    landed_ms: int
    id: str | None

    @property
    def order(self) -> tuple[int, str]:
        """By landing."""
        return self.landed_ms, self.object


@dataclass(slots=True)
class FieldDrift:
    """One way in which events depart from the schema. promised: the kinds, in words. planted: on purpose."""

    departure: Departure
    promised: str
    planted: bool
    first: First
    count: int = 0

    def to_json(self) -> dict[str, Any]:
        """As --json has it."""
        path, what, kind = self.departure
        return {
            "field": path,
            "what": what,
            "promised": self.promised or None,
            "found": kind or None,
            "planted": self.planted,
            "events": self.count,
            "first": asdict(self.first),
        }


@dataclass(frozen=True, slots=True)
class FieldShares:
    """A field as landed: in which share of its objects it stands, and in which share of those it is null.

    always_null: it never has a value, though it was promised one.
    """

    present: float
    null: float
    always_null: bool


@dataclass(frozen=True, slots=True)
class ShapeReport:
    """What was found in a place.

    learned_from: "the schema", "the recording" or "the first objects". events: of the run. others: JSON objects
    without an id of the run. bad: pieces that are no JSON object. unread: objects that could not be read. more:
    further departures that were not kept apart.
    """

    run: str
    place: str
    learned_from: str
    objects: int
    events: int
    others: int
    bad: int
    unread: int
    drifts: tuple[FieldDrift, ...]
    more: int = 0
    fields: dict[str, FieldShares] = field(default_factory=dict)

    @property
    def accidental(self) -> list[FieldDrift]:
        """The departures that nobody planted."""
        return [drift for drift in self.drifts if not drift.planted]

    @property
    def holds(self) -> bool:
        """Whether what was read keeps the promise, but for what was planted."""
        return not self.accidental and not self.more

    @property
    def complete(self) -> bool:
        """Whether there was something to judge, and all of it could be read."""
        return self.events > 0 and not self.unread

    def to_json(self) -> dict[str, Any]:
        """The document that --json prints."""
        return {
            "run": self.run,
            "place": self.place,
            "holds": self.holds,
            "complete": self.complete,
            "learned_from": self.learned_from,
            "objects": self.objects,
            "unread": self.unread,
            "events": self.events,
            "others": self.others,
            "bad": self.bad,
            "drift": [drift.to_json() for drift in self.drifts],
            "more": self.more,
            "fields": {path: asdict(shares) for path, shares in self.fields.items()},
        }
