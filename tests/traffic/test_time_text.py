"""Times as people write them: read, joined, and moved in the form that they have."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.traffic.event_time import TimeReader, unix_time
from clickgen.traffic.time_field import find_time_field
from clickgen.traffic.time_moves import moved_value
from clickgen.traffic.time_text import PLAIN, Reading, moved

DAY_NS = 86_400_000_000_000


@pytest.mark.parametrize(
    ("written", "meant", "day_later"),
    [
        ("01/Jul/1995:00:00:01 -0400", "1995-07-01T04:00:01+00:00", "02/Jul/1995:00:00:01 -0400"),
        ("2012-03-16 18:40:47.123", "2012-03-16T18:40:47.123+00:00", "2012-03-17 18:40:47.123"),
        ("2019-10-01 00:00:00 UTC", "2019-10-01T00:00:00+00:00", "2019-10-02 00:00:00 UTC"),
        ("2026-02-28T23:59:59.5+01:00", "2026-02-28T22:59:59.5+00:00", "2026-03-01T23:59:59.5+01:00"),
        ("20120316184047", "2012-03-16T18:40:47+00:00", "20120317184047"),
        ("Tue, 15 Nov 1994 08:12:31 GMT", "1994-11-15T08:12:31+00:00", "Wed, 16 Nov 1994 08:12:31 GMT"),
        ("Tue Nov 15 08:12:31 1994", "1994-11-15T08:12:31+00:00", "Wed Nov 16 08:12:31 1994"),
        ("12/1/2010 8:26", "2010-12-01T08:26:00+00:00", "12/2/2010 8:26"),
        ("31.12.2010 23:59:59", "2010-12-31T23:59:59+00:00", "01.01.2011 23:59:59"),
        ("2010/12/31 23:59", "2010-12-31T23:59:00+00:00", "2011/01/01 23:59"),
    ],
)
def test_families_are_read_and_moved(written: str, meant: str, day_later: str) -> None:
    assert unix_time(written) == datetime.fromisoformat(meant).timestamp()
    assert moved(written, DAY_NS) == day_later


@pytest.mark.parametrize(
    ("written", "later_ms", "then"),
    [
        (b"1331923247", 1500, b"1331923248"),
        (b"1331923247.250", 1500, b"1331923248.750"),
        (b"1331923247250", 1500, b"1331923248750"),
        (b'"1331923247250123"', 1500, b'"1331923248750123"'),
        (b'"/cart"', 1500, None),
        (b"17", 1500, None),
    ],
)
def test_numbers_keep_their_unit_and_their_digits(written: bytes, later_ms: int, then: bytes | None) -> None:
    assert moved_value(written, later_ms * 1_000_000, PLAIN) == then


@given(
    st.datetimes(datetime(1991, 1, 1), datetime(2080, 1, 1)),
    st.integers(-(10**9), 10**9),
    st.sampled_from(
        ["%Y-%m-%d %H:%M:%S", "%d/%b/%Y:%H:%M:%S +0000", "%Y-%m-%dT%H:%M:%S.%fZ", "%d.%m.%Y %H:%M:%S"]
    ),
)
def test_moving_there_and_back_changes_nothing(moment: datetime, seconds: int, form: str) -> None:
    written = moment.strftime(form)
    there = moved(written, seconds * 10**9)
    assert there == (moment + timedelta(seconds=seconds)).strftime(form)
    assert moved(str(there), -seconds * 10**9) == written


def test_naive_times_are_those_of_their_zone() -> None:
    berlin = Reading(ZoneInfo("Europe/Berlin"))
    assert unix_time("2026-07-01 12:00:00", berlin) == datetime(2026, 7, 1, 10, tzinfo=UTC).timestamp()
    assert unix_time("2026-07-01 12:00:00Z", berlin) == datetime(2026, 7, 1, 12, tzinfo=UTC).timestamp()
    assert moved("2026-03-28 12:00:00", DAY_NS, berlin) == "2026-03-29 13:00:00"  # the day had 23 hours


def test_the_hour_that_comes_twice_is_taken_in_order() -> None:
    read = TimeReader("t", zone="Europe/Berlin").read
    walls = ["01:50", "02:10", "02:50", "02:05", "02:40", "03:10"]
    times = [read({"t": f"2026-10-25 {wall}:00"}) for wall in walls]
    gaps = [round((after or 0) - (before or 0)) // 60 for before, after in pairwise(times)]
    assert gaps == [20, 40, 15, 35, 30]


@pytest.mark.parametrize(
    ("events", "name"),
    [
        ([{"Date": "1999-06-24", "Time": "10:06:37", "p": "x"}] * 2, "Date + Time"),
        ([{"eventdate": "2016-05-09", "timeframe": 2, "seen_at": "2016-05-09T10:00:00"}], "seen_at"),
        ([{"date": "2016-05-09"}, {"date": "2016-05-10"}], "date"),
        ([{"date": "2016-05-09", "context": {"timestamp": 1713873740}}], "context.timestamp"),
        ([{"id": 1713873740, "user": 1713873741}], None),
    ],
)
def test_the_field_that_is_finer_than_days_is_found(events: list[dict[str, Any]], name: str | None) -> None:
    found = find_time_field(events)
    assert found.name == name
    assert found.days_only == (name == "date")


def test_two_fields_are_joined_when_they_are_given() -> None:
    event = {"day": "24.06.1999", "at": "10:06:37"}
    assert find_time_field([event], "day + at").seen == 1
    assert TimeReader("day + at").read(event) == datetime(1999, 6, 24, 10, 6, 37, tzinfo=UTC).timestamp()


def test_the_first_number_over_twelve_tells_days_from_months() -> None:
    events = [{"at": "01/02/2010 08:00"}, {"at": "24/02/2010 08:00"}]
    found = find_time_field(events)
    assert found.day_first
    read = TimeReader("at", day_first=True).read
    assert read(events[0]) == datetime(2010, 2, 1, 8, tzinfo=UTC).timestamp()
