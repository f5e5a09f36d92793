"""The shape of a JSON object: its fields and their kinds, without their values."""

from collections.abc import Hashable, Iterator
from typing import Any, NamedTuple

Shape = Hashable
"""Of an object a tuple of (name, shape), of an array the set of its elements' shapes, of a value its kind."""

OBJECT, ARRAY, NULL = "object", "array", "null"
_KINDS: dict[type, str] = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): NULL}


class FieldValue(NamedTuple):
    """A field of an object. owner: the path of the object, "" for the event. path: the field's own."""

    owner: str
    path: str
    kind: str


class Inner(NamedTuple):
    """An object within an event, the event itself included: its path, and its members."""

    path: str
    members: list[FieldValue]


def shape_of(value: Any) -> Shape:
    """The shape of a parsed JSON value. Members in another order make another shape."""
    if type(value) is dict:
        return tuple([(name, _KINDS.get(type(inner)) or shape_of(inner)) for name, inner in value.items()])
    if type(value) is list:
        return frozenset([_KINDS.get(type(inner)) or shape_of(inner) for inner in value])
    return _KINDS[type(value)]


def objects_in(shape: Shape, path: str = "") -> Iterator[Inner]:
    """The object that a shape is of, and all within it; `items[]` are the elements of the array `items`."""
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
