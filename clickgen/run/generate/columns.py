"""The columns of a schema, for formats that must know them before the first event."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from clickgen.model.errors import UsageProblem


@dataclass(frozen=True, slots=True)
class FileColumn:
    """A field of the events at their top level. plain: whether its value is a cell of CSV as it is."""

    name: str
    plain: bool


def columns_of(sample: bytes) -> tuple[FileColumn, ...]:
    """The columns of such events, in the order of their fields; UsageProblem if they are not JSON objects."""
    order: list[str] = []
    odd: set[str] = set()
    for event in _objects(sample.splitlines()):
        place = 0
        for name, value in event.items():
            if name not in order:
                order.insert(place, name)
            place = order.index(name) + 1
            if isinstance(value, bool | dict | list):
                odd.add(name)
    return tuple(FileColumn(name, name not in odd) for name in order)


def _objects(lines: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            event = None
        if not isinstance(event, dict):
            raise UsageProblem(
                "events of this schema are not JSON objects, so they have no columns",
                "write them with --format jsonl, a line each",
            )
        yield event


def cell_of(value: Any) -> Any:
    """A value of a column that is not plain, as a cell: JSON, since CSV knows neither truth nor nesting."""
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, dict | list):
        return orjson.dumps(value).decode()
    return value
