"""Planted disorder: what of a run's traffic is wrong on purpose, so that what reads it can be tried out."""

from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field


class Drift(BaseModel):
    """From second `at_s` of the run on a field changes: its type, or its name to `renamed` where that is given."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    field: str
    at_s: float = Field(ge=0)
    renamed: str | None = None


class Disorder(BaseModel):
    """Which share of the events (0 to 1) is treated how. Which ones follows from the seed and their numbers alone.

    late: event_time lies up to `late_s` seconds before the event is released. duplicate: sent once more, a little
    later. malformed: bytes damaged as producers damage them. reorder: changes places with its neighbour.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    late: float = Field(default=0.0, ge=0, le=1)
    late_s: float = Field(default=0.0, ge=0)
    duplicate: float = Field(default=0.0, ge=0, le=1)
    malformed: float = Field(default=0.0, ge=0, le=1)
    reorder: float = Field(default=0.0, ge=0, le=1)
    drift: tuple[Drift, ...] = ()


class PlantedCounts(NamedTuple):
    """How many events were treated how. drifted: released since the first field changed."""

    late: int = 0
    duplicates: int = 0
    malformed: int = 0
    reordered: int = 0
    drifted: int = 0
