"""Dimensions: what events are grouped by, as a small number for each event and the word that it stands for."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clickgen.expect.question import DAY, HOUR, MINUTE, PARTS_OF_TIME, zone_of
from clickgen.model.errors import UsageProblem
from clickgen.model.mistakes import did_you_mean
from clickgen.schema.carried import Carried
from clickgen.schema.facts import Facts, Vocabulary
from clickgen.schema.facts_by_name import FACTS
from clickgen.schema.json_text import Value

Word = str | int | float | bool | None

MS_A_DAY, MS_AN_HOUR, MS_A_MINUTE = 86_400_000, 3_600_000, 60_000
_MS_A_QUARTER = 900_000  # the offsets of time zones from UTC change at whole quarters of an hour, at the finest
_DAYS = 1 << 17  # from 1970 to 2328, beyond what event times can be
_MINUTES_A_DAY = MS_A_DAY // MS_A_MINUTE
_MOST_KEYS = 1 << 62


class Dimension(Protocol):
    """Something that events are grouped by."""

    @property
    def size(self) -> int:
        """All numbers are below this."""

    def numbers(self, facts: Facts) -> NDArray[np.int64]:
        """The number of each event."""

    def word(self, number: int) -> Word:
        """What a number stands for."""


class LocalClock:
    """What the clocks of a time zone show."""

    def __init__(self, zone: str) -> None:
        self._zone = None if zone == "UTC" else zone_of(zone)

    def local_ms(self, time_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Unix times in ms, moved by the zone's offset at that time."""
        if self._zone is None or not len(time_ms):
            return time_ms
        quarters = time_ms // _MS_A_QUARTER
        known, place = np.unique(quarters, return_inverse=True)
        offsets = np.array([self._offset_ms(quarter) for quarter in known.tolist()], dtype=np.int64)
        return time_ms + offsets.take(place)

    def _offset_ms(self, quarter: int) -> int:
        moment = datetime.fromtimestamp(quarter * _MS_A_QUARTER / 1000, UTC).astimezone(self._zone)
        return round((moment.utcoffset() or timedelta()).total_seconds() * 1000)


@dataclass(frozen=True, slots=True)
class PartOfTime:
    """A part of the local time of each event."""

    clock: LocalClock
    size: int
    part: Callable[[NDArray[np.int64]], NDArray[np.int64]]  # of local times in ms
    word: Callable[[int], Word]

    def numbers(self, facts: Facts) -> NDArray[np.int64]:
        return self.part(self.clock.local_ms(facts.time_ms))


class Words:
    """A value that depends on the words of one of the schema's sources."""

    def __init__(self, name: str, value: Value[Any], vocabulary: Vocabulary) -> None:
        values = [_single(name, value.of(word)) for word in value.source.words(vocabulary)]
        self._words: list[Word] = list(dict.fromkeys(values))
        number_of = {word: number for number, word in enumerate(self._words)}
        self._number = np.array([number_of[found] for found in values], dtype=np.int64)
        self._source_numbers: Callable[[Facts], NDArray[np.int64]] = value.source.numbers(vocabulary)
        self.size = len(self._words)

    def numbers(self, facts: Facts) -> NDArray[np.int64]:
        return self._number.take(self._source_numbers(facts))

    def word(self, number: int) -> Word:
        return self._words[number]


class GroupKey:
    """Several dimensions as one number for each event."""

    def __init__(self, dimensions: list[Dimension]) -> None:
        """Raises UsageProblem if they have more combinations than numbers can tell apart."""
        self._dimensions = dimensions
        combinations = 1
        for dimension in dimensions:
            combinations *= dimension.size
        if combinations > _MOST_KEYS:
            raise UsageProblem("--by has too many dimensions at once", "ask for fewer of them at a time")

    def numbers(self, facts: Facts) -> NDArray[np.int64]:
        keys = np.zeros(len(facts), dtype=np.int64)
        for dimension in self._dimensions:
            keys = keys * dimension.size + dimension.numbers(facts)
        return keys

    def words(self, key: int) -> tuple[Word, ...]:
        """What the combination consists of, one word a dimension."""
        words: list[Word] = []
        for dimension in reversed(self._dimensions):
            key, number = divmod(key, dimension.size)
            words.append(dimension.word(number))
        return tuple(reversed(words))


def day_text(days: int) -> str:
    """A day, counted from 1970, in ISO 8601: 2026-11-21."""
    return date.fromordinal(days + date(1970, 1, 1).toordinal()).isoformat()


def minute_text(minutes: int) -> str:
    """A minute, counted from 1970, in ISO 8601: 2026-11-21T14:05."""
    days, minute = divmod(minutes, _MINUTES_A_DAY)
    return f"{day_text(days)}T{minute // 60:02d}:{minute % 60:02d}"


def dimension_named(name: str, carried: Carried, vocabulary: Vocabulary, clock: LocalClock) -> Dimension:
    """The dimension of this name: a part of the time, a column of the events, else a fact.

    A column comes first, so that a page is what the table's column `page` says. Raises UsageProblem if there is
    none of that name.
    """
    if name == DAY:
        return PartOfTime(clock, _DAYS, lambda local_ms: local_ms // MS_A_DAY, day_text)
    if name == HOUR:
        return PartOfTime(clock, 24, lambda local_ms: local_ms % MS_A_DAY // MS_AN_HOUR, lambda hour: hour)
    if name == MINUTE:
        return PartOfTime(clock, _DAYS * _MINUTES_A_DAY, lambda local_ms: local_ms // MS_A_MINUTE, minute_text)
    column = carried.column(name, vocabulary)
    if column is not None:
        return Words(name, column.value, vocabulary)
    fact = FACTS.get(name)
    if fact is not None and isinstance(fact.value, Value):
        return Words(name, fact.value, vocabulary)
    if fact is not None:
        raise UsageProblem(f"{name} is different for nearly every event", _hint(carried))
    raise UsageProblem(
        f"there is no dimension {name!r}{did_you_mean(name, dimension_names(carried))}", _hint(carried)
    )


def dimension_names(carried: Carried) -> list[str]:
    """The names that any run of a schema knows."""
    facts = [name for name, fact in FACTS.items() if isinstance(fact.value, Value)]
    return list(dict.fromkeys([*PARTS_OF_TIME, *carried.names, *facts]))


def _single(name: str, value: object) -> Word:
    if isinstance(value, str | int | float | None):
        return value
    raise UsageProblem(f"{name} is more than one value", "name one of the fields inside it, as in a.b")


def _hint(carried: Carried) -> str:
    return f"there are: {', '.join(dimension_names(carried))}, and the paths of the events' fields"
