"""Amounts as people write them mean the same however they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.written_amounts import bytes_of, number_of, rate_of


@given(st.integers(0, 10**13))
def test_every_way_to_write_a_whole_number_means_it(number: int) -> None:
    for text in (f"{number}", f"{number:_}", f"{number:,}", f" {number} ", f"{number}e0", f"{number}."):
        assert number_of(text) == number
    assert number_of(f"{number}k") == number * 1000
    assert number_of(f"{number / 1000}M") == pytest.approx(number * 1000)


@given(st.decimals(0, 10**6, places=3))
def test_a_multiple_of_a_thousand_is_exact(amount: object) -> None:
    assert number_of(f"{amount}k") == number_of(f"{amount}e3")
    assert number_of(f"{amount}K") is not None
    assert float(number_of(f"{amount}k") or 0).is_integer()


def test_rates_are_a_second_a_minute_an_hour_or_a_day() -> None:
    assert [rate_of(text) for text in ("500", "500/s", "0.5k/s", "30k/min", "1.8M/h", "43_200_000/day")] == [
        500
    ] * 6


def test_sizes_count_in_thousands_or_in_1024() -> None:
    assert [bytes_of(text) for text in ("64000", "64k", "64 KB", "64KiB", "1MB", "1MiB")] == [
        64_000, 64_000, 64_000, 65_536, 1_000_000, 1_048_576,
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["", "k", "5m", "nan", "inf", "1,5", "10,00", "1__0", "_1", "0x5", "5 5", "5kk"])
def test_what_is_not_a_number_is_none(text: str) -> None:
    assert number_of(text) is None
    assert rate_of(text) is None
    assert rate_of(f"{text}/s") is None


@pytest.mark.parametrize("text", ["5/", "5/x", "/s", "5/s/s"])
def test_what_is_not_a_rate_is_none(text: str) -> None:
    assert rate_of(text) is None
