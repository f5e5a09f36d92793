"""Amounts read well at every size, at the edges between units too."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model import amounts


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0, "0 ms"),
        (0.00004, "0 ms"),
        (0.0004, "0.4 ms"),
        (0.00994, "9.9 ms"),
        (0.00996, "10 ms"),
        (0.512, "512 ms"),
        (0.9994, "999 ms"),
        (0.9996, "1.00 s"),
        (1.02, "1.02 s"),
        (59.99, "59.99 s"),
        (59.996, "1m 00s"),
        (3725.0, "1h 02m"),
    ],
)
def test_latency(seconds: float, text: str) -> None:
    assert amounts.latency(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-0.4, "0s"),
        (12.4, "12s"),
        (59.6, "1m 00s"),
        (65.0, "1m 05s"),
        (7380.0, "2h 03m"),
        (100_800.0, "1d 04h"),
    ],
)
def test_duration(seconds: float, text: str) -> None:
    assert amounts.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(-0.4, "00:00"), (5.9, "00:05"), (600.0, "10:00"), (3723.0, "1:02:03")]
)
def test_stopwatch(seconds: float, text: str) -> None:
    assert amounts.stopwatch(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (1024 * 1024 - 1, "1.0 MiB"),
        (2_411_725, "2.3 MiB"),
        (5 << 40, "5.0 TiB"),
        (5 << 50, "5,120.0 TiB"),
    ],
)
def test_size(number: int, text: str) -> None:
    assert amounts.size(number) == text


def test_rates_as_wanted_and_as_measured() -> None:
    assert [amounts.wanted(rate) for rate in (500.0, 2000.0, 0.5, 1_234_567.0)] == [
        "500",
        "2,000",
        "0.5",
        "1,234,567",
    ]
    assert [amounts.measured(rate) for rate in (499.94, 12_345.6, 123_456.7)] == ["499.9", "12,345.6", "123,457"]


@given(st.floats(0, 86_000))
def test_a_latency_never_reads_as_sixty_of_its_unit_or_a_thousand(seconds: float) -> None:
    text = amounts.latency(seconds)
    assert "1000" not in text
    assert not re.match(r"60(?! ms|\.\d+ ms|\d)", text)
