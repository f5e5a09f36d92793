"""Times between clicks by the step, clicks at once, long pauses, whole seconds, and pages gone back to."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from clickgen.model.errors import UsageProblem
from clickgen.pace.schedule import ConstantRate
from clickgen.profile.load import load_profile, load_profile_text
from clickgen.profile.model import Profile
from clickgen.profile.survival import mean_pages
from clickgen.profile.tables import draw_tables, load_tables, save_tables
from clickgen.schema.registry import layout_of
from clickgen.traffic.portrait import Sample
from clickgen.traffic.simulation import SimulatedLane, vocabulary_of
from tests.support.simulated import RUN, START_MS, read_events

SEED = 5
SITE = """
description = "Steps of their own"
[sessions]
entry = { start = 1.0 }
go_on = [0.9]
think_sigma = 0.5
pause_s = 900
pause_sigma = 0.2
pace_sigma = 0.3
again = [0.2, 0.1]
[pages.start]
event = "start"
path = "/start"
think_s = 5
at_once = 1.0
next = { list = 1.0 }
[pages.list]
event = "page_view"
path = "/list"
think_s = 10
pause = 0.1
to = { end = { at_once = 1.0 }, item = { factor = 4.0, think_sigma = 0.2, pause = 0.0 } }
next = { list = 0.3, item = 0.5, end = 0.2 }
[pages.item]
event = "page_view"
path = "/item"
think_s = 20
next = { list = 0.9, end = 0.1 }
[pages.end]
event = "end"
path = "/end"
think_s = 1
next = { start = 1.0 }
leave = 1.0
[visitors]
returning = 0.1
"""
START, LIST, ITEM, END = range(4)


@cache
def site(more: str = "") -> Profile:
    """The site, with devices, countries and channels as new profiles have them."""
    audience = load_profile("minimal").text
    audience = audience[audience.index("[[devices]]") :].partition("[catalogue]")[0]
    text = SITE.replace("[sessions]", f"[sessions]\n{more}") + audience
    return load_profile_text(text, "site.toml")


@cache
def steps(more: str = "") -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The page before each step of many visits, the page after, and the time between in ms."""
    facts = Sample.draw(site(more), sessions=6000, seed=SEED).facts
    same = np.flatnonzero(facts.page_number[1:] > 1)
    return facts.page[same], facts.page[same + 1], facts.time_ms[same + 1] - facts.time_ms[same]


def test_what_follows_at_once_takes_no_time() -> None:
    before, after, gaps = steps()
    assert (gaps[before == START] == 0).all()
    assert (gaps[after == END][before[after == END] == LIST] == 0).all()
    assert (gaps[(before == ITEM)] > 0).all()


def test_a_step_has_a_median_and_a_sigma_of_its_own() -> None:
    before, after, gaps = steps()
    own = gaps[(before == LIST) & (after == ITEM)]
    assert np.median(own) == pytest.approx(40_000, rel=0.04)
    # of its own, and that of the pace
    assert np.log(own).std() == pytest.approx((0.2**2 + 0.3**2) ** 0.5, rel=0.06)


def test_long_pauses_are_as_frequent_and_as_long_as_stated_whatever_the_pace() -> None:
    before, after, gaps = steps()
    own = gaps[(before == LIST) & (after == LIST)]
    pauses = own[own > 300_000]
    assert len(pauses) / len(own) == pytest.approx(0.1, abs=0.01)
    assert np.median(pauses) == pytest.approx(900_000, rel=0.04)
    assert np.log(pauses).std() == pytest.approx(0.2, abs=0.02)
    assert np.median(own[own <= 300_000]) == pytest.approx(10_000, rel=0.05)


def test_times_are_whole_multiples_where_the_profile_says_so() -> None:
    before, _, gaps = steps("resolution_s = 1")
    assert (gaps % 1000 == 0).all()
    assert (gaps[before == ITEM] >= 1000).all()
    assert (gaps[before == START] == 0).all()


def test_visits_go_back_as_often_as_stated() -> None:
    facts = Sample.draw(site(), sessions=6000, seed=SEED).facts
    third = np.flatnonzero(facts.page_number > 3)
    # from an item the only ways on are the list and the end; anything else is gone back to
    before, page = facts.page[third - 1], facts.page[third]
    from_item = before == ITEM
    back_to_item = (page == ITEM) & (facts.page[third - 2] == ITEM)
    rows = from_item & (facts.page[third - 2] == ITEM)
    assert np.mean(back_to_item[rows]) > 0.15
    # of list, then item: to the item before that, two pages back
    rows = from_item & (facts.page[third - 2] == LIST) & (facts.page[third - 3] == ITEM)
    assert np.mean((page == ITEM)[rows]) == pytest.approx(0.1, abs=0.02)


def test_the_mean_length_counts_what_is_gone_back_to() -> None:
    sample = Sample.draw(site(), sessions=6000, seed=SEED)
    lengths = np.diff(np.append(sample.first, len(sample.facts)))
    assert mean_pages(site()) == pytest.approx(lengths.mean(), rel=0.03)


def test_a_run_begins_in_the_steady_state() -> None:
    tables, rate = draw_tables(site(), SEED), 100
    lane = SimulatedLane(
        tables,
        run=RUN,
        lane=0,
        lanes=1,
        seed=SEED,
        start_ms=START_MS,
        due=ConstantRate(rate).due,
        rate=rate,
        count=rate * 1200,
        layout=layout_of("flat", vocabulary_of(tables)),
    )
    events = read_events(lane)
    early, late = events[: rate * 120], events[-rate * 300 :]
    for path in ("/start", "/list", "/item", "/end"):
        shares = [np.mean([event["page"] == path for event in part]) for part in (early, late)]
        assert shares[0] == pytest.approx(shares[1], abs=0.03)
    assert len({event["session_id"] for event in events if event["page_number"] == 1}) == sum(
        event["page_number"] == 1 for event in events
    )


def test_the_tables_survive_being_stored(tmp_path: Path) -> None:
    tables = draw_tables(site(), SEED)
    save_tables(tables, tmp_path / "tables.npz")
    again = load_tables(tmp_path / "tables.npz")
    assert again.sessions.waits.step.tolist() == tables.sessions.waits.step.tolist()
    assert again.sessions.waits.pause.tolist() == tables.sessions.waits.pause.tolist()
    assert again.site.revisits.chance.tolist() == tables.site.revisits.chance.tolist()


@pytest.mark.parametrize(
    ("was", "now", "words"),
    [
        ("again = [0.2, 0.1]", "again = [0.9, 0.2]", "together more than 1"),
        ("to = { end", "to = { nd", 'there is no page "nd"'),
        ("pause = 0.1", "pause = 1.5", "pages.list.pause"),
    ],
)
def test_mistakes_are_named(was: str, now: str, words: str) -> None:
    text = site().text.replace(was, now)
    with pytest.raises(UsageProblem, match=words):
        load_profile_text(text, "site.toml")


def test_shipped_profiles_have_none_of_it() -> None:
    waits = draw_tables(load_profile("shop"), SEED).sessions.waits
    assert not waits.exact
    assert len(waits.step) == 0
