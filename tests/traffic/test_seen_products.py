"""What visits remember of products: those seen are shown again, and related ones follow, as often as stated."""

from functools import cache

import numpy as np
import pytest

from clickgen.model.errors import UsageProblem
from clickgen.profile.load import load_profile, load_profile_text
from clickgen.profile.model import Profile
from clickgen.profile.tables import draw_tables
from clickgen.traffic.portrait import Sample

SEED = 5
SEEN_AGAIN, RELATED = [0.02, 0.15, 0.08], 0.3
CHANCE = 0.06  # that a popular product is shown anyway


def shop_with(memory: str) -> Profile:
    """The shop, whose visits remember products as these lines say."""
    lines = load_profile("shop").text.splitlines(keepends=True)
    text = "".join(line for line in lines if not line.startswith(("seen_again", "related")))
    return load_profile_text(text.replace("[catalogue]\n", f"[catalogue]\n{memory}"), "shop.toml")


@cache
def shop() -> Profile:
    """The shop, whose visits remember products as this test expects."""
    return shop_with(f"seen_again = {SEEN_AGAIN}\nrelated = {RELATED}\nrelated_products = 4\n")


def after_product(profile: Profile) -> tuple[list[list[int]], list[int]]:
    """Of product pages after a product page: four products seen before, the latest first, and what was shown."""
    sample = Sample.draw(profile, sessions=30_000, seed=SEED)
    facts, words = sample.facts, sample.vocabulary
    shows = np.array([page.shows == "product" and page.cart != "add" for page in words.pages]).take(facts.page)
    before: list[list[int]] = []
    shown: list[int] = []
    ends = [*sample.first[1:].tolist(), len(facts)]
    for begin, end in zip(sample.first.tolist(), ends, strict=True):
        seen: list[int] = []
        for place in range(begin, end):
            if not shows[place]:
                continue
            if place > begin and shows[place - 1] and len(seen) > 3:
                before.append(seen[:4])
                shown.append(int(facts.item[place]))
            seen.insert(0, int(facts.item[place]))
    return before, shown


def test_products_are_seen_again_and_related_ones_follow_as_often_as_stated() -> None:
    before, shown = after_product(shop())
    tables = draw_tables(shop(), SEED).catalogue
    assert len(shown) > 5000
    begin, size = tables.related.row >> np.uint64(32), tables.related.row & np.uint64(0xFFFFFFFF)
    related = [
        item in tables.related.value[int(begin[seen[0]]) : int(begin[seen[0]] + size[seen[0]])].tolist()
        for seen, item in zip(before, shown, strict=True)
    ]
    assert RELATED - 0.01 < np.mean(related) < RELATED + CHANCE
    for lag, chance in enumerate(SEEN_AGAIN):
        all_different = [
            (seen[lag], item) for seen, item in zip(before, shown, strict=True) if len(set(seen)) == len(seen)
        ]
        assert len(all_different) > 3000
        again = [remembered == item for remembered, item in all_different]
        assert chance - 0.02 < np.mean(again) < chance + CHANCE


def test_without_a_memory_products_hardly_come_again() -> None:
    before, shown = after_product(shop_with(""))
    again = [item in seen for seen, item in zip(before, shown, strict=True)]
    assert np.mean(again) < 0.1


def test_the_products_of_a_category_follow_its_page_whatever_was_seen() -> None:
    sample = Sample.draw(shop(), sessions=5000, seed=SEED)
    facts, words = sample.facts, sample.vocabulary
    shows = [page.shows for page in words.pages]
    carts = [page.cart for page in words.pages]
    for place in range(1, len(facts)):
        page, previous = int(facts.page[place]), int(facts.page[place - 1])
        if facts.page_number[place] == 1 or shows[page] != "product" or carts[page] == "add":
            continue
        if shows[previous] == "category":
            named = words.products[int(facts.item[place])].category
            assert named == words.categories[int(facts.item[place - 1])]


def test_chances_of_one_page_are_at_most_one() -> None:
    with pytest.raises(UsageProblem, match="seen_again and related are chances of one page"):
        shop_with("seen_again = [0.6, 0.3]\nrelated = 0.2\n")
