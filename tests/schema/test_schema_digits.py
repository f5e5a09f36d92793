"""Numbers and times as text of a fixed width, against Python's own formatting."""

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from clickgen.schema import times
from clickgen.schema.digits import decimal_digits, hex_digits, scrambled, uuids

WORDS = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=10)
NEAR = st.lists(st.integers(1_795_255_200_000, 1_795_255_500_000), min_size=1)
FAR = st.lists(st.integers(times.FIRST_MS, 4_102_444_800_000), min_size=1, max_size=20)


def texts(values: NDArray[np.void] | np.void, count: int) -> list[str]:
    return [value.tobytes().decode() for value in np.broadcast_to(values, count)]


@given(WORDS)
def test_hex_digits(numbers: list[int]) -> None:
    assert texts(hex_digits(np.array(numbers, dtype=np.uint64)), len(numbers)) == [f"{n:016x}" for n in numbers]


@given(st.lists(st.integers(0, 10**13 - 1), min_size=1, max_size=10), st.integers(1, 13))
def test_decimal_digits_have_leading_zeros(numbers: list[int], width: int) -> None:
    numbers = [number % 10**width for number in numbers]
    assert texts(decimal_digits(np.array(numbers), width), len(numbers)) == [f"{n:0{width}}" for n in numbers]


@given(WORDS)
def test_uuids_are_of_version_4_and_tell_numbers_apart(numbers: list[int]) -> None:
    found = texts(uuids(np.array(numbers, dtype=np.uint64)), len(numbers))
    assert all(UUID(text).version == 4 and str(UUID(text)) == text for text in found)
    assert len(set(found)) == len(set(numbers))
    assert [text[:13].replace("-", "") for text in found] == [f"{n:016x}"[:12] for n in numbers]


@given(st.sets(st.integers(0, 2**64 - 1), min_size=2, max_size=50))
def test_different_numbers_stay_different_when_scrambled(numbers: set[int]) -> None:
    assert len(set(scrambled(np.array(list(numbers), dtype=np.uint64)).tolist())) == len(numbers)


@given(NEAR | FAR)
def test_times_are_those_of_the_clock_in_any_order(moments: list[int]) -> None:
    array = np.array(moments, dtype=np.int64)
    expected = [datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=ms) for ms in moments]
    count = len(moments)
    iso = zip(texts(times.iso_minute(array), count), texts(times.seconds(array), count), strict=True)
    for text, moment in zip(iso, expected, strict=True):
        assert "".join(text) == moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    assert texts(times.sql_minute(array), count) == [f"{m:%Y-%m-%d %H:%M}" for m in expected]
    assert texts(times.iso_day(array), count) == [f"{m:%Y-%m-%d}" for m in expected]
    assert texts(times.plain_day(array), count) == [f"{m:%Y%m%d}" for m in expected]
    assert texts(times.epoch_ms(array), count) == [str(ms) for ms in moments]
    assert texts(times.epoch_s(array), count) == [str(ms // 1000) for ms in moments]


def test_months_of_access_logs_are_english() -> None:
    starts = [datetime(2026, month, 1, 12, 30, tzinfo=UTC) for month in range(1, 13)]
    array = np.array([int(start.timestamp() * 1000) for start in starts])
    found = texts(times.log_minute(array), 12)
    assert found[0] == "01/Jan/2026:12:30"
    assert len({re.fullmatch(r"01/([A-Z][a-z]{2})/2026:12:30", text)[1] for text in found}) == 12  # type: ignore[index]  # None fails as well


@pytest.mark.parametrize(("width", "text"), [(3, ":07"), (7, ":07.089"), (8, ":07.089Z")])
def test_seconds_are_cut_to_a_width(width: int, text: str) -> None:
    assert texts(times.seconds(np.array([1_795_255_207_089]), width), 1) == [text]
