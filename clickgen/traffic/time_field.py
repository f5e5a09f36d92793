"""Finding the field, or the two fields, that say when recorded events happened."""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickgen.model.errors import UsageProblem
from clickgen.traffic.event_time import JOINED, TimeReader, unix_time, value_at
from clickgen.traffic.time_names import order, rank, sounds_like_time
from clickgen.traffic.time_text import Reading, is_day, is_time_of_day, read_moment

_DEPTH = 3  # objects within objects that are looked into
_FIELDS_SHOWN = 30
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class TimeField:
    """The field that a replay takes times from."""

    name: str | None  # dots for nesting, two joined by ` + `, or None if no field was found
    seen: int  # how many of the first events have a time in it
    of: int  # how many were looked at
    day_first: bool = False  # whether 1/2/2010 is the first of February
    days_only: bool = False  # whether it holds nothing finer than days
    fields: tuple[str, ...] = ()  # what the events have, if no field was found


def find_time_field(events: Sequence[dict[str, Any]], given: str | None = None) -> TimeField:
    """The field to take times from, by the first events of a recording.

    given: the user's choice, which must hold a time in one of them; else UsageProblem. Otherwise the best of all
    fields that hold a time in at least half of the events: finer than days before days, common names before
    others, a date and a time of day joined before a date alone. Then a common name that holds one in fewer.
    """
    day_first = _day_first(events, given)
    if given is not None:
        reader = TimeReader(given, day_first=day_first)
        seen = sum(reader.read_own(event) is not None for event in events)
        if seen == 0 and events:
            raise _no_time(events, given)
        return TimeField(given, seen, len(events), day_first)
    held = dict(_held(events))
    counts = Counter({name: _times(name, values, day_first) for name, values in held.items()})
    counts += Counter()  # without those that hold none
    frequent = [name for name, seen in counts.items() if 2 * seen >= len(events)]
    best = min(
        frequent, key=lambda name: (_days_only(held[name]), order(name), not sounds_like_time(name)), default=None
    )
    if best is None or _days_only(held[best]):
        joined = _joined(events, held, best)
        if joined is not None:
            return TimeField(joined, _seen(joined, events, day_first), len(events), day_first)
    if best is None:
        known = [name for name in counts if rank(name.rpartition(".")[2]) is not None]
        best = min(known, key=lambda name: (-counts[name], order(name)), default=None)
    if best is None:
        return TimeField(None, 0, len(events), fields=tuple(held)[:_FIELDS_SHOWN])
    return TimeField(best, counts[best], len(events), day_first, _days_only(held[best]))


def _held(events: Sequence[dict[str, Any]]) -> Iterator[tuple[str, list[object]]]:
    """Every field with its values, by its path; objects in objects are looked into."""
    found: dict[str, list[object]] = {}
    for event in events:
        for name, value in leaves(event):
            found.setdefault(name, []).append(value)
    return iter(found.items())


def leaves(event: Mapping[str, Any], before: str = "", depth: int = _DEPTH) -> Iterator[tuple[str, object]]:
    """The fields of an event with dots for nesting, and their values; lists are not looked into."""
    for name, value in event.items():
        if isinstance(value, dict) and depth > 1:
            yield from leaves(value, f"{before}{name}.", depth - 1)
        else:
            yield before + name, value


def _times(name: str, values: Sequence[object], day_first: bool) -> int:
    """How many of the values are times; under a name that suggests none, only dates with a time of day in text."""
    reading = Reading(day_first=day_first)
    if sounds_like_time(name):
        return sum(unix_time(value, reading) is not None for value in values)
    found = (read_moment(value, reading) for value in values if isinstance(value, str) and ":" in value)
    return sum(moment is not None and "H" in moment.parts for moment in found)


def _seen(name: str, events: Sequence[dict[str, Any]], day_first: bool) -> int:
    reader = TimeReader(name, day_first=day_first)
    return sum(reader.read_own(event) is not None for event in events)


def _days_only(values: Sequence[object]) -> bool:
    """Whether values name days, in text or as midnights, and nothing finer; one alone may be a midnight."""
    times = [value for value in values if unix_time(value) is not None]
    if not times:
        return False
    if all(is_day(value) for value in times):
        return True
    return len(times) > 1 and all((unix_time(value) or 0.0) % _DAY_S == 0 for value in times)


def _joined(events: Sequence[dict[str, Any]], held: Mapping[str, Sequence[object]], day: str | None) -> str | None:
    """A field with a date and one with a time of day, if both are in most of the events."""
    often = {name: values for name, values in held.items() if 2 * len(values) >= len(events)}
    clocks = [name for name, values in often.items() if all(map(is_time_of_day, values))]
    days = [name for name, values in often.items() if all(map(is_day, values))]
    if day is not None and day in days:
        days = [day]
    if not clocks or not days:
        return None
    return min(days, key=order) + JOINED + min(clocks, key=order)


def _day_first(events: Sequence[dict[str, Any]], given: str | None) -> bool:
    """Whether a first number over 12 shows that 1/2/2010 is the first of February."""
    names = None if given is None else set(given.split(JOINED))
    for event in events:
        for name, value in leaves(event):
            if (names is None or name in names) and isinstance(value, str) and "/" in value[:3]:
                head = value.partition("/")[0]
                if head.isdecimal() and int(head) > 12 and read_moment(value, Reading(day_first=True)):
                    return True
    return False


def _no_time(events: Iterable[dict[str, Any]], given: str) -> UsageProblem:
    names = given.split(JOINED)
    values = [
        [value_at(event, name, name.split(".")) for name in names]
        for event in events
        if all(value_at(event, name, name.split(".")) is not None for name in names)
    ]
    if values:
        shown = " ".join(map(str, values[0]))[:60]
        return UsageProblem(
            f"--time-field {given}: {shown!r} is not a time between 1990 and 2100",
            "name a field with ISO 8601 or epoch times, or a date and a time of day as 'Date + Time', or "
            "give --rate to ignore the recorded times",
        )
    fields = list(dict.fromkeys(name for event in events for name, _ in leaves(event)))
    missing = next((name for name in names if name not in fields), given)
    close = difflib.get_close_matches(missing, fields, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    hint += f"fields seen: {', '.join(fields[:_FIELDS_SHOWN])}"
    return UsageProblem(f"no event has the field {missing} (--time-field)", hint)
