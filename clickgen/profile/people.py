"""The model of a profile's audience: who visits, with what, from where, and what brought them."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from clickgen.profile.places import is_locale
from clickgen.profile.section import Chance, Section, Shares, Text, Zone, sums_to_one

Pixels = Annotated[int, Field(ge=1, le=20_000)]


class Visitors(Section):
    """Who comes back, and who is known.

    The time since a returning visitor's last visit has a density that falls as 1 / time between the two bounds.
    """

    returning: float = Field(ge=0, le=0.9, description="Share of the sessions that are returning visitors'.")
    returns_after_h: float = Field(default=1.0, gt=0, description="Hours after a visit, at least, to the next.")
    returns_within_h: float = Field(default=720.0, gt=0, description="Hours after a visit, at most, to the next.")
    signed_in: Chance = Field(default=0.0, description="Share of the visitors who have an account and use it.")
    population: int | None = Field(
        default=None,
        ge=1,
        description="How many different visitors were there before the run; else as many as there were sessions.",
    )
    growth_per_year: float = Field(
        default=0.0, ge=-0.9, le=10, description="How the natural rate grows in a year: 0.5 is by half."
    )
    churn: Chance = Field(default=0.0, description="Share of the visitors who hardly ever return.")

    @model_validator(mode="after")
    def _bounds_in_order(self) -> Self:
        if self.returns_within_h <= self.returns_after_h:
            raise ValueError("returns_within_h must be more than returns_after_h")
        return self


class System(Section):
    """An operating system of a kind of device, and the browsers seen on it."""

    os: Text = Field(description="Name of the operating system.")
    share: Chance = Field(description="Its share of the kind of device.")
    versions: Shares | None = Field(default=None, description="Its versions and their shares.")
    browsers: Shares = Field(description="Browsers and their shares.")
    browser_versions: dict[str, Text] = Field(default={}, description="By browser: its version.")

    @model_validator(mode="after")
    def _versions_of_browsers(self) -> Self:
        if odd := [name for name in self.browser_versions if name not in self.browsers]:
            known = ", ".join(self.browsers)
            raise ValueError(f'browser_versions: no browser "{odd[0]}" on {self.os}; there are {known}')
        return self


def _no_bot(kind: str) -> str:
    if kind == "bot":
        raise ValueError('"bot" is reserved for programs; describe them in [bots]')
    return kind


class Device(Section):
    """A kind of device: its share of the visitors, its screens and operating systems."""

    type: Annotated[Text, AfterValidator(_no_bot)] = Field(description="mobile, desktop, tablet or another word.")
    share: Chance = Field(description="Share of the visitors.")
    screens: list[Annotated[list[Pixels], Field(min_length=2, max_length=2)]] = Field(
        default=[], description="Width and height of its screens in pixels, one as likely as the other."
    )
    systems: Annotated[list[System], AfterValidator(sums_to_one)] = Field(
        min_length=1, description="Operating systems."
    )


def _known_to_faker(locale: str) -> str:
    if not is_locale(locale):
        raise ValueError(f'Faker has no locale "{locale}"')
    return locale


class Country(Section):
    """Where visitors live."""

    code: str = Field(pattern=r"^[A-Z]{2}$", description="ISO 3166 code.")
    locale: Annotated[str, AfterValidator(_known_to_faker)] = Field(
        description="Faker's locale, which names the cities."
    )
    share: Chance = Field(description="Share of the visitors.")
    cities: int = Field(ge=1, le=500, description="How many cities.")
    languages: Shares = Field(description="Language tags and their shares.")
    zone: Zone = Field(default="UTC", description="IANA time zone: where its visitors' day is.")


class Utm(Section):
    """The campaign that a link was tagged with."""

    source: Text
    medium: Text
    campaign: Text


class Channel(Section):
    """How sessions come to the site: the referrer and the UTM tags of their landing page."""

    name: Text = Field(description="What people call it.")
    share: Chance = Field(description="Share of the sessions.")
    referrer: Text | None = Field(default=None, description="The page that linked to the site.")
    utm: Utm | None = Field(default=None, description="UTM tags of the link.")
