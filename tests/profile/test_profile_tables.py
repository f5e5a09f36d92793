"""The integer tables: weighted choices, think times, and that they survive being stored."""

from collections import Counter
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.model.errors import EnvironmentProblem
from clickgen.profile.choices import CERTAIN, Choices, threshold
from clickgen.profile.load import load_profile
from clickgen.profile.tables import Tables, draw_tables, load_tables, save_tables
from tests.support.simulated import shop

WEIGHTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=40).filter(lambda weights: sum(weights) > 1e-6)


def plain(table: Any) -> Any:
    """A table as lists, to compare."""
    if is_dataclass(table):
        return {field.name: plain(getattr(table, field.name)) for field in fields(table)}
    return (str(table.dtype), table.tolist()) if isinstance(table, np.ndarray) else table


@given(WEIGHTS)
def test_choices_have_exactly_the_shares_of_their_weights(weights: list[float]) -> None:
    choices = Choices.of_rows([(range(len(weights)), weights)])
    shares: Counter[int] = Counter()
    values = choices.value.tolist()
    for value, alias in zip(values, choices.alias.tolist(), strict=True):
        keep, other = alias >> 32, values[alias & (CERTAIN - 1)]
        shares[value] += keep + (value == other)
        shares[other] += CERTAIN - keep - (value == other)
    columns = len(values)
    for number, weight in enumerate(weights):
        assert shares[number] / CERTAIN / columns == pytest.approx(weight / sum(weights), abs=1e-8)
        assert weight > 0 or shares[number] == 0


@given(st.lists(WEIGHTS, min_size=1, max_size=5), st.data())
def test_a_row_draws_its_own_values_only(rows: list[list[float]], data: st.DataObject) -> None:
    choices = Choices.of_rows(
        [([100 * row + n for n in range(len(weights))], weights) for row, weights in enumerate(rows)]
    )
    row = data.draw(st.integers(0, len(rows) - 1))
    bits = np.array([0, 1, 2**63, 2**64 - 1, data.draw(st.integers(0, 2**64 - 1))], dtype=np.uint64)
    for drawn in choices.draw(np.full(5, row), bits).tolist():
        assert drawn // 100 == row
        assert rows[row][drawn % 100] > 0


def test_drawn_shares_are_those_of_the_weights() -> None:
    bits = np.random.Generator(np.random.PCG64(5)).integers(0, 2**64, 200_000, dtype=np.uint64)
    drawn = np.bincount(Choices.of_rows([(range(4), [5, 0, 3, 2])]).draw(0, bits)) / len(bits)
    assert drawn.tolist() == pytest.approx([0.5, 0, 0.3, 0.2], abs=0.005)


def test_thresholds_stay_within_32_bits() -> None:
    assert [threshold(0), threshold(0.5), threshold(1)] == [0, 1 << 31, CERTAIN - 1]


def test_think_times_are_lognormal_around_the_pages_median_and_under_the_timeout() -> None:
    profile = load_profile("shop")
    profile = profile.model_copy(update={"sessions": profile.sessions.model_copy(update={"pace_sigma": 0.0})})
    sessions = draw_tables(profile, 7).sessions
    bits = np.arange(0, CERTAIN, 1 << 14, dtype=np.uint64)
    for number, page in enumerate(profile.pages.values()):
        gaps = sessions.waits.times_ms(np.full(len(bits), number), np.zeros(len(bits), dtype=np.int64), bits)
        assert np.median(gaps) == pytest.approx(page.think_s * 1000, rel=0.03)
        assert gaps.max() < 1_790_000
        assert np.log(gaps[gaps > 0]).std() == pytest.approx(profile.sessions.think_sigma, abs=0.07)


def test_think_times_under_way_are_longer_in_proportion_to_their_length() -> None:
    """A moment falls into a gap with a chance proportional to it: the mean is E[g²] / E[g]."""
    sessions = shop().sessions
    bits = np.arange(0, CERTAIN, 1 << 12, dtype=np.uint64)
    pages = np.full(len(bits), 3)
    gaps = sessions.waits.times_ms(pages, np.zeros_like(pages), bits).astype(float)
    assert sessions.waits.times_under_way_ms(pages, np.zeros_like(pages), bits).mean() == pytest.approx(
        (gaps**2).mean() / gaps.mean(), rel=0.01
    )


def test_stored_tables_come_back_unchanged(tmp_path: Path) -> None:
    save_tables(shop(), tmp_path / "tables.npz")
    assert plain(load_tables(tmp_path / "tables.npz")) == plain(shop())


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "other version"])
def test_tables_that_cannot_be_read_are_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "tables.npz"
    save_tables(shop(), path)
    if damage == "missing":
        path.unlink()
    elif damage == "other version":
        with np.load(path) as stored:
            arrays = dict(stored)
        np.savez(path, **{**arrays, "version": np.array(99)})
    else:
        path.write_bytes(path.read_bytes()[: {"empty": 0, "cut": 5000}[damage]])
    with pytest.raises(EnvironmentProblem, match=r"tables\.npz"):
        load_tables(path)


def test_the_seed_decides_about_pools_and_nothing_else() -> None:
    profile = load_profile("shop")
    again, other = draw_tables(profile, 7), draw_tables(profile, 8)
    assert plain(again) == plain(shop())
    assert plain(other.sessions) == plain(again.sessions)
    assert plain(other.site) == plain(again.site)
    assert other.catalogue.product_ids != again.catalogue.product_ids
    assert other.audience.cities != again.audience.cities


def test_pools_are_what_the_profile_asks_for() -> None:
    tables: Tables = shop()
    assert len(set(tables.catalogue.product_ids)) == 4000
    assert set(tables.catalogue.product_category.tolist()) == {0, 1, 2, 3, 4}
    german = {
        city for city, code in zip(tables.audience.cities, tables.audience.countries, strict=True) if code == "DE"
    }
    assert len(german) == 40
    prices = tables.catalogue.price_cents[tables.catalogue.product_category == 0]
    assert prices.min() >= 900
    assert prices.max() <= 18_000


def test_tables_of_the_version_before_are_read(tmp_path: Path) -> None:
    tables = draw_tables(load_profile("shop"), 1)
    save_tables(tables, tmp_path / "now.npz")
    with np.load(tmp_path / "now.npz") as stored:
        arrays = {name: stored[name] for name in stored.files if not name.startswith("site.revisits.")}
    added = {"step", "pages", "at_once", "pause", "paused", "unit_ms"}
    before = {}
    for name, array in arrays.items():
        _, of_waits, key = name.partition("sessions.waits.")
        if key not in added:
            before[f"sessions.{key}" if of_waits else name] = array
    np.savez(tmp_path / "before.npz", **{**before, "version": np.array(4)})
    again = load_tables(tmp_path / "before.npz")
    assert again.sessions.waits.stays.tolist() == tables.sessions.waits.stays.tolist()
    assert again.sessions.waits.pages == len(tables.site.names)
    assert again.site.revisits.depth == 0
