"""Times read many at once are what they are one by one."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from clickgen.learn.event_times import EventTimes
from clickgen.learn.times_at_once import times_at_once
from clickgen.traffic.event_time import TimeReader

moments = some.datetimes(datetime(1990, 1, 3), datetime(2099, 12, 29), timezones=some.just(UTC))
ISO = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S.{ms}", "%Y-%m-%d %H:%M:%S.%f"]
FORMS = [form + zone for form in ISO for zone in ("", "Z", "+00:00", "+05:30", "-11:00")]
FORMS += [f"%d/%b/%Y:%H:%M:%S {zone}" for zone in ("+0000", "-0400", "+1245")]


def written(moment: datetime, form: str) -> str:
    """The moment in that form; its zone is that at the form's end."""
    at = form[max(form.rfind("+"), form.rfind("-")) :].replace(":", "")
    if len(at) == 5 and at[1:].isdecimal():
        offset = timedelta(hours=int(at[1:3]), minutes=int(at[3:]))
        moment = moment.astimezone(timezone(-offset if at[0] == "-" else offset))
    return moment.strftime(form.replace("{ms}", f"{moment.microsecond // 1000:03}"))


@given(some.lists(moments, min_size=1), some.sampled_from(FORMS))
def test_texts_are_what_they_are_one_by_one(moments: list[datetime], form: str) -> None:
    texts = [written(moment, form) for moment in moments]
    found = times_at_once(texts, naive=True)
    assert found is not None
    reader = TimeReader("time")
    assert found.tolist() == [reader.read({"time": text}) for text in texts]


@given(
    some.lists(some.integers(631_200_000 * 10**9, 4_102_000_000 * 10**9), min_size=1),
    some.sampled_from([1, 10**3, 10**6, 10**9]),
    some.sampled_from([int, float, str]),
)
def test_numbers_are_what_they_are_one_by_one(times: list[int], unit: int, kind: type) -> None:
    values = [kind(time * unit // 10**9) for time in times]
    found = times_at_once(values, naive=False)
    assert found is not None
    reader = TimeReader("time", zone="Europe/Berlin")
    assert found.tolist() == [reader.read_own({"time": value}) for value in values]


@pytest.mark.parametrize(
    "odd",
    [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z",
        "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+", "2026-01-01T00:00:0aZ", "0000-01-01T00:00:00Z",
        "", None, 17, "1969-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_another_form_is_left_to_others(odd: object) -> None:
    assert times_at_once(["2026-01-01T00:00:00Z", odd], naive=True) is None
    assert times_at_once([odd, "2026-01-01T00:00:00Z"], naive=True) is None


@pytest.mark.parametrize(
    "odd",
    [
        "01/Jan/2026:00:00:00 00000", "32/Jan/2026:00:00:00 +0000", "01/Jab/2026:00:00:00 +0000",
        "01/Jan/2026:00:00:00 +2400", "01-Jan/2026:00:00:00 +0000", "01/Jan/2026:00:00:00 +0060",
    ],
)  # fmt: skip
def test_an_odd_time_in_an_access_log_is_left_to_others(odd: str) -> None:
    assert times_at_once(["01/Jan/2026:00:00:00 +0000", odd], naive=True) is None
    assert times_at_once([odd, "01/Jan/2026:00:00:00 +0000"], naive=True) is None


def test_a_time_without_a_zone_is_left_to_others_where_the_zone_is_not_utc() -> None:
    assert times_at_once(["2026-01-01T00:00:00"], naive=False) is None
    assert times_at_once(["2026-01-01T00:00:00Z"], naive=False) is not None


class Events:
    """Some events as a table."""

    def __init__(self, events: list[dict[str, Any]]) -> None:
        self._events = events
        self.line_count = self.count = len(events)

    def column(self, name: str) -> list[Any]:
        return [event.get(name) for event in self._events]

    def event(self, row: int) -> dict[str, Any]:
        return self._events[row]


VALUES = some.sampled_from(
    [
        "2026-10-25T02:30:00", "2026-10-25T02:10:00", "2026-10-25T00:40:00Z", "2026-10-25T03:00:00+01:00",
        "25/Oct/2026:02:20:00 +0200", 1_792_890_000, "1792890000", "12/1/2026 8:26", "never", None, 5,
    ]
)  # fmt: skip
EVENTS = some.lists(some.fixed_dictionaries({}, optional={"time": VALUES, "timestamp": VALUES, "d": VALUES}))


@given(
    some.lists(EVENTS), some.sampled_from([None, "Europe/Berlin"]), some.sampled_from(["time", "d", "d + time"])
)
def test_events_have_the_times_that_they_have_one_by_one(
    tables: list[list[dict[str, Any]]], zone: str | None, name: str
) -> None:
    reader, times = TimeReader(name, zone=zone), EventTimes(TimeReader(name, zone=zone))
    for events in tables:
        expected = np.array([reader.read(event) for event in events], dtype=np.float64)
        np.testing.assert_array_equal(times.of(Events(events)), expected)
