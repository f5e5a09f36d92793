"""Counting events that are parsed objects: recorded ones, and items of a table."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from itertools import repeat
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from xxhash import xxh3_64_intdigest

from clickgen.expect.answers import Row, rows_of, tally_of
from clickgen.expect.dimensions import (
    MS_A_DAY,
    MS_A_MINUTE,
    MS_AN_HOUR,
    LocalClock,
    Word,
    day_text,
    minute_text,
)
from clickgen.expect.question import (
    DAY,
    HITS,
    HOUR,
    MINUTE,
    OF_STEPS,
    ORDERS,
    PARTS_OF_TIME,
    REVENUE,
    SESSIONS,
    USERS,
    Question,
    of_step,
)
from clickgen.model.errors import UsageProblem
from clickgen.model.plan import Plan
from clickgen.profile.tables import Tables
from clickgen.schema.registry import carried_by
from clickgen.traffic.event_time import TimeReader
from clickgen.traffic.simulation import vocabulary_of
from clickgen.traffic.time_field import leaves

Event = dict[str, Any]
Fields = Mapping[str, str]
"""Where events have things (dots for nesting), by their names: those below, and dimensions."""

VISITOR, SESSION, ORDER, AMOUNT, EVENT_TYPE, TIME = "visitor", "session", "order", "revenue", "event_type", "time"
_IDS = {USERS: VISITOR, SESSIONS: SESSION, ORDERS: ORDER}
_NOTHING = (None, "")
_PARTS: Mapping[str, Callable[[NDArray[np.int64]], Iterable[Word]]] = {  # of local times in ms
    DAY: lambda local: map(day_text, (local // MS_A_DAY).tolist()),
    HOUR: lambda local: (local % MS_A_DAY // MS_AN_HOUR).tolist(),
    MINUTE: lambda local: map(minute_text, (local // MS_A_MINUTE).tolist()),
}


class ParsedEvents:
    """Counts events by the dimensions of a question. What is counted follows from the fields.

    A dimension that is not among the fields is itself a path. An amount counts if the event has an order, or
    always if the fields say nothing of orders.
    """

    def __init__(self, question: Question, fields: Fields, time_field: str | None) -> None:
        """time_field: where their time is, unless the fields say so; None if it has a name that times have.

        Raises UsageProblem if the steps of a funnel cannot be recognised.
        """
        if question.funnel or question.steps:
            _check_steps(question, fields)
        self._by, self._steps, self._fields = question.by, question.steps, fields
        self._clock = LocalClock(question.zone)
        self._time = TimeReader(fields.get(TIME, time_field)).read
        self._numbers: dict[tuple[Word, ...], int] = {}
        self._unseen = {name for name in question.by if name in fields or name not in PARTS_OF_TIME}
        self.fields: dict[str, None] = {}  # the first events' fields, in their order
        self._ids = [what for what, field in _IDS.items() if field in fields]
        steps = [of_step(step, what) for step in question.steps for what in OF_STEPS if what in self._ids]
        self.measures = (HITS, *self._ids, *([REVENUE] if AMOUNT in fields else []), *steps)
        self._tally = tally_of(self.measures)

    def rows(self) -> list[Row]:
        return rows_of(list(self._numbers), self._tally, self.measures, self._by)

    def absent(self) -> str | None:
        """A field of `--by` that no event had, or None if each was in some event, were it null everywhere."""
        missing = (self._fields.get(name, name) for name in self._by if name in self._unseen)
        return next((field for field in missing if field not in self.fields), None)

    def take(self, events: Sequence[Event]) -> None:
        if not self.fields:
            self.fields = dict.fromkeys(name for event in events for name, _ in leaves(event))
        groups = self._groups(events)
        self._tally.add(HITS, groups)
        if AMOUNT in self._fields:
            self._tally.add(REVENUE, groups, self._cents(events))
        types = np.array([_word(value) for value in self._values(EVENT_TYPE, events)], dtype=object)
        for what in self._ids:
            values = self._values(_IDS[what], events)
            given = np.array([row for row, value in enumerate(values) if value not in _NOTHING], dtype=np.int64)
            ids = np.array(
                [xxh3_64_intdigest(str(values[row]).encode()) for row in given.tolist()], dtype=np.uint64
            )
            self._tally.note(what, groups.take(given), ids)
            for step in self._steps:
                there = np.equal(types.take(given), step)
                self._tally.note(of_step(step, what), groups.take(given)[there], ids[there])

    def _cents(self, events: Sequence[Event]) -> NDArray[np.int64]:
        """Amounts in cents; 0 for what is not an amount."""
        found = np.zeros(len(events), dtype=np.int64)
        orders = self._values(ORDER, events) if ORDER in self._fields else repeat(True)
        for row, (value, order) in enumerate(zip(self._values(AMOUNT, events), orders, strict=False)):
            if value is not None and order not in _NOTHING:
                with suppress(InvalidOperation, OverflowError, ValueError):
                    found[row] = int(round(Decimal(str(value)), 2).scaleb(2))
        return found

    def _groups(self, events: Sequence[Event]) -> NDArray[np.int64]:
        numbers = self._numbers
        columns = [self._words(name, events) for name in self._by]
        words: Iterable[tuple[Word, ...]] = zip(*columns, strict=True) if columns else repeat((), len(events))
        found = [numbers.setdefault(group, len(numbers)) for group in words]
        return np.array(found, dtype=np.int64)

    def _words(self, name: str, events: Sequence[Event]) -> list[Word]:
        if name in self._fields or name not in PARTS_OF_TIME:
            words = [_word(value) for value in self._values(name, events)]
            if name in self._unseen and any(word is not None for word in words):
                self._unseen.discard(name)
            return words
        times = [self._time(event) for event in events]
        known = np.array([round(time * 1000) for time in times if time is not None], dtype=np.int64)
        local = self._clock.local_ms(known)
        found: Iterator[Word] = iter(_PARTS[name](local))
        return [None if time is None else next(found) for time in times]

    def _values(self, name: str, events: Sequence[Event]) -> list[object]:
        """What events have in the field of that name, or at that path."""
        path = self._fields.get(name, name)
        steps = path.split(".")
        return [event[path] if path in event else _inside(event, steps) for event in events]


def _check_steps(question: Question, fields: Fields) -> None:
    if not question.steps:
        raise UsageProblem(
            "a replay has no profile from which the steps of its funnel follow",
            "name them: --step EVENT_TYPE --step EVENT_TYPE",
        )
    if EVENT_TYPE not in fields:
        raise UsageProblem("it is not known where events have their type", f"give it: --field {EVENT_TYPE}=PATH")


def _inside(value: object, steps: Sequence[str]) -> object:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _word(value: object) -> Word:
    if isinstance(value, str | int | float | None):
        return value
    return orjson.dumps(value).decode()


def fields_of(plan: Plan, tables: Tables, question: Question) -> Fields:
    """Where a simulated run's events have what `ParsedEvents` counts.

    Raises UsageProblem for a dimension that the events do not carry, and for a funnel: the names of its steps
    depend on the schema.
    """
    if question.funnel or question.steps:
        raise UsageProblem(
            "a funnel cannot be counted here", "leave out --funnel and --step, or use an engine that knows SQL"
        )
    carried, vocabulary = carried_by(plan.event_schema), vocabulary_of(tables)
    found = {
        VISITOR: carried.visitor,
        SESSION: carried.session[0] if len(carried.session) == 1 else None,
        ORDER: carried.order,
        AMOUNT: carried.revenue,
        TIME: carried.time.path if carried.time is not None else None,
    }
    for name in question.by:
        column = None if name in PARTS_OF_TIME else carried.column(name, vocabulary)
        if column is None and (name not in PARTS_OF_TIME or carried.time is None):
            raise UsageProblem(f"events of this schema do not carry {name}", "leave it out of --by")
        if column is not None:
            found[name] = column.path
    inside_arrays = [name for name, path in found.items() if path is not None and "[" in path]
    if inside_arrays:
        raise UsageProblem(
            f"{inside_arrays[0]} is inside an array of the event, which cannot be read here",
            "compare where an engine that knows SQL reads the events",
        )
    return {name: path for name, path in found.items() if path is not None}
