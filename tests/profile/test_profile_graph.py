"""The rules between the parts of a profile: pages that lead to each other, carts, categories, campaigns."""

import string
import tomllib
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clickgen.model.errors import UsageProblem
from clickgen.profile.graph import graph_problems, reference_problems
from clickgen.profile.load import load_profile, load_profile_text

SHOP = load_profile("shop").text
MINIMAL = load_profile("minimal").text


def problems(text: str) -> list[str]:
    """What is wrong with a profile, without the places of the lines."""
    with pytest.raises(UsageProblem) as caught:
        load_profile_text(text, "mine.toml")
    return [line.split(": ", 1)[1] for line in caught.value.message.splitlines()]


def site(entry: str, **pages: dict[str, Any]) -> dict[str, Any]:
    """The plain tables of a profile that begins on one page."""
    return {"sessions": {"entry": {entry: 1.0}}, "pages": pages}


@pytest.mark.parametrize(
    ("after", "told"),
    [
        ("after.about", 'pages.post.after.about: "about" does not lead to "post"'),
        ("after.hom", 'pages.post.after.hom: there is no page "hom"; did you mean "home"?'),
    ],
)
def test_the_memory_of_a_page_is_about_pages_that_lead_there(after: str, told: str) -> None:
    assert told in problems(f"{MINIMAL}\n[pages.post.{after}]\nnext = {{ home = 1.0 }}\n")


def test_what_follows_two_pages_is_held_to_the_same_rules() -> None:
    found = problems(f"{MINIMAL}\n[pages.post.after.home]\nnext = {{ hom = 0.7, about = 0.4 }}\n")
    assert found == [
        "pages.post.after.home.next: the shares add up to 1.1, not to 1",
        'pages.post.after.home.next.hom: there is no page "hom"; did you mean "home"?',
    ]


def test_a_page_that_only_memory_leads_to_can_be_reached() -> None:
    text = f"{MINIMAL}\n[pages.rare]\nevent = 'page_view'\npath = '/rare'\nthink_s = 9\nnext = {{ home = 1.0 }}\n"
    assert problems(text) == ["pages.rare: no visitor can reach this page"]
    loaded = load_profile_text(f"{text}\n[pages.post.after.post]\nnext = {{ rare = 1.0 }}\n", "mine.toml")
    assert loaded.pages["post"].after["post"].next == {"rare": 1.0}


def test_a_page_that_needs_a_cart_is_not_reached_where_nothing_is_put_into_one() -> None:
    values = site(
        "home",
        home={"next": {"home": 0.5, "cart": 0.5}},
        cart={"cart": "needs", "next": {"home": 1.0}},
    )
    assert list(graph_problems(values)) == [("pages.cart", "no visitor can reach this page")]


def test_after_an_order_the_cart_is_empty_again() -> None:
    values = site(
        "item",
        item={"shows": "product", "next": {"item": 0.5, "add": 0.5}},
        add={"shows": "product", "cart": "add", "next": {"buy": 1.0}},
        buy={"cart": "order", "next": {"cart": 1.0}},
        cart={"cart": "needs", "next": {"item": 1.0}},
    )
    assert list(graph_problems(values)) == [
        ("pages.buy.next", "with an empty cart no page can follow"),
        ("pages.cart", "no visitor can reach this page"),
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            "[bots]\n",
            "[bots]\nentrance = 1\n",
            "bots.entrance: unknown key; did you mean",
        ),
        ("home = 0.3, category = 0.3", "hme = 0.3, category = 0.3", 'bots.entry.hme: there is no page "hme"; did'),
        (
            "category = 0.3, product = 0.4",
            "cart = 0.3, product = 0.4",
            "bots.entry.cart: a session cannot begin on",
        ),
        ('name = "newsletter"', 'name = "direct"', 'channels[6].name: a second channel is called "direct"'),
        (
            'zone = "Europe/Paris"',
            'zone = "Europe/Pari"',
            'countries[1].zone: there is no time zone "Europe/Pari"',
        ),
        (
            "price = [9, 180]",
            "price = [-9, 180]",
            "catalogue.categories.kitchen.price[0]: input should be greater",
        ),
        ('currency = "EUR"\n', "", "pages.cart.cart: nothing is sold here: the catalogue has no currency"),
        ("price = [8, 350]\n", "", 'catalogue: category "garden" has no price = [lowest, highest] in EUR'),
        (
            'versions = { "15" = 0.40',
            'browser_versions = { "Crome Mobile" = "141" }\nversions = { "15" = 0.40',
            'devices[0].systems[0]: browser_versions: no browser "Crome Mobile" on Android; there are Chrome',
        ),
        ("screens = [[390, 844]", "screens = [[390]", "devices[0].screens[0]: list should have at least 2 items"),
        (
            "growth_per_year = 0.12",
            "growth_per_year = -1",
            "visitors.growth_per_year: input should be greater than",
        ),
        ('title = "Homeware"', 'title = "{product}"', "pages.home: title '{product}' cannot be filled in"),
        (
            'title = "{product}"\nshows = "product"\n',
            'title = "{product}"\nshows = "product"\ncategory = "kitchn"\n',
            'pages.product.category: there is no category "kitchn"; did you mean "kitchen"?',
        ),
        (
            'title = "Homeware"',
            'category = "kitchen"',
            'pages.home: category is for pages with shows = "product"',
        ),
    ],
)
def test_each_rule_between_parts_names_its_place(old: str, new: str, told: str) -> None:
    assert SHOP.count(old) >= 1
    assert any(line.startswith(told) for line in problems(SHOP.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"begins": "soon"}, 'campaigns[0].begins: "soon" is not a time; write how long after the start'),
        ({"lasts": "2 days"}, 'campaigns[0].lasts: "2 days" is not a duration'),
        ({"lasts": "0s"}, 'campaigns[0].lasts: "0s" is not a duration'),
        ({"rate": -1.0}, "campaigns[0].rate: input should be greater than or equal to 0 (given: -1.0)"),
        (
            {"channel": "newslettr"},
            'campaigns[0].channel: there is no channel "newslettr"; did you mean "newsletter"?',
        ),
        (
            {"category": "kitchens"},
            'campaigns[0].category: there is no category "kitchens"; did you mean "kitchen"?',
        ),
        ({"channel_factor": 2.0}, "campaigns[0]: channel_factor needs the channel"),
        ({"discount": 0.2}, "campaigns[0]: interest and discount need the category"),
    ],
)
def test_a_campaign_with_a_mistake_names_its_place(changes: dict[str, object], told: str) -> None:
    campaign = {"name": "sale", "begins": "10m", "lasts": "2h", "rate": 2.0} | changes
    written = "\n".join(f"{key} = {orjson.dumps(value).decode()}" for key, value in campaign.items())
    found = problems(f"{SHOP}\n[[campaigns]]\n{written}\n")
    assert len(found) == 1
    assert found[0].startswith(told)


