"""Sampled sessions: the figures that a profile's picture shows, held to what the profile says."""

import itertools
import json
import re
from functools import cache
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from clickgen.profile.load import load_profile, load_profile_text, profile_names
from clickgen.profile.published import PUBLISHED
from clickgen.profile.survival import mean_pages
from clickgen.traffic.portrait import Likeness, Portrait, Sample, likenesses
from clickgen.view.profile import ProfilePicture
from clickgen.view.profiles import picture_json


@cache
def sample(name: str) -> Sample:
    return Sample.draw(load_profile(name), sessions=12_000, seed=5)


@cache
def portrait(name: str) -> Portrait:
    return Portrait.of(sample(name))


def test_a_sample_holds_whole_sessions_in_order() -> None:
    facts, first = sample("news").facts, sample("news").first
    assert abs(len(first) - 12_000) < 300
    for begin, end in itertools.pairwise([*first.tolist(), len(facts)]):
        assert len(set(facts.session[begin:end].tolist())) == 1
        assert facts.page_number[begin:end].tolist() == list(range(1, end - begin + 1))
        assert (np.diff(facts.time_ms[begin:end]) >= 0).all()


def test_the_same_seed_samples_the_same_sessions_and_campaigns_are_left_out() -> None:
    usual = load_profile("prime-day").model_copy(update={"campaigns": []})
    again, before = Sample.draw(usual, sessions=12_000, seed=5), sample("prime-day")
    for column in ("session", "time_ms", "page", "item"):
        assert (getattr(again.facts, column) == getattr(before.facts, column)).all()


@pytest.mark.parametrize("name", profile_names())
def test_the_figures_are_those_of_the_profile(name: str) -> None:
    profile, found = load_profile(name), portrait(name)
    assert found.lengths.mean() == pytest.approx(mean_pages(profile), rel=0.06)
    for page in range(1, 9):
        chances = profile.sessions.go_on
        assert found.go_on(page) == pytest.approx(chances[min(page, len(chances)) - 1], abs=0.025)
    assert found.returning == pytest.approx(profile.visitors.returning, abs=0.02)
    for device in profile.devices:
        assert found.devices[device.type] == pytest.approx(device.share, abs=0.02)
    assert found.bot_sessions == pytest.approx(profile.bots.share if profile.bots else 0, abs=0.006)
    assert sum(flow.views for flow in found.flows) == pytest.approx(1)
    for flow in found.flows:
        assert flow.leaves + sum(share for _, share in flow.following) == pytest.approx(1)
        assert {name for name, share in flow.following} <= {
            *profile.pages[flow.page].next,
            *(page for after in profile.pages[flow.page].after.values() for page in after.next),
        }


def test_the_news_are_read_as_the_recorded_portal_was() -> None:
    found = portrait("news")
    none, one, two = found.surprise
    assert found.lengths.mean() == pytest.approx(4.75, rel=0.05)
    assert np.mean(found.lengths == 1) == pytest.approx(0.369, abs=0.015)
    assert np.percentile(found.lengths, [50, 90, 99]).tolist() == pytest.approx([2, 11, 31], abs=4.5)
    assert (none, one, two) == pytest.approx((3.69, 2.45, 2.30), abs=0.12)
    assert one - two == pytest.approx(0.15, abs=0.03)
    views = np.log([flow.views for flow in found.flows])
    slope = np.polyfit(np.log(np.arange(1, 18)), views, 1)[0]
    assert slope == pytest.approx(-1.10, abs=0.05)


def test_the_shop_sells_as_published_and_the_application_sells_nothing() -> None:
    funnel = portrait("shop").funnel
    assert funnel is not None
    assert funnel.viewed > funnel.added > funnel.bought > 0
    assert funnel.carted == pytest.approx(0.08, abs=0.012)
    assert funnel.ordered == pytest.approx(0.32, abs=0.04)
    assert portrait("saas").funnel is None


def test_the_memory_of_two_pages_is_seen_in_the_figures() -> None:
    text = f"{load_profile('minimal').text}\n[pages.post.after.post]\nnext = {{ post = 0.97, home = 0.03 }}\n"
    with_memory = Portrait.of(Sample.draw(load_profile_text(text, "mine.toml"), sessions=4000, seed=5)).surprise
    without = portrait("minimal").surprise
    assert without[1] - without[2] == pytest.approx(0, abs=0.004)
    assert with_memory[1] - with_memory[2] > 0.05
    assert with_memory[0] > with_memory[1] > 0


@pytest.mark.parametrize(
    ("key", "value", "verdict"),
    [
        ("pages_mean", 3.0, "like"),
        ("pages_mean", 5.2, "like"),
        ("pages_mean", 5.3, "more"),
        ("pages_mean", 2.4, "less"),
        ("returning", 0.5, "like"),
        ("peak_hour", 11, "earlier"),
        ("peak_hour", 24, "later"),
    ],
)
def test_a_tenth_off_is_still_like_it(key: str, value: float, verdict: str) -> None:
    assert Likeness(value, PUBLISHED[key]).verdict == verdict


def test_only_what_a_profile_has_is_compared() -> None:
    told = {each.published.what for each in likenesses(load_profile("minimal"), portrait("minimal"))}
    assert PUBLISHED["pages_mean"].what in told
    assert not told & {PUBLISHED[key].what for key in ("carted", "ordered", "popularity", "peak_hour")}
    assert len(likenesses(load_profile("shop"), portrait("shop"))) == len(PUBLISHED)


def picture(name: str) -> ProfilePicture:
    profile, figures = load_profile(name), portrait(name)
    return ProfilePicture(name, profile, figures, likenesses(profile, figures))


@pytest.mark.parametrize("width", [80, 100, 140, 200])
@pytest.mark.parametrize("name", ["shop", "news", "prime-day"])
def test_a_picture_fits_its_terminal_and_has_all_its_parts(name: str, width: int) -> None:
    console = Console(file=StringIO(), width=width, highlight=False, color_system=None)
    with console.capture() as said:
        console.print(picture(name))
    lines = said.get().splitlines()
    assert max(map(len, lines)) <= width
    assert all(line == line.rstrip() and line.isprintable() for line in lines)
    assert lines[0].startswith(f"{name}: {load_profile(name).description}"[:70])
    assert ("Funnel: sessions that" in said.get()) is (name != "news")
    for page in load_profile(name).pages:
        assert re.search(rf"{page} +[\d.]+ % of all views", said.get())
    for title in ("Pages a session", "Seconds between clicks", "Chance to go on", "A day, ", "A week", "memory: "):
        assert title in said.get()


def test_the_json_of_a_picture_is_what_the_picture_shows() -> None:
    found = json.loads(json.dumps(picture_json(picture("shop"))))
    figures = portrait("shop")
    assert found["profile"] == "shop"
    assert found["sampled"] == {"sessions": figures.sessions, "events": figures.events}
    assert sum(page["views"] for page in found["pages"]) == pytest.approx(1)
    assert found["go_on"]["1"] == figures.go_on(1)
    assert found["pages_a_session"]["p90"] == np.percentile(figures.lengths, 90)
    assert found["funnel"]["viewed"] > found["funnel"]["added"] > found["funnel"]["bought"]
    assert len(found["hours"]) == 24
    returning = next(row for row in found["published"] if row["what"] == "sessions of returning visitors")
    assert returning["value"] == found["returning"] == figures.returning
    assert (returning["low"], returning["verdict"]) == (0.48, "like")
