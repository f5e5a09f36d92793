"""The tables of what is sold: products with category, price and popularity, and the words people search for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices, threshold
from clickgen.profile.page_products import PageProducts

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.goods import Catalogue, Category
    from clickgen.profile.model import Profile
    from clickgen.profile.pages import Page
    from clickgen.profile.seasons import Campaign

_QUALIFIERS = ("", "cheap ", "best ", "small ", "black ", "white ", "new ", "gift ")


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueTables:
    """Products by number (0 is the most popular), categories and search terms by number.

    During a campaign a category may be more popular and cost less; a product at a lower price has its own number.
    """

    currency: str
    categories: tuple[str, ...]
    terms: tuple[str, ...]  # what visitors search for
    product_ids: tuple[str, ...]
    product_names: tuple[str, ...]
    product_category: NDArray[np.int32]
    price_cents: NDArray[np.int64]
    items: Choices
    """Rows for nothing, a category, a search term, a product, then a product of category 0, 1, …, and of the ranks
    that single pages show; the same again for each campaign, `rows_a_campaign` further on."""
    rows_a_campaign: int
    pages: PageProducts
    quantities: Choices  # one, two, … pieces
    memory: NDArray[np.uint64]
    """Thresholds under which a page shows the product shown 1, 2, … products before, and under the last of them
    one that is related to the last product; empty if visits remember nothing."""
    related: Choices  # for each product those that are related to it

    @classmethod
    def draw(cls, profile: "Profile", seed: int) -> Self:
        """A catalogue made up from the profile, always the same for a seed; an empty one if it has none."""
        if profile.catalogue is None:
            nothing, no_numbers = Choices.of_rows([([0], [1.0])]), np.zeros(0, dtype=np.int64)
            return cls(
                currency="",
                categories=(),
                terms=(),
                product_ids=(),
                product_names=(),
                product_category=no_numbers.astype(np.int32),
                price_cents=no_numbers,
                items=nothing,
                rows_a_campaign=0,
                pages=PageProducts.draw(profile, [], 0),
                quantities=nothing,
                memory=no_numbers.view(np.uint64),
                related=nothing,
            )
        catalogue = profile.catalogue
        names, shelf = list(catalogue.categories), _shelf_of(catalogue, Random(f"{seed} catalogue"))
        terms = _search_terms(catalogue.categories.values())
        bounds = sorted({tuple(page.ranks) for page in profile.pages.values() if page.ranks})
        rows = _items(shelf, len(names), len(terms), bounds)
        first_bounds = len(rows) - len(bounds)
        for campaign in profile.campaigns:
            favoured = names.index(campaign.category) if campaign.category in names else None
            rows += _items(shelf, len(names), len(terms), bounds, favoured, campaign)
        return cls(
            currency=catalogue.currency or "",
            categories=tuple(names),
            terms=terms,
            product_ids=tuple(shelf.ids),
            product_names=tuple(shelf.names),
            product_category=np.array(shelf.category, dtype=np.int32),
            price_cents=np.array(shelf.cents, dtype=np.int64),
            items=Choices.of_rows(rows),
            rows_a_campaign=len(rows) // (1 + len(profile.campaigns)),
            pages=PageProducts.draw(profile, bounds, first_bounds),
            quantities=Choices.of_rows([(range(1, len(catalogue.quantities) + 1), catalogue.quantities)]),
            memory=_memory(catalogue),
            related=_related(shelf, catalogue, seed, profile.pages.values()),
        )

    @property
    def by_category_row(self) -> int:
        """The row of `items` that chooses a product of category 0."""
        return 4


@dataclass(slots=True)
class _Shelf:
    """The products while they are made."""

    ids: list[str]
    names: list[str]
    category: list[int]
    cents: list[int]
    popularity: list[float]  # only of those at the usual price

    def reduced(self, product: int, discount: float) -> int:
        """The number of this product at a lower price."""
        self.ids.append(self.ids[product])
        self.names.append(self.names[product])
        self.category.append(self.category[product])
        self.cents.append(max(1, round(self.cents[product] * (1 - discount))))
        return len(self.ids) - 1


def _shelf_of(catalogue: "Catalogue", dice: Random) -> _Shelf:
    """The products of a catalogue, made up."""
    names = list(catalogue.categories)
    shares = [category.share for category in catalogue.categories.values()]
    # the first products go one to each category, so that none is empty
    spread = [n for n, share in enumerate(shares) if share][: catalogue.products]
    drawn = dice.choices(range(len(names)), shares, k=catalogue.products - len(spread))
    of_category = spread + drawn
    kinds = [catalogue.categories[names[n]] for n in of_category]
    return _Shelf(
        ids=[str(10_000 + n) for n in dice.sample(range(90_000), catalogue.products)],
        names=[dice.choice(kind.nouns) for kind in kinds],
        category=of_category,
        cents=[_price(dice, kind.price[0], kind.price[1]) if kind.price else 0 for kind in kinds],
        popularity=_popularity(catalogue),
    )


def _search_terms(categories: "Iterable[Category]") -> tuple[str, ...]:
    """What visitors look for: the goods of all categories, with and without a word before them."""
    words = (word + noun.lower() for kind in categories for noun in kind.nouns for word in _QUALIFIERS)
    return tuple(dict.fromkeys(words))


def _price(dice: Random, low: float, high: float) -> int:
    """A price in cents between the bounds, equally likely in each doubling, with an ending as shops like it."""
    whole = int(low * (high / low) ** dice.random())
    cents = whole * 100 + dice.choice([99, 99, 95, 90, 50, 0])
    return min(max(cents, round(low * 100)), round(high * 100))


def _popularity(catalogue: "Catalogue") -> list[float]:
    """The weight of each product, the most popular first."""
    if catalogue.popularity_steps:
        return [step.share / step.products for step in catalogue.popularity_steps for _ in range(step.products)]
    return [(rank + 1.0) ** -catalogue.popularity for rank in range(catalogue.products)]


def _items(
    shelf: _Shelf,
    categories: int,
    terms: int,
    bounds: Sequence[tuple[int, ...]],
    favoured: int | None = None,
    campaign: "Campaign | None" = None,
) -> list[tuple[list[int], list[float]]]:
    """Rows of `items`. A category weighs what its products do, so popularity is the same on every path to one."""
    products, popularity = list(range(len(shelf.popularity))), list(shelf.popularity)
    if favoured is not None and campaign is not None:
        for product in [n for n in products if shelf.category[n] == favoured]:
            popularity[product] *= campaign.interest
            if campaign.discount:
                products[product] = shelf.reduced(product, campaign.discount)
    weights = [0.0] * categories
    members: dict[int, list[int]] = {}
    for rank, weight in enumerate(popularity):
        weights[shelf.category[rank]] += weight
        members.setdefault(shelf.category[rank], []).append(rank)
    rows: list[tuple[list[int], list[float]]] = [
        ([0], [1.0]),
        (list(range(categories)), weights),
        (list(range(terms)), [1 / (rank + 1) for rank in range(terms)]),
        (products, popularity),
    ]
    for category in range(categories):
        ranks = members.get(category, [0])  # an empty category weighs nothing and is never shown
        rows.append(([products[rank] for rank in ranks], [popularity[rank] for rank in ranks]))
    rows += [(products[first - 1 : last], popularity[first - 1 : last]) for first, last in bounds]
    return rows


def _memory(catalogue: "Catalogue") -> NDArray[np.uint64]:
    chances = [*catalogue.seen_again, catalogue.related]
    return np.array([threshold(sum_) for sum_ in accumulate(chances)] if any(chances) else [], dtype=np.uint64)


def _related(shelf: _Shelf, catalogue: "Catalogue", seed: int, pages: "Iterable[Page]") -> Choices:
    """For each product others of its category, popular ones more likely; the first is the most usual company."""
    if not catalogue.related or all(page.shows != "product" or page.product != "any" for page in pages):
        return Choices.of_rows([([0], [1.0])])
    dice, most = Random(f"{seed} related"), 2 * catalogue.related_products
    kinds, products = np.array(shelf.category), len(shelf.category)
    popularity = np.array(shelf.popularity)
    bits = np.array([dice.random() for _ in range(products * most)]).reshape(products, most)
    drawn = np.empty((products, most), dtype=np.int64)
    for kind in set(shelf.category):
        members = np.flatnonzero(kinds[: len(popularity)] == kind)
        reached = np.array(list(accumulate(popularity[members].tolist())))
        here = kinds == kind
        drawn[here] = members.take(np.searchsorted(reached[:-1], bits[here] * reached[-1], side="right"))
    number_of = {product: number for number, product in enumerate(shelf.ids)}
    numbers = np.array([number_of[product] for product in shelf.ids])  # the same at every price
    there = numbers.take(drawn) != numbers[:, None]
    for place in range(1, most):
        there[:, place] &= (drawn[:, :place] != drawn[:, place : place + 1]).all(axis=1)
    there &= np.cumsum(there, axis=1) <= catalogue.related_products
    alone = ~there.any(axis=1)  # in a category of one product
    drawn[alone, 0], there[alone, 0] = np.flatnonzero(alone), True
    return Choices.of_ranks(drawn, there)
