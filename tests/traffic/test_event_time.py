"""When a recorded event happened, and when it is therefore due."""

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.traffic.event_time import TimeReader, unix_time
from clickgen.traffic.replay_clock import FOLLOWERS, ReplayClock, Timed
from clickgen.traffic.time_field import find_time_field

MOMENT = datetime(2024, 4, 23, 12, 2, 20, 250_000, tzinfo=UTC).timestamp()


@pytest.mark.parametrize(
    "written",
    [
        "2024-04-23T12:02:20.250Z",
        "2024-04-23T12:02:20.25z",
        "2024-04-23T12:02:20.250",
        "2024-04-23 12:02:20.250",
        "2024-04-23 12:02:20.250 UTC",
        "2024-04-23 12:02:20.250 GMT",
        "2024-04-23T12:02:20.250000999Z",
        "2024-04-23T14:02:20.250+02:00",
        "2024-04-23T07:02:20.250-0500",
        "2024-04-23 14:02:20.250 +02:00",
        "20240423T120220.250Z",
        " 2024-04-23T12:02:20.250Z ",
        1713873740.25,
        1713873740250,
        1713873740250000,
        1713873740250000000,
        "1713873740.25",
        "1713873740250",
        "1713873740250000",
    ],
)
def test_times_are_read_as_people_write_them(written: object) -> None:
    assert unix_time(written) == pytest.approx(MOMENT, abs=1e-6)


@pytest.mark.parametrize(
    "written",
    [None, True, "", "soon", "12:02:20", 0, -1, 42, 1e30, math.nan, math.inf, "nan", "inf", "1e400", [], {},
     "1970-01-01T00:00:00Z", "2150-01-01", "0001-01-01", 10**400, "user-1234", "2024-13-01"],
)  # fmt: skip
def test_what_is_no_time_between_1990_and_2100_is_none(written: object) -> None:
    assert unix_time(written) is None


@given(st.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 30)))  # naive is UTC here
def test_every_unit_of_epoch_and_iso_agree(moment: datetime) -> None:
    seconds = moment.replace(tzinfo=UTC).timestamp()
    for written in (moment.isoformat(), moment.isoformat(" ") + " UTC", seconds, str(seconds), seconds * 1e3):
        assert unix_time(written) == pytest.approx(seconds, abs=1e-3)
    assert unix_time(int(seconds * 1e6)) == pytest.approx(seconds, abs=1e-3)


@pytest.mark.parametrize(
    ("event", "name"),
    [
        ({"user_id": 1, "client_timestamp": "2024-04-23T12:02:20"}, "client_timestamp"),
        ({"txn_timestamp": "2025-03-05T16:30:00", "event_time": "2019-10-01 00:00:00 UTC"}, "event_time"),
        ({"hc": 1331822918, "t": 1331923247}, "t"),
        ({"t": "not a time", "eventTime": "2024-04-23"}, "eventTime"),
        ({"@timestamp": "2024-04-23T12:02:20Z"}, "@timestamp"),
        ({"sentAt": "2024-04-23T12:02:20Z"}, "sentAt"),
        ({"price": 1713873740, "orderid": "1713873740"}, None),
    ],
)
def test_the_field_is_found_by_its_name_and_its_values(event: dict[str, Any], name: str | None) -> None:
    found = find_time_field([event, {"_heartbeat_": 1331923261}])
    assert (found.name, found.seen, found.of) == (name, int(name is not None), 2)


def test_a_field_that_most_events_have_wins_over_a_better_name() -> None:
    events: list[dict[str, Any]] = [{"ts": 1713873740}] * 3 + [{"timestamp": 1713873740}]
    assert find_time_field(events).name == "ts"


def test_the_given_field_may_be_nested_and_must_hold_times() -> None:
    events = [{"meta": {"seen": [{"at": "2024-04-23"}]}, "a.b": 1713873740, "timestmp": "2024-04-23", "page": "/"}]
    assert find_time_field(events, "meta.seen.0.at").seen == 1
    assert find_time_field(events, "a.b").seen == 1
    with pytest.raises(UsageProblem, match="no event has the field timestamp") as absent:
        find_time_field(events, "timestamp")
    assert absent.value.hint == "did you mean timestmp? fields seen: meta.seen, a.b, timestmp, page"
    with pytest.raises(UsageProblem, match="'/' is not a time"):
        find_time_field(events, "page")


