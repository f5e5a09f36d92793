"""What events promise of their fields, learned from events as they were sent."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Shape = Hashable
"""Of an object a tuple of (name, shape), of an array the set of its elements' shapes, of a value its kind."""

OBJECT, ARRAY, NULL = "object", "array", "null"
KINDS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): NULL}


class FieldValue(NamedTuple):
    """A field of an object."""

    owner: str  # the path of the object, "" for the event
    path: str  # the field's own
    kind: str


class Inner(NamedTuple):
    """An object within an event, or the event itself: its path, and its members."""

    path: str
    members: list[FieldValue]


def shape_of(value: Any) -> Shape:
    """The shape of a parsed JSON value. Members in another order make another shape."""
    if type(value) is dict:
        return tuple([(name, KINDS.get(type(inner)) or shape_of(inner)) for name, inner in value.items()])
    if type(value) is list:
        return frozenset([KINDS.get(type(inner)) or shape_of(inner) for inner in value])
    return KINDS[type(value)]


def objects_in(shape: Shape, path: str = "") -> Iterator[Inner]:
    """The object that has this shape, and all within it; `items[]` are the elements of the array `items`."""
    if isinstance(shape, frozenset):
        for inner in shape:
            yield from objects_in(inner, f"{path}[]")
    elif isinstance(shape, tuple):
        members = [
            FieldValue(path, f"{path}.{name}" if path else str(name), _kind_of(inner)) for name, inner in shape
        ]
        yield Inner(path, [*members, *_elements(shape, path)])
        for (_, inner), member in zip(shape, members, strict=True):
            yield from objects_in(inner, member.path)


def _elements(shape: tuple[Any, ...], path: str) -> Iterator[FieldValue]:
    """The elements of an object's arrays, as members of it."""
    for name, inner in shape:
        if isinstance(inner, frozenset):
            array = f"{path}.{name}[]" if path else f"{name}[]"
            yield from (FieldValue(array, array, _kind_of(element)) for element in inner)


def _kind_of(shape: Shape) -> str:
    if isinstance(shape, tuple):
        return OBJECT
    return ARRAY if isinstance(shape, frozenset) else str(shape)


class Departure(NamedTuple):
    """How an event departs from the promise."""

    path: str
    what: str  # "missing", "added" or "type"
    kind: str = ""  # the kind that was found


@dataclass(slots=True)
class FieldPromise:
    """A field: the kinds that it may have, and whether every object that it belongs to has it."""

    kinds: set[str] = field(default_factory=set)
    always: bool = True
    seen: int = 0  # in distinct shapes

    def takes(self, kind: str) -> bool:
        """Whether a value of this kind is as promised; a whole number is also a number."""
        return kind in self.kinds or (kind == "integer" and "number" in self.kinds)

    @property
    def words(self) -> str:
        return " or ".join(sorted(self.kinds, key=lambda kind: (kind == NULL, kind)))


class ShapePromise:
    """The fields of all objects in an event. A shape that the promise was learned from has no departures."""

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
        """All that differs in an event of this shape; what is within an added field is not reported again."""
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
