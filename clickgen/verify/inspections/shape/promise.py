"""What events promise of their fields, learned from events as they were sent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from clickgen.verify.inspections.shape.kinds import NULL, Shape, objects_in, shape_of


class Departure(NamedTuple):
    """How an event departs from the promise. what: "missing", "added" or "type"; kind: the kind that was found."""

    path: str
    what: str
    kind: str = ""


@dataclass(slots=True)
class FieldPromise:
    """A field: the kinds that it may have, and whether every object that it belongs to has it."""

    kinds: set[str] = field(default_factory=set)
    always: bool = True
    seen: int = 0  # in distinct shapes

    def takes(self, kind: str) -> bool:
        """Whether a value of this kind is as promised; a whole number may stand where any number may."""
        return kind in self.kinds or (kind == "integer" and "number" in self.kinds)

    @property
    def words(self) -> str:
        """The kinds, for people."""
        return " or ".join(sorted(self.kinds, key=lambda kind: (kind == NULL, kind)))


class ShapePromise:
    """The fields of all objects in an event. A shape that the promise was learned from departs nowhere."""

    def __init__(self, events: Iterable[dict[str, Any]]) -> None:
        self.fields: dict[str, FieldPromise] = {}
        self._owned: dict[str, set[str]] = {}
        counts: dict[Shape, int] = {}
        for event in events:
            shape = shape_of(event)
            counts[shape] = counts.get(shape, 0) + 1
        self.events = sum(counts.values())
        owners: dict[str, int] = {}
        for shape in counts:
            for inner in objects_in(shape):
                owners[inner.path] = owners.get(inner.path, 0) + 1
                for path in {member.path for member in inner.members}:
                    self.fields.setdefault(path, FieldPromise()).seen += 1
                for member in inner.members:
                    self.fields[member.path].kinds.add(member.kind)
                    if not member.path.endswith("[]"):
                        self._owned.setdefault(inner.path, set()).add(member.path)
        for owner, paths in self._owned.items():
            for path in paths:
                self.fields[path].always = self.fields[path].seen == owners[owner]

    def departures(self, shape: Shape) -> Iterator[Departure]:
        """All that differs in an event of this shape; what is within an added field is not told again."""
        added: set[str] = set()
        for inner in objects_in(shape):
            if inner.path in added or any(inner.path.startswith((f"{path}.", f"{path}[")) for path in added):
                continue
            yield from self._missing(inner.path, {member.path for member in inner.members})
            for member in inner.members:
                promised = self.fields.get(member.path)
                if promised is None:
                    if not member.path.endswith("[]"):  # an array that was always empty says nothing of elements
                        yield Departure(member.path, "added", member.kind)
                    added.add(member.path)
                elif not promised.takes(member.kind):
                    yield Departure(member.path, "type", member.kind)
                    added.add(member.path)

    def _missing(self, owner: str, there: set[str]) -> Iterator[Departure]:
        for path in self._owned.get(owner, set()) - there:
            if self.fields[path].always:
                yield Departure(path, "missing")
