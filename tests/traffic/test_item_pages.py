"""Pages that say which product they show: a new one of some ranks, the same again, or one seen before."""

from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from clickgen.model.errors import UsageProblem
from clickgen.profile.load import load_profile_text
from clickgen.profile.model import Profile
from clickgen.traffic.portrait import Sample

TEXT = Path(__file__).with_name("item_pages.toml").read_text()
Visit = list[tuple[str, int]]  # pages, and the products that they showed


def site(old: str = "", new: str = "") -> Profile:
    """The site, with one thing about it changed."""
    assert old in TEXT
    return load_profile_text(TEXT.replace(old, new, 1), "item_pages.toml")


@cache
def visits() -> list[Visit]:
    """Some thousand visits of the site."""
    sample = Sample.draw(site(), sessions=6000, seed=3)
    names = [page.name for page in sample.vocabulary.pages]
    pages, items = sample.facts.page.tolist(), sample.facts.item.tolist()
    ends = [*sample.first[1:].tolist(), len(pages)]
    return [
        [(names[pages[at]], items[at]) for at in range(begin, end)]
        for begin, end in zip(sample.first.tolist(), ends, strict=True)
    ]


def test_the_same_page_shows_the_last_product() -> None:
    for visit in visits():
        for (_, before), (page, item) in pairwise(visit):
            if page == "same":
                assert item == before


def test_new_products_are_new_and_of_their_ranks() -> None:
    known, shown = 0, 0
    for visit in visits():
        for place, (page, item) in enumerate(visit):
            if page in ("first", "rare"):
                assert (item < 40) == (page == "first")
                shown += 1
                known += item in [before for _, before in visit[:place]]
    assert known / shown < 0.02  # a popular product that is drawn three times running is kept


def test_seen_products_were_seen_before_the_last_as_long_ago_as_stated() -> None:
    ago: Counter[int] = Counter()
    for visit in visits():
        order: list[int] = []  # different products, the latest first
        for page, item in visit:
            if page == "seen" and len(order) > 2:
                ago[order.index(item)] += 1
            order = [item, *[one for one in order if one != item]]
    assert set(ago) == {1, 2}
    assert ago[1] / ago.total() == pytest.approx(0.75, abs=0.02)


def test_popularity_is_in_steps() -> None:
    counts = Counter(item for visit in visits() for page, item in visit[:1] if page == "first")
    shares = np.array([counts[rank] for rank in range(40)]) / counts.total()
    assert shares[:4].sum() == pytest.approx(0.5, abs=0.02)
    assert shares[:4] == pytest.approx([0.125] * 4, abs=0.015)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ranks = [41, 400]", "ranks = [41, 401]", "pages.rare.ranks: the catalogue has 400 products"),
        ("ranks = [41, 400]", "ranks = [40, 41, 42]", "pages.rare.ranks"),
        ("ranks = [41, 400]", "ranks = [400, 41]", "ranks is [first, last]"),
        ('"new"\nranks = [1, 40]', '"any"\nranks = [1, 40]\ncategory = "things"', "ranks is for pages with"),
        ('product = "same"', 'product = "last"', "pages.same.product"),
        ('/{product}"\nshows = "product"\nproduct', '"\nproduct', "product is for pages with"),
        ("{ products = 36, share = 0.3 }", "{ products = 36, share = 0.2 }", "add up to 0.9"),
        ("{ products = 36, share = 0.3 }", "{ products = 35, share = 0.3 }", "popularity_steps has to be about"),
        ("think_s = 20\n", "think_s = 20\nthink_shape = [1, 0]\n", "pages.first.think_shape"),
    ],
)
def test_what_cannot_be_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(UsageProblem, match=said.replace("[", r"\[")):
        site(old, new)
