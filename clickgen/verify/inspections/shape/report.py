"""What a look at the fields found: departures from the schema, where each was first seen, and shares of nulls."""

from dataclasses import asdict, dataclass, field
from typing import Any

from clickgen.verify.inspections.shape.promise import Departure


@dataclass(frozen=True, slots=True)
class First:
    """The first event that departs."""

    object: str
    landed_ms: int  # Unix time in milliseconds
    id: str | None  # as it is in the object

    @property
    def order(self) -> tuple[int, str]:
        return self.landed_ms, self.object


@dataclass(slots=True)
class FieldDrift:
    """One way in which events depart from the schema."""

    departure: Departure
    promised: str  # the kinds, in words
    planted: bool  # on purpose
    first: First
    count: int = 0

    def to_json(self) -> dict[str, Any]:
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
    """A field as landed."""

    present: float  # the share of its objects that have it
    null: float  # the share of those in which it is null
    always_null: bool  # it never has a value, though it was promised one


@dataclass(frozen=True, slots=True)
class ShapeReport:
    """What was found in a place."""

    run: str
    place: str
    learned_from: str  # "the schema", "the recording" or "the first objects"
    objects: int
    events: int  # of the run
    others: int  # JSON objects without an id of the run
    bad: int  # pieces that are not a JSON object
    unread: int  # objects that could not be read
    drifts: tuple[FieldDrift, ...]
    more: int = 0  # further departures, which are only counted
    fields: dict[str, FieldShares] = field(default_factory=dict)

    @property
    def accidental(self) -> list[FieldDrift]:
        """The departures that nobody planted."""
        return [drift for drift in self.drifts if not drift.planted]

    @property
    def holds(self) -> bool:
        """Whether what was read keeps the promise, apart from what was planted."""
        return not self.accidental and not self.more

    @property
    def complete(self) -> bool:
        """Whether there was something to judge, and all of it could be read."""
        return self.events > 0 and not self.unread

    def to_json(self) -> dict[str, Any]:
        document = asdict(self) | {"holds": self.holds, "complete": self.complete}
        del document["drifts"]
        return document | {"drift": [drift.to_json() for drift in self.drifts]}
