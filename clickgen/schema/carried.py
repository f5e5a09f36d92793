"""Where the events of a schema carry what analytics count and group by, as columns of a table of such events.

A column is a path: names with dots for nesting, `data[]` for the first element of an array, `params[key].kind` for
one of GA4's parameters.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clickgen.schema.facts import Vocabulary
from clickgen.schema.facts_by_name import FACTS
from clickgen.schema.json_text import SpreadText, Value

ADDED_ID = "clickgen_id"  # the field of the id if a schema has none
Template = Callable[[Vocabulary], dict[str, object]]
_FIRST = "[]"  # the step to the first element of an array


class TimeForm(StrEnum):
    """The form of a time: text with its zone, text in UTC without one, or a count since 1970."""

    ISO = "iso"
    NAIVE = "naive"
    SECONDS = "s"
    MILLISECONDS = "ms"
    MICROSECONDS = "µs"


@dataclass(frozen=True, slots=True)
class TimeColumn:
    """The column of the time, and its form."""

    path: str
    form: TimeForm


@dataclass(frozen=True, slots=True)
class NamedValues:
    """A column whose values are those of the fact of this name."""

    path: str
    fact: str


def _nothing(_: Vocabulary) -> dict[str, object]:
    return {}


@dataclass(frozen=True, slots=True)
class Carried:
    """Where the events of a schema carry what analytics count and group by; None or empty if they do not."""

    event_id: str | None = None
    time: TimeColumn | None = None
    visitor: str | None = None
    numbered: bool = False  # visitors are told apart by numbers, of which a few are shared
    session: tuple[str, ...] = ()  # all these columns together tell sessions apart
    order: str | None = None
    revenue: str | None = None  # what was paid, if there is an order
    names: Mapping[str, str | NamedValues] = field(default_factory=dict)
    """Columns by the names that people know them under; one without a fact says what the template says there."""
    template: Template = _nothing  # an event as JSON, with facts in their places; empty if events are text

    def column(self, name: str, vocabulary: Vocabulary) -> "CarriedColumn | None":
        """The column with this name or path, or None if there is none."""
        known = self.names.get(name, name)
        if isinstance(known, NamedValues):
            value = FACTS[known.fact].value
            return CarriedColumn(known.path, value) if isinstance(value, Value) else None
        found = _at(self.template(vocabulary), known.replace("[]", f".{_FIRST}").split("."), vocabulary)
        return None if found is None else CarriedColumn(known, found)


@dataclass(frozen=True, slots=True, eq=False)
class CarriedColumn:
    """A column with few values: where it is, and the value that events have there."""

    path: str
    value: Value[Any]


def _at(template: object, steps: list[str], vocabulary: Vocabulary) -> Value[Any] | None:
    """The value at the end of these steps into a template, if words of a source determine it."""
    if isinstance(template, Value):
        return _within(template, steps) if steps else template
    if not steps or not isinstance(template, Mapping | list):
        return None
    name, rest = steps[0], steps[1:]
    if isinstance(template, list):
        return _at(template[0], rest, vocabulary) if name == _FIRST else None
    if name in template and not isinstance(template[name], SpreadText):
        return _at(template[name], rest, vocabulary)
    spreads = (member for member in template.values() if isinstance(member, SpreadText))
    holding = (spread for spread in spreads if any(name in spread.of(w) for w in spread.source.words(vocabulary)))
    return next((_within(spread, steps) for spread in holding), None)


def _within(value: Value[Any] | SpreadText[Any], steps: list[str]) -> Value[Any]:
    """The value at the end of these steps into a value that is an object."""

    def inside(word: object) -> object:
        found: object = value.of(word)
        for step in steps:
            found = found.get(step) if isinstance(found, Mapping) else None
        return found

    return Value(value.source, inside)
