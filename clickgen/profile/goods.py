"""The model of a profile's catalogue: what is sold or read, and which of it people see."""

import math
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from clickgen.profile.page_products import MOST_REMEMBERED
from clickgen.profile.section import Chance, Section, Text, check_sum, sums_to_one


class Category(Section):
    """A part of the catalogue."""

    share: Chance = Field(description="Share of the products.")
    nouns: list[Text] = Field(min_length=1, description="What its products are called.")
    price: list[Annotated[float, Field(ge=0.01, le=100_000)]] | None = Field(
        default=None, min_length=2, max_length=2, description="Lowest and highest price, where something is sold."
    )

    @model_validator(mode="after")
    def _price_in_order(self) -> Self:
        if self.price and self.price[0] > self.price[1]:
            raise ValueError(f"price: the lower bound {self.price[0]} is above the upper bound {self.price[1]}")
        return self


class PopularityStep(Section):
    """Some products that are equally popular."""

    products: int = Field(ge=1, le=50_000, description="How many products.")
    share: Chance = Field(description="Their share of the views, all of them together.")


class Catalogue(Section):
    """What is sold, or without a currency and prices, what is read."""

    currency: str | None = Field(
        default=None, pattern=r"^[A-Z]{3}$", description="ISO 4217 code; none if nothing is sold."
    )
    products: int = Field(ge=1, le=50_000, description="How many products.")
    popularity: float = Field(ge=0, le=3, description="Exponent of Zipf's law over the products.")
    popularity_steps: list[PopularityStep] = Field(
        default=[],
        max_length=1000,
        description="How popular products are where that does not follow Zipf's law, in the order of their ranks.",
    )
    quantities: list[Chance] = Field(
        default=[1.0],
        min_length=1,
        max_length=9,
        description="Shares of one, two, three … pieces when something is put into the cart.",
    )
    categories: Annotated[dict[str, Category], AfterValidator(sums_to_one)] = Field(
        min_length=1, description="Categories by name."
    )
    seen_again: list[Chance] = Field(
        default=[],
        max_length=MOST_REMEMBERED,
        description="Chance that a page shows the product shown one, two, … products before in the visit.",
    )
    related: Chance = Field(
        default=0.0,
        description="Chance that a page shows a product that is often seen with the last one, of its category.",
    )
    related_products: int = Field(default=5, ge=1, le=50, description="How many products are related to each.")

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        check_sum(self.quantities)
        if self.popularity_steps:
            sums_to_one(self.popularity_steps)
            if sum(step.products for step in self.popularity_steps) != self.products:
                raise ValueError("popularity_steps has to be about as many products as there are")
        if math.fsum([*self.seen_again, self.related]) > 1:
            raise ValueError("seen_again and related are chances of one page, and together more than 1")
        for name, category in self.categories.items():
            if self.currency is None and category.price is not None:
                raise ValueError(f'category "{name}" has prices, but the catalogue has no currency')
            if self.currency is not None and category.price is None:
                raise ValueError(f'category "{name}" has no price = [lowest, highest] in {self.currency}')
        return self
