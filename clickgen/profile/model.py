"""The model of a profile: what a TOML file may say about the traffic of a site."""

import math
from collections.abc import Iterable
from typing import Annotated, Literal, Protocol, Self, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PrivateAttr, model_validator

SHARE_TOLERANCE = 0.001
PLACEHOLDERS = {"nothing": (), "category": ("category",), "search": ("term",), "product": ("product", "category")}

Chance = Annotated[float, Field(ge=0, le=1)]
Seconds = Annotated[float, Field(gt=0)]
Text = Annotated[str, Field(min_length=1, max_length=200)]


def _sums_to_one(shares: dict[str, float]) -> dict[str, float]:
    _check_sum(shares.values())
    return shares


def _check_sum(shares: Iterable[float]) -> None:
    total = math.fsum(shares)
    if abs(total - 1) > SHARE_TOLERANCE:
        raise ValueError(f"the shares add up to {total:.4g}, not to 1")


Shares = Annotated[dict[str, Chance], Field(min_length=1), AfterValidator(_sums_to_one)]


class _HasShare(Protocol):
    share: float


_Shared = TypeVar("_Shared", bound=_HasShare)


def _share_list_sums(entries: list[_Shared]) -> list[_Shared]:
    _check_sum(entry.share for entry in entries)
    return entries


