"""The model of when a site is busy: the hours of a day, the days of a week, and campaigns."""

from datetime import UTC, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from clickgen.model.amounts import seconds_of
from clickgen.profile.section import Chance, Factor, Section, Span, Text, Zone


def _not_all_zero(weights: list[float]) -> list[float]:
    if not any(weights):
        raise ValueError("all weights are 0")
    return weights


_Weights = Annotated[list[Annotated[float, Field(ge=0, le=1e6)]], AfterValidator(_not_all_zero)]


class Rhythm(Section):
    """How busy the site is through a day and through a week, as weights."""

    hours: _Weights = Field(
        min_length=24,
        max_length=24,
        description="Weights of the hours from midnight on, each reached in the middle of its hour.",
    )
    weekdays: _Weights = Field(
        default=[1.0] * 7, min_length=7, max_length=7, description="Weights of the days, Monday first."
    )
    zone: Zone | None = Field(
        default=None, description="Whose midnight and whose Monday; else those of each visitor's country."
    )


def _a_beginning(text: str) -> str:
    try:
        if seconds_of(text) is None:
            _moment(text)
    except ValueError:
        raise ValueError(
            f'"{text}" is not a time; write how long after the start, like 10m, or when, like 2026-07-08T00:00:00Z'
        ) from None
    return text


def _moment(text: str) -> datetime:
    """The time, in UTC if it has no zone; raises ValueError."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


class Campaign(Section):
    """A time in which more visitors come, from elsewhere or for something: a sale, a mailing, breaking news."""

    name: Text = Field(description="What people call it.")
    begins: Annotated[str, AfterValidator(_a_beginning)] = Field(
        description="How long after the run's start, like 10m, or when, like 2026-07-08T00:00:00Z."
    )
    lasts: Span = Field(description="How long, like 48h.")
    rate: Factor = Field(default=1.0, description="Factor on the natural rate.")
    channel: Text | None = Field(default=None, description="Channel that brings more, or fewer, than usual.")
    channel_factor: Factor = Field(default=1.0, description="Factor on that channel's share.")
    category: Text | None = Field(default=None, description="Category that it is about.")
    interest: Factor = Field(default=1.0, description="Factor on the popularity of that category's products.")
    discount: Chance = Field(default=0.0, description="Part of that category's prices that is taken off.")

    @model_validator(mode="after")
    def _factors_have_their_object(self) -> Self:
        if self.channel is None and self.channel_factor != 1:
            raise ValueError("channel_factor needs the channel that it is about")
        if self.category is None and (self.interest != 1 or self.discount):
            raise ValueError("interest and discount need the category that they are about")
        return self

    def span_ms(self, start_ms: int) -> tuple[int, int]:
        """When it begins and ends, in Unix ms, in a run that starts at `start_ms`."""
        offset = seconds_of(self.begins)
        begin = (
            round(_moment(self.begins).timestamp() * 1000) if offset is None else start_ms + round(offset * 1000)
        )
        return begin, begin + round((seconds_of(self.lasts) or 0) * 1000)
