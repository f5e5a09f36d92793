"""What the tables of a profile are made of: chances, shares that add up to 1, durations and time zones as text."""

import math
from collections.abc import Iterable
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from clickgen.model.amounts import seconds_of

SHARE_TOLERANCE = 0.001


class Section(BaseModel):
    """A table of the file: unknown keys are errors, and nothing is converted silently."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


_Entries = TypeVar("_Entries", list[Any], dict[str, Any])


def check_sum(shares: Iterable[float]) -> None:
    """Raise ValueError unless shares add up to 1, within SHARE_TOLERANCE."""
    total = math.fsum(shares)
    if abs(total - 1) > SHARE_TOLERANCE:
        raise ValueError(f"the shares add up to {total:.4g}, not to 1")


def sums_to_one(entries: _Entries) -> _Entries:
    """Shares, or entries that have one, if they add up to 1; raises ValueError."""
    each: Iterable[Any] = entries.values() if isinstance(entries, dict) else entries
    check_sum(getattr(entry, "share", entry) for entry in each)
    return entries


def _known_zone(zone: str) -> str:
    try:
        ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError, OSError) as problem:
        raise ValueError(f'there is no time zone "{zone}" here; write one like Europe/Berlin, or UTC') from problem
    return zone


def _a_duration(text: str) -> str:
    if not seconds_of(text):
        raise ValueError(f'"{text}" is not a duration; write 30s, 5m, 2h, 1h30m or 3d')
    return text


Chance = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=1000)]
Seconds = Annotated[float, Field(gt=0)]
Text = Annotated[str, Field(min_length=1, max_length=200)]
Shares = Annotated[
    dict[str, Chance],
    Field(min_length=1, json_schema_extra={"$comment": "The shares add up to 1."}),
    AfterValidator(sums_to_one),
]
Zone = Annotated[str, AfterValidator(_known_zone)]
Span = Annotated[str, AfterValidator(_a_duration)]
