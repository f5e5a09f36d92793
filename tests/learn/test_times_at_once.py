"""Times read many at once are what they are one by one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as some

from clickgen.learn.iso_times import utc_times
from clickgen.traffic.event_time import TimeReader

moments = some.datetimes(datetime(1990, 1, 2), datetime(2099, 12, 31), timezones=some.just(UTC))


@given(some.lists(moments, min_size=1), some.booleans())
def test_they_are_what_they_are_one_by_one(moments: list[datetime], thousandths: bool) -> None:
    texts = [moment.strftime("%Y-%m-%dT%H:%M:%S") for moment in moments]
    texts = [
        f"{text}.{moment.microsecond // 1000:03}Z" if thousandths else f"{text}Z"
        for text, moment in zip(texts, moments, strict=True)
    ]
    found = utc_times(texts)
    assert found is not None
    reader = TimeReader("time")
    assert found.tolist() == [reader.read({"time": text}) for text in texts]


@pytest.mark.parametrize(
    "odd",
    [
        "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01T00:00:60Z",
        "2026-01-01 00:00:00Z", "2026-01-01T00:00:00+", "2026-01-01T00:00:0aZ", "0000-01-01T00:00:00Z",
        "", None, 17, "1969-01-01T00:00:00Z",
    ],
)  # fmt: skip
def test_another_form_is_left_to_others(odd: object) -> None:
    assert utc_times(["2026-01-01T00:00:00Z", odd]) is None
    assert utc_times([odd, "2026-01-01T00:00:00Z"]) is None
