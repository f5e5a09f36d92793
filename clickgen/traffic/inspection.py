"""What a recording is: its fields, times, order, rate, visitors and sessions, gathered in one pass."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from xxhash import xxh3_64_intdigest

from clickgen.model.progress import followed
from clickgen.read.json_value import written_value
from clickgen.traffic.event_time import JOINED, value_at
from clickgen.traffic.identities import Identities
from clickgen.traffic.replay_events import EventGroup
from clickgen.traffic.time_field import leaves
from clickgen.traffic.time_text import is_day, is_time_of_day, read_moment

SESSION_GAP_S = 1800.0
CURVE_COLUMNS = 60
SAMPLE = 3
MOST_DISTINCT = 10_000  # different values of a field that are counted exactly
_FIELDS = 500
_EXAMPLE_SIGNS = 60
_TYPES: dict[type, str] = {
    str: "text",
    int: "integer",
    float: "number",
    bool: "boolean",
    list: "list",
    dict: "object",
    type(None): "null",
}
# names of fields that only events of a schema have together, the surest first
_SCHEMAS: Mapping[str, frozenset[str]] = {
    "snowplow": frozenset(["collector_tstamp", "domain_userid", "app_id"]),
    "ga4": frozenset(["event_name", "user_pseudo_id", "event_timestamp"]),
    "segment": frozenset(["anonymousId", "messageId", "type"]),
    "aws-clickstream": frozenset(["event_type", "device_id", "unique_id"]),
    "combined": frozenset(["host", "request", "status", "time"]),
    "CloudTrail": frozenset(["eventVersion", "eventName", "userIdentity"]),
    "page-view": frozenset(["user_id", "page", "timestamp"]),
    "client-event": frozenset(["user_id", "device_id", "client_event", "client_timestamp"]),
    "order": frozenset(["order_id", "product_name", "quantity", "price"]),
}


@dataclass(slots=True)
class FieldSeen:
    """What events have in one field."""

    present: int = 0  # events that have it, null included
    types: Counter[str] = field(default_factory=Counter)
    values: set[int] = field(default_factory=set)  # hashes of different values, up to a bound
    example: str | None = None

    def note(self, value: object) -> None:
        """Count a value."""
        self.present += 1
        self.types[_TYPES.get(type(value), "text")] += 1
        if isinstance(value, str | int | float):
            if len(self.values) < MOST_DISTINCT:
                self.values.add(xxh3_64_intdigest(str(value).encode("utf-8", "surrogatepass")))
            if self.example is None and value != "":
                self.example = str(value)[:_EXAMPLE_SIGNS]


@dataclass(slots=True)
class Inspection:
    """What was found in a recording."""

    events: int = 0
    bytes: int = 0
    whole: bool = True  # whether all of it was read
    skipped: Counter[str] = field(default_factory=Counter)  # what is no event, by the reason
    fields: dict[str, FieldSeen] = field(default_factory=dict)
    times: list[float] = field(default_factory=list)  # NaN where an event has none
    visitors: set[int] = field(default_factory=set)
    busiest: int = 0  # events of the visitor who has most
    sessions: int | None = None
    clock: str | None = None  # how times are written
    sample: list[dict[str, Any]] = field(default_factory=list)
    schema: str | None = None

    @property
    def rates(self) -> list[int]:
        """Events in each of so many equal parts of the time."""
        known = np.array([time for time in self.times if time == time])  # noqa: PLR0124  # NaN is not itself
        if len(known) == 0 or known.min() == known.max():
            return []
        counted: list[int] = np.histogram(known, bins=CURVE_COLUMNS)[0].tolist()
        return counted


def inspect_events(
    groups: Iterable[EventGroup], identities: Identities, time_field: str | None, limit: int
) -> Inspection:
    """Look at the events of groups that have their values, `limit` at most."""
    found = Inspection()
    people = _People(identities)
    for group in followed(groups, "reading", "events", lambda group: len(group.events)):
        found.skipped.update(piece.reason for piece in group.skipped)
        room = limit - found.events
        for event, value, time in zip(group.events[:room], group.values, group.times, strict=False):
            found.events += 1
            found.bytes += len(event.data)
            for name, inner in leaves(value):
                seen = found.fields.get(name)
                if seen is None:
                    if len(found.fields) >= _FIELDS:
                        continue
                    seen = found.fields[name] = FieldSeen()
                seen.note(inner)
            found.times.append(time)
            people.note(value, time)
            if len(found.sample) < SAMPLE and written_value(value) is not None:
                found.sample.append(value)
            if found.clock is None and time == time and time_field is not None:  # noqa: PLR0124  # not NaN
                found.clock = _clock_of(value, time_field)
        if found.events >= limit:
            found.whole = False
            break
    people.conclude(found)
    found.schema = _schema_of(found.fields, found.events)
    return found


class _People:
    """Counts visitors and sessions: by their field, or by half an hour without an event of the visitor."""

    def __init__(self, identities: Identities) -> None:
        self._visitor, self._session = identities.visitor, identities.session
        self._paths = {name: name.split(".") for name in identities.named}
        self._events: Counter[int] = Counter()
        self._sessions: set[int] = set()
        self._latest: dict[int, float] = {}
        self._begun = 0

    def note(self, value: Mapping[str, Any], time: float) -> None:
        visitor = self._hash(value, self._visitor)
        if visitor is not None:
            self._events[visitor] += 1
            if self._session is None and time == time:  # noqa: PLR0124  # not NaN
                before = self._latest.get(visitor)
                self._begun += before is None or abs(time - before) > SESSION_GAP_S
                self._latest[visitor] = time
        session = self._hash(value, self._session)
        if session is not None:
            self._sessions.add(session)

    def conclude(self, found: Inspection) -> None:
        found.visitors = set(self._events)
        found.busiest = max(self._events.values(), default=0)
        found.sessions = len(self._sessions) or self._begun or None

    def _hash(self, value: Mapping[str, Any], name: str | None) -> int | None:
        inner = None if name is None else value_at(value, name, self._paths[name])
        return None if inner is None else xxh3_64_intdigest(str(inner).encode("utf-8", "surrogatepass"))


def _clock_of(value: Mapping[str, Any], name: str) -> str:
    """How times are written in the field: with a zone, without, or as a number since 1970."""
    parts = [value_at(value, one, one.split(".")) for one in name.split(JOINED)]
    text = " ".join(map(str, parts))
    moment = read_moment(text)
    if moment is None:
        digits = len(text.partition(".")[0].lstrip("-"))
        unit = {10: "seconds", 13: "milliseconds", 16: "microseconds", 19: "nanoseconds"}.get(digits, "a number")
        return f"{unit} since 1970"
    if len(parts) == 1 and is_day(parts[0]) and not is_time_of_day(parts[0]):
        return "days"
    zone = moment.parts.get("z")
    return f"text with the zone {moment.found[zone]}" if zone else "text without a zone"


def _schema_of(fields: Mapping[str, FieldSeen], events: int) -> str | None:
    common = {name.partition(".")[0] for name, seen in fields.items() if 2 * seen.present >= events}
    return next((schema for schema, names in _SCHEMAS.items() if names <= common), None)


def order_of(times: Sequence[float]) -> tuple[int, float]:
    """How many events come after a later one, and how much late the latest is, in seconds."""
    known = np.array([time for time in times if time == time])  # noqa: PLR0124  # NaN is not itself
    if not len(known):
        return 0, 0.0
    behind = np.maximum.accumulate(known) - known
    return int(np.count_nonzero(behind > 0)), float(behind.max())