def test_an_event_of_another_schema_falls_back_on_the_other_common_names() -> None:
    read = TimeReader("ts").read
    assert read({"ts": 1713873740, "time": "2019-01-01"}) == 1713873740
    assert read({"ts": None, "Time": 1713873740}) == 1713873740
    assert read({"page": "/"}) is None
    assert TimeReader("meta.mine").read({"time": 1713873740}) is None
    assert TimeReader(None).read({"time": 1713873740, "event_time": 1713873741}) == 1713873741


def _due(clock: ReplayClock, times: list[float], count: int | None = None, *, ended: bool = True) -> Timed:
    return clock.due(np.array(times), len(times) if count is None else count, ended=ended)


def test_due_is_the_recorded_time_since_the_origin_by_the_speed() -> None:
    timed = _due(ReplayClock(1000.0, 10.0, FOLLOWERS), [1000.0, 1001.0, 1010.0])
    assert timed.due.tolist() == [0.0, 0.1, 1.0]
    assert (timed.out_of_order, timed.without_time) == (0, 0)


def test_late_events_are_due_with_those_before_them_and_counted() -> None:
    clock = ReplayClock(1000.0, 1.0, FOLLOWERS)
    timed = _due(clock, [1005.0, 1003.0, 1005.0, 990.0, 1006.0])
    assert timed.due.tolist() == [5.0, 5.0, 5.0, 5.0, 6.0]
    assert timed.out_of_order == 2
    assert _due(clock, [1001.0, 1007.0]).due.tolist() == [6.0, 7.0]


def test_events_without_a_time_follow_their_neighbour() -> None:
    timed = _due(ReplayClock(1000.0, 1.0, FOLLOWERS), [math.nan, 1004.0, math.nan, 1009.0])
    assert timed.due.tolist() == [4.0, 4.0, 4.0, 9.0]
    assert timed.without_time == 2
    assert _due(ReplayClock(None, 1.0, FOLLOWERS), [math.nan] * 3).due.tolist() == [0.0, 0.0, 0.0]


def test_the_first_time_is_the_origin_where_none_is_given() -> None:
    assert _due(ReplayClock(None, 2.0, FOLLOWERS), [5000.0, 5004.0]).due.tolist() == [0.0, 2.0]


def test_one_absurd_time_does_not_hold_up_the_rest() -> None:
    future = 1000.0 + 14 * 365 * 86400
    timed = _due(ReplayClock(1000.0, 1.0, FOLLOWERS), [1000.0, 1001.0, future, 1002.0, 1003.0, 1004.0])
    assert timed.due.tolist() == [0.0, 1.0, 1.0, 2.0, 3.0, 4.0]
    assert timed.out_of_order == 1
    first = _due(ReplayClock(None, 1.0, FOLLOWERS), [future, 1002.0, 1003.0])
    assert first.due.tolist() == [0.0, 0.0, 1.0]


def test_a_long_pause_is_kept() -> None:
    timed = _due(ReplayClock(1000.0, 1.0, FOLLOWERS), [1000.0, 9000.0, 8999.0, 9001.0])
    assert timed.due.tolist() == [0.0, 8000.0, 8000.0, 8001.0]


def test_a_jump_waits_for_the_events_behind_it() -> None:
    clock = ReplayClock(1000.0, 1.0, FOLLOWERS)
    times = [1000.0, 99_000.0, *[1001.0] * (FOLLOWERS - 1)]
    assert _due(clock, times, ended=False).due.tolist() == [0.0]
    assert _due(clock, [*times[1:], 1001.0], count=1, ended=False).due.tolist() == [0.0]


@given(st.lists(st.one_of(st.just(math.nan), st.floats(0, 1e6))), st.lists(st.integers(1, 5)), st.floats(0.1, 100))
def test_due_never_falls_and_blocks_do_not_matter(times: list[float], sizes: list[int], speed: float) -> None:
    times = [0.0, *times]  # events before the first time follow what their block shows of it
    at_once = _due(ReplayClock(0.0, speed, FOLLOWERS), times)
    assert (np.diff(at_once.due) >= 0).all()
    clock = ReplayClock(0.0, speed, FOLLOWERS)
    parts: list[Timed] = []
    done = 0
    while done < len(times):
        count = min(sizes[len(parts)] if len(parts) < len(sizes) else 5, len(times) - done)
        parts.append(clock.due(np.array(times[done : done + count + FOLLOWERS]), count, ended=True))
        done += len(parts[-1].due)
    assert np.concatenate([part.due for part in parts]).tolist() == at_once.due.tolist()
    assert sum(part.out_of_order for part in parts) == at_once.out_of_order
