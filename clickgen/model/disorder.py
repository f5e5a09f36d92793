"""Planted disorder: what of a run's traffic is wrong on purpose, so that what reads it can be tried out."""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class Drift(BaseModel):
    """From second `at_s` of the run on a field changes: its name to `renamed` if that is given, else its type."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    at_s: float = Field(ge=0)
    renamed: str | None = None


class Disorder(BaseModel):
    """Which share of the events (0 to 1) is treated how; which ones depends on the seed and their numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    late: float = Field(default=0.0, ge=0, le=1)  # event_time is up to `late_s` before the event is released
    late_s: float = Field(default=0.0, ge=0)
    duplicate: float = Field(default=0.0, ge=0, le=1)  # sent once more, a little later
    malformed: float = Field(default=0.0, ge=0, le=1)  # bytes damaged as producers damage them
    reorder: float = Field(default=0.0, ge=0, le=1)  # changes places with its neighbour
    drift: tuple[Drift, ...] = ()


class PlantedCounts(NamedTuple):
    """How many events were treated how."""

    late: int = 0
    duplicates: int = 0
    malformed: int = 0
    reordered: int = 0
    drifted: int = 0  # released after the first field changed