class Section(BaseModel):
    """A table of the file: unknown keys are errors, and nothing is converted on the quiet."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Page(Section):
    """One kind of page, or one thing done on it, that an event reports.

    event: the event's type. path: as the visitor sees it; {category}, {product}, {term} stand for what is shown.
    shows: what the page is about. think_s: the median of the time until the next click. next: the shares of
    the pages that follow.
    cart: "add" puts the product shown on the page before into the cart; "needs" is only reached with
    something in the cart; "order" needs it too, buys it and leaves the cart empty.
    """

    event: Text
    path: Text
    shows: Literal["nothing", "category", "search", "product"] = "nothing"
    cart: Literal["keep", "add", "needs", "order"] = "keep"
    think_s: Seconds
    next: Shares

    @model_validator(mode="after")
    def _path_can_be_filled(self) -> Self:
        allowed = dict.fromkeys(PLACEHOLDERS[self.shows], "")
        try:
            self.path.format(**allowed)
        except (KeyError, IndexError, AttributeError, ValueError) as problem:
            raise ValueError(
                f"path {self.path!r} cannot be filled in ({problem}); "
                f"a page that shows {self.shows} knows {sorted(allowed) or 'no placeholder'}"
            ) from problem
        if self.cart == "add" and self.shows != "product":
            raise ValueError('a page with cart = "add" must have shows = "product"')
        return self


class Sessions(Section):
    """How visits begin, go on and end.

    entry: the shares of the pages that sessions begin with. go_on: the chance of another click after the
    first, second, … page; the last value holds for all later ones. max_pages: where every session ends.
    think_sigma: the sigma of the lognormal think times. timeout_s: a gap as long as this ends a session.
    """

    entry: Shares
    go_on: Annotated[list[Annotated[float, Field(gt=0, lt=1)]], Field(min_length=1)]
    max_pages: Annotated[int, Field(ge=2, le=1000)] = 200
    think_sigma: Annotated[float, Field(gt=0, le=3)]
    timeout_s: Annotated[float, Field(ge=60, le=86400)] = 1800.0


class Visitors(Section):
    """Who comes back: the share of sessions of returning visitors, and after how many hours.

    The time since the visit that a returning visitor is drawn from has a density that falls as 1 / time
    between the two bounds.
    """

    returning: Annotated[float, Field(ge=0, le=0.9)]
    returns_after_h: Annotated[float, Field(gt=0)] = 1.0
    returns_within_h: Annotated[float, Field(gt=0)] = 720.0

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.returns_within_h <= self.returns_after_h:
            raise ValueError("returns_within_h must be more than returns_after_h")
        return self


class System(Section):
    """An operating system of a kind of device, and the browsers seen on it."""

    os: Text
    share: Chance
    browsers: Shares


class Device(Section):
    """A kind of device: its share of the visitors, and its operating systems."""

    type: Text
    share: Chance
    systems: Annotated[list[System], Field(min_length=1), AfterValidator(_share_list_sums)]


def _known_to_faker(locale: str) -> str:
    from faker.config import AVAILABLE_LOCALES  # noqa: PLC0415  # slow to import, and a worker needs none of it

    if locale not in AVAILABLE_LOCALES:
        raise ValueError(f'Faker has no locale "{locale}"')
    return locale


class Country(Section):
    """Where visitors live: ISO code, the Faker locale that names its cities, how many of them, languages."""

    code: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    locale: Annotated[str, AfterValidator(_known_to_faker)]
    share: Chance
    cities: Annotated[int, Field(ge=1, le=500)]
    languages: Shares


class Utm(Section):
    """The campaign that a link was tagged with."""

    source: Text
    medium: Text
    campaign: Text


class Channel(Section):
    """How sessions come to the site: the referrer and the UTM tags of their landing page."""

    name: Text
    share: Chance
    referrer: Text | None = None
    utm: Utm | None = None


class Category(Section):
    """A part of the catalogue: its share of the products, what they are called, the range of their prices."""

    share: Chance
    nouns: Annotated[list[Text], Field(min_length=1)]
    price: Annotated[list[Annotated[float, Field(ge=0.01, le=100_000)]], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _price_in_order(self) -> Self:
        if self.price[0] > self.price[1]:
            raise ValueError(f"price: the lower bound {self.price[0]} is above the upper bound {self.price[1]}")
        return self


def _category_shares(categories: dict[str, Category]) -> dict[str, Category]:
    _check_sum(category.share for category in categories.values())
    return categories


class Catalogue(Section):
    """What is sold. popularity: the exponent of Zipf's law over the products. quantities: the shares of
    one, two, three … pieces when something is put into the cart.
    """

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    products: Annotated[int, Field(ge=1, le=50_000)]
    popularity: Annotated[float, Field(ge=0, le=3)]
    quantities: Annotated[list[Chance], Field(min_length=1, max_length=9)]
    categories: Annotated[dict[str, Category], Field(min_length=1), AfterValidator(_category_shares)]

    @model_validator(mode="after")
    def _quantities_sum(self) -> Self:
        _check_sum(self.quantities)
        return self


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError, OSError) as problem:
        raise ValueError(f'there is no time zone "{zone}" here; write one like Europe/Berlin, or UTC') from problem
    return zone


def _not_all_zero(weights: list[float]) -> list[float]:
    if not any(weights):
        raise ValueError("all weights are 0")
    return weights


_Weights = Annotated[list[Annotated[float, Field(ge=0, le=1e6)]], AfterValidator(_not_all_zero)]


class Rhythm(Section):
    """How busy the site is through a day and through a week, as weights; only --schedule day asks for it.

    hours: of the hours from midnight on, each reached in the middle of its hour. weekdays: Monday first. zone:
    whose midnight and whose Monday.
    """

    hours: Annotated[_Weights, Field(min_length=24, max_length=24)]
    weekdays: Annotated[_Weights, Field(min_length=7, max_length=7)] = [1.0] * 7
    zone: Annotated[str, AfterValidator(_known_zone)] = "UTC"


class Profile(Section):
    """What the traffic of a site looks like, as one TOML file says it."""

    description: Text
    sessions: Sessions
    pages: Annotated[dict[str, Page], Field(min_length=1, max_length=10_000)]
    visitors: Visitors
    devices: Annotated[list[Device], Field(min_length=1), AfterValidator(_share_list_sums)]
    countries: Annotated[list[Country], Field(min_length=1), AfterValidator(_share_list_sums)]
    channels: Annotated[list[Channel], Field(min_length=1), AfterValidator(_share_list_sums)]
    catalogue: Catalogue
    rhythm: Rhythm | None = None

    _text: str = PrivateAttr(default="")

    @property
    def text(self) -> str:
        """The TOML that the profile was loaded from, byte for byte."""
        return self._text

    @classmethod
    def from_toml(cls, values: object, text: str) -> Self:
        """The profile of parsed TOML, keeping its source; raises pydantic.ValidationError."""
        profile = cls.model_validate(values)
        profile._text = text
        return profile
