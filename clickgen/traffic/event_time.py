"""When a recorded event happened: reading times from its fields."""

from collections.abc import Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from clickgen.traffic.time_names import in_order_of_name, rank
from clickgen.traffic.time_text import PLAIN, Reading, read_moment

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC).timestamp()
LATEST = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
JOINED = " + "  # between the names of two fields that hold a time together

EPOCH_UNITS = (1.0, 1e3, 1e6, 1e9)  # seconds, ms, µs, ns: between 1990 and 2100 their ranges do not meet


def unix_time(value: object, reading: Reading = PLAIN) -> float | None:
    """The Unix time in seconds that a value means, or None if it is not a time from 1990 to 2100.

    Text: ISO 8601 with `T` or a space, any number of decimals, a zone, `Z`, " UTC" or nothing, and the other
    families of `time_text`; without a zone it counts as `reading` says. Numbers, also as text: seconds, ms, µs or
    ns since 1970.
    """
    if type(value) is str:
        if value[4:5] != "-" and (number := _number(value)) is not None:
            found = from_epoch(number)
            if found is not None:
                return found
        return _from_text(value, reading)
    if type(value) is int or type(value) is float:
        return from_epoch(value)
    return None


class TimeReader:
    """Reads the times of events from one field, `name`, with dots for nesting, or from two that are joined.

    If an event has none there, and the name is None or one of those commonly used for times, the other common
    names are tried: recordings mix schemas. zone: of times that name none; where clocks are set back, an hour that
    comes twice is taken in the order in which the events are read.
    """

    def __init__(self, name: str | None, *, zone: str | None = None, day_first: bool = False) -> None:
        self.name = name
        names = [] if name is None else name.split(JOINED)
        self._paths = [(one, one.split(".")) for one in names]
        self._fall_back = name is None or (len(names) == 1 and rank(self._paths[0][1][-1]) is not None)
        self._zone = None if zone is None else ZoneInfo(zone)
        self._reading = Reading(UTC if self._zone is None else self._zone, day_first)
        self._latest: float | None = None

    @property
    def names(self) -> list[str]:
        """The fields that hold a time together; none if no field is known."""
        return [name for name, _ in self._paths]

    @property
    def has_zone(self) -> bool:
        """Whether times count in a zone whose clocks may be set back."""
        return self._zone is not None

    def read(self, event: dict[str, Any]) -> float | None:
        """The event's Unix time in seconds, or None."""
        found = self.meant(self.written(event))
        if found is None:
            found = self.elsewhere(event)
        return None if found is None else self.in_order(found)

    def meant(self, written: object) -> float | None:
        """The Unix time that is meant by what an event has in the field, or None."""
        return unix_time(written, self._reading)

    def elsewhere(self, event: dict[str, Any]) -> float | None:
        """The time of an event that has none in the field; None if it is not looked for, or there is none."""
        return self._first_known(event) if self._fall_back else None

    def in_order(self, found: float) -> float:
        """An event's time, given those of the events before: the later of the two that an hour has twice."""
        if self._zone is not None:
            found = self._latest = self._in_order(found)
        return found

    def read_own(self, event: dict[str, Any]) -> float | None:
        """The time in the field itself, and no other."""
        return self.meant(self.written(event))

    def written(self, event: dict[str, Any]) -> object:
        """What the event has in the field; of two fields, both with a space between."""
        if len(self._paths) == 1:
            return value_at(event, *self._paths[0])
        return joined_times([value_at(event, name, path) for name, path in self._paths])

    def _first_known(self, event: dict[str, Any]) -> float | None:
        for name in in_order_of_name(event):
            if (found := unix_time(event[name], self._reading)) is not None:
                return found
        return None

    def _in_order(self, found: float) -> float:
        """The later of the two times that are meant if the clock was set back between them."""
        if self._latest is None or found >= self._latest - _LATE_S or self._zone is None:
            return found
        local = datetime.fromtimestamp(found, self._zone)
        again = local.replace(fold=1).timestamp()
        return max(found, again)


_LATE_S = 600.0  # an event that is further behind than this is of the hour's second time


def joined_times(values: Sequence[object]) -> str | None:
    """What fields hold together; None if one of them has nothing."""
    return None if not values or None in values else " ".join(map(str, values))


def value_at(event: Any, name: str, path: Sequence[str]) -> Any:
    """What an event has in the field of that name, or at that path; None if there is nothing."""
    value = event.get(name)
    if value is not None or len(path) == 1:
        return value
    for step in path:
        if isinstance(event, dict):
            event = event.get(step)
        elif isinstance(event, list) and step.isdecimal() and int(step) < len(event):
            event = event[int(step)]
        else:
            return None
    return event


def from_epoch(number: float) -> float | None:
    """The Unix time in seconds that a number means in one of the usual units, or None."""
    for unit in EPOCH_UNITS:
        if EARLIEST * unit <= number < LATEST * unit:
            return number / unit
    return None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _from_text(text: str, reading: Reading) -> float | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        found = read_moment(text, reading)
        if found is None:
            return None
        seconds = found.unix_ns / 1e9
    else:
        seconds = _with_zone(moment, reading.zone).timestamp()
    return seconds if EARLIEST <= seconds < LATEST else None


def _with_zone(moment: datetime, zone: tzinfo) -> datetime:
    return moment.replace(tzinfo=zone) if moment.tzinfo is None else moment
