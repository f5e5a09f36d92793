"""The model of a profile: what a TOML file may say about the traffic of a site."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, PrivateAttr

from clickgen.profile.goods import Catalogue
from clickgen.profile.pages import Bots, Page, Sessions
from clickgen.profile.people import Channel, Country, Device, Visitors
from clickgen.profile.seasons import Campaign, Rhythm
from clickgen.profile.section import Section, Text, sums_to_one

_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class Profile(Section):
    """What the traffic of a site looks like, as one TOML file says it."""

    description: Text = Field(description="One line about the site.")
    site: Text = Field(default="www.example.com", description="Host name of the site.")
    schema_name: Text | None = Field(
        default=None, alias="schema", description="Schema of the events, unless the command names one."
    )
    fields: dict[str, Any] | None = Field(
        default=None, description="The events' own fields instead of a schema: name, or nested names, and fact."
    )
    burstiness: float = Field(
        default=0.08,
        ge=0,
        le=1.5,
        description="Sigma of the slow modulation of the natural rate; 0 is plain Poisson.",
    )
    sessions: Sessions
    pages: dict[str, Page] = Field(min_length=1, max_length=10_000, description="Pages by name.")
    visitors: Visitors
    bots: Bots | None = None
    devices: Annotated[list[Device], AfterValidator(sums_to_one)] = Field(min_length=1)
    countries: Annotated[list[Country], AfterValidator(sums_to_one)] = Field(min_length=1)
    channels: Annotated[list[Channel], AfterValidator(sums_to_one)] = Field(min_length=1)
    catalogue: Catalogue | None = None
    rhythm: Rhythm | None = None
    campaigns: list[Campaign] = Field(default=[])

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


def profile_json_schema() -> dict[str, Any]:
    """What a profile may say, as JSON Schema (2020-12), for editors that complete and check TOML by one.

    It cannot express rules between parts of a file, as of pages that lead to each other or of shares that add up
    to 1: `load_profile` checks them.
    """
    schema = Profile.model_json_schema(by_alias=True)
    del schema["title"]
    return {"$schema": _DIALECT, "title": "clickgen profile", **_without_titles(schema)}


def _without_titles(part: Any) -> Any:
    """The schema without the titles that repeat each key's name; a key may be called title itself."""
    if isinstance(part, list):
        return [_without_titles(element) for element in part]
    if not isinstance(part, dict):
        return part
    return {
        key: {name: _without_titles(entry) for name, entry in value.items()}
        if key in {"properties", "$defs"}
        else _without_titles(value)
        for key, value in part.items()
        if key != "title"
    }
