"""Visits that are simulated to their ends at once give the bytes that they give window by window."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.profile.load import load_profile
from clickgen.profile.tables import Tables, draw_tables
from clickgen.schema.encode import Layout
from clickgen.schema.registry import layout_of
from clickgen.traffic.simulation import natural, vocabulary_of
from clickgen.traffic.simulation.natural import NaturalLane
from tests.support.simulated import RUN, START_MS

NEVER, ALWAYS = 0.0, float("inf")


@cache
def site(profile: str) -> tuple[Tables, Layout]:
    tables = draw_tables(load_profile(profile), 3)
    return tables, layout_of("ga4", vocabulary_of(tables))


def read(
    profile: str, sparse_up_to: float, *, seed: int, events: float, span_s: float
) -> tuple[bytes, list[float]]:
    """The bytes and due times of a lane."""
    tables, layout = site(profile)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(natural, "_MOST_SPARSE", sparse_up_to)
        lane = NaturalLane(
            tables,
            run=RUN,
            lane=1,
            lanes=2,
            seed=seed,
            since_ms=START_MS,
            until_ms=START_MS + round(span_s * 1000),
            rate=events / span_s,
            layout=layout,
        )
    data, due = b"", []
    while (block := lane.next_block()) is not None:
        data += bytes(block.data)
        due += block.due.tolist()
    return data, due


@settings(max_examples=8, deadline=None)
@given(
    st.sampled_from(["shop", "news", "prime-day"]),
    st.integers(0, 2**32),
    st.integers(1, 1000),
    st.sampled_from([3.0, 600.0, 86_400.0, 1e6]),  # within one window, and over many
)
def test_a_lane_is_the_same_as_window_by_window(profile: str, seed: int, events: int, span_s: float) -> None:
    by_window = read(profile, NEVER, seed=seed, events=events, span_s=span_s)
    at_once = read(profile, ALWAYS, seed=seed, events=events, span_s=span_s)
    assert at_once == by_window


def test_clicks_in_the_same_millisecond_keep_their_order() -> None:
    data, due = read("shop", NEVER, seed=5, events=15_000, span_s=10.0)
    assert len(set(due)) < len(due) - 1500  # so many share one
    assert read("shop", ALWAYS, seed=5, events=15_000, span_s=10.0) == (data, due)
