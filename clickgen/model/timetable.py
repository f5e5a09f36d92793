"""A timetable: a rate that changes, as requested. A run's plan keeps it; `pace` makes a schedule of it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Weight = Annotated[float, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Entry):
    """Within so many seconds the rate changes linearly to `rate` events a second; 0 seconds is a jump."""

    seconds: Annotated[float, Field(ge=0)]
    rate: Annotated[float, Field(ge=0)]


class Spike(_Entry):
    """From second `at_s` on, for `length_s` seconds, the rate is `factor` times what it would be."""

    factor: Annotated[float, Field(ge=0)]
    at_s: Annotated[float, Field(ge=0)]
    length_s: Annotated[float, Field(gt=0)]


class DayCurve(_Entry):
    """How the rate changes through the hours of a day and the days of a week, Monday first, as weights.

    The weight of an hour holds in its middle, and between two middles the rate changes linearly.
    utc_offset_s: of the zone when the run begins; it holds throughout, even if clocks change meanwhile.
    """

    hours: Annotated[tuple[Weight, ...], Field(min_length=24, max_length=24)]
    weekdays: Annotated[tuple[Weight, ...], Field(min_length=7, max_length=7)]
    zone: str
    utc_offset_s: float


class Timetable(_Entry):
    """What was requested instead of one rate: stages or a day curve, or neither, and spikes on top of it.

    rate: events a second at the beginning of stages, at the peak of a day curve, else between spikes.
    With stages the traffic ends when they do.
    """

    rate: Annotated[float, Field(ge=0)]
    stages: tuple[Stage, ...] = ()
    day: DayCurve | None = None
    spikes: tuple[Spike, ...] = ()
