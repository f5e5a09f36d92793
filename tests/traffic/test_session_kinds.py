"""Kinds of sessions, the chance to leave by page, and the pace of a visit: each is found again in the traffic.

Samples are of 20,000 visits, 5,000 of them archivists': three standard errors of a share are .009 to .013.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from clickgen.pace.schedule import ConstantRate
from clickgen.profile.load import load_profile
from clickgen.profile.survival import mean_pages
from clickgen.profile.tables import Tables, draw_tables, load_tables, save_tables
from clickgen.schema.registry import layout_of
from clickgen.traffic.portrait import Sample
from clickgen.traffic.simulation import SimulatedLane, vocabulary_of
from tests.support.simulated import RUN, START_MS, read_events

PROFILE = str(Path(__file__).parents[1] / "profile" / "session_kinds.toml")
HOME, POST, ARCHIVE = range(3)


@cache
def tables() -> Tables:
    return draw_tables(load_profile(PROFILE), 5)


@pytest.fixture(scope="module")
def sample() -> Sample:
    return Sample.draw(load_profile(PROFILE), sessions=20_000, seed=5)


def visits(sample: Sample) -> Iterator[tuple[list[int], list[int]]]:
    """The pages of each visit, and its times in ms."""
    ends = [*sample.first[1:].tolist(), len(sample.facts)]
    pages, times = sample.facts.page.tolist(), sample.facts.time_ms.tolist()
    for begin, end in zip(sample.first.tolist(), ends, strict=True):
        yield pages[begin:end], times[begin:end]


def test_each_kind_has_its_share_and_its_own_ways(sample: Sample) -> None:
    found = [pages for pages, _ in visits(sample)]
    archivists = [pages for pages in found if pages[0] == ARCHIVE]
    readers = [pages for pages in found if pages[0] == POST]
    assert len(archivists) + len(readers) == len(found)
    assert len(archivists) / len(found) == pytest.approx(0.25, abs=0.01)
    assert np.mean([len(pages) == 1 for pages in readers]) == pytest.approx(0.8, abs=0.01)
    assert np.mean([len(pages) == 1 for pages in archivists]) == pytest.approx(0.1, abs=0.013)
    assert all(pages[1] == POST for pages in archivists if len(pages) > 1)


def test_a_chance_to_leave_may_depend_on_the_page_before(sample: Sample) -> None:
    after_archive = [pages for pages, _ in visits(sample) if pages[0] == ARCHIVE and len(pages) > 1]
    assert np.mean([len(pages) == 2 for pages in after_archive]) == pytest.approx(0.05, abs=0.01)
    assert all(pages[2] == ARCHIVE for pages in after_archive if len(pages) > 2)


def test_the_mean_length_of_visits_is_the_one_that_is_stated(sample: Sample) -> None:
    lengths = np.diff([*sample.first.tolist(), len(sample.facts)])
    assert mean_pages(load_profile(PROFILE)) == pytest.approx(lengths.mean(), rel=0.02)
    assert tables().sessions.pages_e6 / 1e6 == pytest.approx(mean_pages(load_profile(PROFILE)))


def test_a_slow_visit_is_slow_on_every_page(sample: Sample) -> None:
    first, second = [], []
    for pages, times in visits(sample):
        if pages[0] == ARCHIVE and len(pages) > 2:
            first.append(np.log(max(times[1] - times[0], 1)))
            second.append(np.log(max(times[2] - times[1], 1)))
    assert np.exp(np.median(first)) == pytest.approx(30_000, rel=0.06)
    assert np.exp(np.median(second)) == pytest.approx(60_000, rel=0.06)
    # two gaps of one visit share its pace: .36 of a variance of .36 + .25
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.36 / 0.61, abs=0.05)
    assert np.std(first) == pytest.approx(0.61**0.5, rel=0.06)


def test_a_run_begins_in_the_steady_state_of_all_its_kinds() -> None:
    rate, layout = 200, layout_of("flat", vocabulary_of(tables()))
    lane = SimulatedLane(
        tables(),
        run=RUN,
        lane=0,
        lanes=1,
        seed=5,
        start_ms=START_MS,
        due=ConstantRate(rate).due,
        rate=rate,
        count=rate * 600,
        layout=layout,
    )
    events = read_events(lane)
    early, late = events[: rate * 60], events[-rate * 60 :]
    for path in ("/", "/post", "/archive"):
        shares = [np.mean([event["page"] == path for event in part]) for part in (early, late)]
        assert shares[0] > 0
        assert shares[0] == pytest.approx(shares[1], abs=0.02)
    depths = [np.mean([event["page_number"] for event in part]) for part in (early, late)]
    assert depths[0] == pytest.approx(depths[1], rel=0.07)
    starts = [np.mean([event["page_number"] == 1 for event in part]) for part in (early, late)]
    assert starts[0] == pytest.approx(1 / mean_pages(load_profile(PROFILE)), rel=0.07)
    assert starts[0] == pytest.approx(starts[1], rel=0.07)


def test_the_tables_of_kinds_survive_being_stored(tmp_path: Path) -> None:
    save_tables(tables(), tmp_path / "tables.npz")
    again = load_tables(tmp_path / "tables.npz")
    assert again.sessions.go_on_from.tolist() == tables().sessions.go_on_from.tolist()
    assert again.sessions.waits.pace.tolist() == tables().sessions.waits.pace.tolist()