def test_a_campaign_begins_after_the_start_or_at_a_time() -> None:
    sale = '\n[[campaigns]]\nname = "sale"\nbegins = "{}"\nlasts = "1h30m"\n'
    text = (
        MINIMAL + sale.format("10m") + sale.format("2026-07-08T00:00:00Z") + sale.format("2026-07-08T02:00+02:00")
    )
    spans = [campaign.span_ms(1_000_000) for campaign in load_profile_text(text, "mine.toml").campaigns]
    begin = 1_783_468_800_000  # 2026-07-08 00:00 UTC
    assert spans == [(1_600_000, 7_000_000), (begin, begin + 5_400_000), (begin, begin + 5_400_000)]


def test_without_a_catalogue_nothing_of_it_can_be_shown() -> None:
    text = SHOP[: SHOP.index("# Measured in recorded shops: views")]
    found = problems(text)
    assert "pages.search.shows: a page can show a search only where the profile has a [catalogue]" in found
    assert "pages.cart.cart: a page can be about the cart only where the profile has a [catalogue]" in found
    assert len(found) == 8


names = st.sampled_from("abcd")
junk = st.recursive(
    st.none() | st.booleans() | st.floats(-1, 2) | st.text(string.ascii_letters, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["entry", "next", "after", "cart", "shows", "category", "name"]) | names, inner
        )
    ),
    max_leaves=12,
)
tables = ["sessions", "pages", "bots", "catalogue", "channels", "campaigns"]


@given(st.dictionaries(st.sampled_from(tables), junk))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_the_parts_are_the_rules_only_pass_them_over(values: dict[str, Any]) -> None:
    for path, what in [*graph_problems(values), *reference_problems(values)]:
        assert path
        assert what


@given(
    st.dictionaries(names, st.dictionaries(names, st.sampled_from([0.0, 0.5, 1.0]), min_size=1), min_size=1),
    names,
)
@settings(max_examples=150)
def test_a_page_is_unreachable_exactly_where_no_walk_leads_there(
    links: dict[str, dict[str, float]], entry: str
) -> None:
    reached, before = {entry} & set(links), set[str]()
    while reached != before:
        before = set(reached)
        reached |= {to for name in before for to, share in links[name].items() if share and to in links}
    values = site(entry, **{name: {"next": following} for name, following in links.items()})
    told = {path for path, what in graph_problems(values) if what.startswith("no visitor")}
    assert told == {f"pages.{name}" for name in links if name not in reached}


KINDS = Path(__file__).with_name("session_kinds.toml").read_text(encoding="utf-8")
OF_ARCHIVISTS = "sessions.kinds[1]"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("entry = { archive = 1.0 }", "entry = { archives = 1.0 }", ".entry.archives: there is no page"),
        ("[sessions.kinds.pages.archive]", "[sessions.kinds.pages.archiv]", ".pages.archiv: there is no page"),
        ("next = { post = 1.0 }", "next = { posts = 1.0 }", ".pages.archive.next.posts: there is no page"),
        ("pages.post.after", "pages.home.after", '.pages.home.after.archive: "archive" does not lead to "home"'),
    ],
)
def test_what_a_kind_of_session_does_is_held_to_the_same_rules(old: str, new: str, told: str) -> None:
    assert any(problem.startswith(OF_ARCHIVISTS + told) for problem in problems(KINDS.replace(old, new, 1)))


def test_the_shares_of_kinds_add_up() -> None:
    assert any("the shares add up to 1.1" in problem for problem in problems(KINDS.replace("= 0.25", "= 0.35", 1)))


def test_a_page_is_reached_if_one_kind_of_session_reaches_it() -> None:
    assert list(graph_problems(tomllib.loads(KINDS))) == []
    values = tomllib.loads(KINDS)
    values["pages"]["home"]["next"] = {"post": 1.0}
    assert list(graph_problems(values)) == []
    del values["sessions"]["kinds"][1]["entry"]
    values["sessions"]["kinds"][1]["pages"] = {}
    assert list(graph_problems(values)) == [("pages.archive", "no visitor can reach this page")]
