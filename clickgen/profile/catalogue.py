"""The tables of what is sold: products with category, price and popularity, and the words people search for."""

from dataclasses import dataclass
from random import Random
from typing import Self

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.choices import Choices
from clickgen.profile.model import Profile

_QUALIFIERS = ("", "cheap ", "best ", "small ", "black ", "white ", "new ", "gift ")


@dataclass(frozen=True, slots=True, eq=False)
class CatalogueTables:
    """Products by number (0 is the most popular), categories and search terms by number.

    items: the rows are nothing, a category, a search term, a product; then a product of category 0, 1, ….
    quantities: one, two, … pieces.
    """

    currency: str
    categories: tuple[str, ...]
    terms: tuple[str, ...]
    product_ids: tuple[str, ...]
    product_names: tuple[str, ...]
    product_category: NDArray[np.int32]
    price_cents: NDArray[np.int64]
    items: Choices
    quantities: Choices

    @classmethod
    def draw(cls, profile: Profile, seed: int) -> Self:
        """A catalogue made up from the profile, always the same for a seed."""
        catalogue, dice = profile.catalogue, Random(f"{seed} catalogue")
        names = list(catalogue.categories)
        shares = [category.share for category in catalogue.categories.values()]
        # the first products go one to each category, so that none is empty
        spread = [n for n, share in enumerate(shares) if share][: catalogue.products]
        drawn = dice.choices(range(len(names)), shares, k=catalogue.products - len(spread))
        of_category = spread + drawn
        products = [catalogue.categories[names[n]] for n in of_category]
        popularity = [(rank + 1.0) ** -catalogue.popularity for rank in range(catalogue.products)]
        terms = tuple(
            dict.fromkeys(
                word + noun.lower()
                for category in catalogue.categories.values()
                for noun in category.nouns
                for word in _QUALIFIERS
            )
        )
        return cls(
            currency=catalogue.currency,
            categories=tuple(names),
            terms=terms,
            product_ids=tuple(str(10_000 + n) for n in dice.sample(range(90_000), catalogue.products)),
            product_names=tuple(dice.choice(product.nouns) for product in products),
            product_category=np.array(of_category, dtype=np.int32),
            price_cents=np.array([_price(dice, *product.price) for product in products], dtype=np.int64),
            items=_items(of_category, popularity, len(names), len(terms)),
            quantities=Choices.of_rows([(range(1, len(catalogue.quantities) + 1), catalogue.quantities)]),
        )

    @property
    def by_category_row(self) -> int:
        """The row of `items` that chooses a product of category 0."""
        return 4


def _price(dice: Random, low: float, high: float) -> int:
    """A price in cents between the bounds, as likely to lie in each doubling, that ends as shops like it."""
    whole = int(low * (high / low) ** dice.random())
    cents = whole * 100 + dice.choice([99, 99, 95, 90, 50, 0])
    return min(max(cents, round(low * 100)), round(high * 100))


def _items(of_category: list[int], popularity: list[float], categories: int, terms: int) -> Choices:
    """Categories weigh what their products weigh, so that popularity is the same on every way to a product."""
    weights = [0.0] * categories
    members: dict[int, list[int]] = {}
    for product, (category, weight) in enumerate(zip(of_category, popularity, strict=True)):
        weights[category] += weight
        members.setdefault(category, []).append(product)
    rows: list[tuple[list[int], list[float]]] = [
        ([0], [1.0]),
        (list(range(categories)), weights),
        (list(range(terms)), [1 / (rank + 1) for rank in range(terms)]),
        (list(range(len(popularity))), popularity),
    ]
    for category in range(categories):
        products = members.get(category, [0])  # an empty category weighs nothing and is never shown
        rows.append((products, [popularity[product] for product in products]))
    return Choices.of_rows(rows)
