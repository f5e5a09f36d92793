"""Profiles as people write them: found by name or path, and every mistake of a file told at once."""

import re
import tomllib
from pathlib import Path

import pytest

from clickgen.model.errors import UsageProblem
from clickgen.profile.load import load_profile, load_profile_text, profile_names

SHOP = load_profile("shop").text


def problems(text: str) -> list[str]:
    with pytest.raises(UsageProblem) as caught:
        load_profile_text(text, "mine.toml")
    lines = caught.value.message.splitlines()
    return [re.sub(r"^mine\.toml:\d+: ", "mine.toml:N: ", line) for line in lines]


def changed(old: str, new: str) -> str:
    assert SHOP.count(old) >= 1
    return SHOP.replace(old, new, 1)


def test_every_shipped_profile_loads_and_keeps_its_source() -> None:
    assert "shop" in profile_names()
    for name in profile_names():
        profile = load_profile(name)
        assert load_profile_text(profile.text, name) == profile
        assert tomllib.loads(profile.text)["description"] == profile.description


def test_a_profile_is_found_by_its_path(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(changed("returning = 0.45", "returning = 0.2"))
    assert load_profile(str(tmp_path / "mine.toml")).visitors.returning == 0.2


def test_an_unknown_name_says_what_exists_and_what_was_meant() -> None:
    with pytest.raises(UsageProblem) as caught:
        load_profile("shpo")
    assert 'did you mean "shop"?' in caught.value.message
    assert caught.value.hint is not None
    assert "shop" in caught.value.hint


@pytest.mark.parametrize("kind", ["missing", "directory", "binary", "not toml", "empty"])
def test_a_file_that_is_no_profile_is_named(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.toml"
    if kind == "directory":
        path.mkdir()
    elif kind != "missing":
        path.write_bytes({"binary": b"\xff\x00\x80", "not toml": b"a = = 1", "empty": b""}[kind])
    with pytest.raises(UsageProblem, match=r"mine\.toml"):
        load_profile(str(path))


def test_all_mistakes_are_told_at_once_each_with_its_place() -> None:
    text = SHOP
    for old, new in {
        "go_on = [0.63, 0.73, 0.75,": "go_on = [0.63, 0.73, 1.79,",
        "think_sigma": "think_sigam",
        "think_s = 34": "think_s = -34",
        "category = 0.26, search = 0.08": "category = 0.56, search = 0.08",
        "{ purchase = 0.91": "{ purchse = 0.91",
        "brands": "brands",
        "popularity = 0.25\n": "",
        "price = [9, 180]": "price = [180, 9]",
        'currency = "EUR"': "currency = 7",
    }.items():
        text = text.replace(old, new, 1)
    found = problems(text)
    for start in (
        "mine.toml:N: sessions.go_on[2]: input should be less than 1 (given: 1.79)",
        'mine.toml:N: sessions.think_sigam: unknown key; did you mean "think_sigma"?',
        "mine.toml:N: sessions.think_sigma: missing",
        "mine.toml:N: pages.category.think_s: input should be greater than 0 (given: -34)",
        "mine.toml:N: pages.category.next: the shares add up to 1.3, not to 1",
        'mine.toml:N: pages.checkout.next.purchse: there is no page "purchse"; did you mean "purchase"?',
        "mine.toml:N: pages.purchase: no visitor can reach this page",
        "mine.toml:N: catalogue.popularity: missing",
        "mine.toml:N: catalogue.categories.kitchen: price: the lower bound 180",
        "mine.toml:N: catalogue.currency: input should be a valid string (given: 7)",
    ):
        assert any(line.startswith(start) for line in found), start
    assert len(found) == 10


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "entry = { home = 0.38",
            "entry = { cart = 0.38",
            "sessions.entry.cart: a session cannot begin on a page",
        ),
        ("entry = { home = 0.38", "entry = { add_to_cart = 0.38", "sessions.entry.add_to_cart: a session cannot"),
        ("search = 0.20, product = 0.20", "search = 0.20, add_to_cart = 0.20", "pages.home.next.add_to_cart: "),
        (
            "next = { home = 0.40, category = 0.25, product = 0.20, info = 0.15 }",
            "next = { cart = 1.0 }",
            "pages.info.next",
        ),
        (
            'path = "/c/{category}"',
            'path = "/c/{product}"',
            "pages.category: path '/c/{product}' cannot be filled",
        ),
        ('path = "/c/{category}"', 'path = "/c/{"', "pages.category: path '/c/{' cannot be filled in"),
        ('path = "/"', 'pth = "/"', 'pages.home.pth: unknown key; did you mean "path"?'),
        ('os = "Linux"', 'system = "Linux"', "devices[1].systems[2].system: unknown key; known here: os, share"),
        ('source = "google"', 'sourc = "google"', 'channels[4].utm.sourc: unknown key; did you mean "source"?'),
        ("share = 0.64", "share = 0.74", "devices: the shares add up to 1.1, not to 1"),
        ("quantities = [0.80", "quantities = [0.90", "catalogue: the shares add up to 1.1, not to 1"),
        ("returns_within_h = 720", "returns_within_h = 0.5", "visitors: returns_within_h must be more than"),
        ('code = "DE"', 'code = "Germany"', "countries[0].code: "),
        ('locale = "de_DE"', 'locale = "de_XX"', "countries[0].locale: "),
    ],
)
def test_each_rule_names_its_place(old: str, new: str, line: str) -> None:
    assert any(found.startswith(f"mine.toml:N: {line}") for found in problems(changed(old, new)))


@pytest.mark.parametrize("text", ["pages = 3", "sessions = []", "[pages]\nhome = 1", "[pages.home]\nnext = 4"])
def test_parts_of_the_wrong_type_are_errors_too(text: str) -> None:
    assert len(problems(text)) > 3
