"""When a recorded event happened: reading times as people write them, and finding the field that holds them."""

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from clickgen.model.errors import UsageProblem

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()

_EPOCH_UNITS = (1.0, 1e3, 1e6, 1e9)  # seconds, ms, µs, ns: between 1990 and 2100 their ranges do not meet
# fmt: off
_NAMES = (
    "event_time", "timestamp", "ts", "t", "time", "client_timestamp", "event_timestamp",
    "collector_tstamp", "derived_tstamp", "dvce_created_tstamp", "tstamp", "datetime", "time_ms",
    "ts_ms", "timestamp_ms", "event_time_ms", "event_time_msec", "original_timestamp",
    "client_time", "client_ts", "server_ts", "server_time", "server_timestamp", "sent_at",
    "created_at", "occurred_at", "received_at", "happened_at", "logged_at", "event_datetime",
    "event_date", "event_ts", "created_time", "request_time", "log_time", "txn_timestamp", "date",
    "created",
)
# fmt: on
_SPACE_BEFORE_ZONE = re.compile(r"(?<=\d) +(?=[+-]\d\d)")
_NOT_LETTERS = re.compile(r"[^a-z0-9]")
_RANKS = {_NOT_LETTERS.sub("", name): rank for rank, name in enumerate(_NAMES)}


@dataclass(frozen=True, slots=True)
class TimeField:
    """The field that a replay takes times from."""

    name: str | None  # dots for nesting; None if no field was found
    seen: int  # how many of the first events have a time in it
    of: int  # how many were looked at


def unix_time(value: object) -> float | None:
    """The Unix time in seconds that a value means, or None if it is not a time from 1990 to 2100.

    ISO 8601 with `T` or a space, any number of decimals, a zone, `Z`, " UTC" or nothing, which counts as
    UTC; seconds, ms, µs or ns since 1970 as a number or as text.
    """
    if type(value) is str:
        if value[4:5] != "-" and (number := _number(value)) is not None:
            found = _from_epoch(number)
            if found is not None:
                return found
        return _from_iso(value)
    if type(value) is int or type(value) is float:
        return _from_epoch(value)
    return None


class TimeReader:
    """Reads the times of events from one field, `name`, with dots for nesting.

    If an event has none there, and the name is None or one of those commonly used for times, the other common
    names are tried: recordings mix schemas.
    """

    def __init__(self, name: str | None) -> None:
        self.name = name
        self._path = name.split(".") if name is not None else []
        self._fall_back = name is None or _rank(self._path[-1]) is not None

    def read(self, event: dict[str, Any]) -> float | None:
        """The event's Unix time in seconds, or None."""
        value = event.get(self.name) if self.name is not None else None
        if value is None and len(self._path) > 1:
            value = _at_path(event, self._path)
        found = unix_time(value)
        if found is None and self._fall_back:
            return _first_known(event)
        return found


def find_time_field(events: Sequence[dict[str, Any]], given: str | None = None) -> TimeField:
    """The field to take times from, by the first events of a recording.

    given: the user's choice, which must hold a time in one of them; else UsageProblem. Otherwise the first of the
    common names that holds a time in at least half of the events, else the one that most often does.
    """
    if given is not None:
        seen = sum(unix_time(_value(event, given)) is not None for event in events)
        if seen == 0 and events:
            raise _no_time(events, given)
        return TimeField(given, seen, len(events))
    counts = Counter(
        name for event in events for name in event if _rank(name) is not None and unix_time(event[name])
    )
    if not counts:
        return TimeField(None, 0, len(events))
    frequent = [name for name, seen in counts.items() if 2 * seen >= len(events)]
    name = min(frequent, key=_order) if frequent else min(counts, key=lambda key: (-counts[key], _order(key)))
    return TimeField(name, counts[name], len(events))


def _no_time(events: Iterable[dict[str, Any]], given: str) -> UsageProblem:
    values = [value for event in events if (value := _value(event, given)) is not None]
    if values:
        return UsageProblem(
            f"--time-field {given}: {str(values[0])[:60]!r} is not a time between 1990 and 2100",
            "name a field with ISO 8601 or epoch times, or give --rate to ignore the recorded times",
        )
    fields = list(dict.fromkeys(name for event in events for name in event))
    close = difflib.get_close_matches(given, fields, n=1)
    hint = f"did you mean {close[0]}? " if close else ""
    hint += f"fields seen: {', '.join(fields[:30])}"
    return UsageProblem(f"no event has the field {given} (--time-field)", hint)


def _value(event: dict[str, Any], name: str) -> Any:
    value = event.get(name)
    return _at_path(event, name.split(".")) if value is None else value


def _at_path(event: Any, path: list[str]) -> Any:
    for step in path:
        if isinstance(event, dict):
            event = event.get(step)
        elif isinstance(event, list) and step.isdecimal() and int(step) < len(event):
            event = event[int(step)]
        else:
            return None
    return event


def _first_known(event: dict[str, Any]) -> float | None:
    known = [name for name in event if _rank(name) is not None]
    for name in sorted(known, key=_order):
        if (found := unix_time(event[name])) is not None:
            return found
    return None


@lru_cache(maxsize=4096)
def _rank(name: str) -> int | None:
    """The place of a name, in any spelling, among those commonly used for times, or None for any other."""
    return _RANKS.get(_NOT_LETTERS.sub("", name.lower()))


def _order(name: str) -> int:
    rank = _rank(name)
    return len(_RANKS) if rank is None else rank


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _from_epoch(number: float) -> float | None:
    for unit in _EPOCH_UNITS:
        if EARLIEST * unit <= number < LATEST * unit:
            return number / unit
    return None


def _from_iso(text: str) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        plain = _SPACE_BEFORE_ZONE.sub("", text.strip().upper().removesuffix("UTC").removesuffix("GMT").rstrip())
        if plain == text:
            return None
        try:
            moment = datetime.fromisoformat(plain)
        except ValueError:
            return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    found = moment.timestamp()
    return found if EARLIEST <= found < LATEST else None
