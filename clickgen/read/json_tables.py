"""The fast way to a few members of JSON with one object a line: nothing is made of the others."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from operator import attrgetter
from typing import Annotated, Any

import numpy as np

from clickgen.read.by_lines import Lines, by_lines
from clickgen.read.json_lines import LineDecoder
from clickgen.read.json_value import value_of
from clickgen.read.objects import JsonScanner
from clickgen.read.pieces import Fault, Piece
from clickgen.read.unwrap import Unwrapper

_INTS = -(2**63), 2**63 - 1  # integers beyond some size are floats where JSON is read with care
_Shape = dict[str, Any]  # of an object, by the names of its members: None for what is wanted, or a shape


class JsonTable:
    """Some lines of JSON, and of each event a struct of the members that are wanted."""

    def __init__(
        self, lines: Lines, structs: list[Any], columns: dict[str, Sequence[Any]], each: str | None
    ) -> None:
        """structs: of the lines. each: their member with a list of events, if the lines are not events."""
        self._lines, self._columns, self._each = lines, columns, each
        self._ends = None if each is None else np.cumsum([len(struct.each) for struct in structs])
        self.line_count = len(structs)
        self.count = len(structs) if self._ends is None else int(self._ends[-1])

    def column(self, name: str) -> Sequence[Any]:
        """What each event has in this field."""
        return self._columns[name]

    def event(self, row: int) -> dict[str, Any]:
        """One event with all its fields."""
        if self._ends is None:
            return self._object(row)
        line = int(np.searchsorted(self._ends, row, side="right"))
        begin = int(self._ends[line - 1]) if line else 0
        inner: dict[str, Any] = self._object(line)[self._each or ""][row - begin]
        return inner

    def _object(self, line: int) -> dict[str, Any]:
        data, newlines = self._lines
        found: dict[str, Any] = value_of(data[newlines[line - 1] + 1 if line else 0 : newlines[line]])
        return found


def read_json_tables(
    chunks: Iterable[bytes | Fault], names: Sequence[str], each: str | None, *, array: bool = False
) -> Iterator[JsonTable | list[Piece]]:
    """Tables of these fields as far as each line is an object without anything odd in them, else pieces.

    names: with dots for nesting. each: where objects have a list of events, if they are not events themselves.
    array: as of JsonScanner.
    """
    table = TableMaker(names, each).table
    if array:
        groups = by_lines(chunks, JsonScanner(array=True), lambda data: table(data.replace(b"},\n", b"}\n")))
    else:
        groups = by_lines(chunks, JsonScanner(), table)
    if each is None:
        return groups
    unwrap = Unwrapper(each).unwrap
    return (unwrap(group) if isinstance(group, list) else group for group in groups)


class TableMaker:
    """Makes tables of lines of JSON."""

    def __init__(self, names: Sequence[str], each: str | None) -> None:
        self._names, self._each = names, each
        shape = _shape_of(names)
        self._decoder: LineDecoder | None = None
        if shape is not None and (each is None or "." not in each):
            event, self._places = _struct(shape)
            self._decoder = LineDecoder(event if each is None else _list_of(event, each))

    def table(self, data: bytes) -> JsonTable | None:
        """The lines as a table; None if one of them may need more care."""
        found = None if self._decoder is None else self._decoder.decode(data)
        if found is None:
            return None
        lines, structs = found
        events = structs
        if self._each is not None:
            if not all(struct.each for struct in structs):
                return None
            events = list(chain.from_iterable(struct.each for struct in structs))
        return JsonTable(lines, structs, self._columns(events), self._each)

    def _columns(self, events: list[Any]) -> dict[str, Sequence[Any]]:
        """Each event's member of every name or, if it has none or null, what is at that path."""
        held = dict(zip(self._places, self._values(events), strict=True))
        columns = {}
        for name in self._names:
            column = held[tuple(name.split("."))]
            named = held[name,]
            if named is not column and named.count(None) < len(named):
                column = [at_path if own is None else own for own, at_path in zip(named, column, strict=True)]
            columns[name] = column
        return columns

    def _values(self, events: list[Any]) -> list[Sequence[Any]]:
        places = list(self._places.values())
        if len(places) > 1:
            with suppress(AttributeError):  # null in place of an object
                return list(zip(*map(attrgetter(*places), events), strict=True))
        return [[_walk(event, place) for event in events] for place in places]


def _walk(value: Any, place: str) -> Any:
    for step in place.split("."):
        value = getattr(value, step, None)
    return value


def _shape_of(names: Iterable[str]) -> _Shape | None:
    """An object with all of these fields; None if one would have to be a list, or an object and a value."""
    shape: _Shape = {}
    for name in names:
        *above, last = name.split(".")
        if any(step.isdecimal() for step in (*above, last)):
            return None
        inside = shape
        for step in above:
            inside = inside.setdefault(step, {})
            if inside is None:
                return None
        if inside.setdefault(last, None) is not None or shape.setdefault(name, None) is not None:
            return None
    return shape


def _struct(shape: _Shape) -> tuple[Any, dict[tuple[str, ...], str]]:
    """A type of such objects, and where it has which member: by the member's path, the attributes."""
    import msgspec  # noqa: PLC0415  # 10 ms that few runs have a use for

    plain = str | Annotated[int, msgspec.Meta(ge=_INTS[0], le=_INTS[1])] | float | bool | None
    fields: list[Any] = []
    rename: dict[str, str] = {}
    places: dict[tuple[str, ...], str] = {}
    for number, (name, inside) in enumerate(shape.items()):
        attribute = f"m{number}"
        rename[attribute] = name
        if inside is None:
            fields.append((attribute, plain, None))
            places[name,] = attribute
        else:
            inner, below = _struct(inside)
            fields.append((attribute, inner | None, inner()))
            places |= {(name, *path): f"{attribute}.{place}" for path, place in below.items()}
    return msgspec.defstruct("Event", fields, rename=rename, frozen=True, gc=False), places


def _list_of(event: Any, each: str) -> Any:
    """The type of an object that has a list of events."""
    import msgspec  # noqa: PLC0415  # as above

    return msgspec.defstruct("Envelope", [("each", list[event])], rename={"each": each}, frozen=True, gc=False)
