"""Sampled sessions: the figures that a profile's picture shows, held to what the profile says."""

import itertools
import json
import re
from functools import cache
from io import StringIO

import numpy as np
import pytest
from rich.console import Console

from clickgen.profile.contexts import Contexts
from clickgen.profile.load import load_profile, load_profile_text, profile_names
from clickgen.profile.model import Profile
from clickgen.profile.published import PUBLISHED
from clickgen.profile.survival import mean_pages, survival_of_people
from clickgen.traffic.likeness import Likeness, likenesses
from clickgen.traffic.portrait import Portrait, Sample
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


def may_follow(profile: Profile, name: str) -> set[str]:
    """The pages that the profile lets follow this one."""
    if any(kind.again for kind in profile.sessions.kinds):  # whatever was seen before
        return set(profile.pages)
    kinds = [kind.pages[name] for kind in profile.sessions.kinds if name in kind.pages]
    page = profile.pages[name]
    steps = [page.next, *(kind.next for kind in kinds if kind.next)]
    afters = [page.after, *(kind.after for kind in kinds)]
    steps += [after.next for each in afters for after in each.values()]
    return {following for step in steps for following in step}


@pytest.mark.parametrize("name", profile_names())
def test_the_figures_are_those_of_the_profile(name: str) -> None:
    profile, found = load_profile(name), portrait(name)
    assert found.lengths.mean() == pytest.approx(mean_pages(profile), rel=0.06)
    survival = [1.0, *survival_of_people(profile, Contexts(profile))]
    for page in range(1, 9):
        assert found.go_on(page) == pytest.approx(survival[page] / survival[page - 1], abs=0.025)
    assert found.returning == pytest.approx(profile.visitors.returning, abs=0.02)
    for device in profile.devices:
        assert found.devices[device.type] == pytest.approx(device.share, abs=0.02)
    assert found.bot_sessions == pytest.approx(profile.bots.share if profile.bots else 0, abs=0.006)
    assert sum(flow.views for flow in found.flows) == pytest.approx(1)
    for flow in found.flows:
        assert flow.leaves + sum(share for _, share in flow.following) == pytest.approx(1)
        assert {name for name, share in flow.following} <= may_follow(profile, flow.page)


def test_the_news_are_read_as_the_recorded_portal_was() -> None:
    found = portrait("news")
    none, one, two = found.surprise
    assert found.lengths.mean() == pytest.approx(4.75, rel=0.05)
    assert np.mean(found.lengths == 1) == pytest.approx(0.369, abs=0.015)
    assert np.percentile(found.lengths, [50, 90, 99]).tolist() == pytest.approx([2, 11, 31], abs=4.5)
    assert none - one == pytest.approx(1.71, abs=0.06)
    assert one - two == pytest.approx(0.20, abs=0.03)
    assert found.landing == pytest.approx(0.28, abs=0.015)
    assert found.one_page_again == pytest.approx(0.29, abs=0.025)
    views = np.log([flow.views for flow in found.flows])
    slope = np.polyfit(np.log(np.arange(1, 18)), views, 1)[0]
    assert slope == pytest.approx(-1.10, abs=0.05)


def test_the_shop_sells_as_published_and_the_application_sells_nothing() -> None:
    funnel = portrait("shop").funnel
    assert funnel is not None
    assert funnel.viewed > funnel.added > funnel.bought > 0
    assert funnel.carted == pytest.approx(0.07, abs=0.012)
    assert funnel.ordered == pytest.approx(0.31, abs=0.04)
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
    assert not told & {
        PUBLISHED[key].what for key in ("carted", "ordered", "seen_again", "view_slope", "popularity", "peak_hour")
    }
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


def verdicts(profile: Profile) -> dict[str, str]:
    """How figures of the profile compare with published ones, by what they are."""
    figures = Portrait.of(Sample.draw(profile, sessions=12_000, seed=5))
    found = {each.published.what: each.verdict for each in likenesses(profile, figures)}
    return {key: found[published.what] for key, published in PUBLISHED.items() if published.what in found}


OF_THE_PORTAL = ("memory_1", "memory_2", "landing", "one_kind")


def test_news_whose_visits_wander_are_not_called_like_the_portal() -> None:
    news = load_profile("news")
    assert {verdicts(news)[key] for key in OF_THE_PORTAL} == {"like"}
    kinds = [kind.model_copy(update={"again": None, "pages": {}}) for kind in news.sessions.kinds]
    entry = {name: 0.78 if name == "front" else 0.22 / 16 for name in news.pages}
    wander = news.sessions.model_copy(update={"kinds": kinds, "entry": entry})
    found = verdicts(news.model_copy(update={"sessions": wander}))
    assert {key: found[key] for key in OF_THE_PORTAL} == {
        "memory_1": "less",
        "memory_2": "less",
        "landing": "more",
        "one_kind": "less",
    }


def test_a_shop_whose_visits_forget_what_they_saw_is_not_called_like_recorded_ones() -> None:
    shop = load_profile("shop")
    assert {verdicts(shop)[key] for key in ("seen_again", "view_slope")} == {"like"}
    assert shop.catalogue is not None
    forgetful = shop.catalogue.model_copy(update={"seen_again": [], "related": 0.0, "popularity": 0.85})
    found = verdicts(shop.model_copy(update={"catalogue": forgetful}))
    assert (found["seen_again"], found["view_slope"]) == ("less", "more")


def test_a_picture_says_what_like_means() -> None:
    console = Console(file=StringIO(), width=80, highlight=False, color_system=None)
    with console.capture() as said:
        console.print(picture("news"))
    assert "like: what is published, or at most 10.0 % below or above it" in said.get()
