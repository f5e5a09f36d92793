"""A timetable: a rate that changes, as it was asked for. A run's plan keeps it; `pace` makes a schedule of it."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Weight = Annotated[float, Field(ge=0)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Stage(_Entry):
    """In so many seconds the rate goes in a straight line to `rate` events a second; 0 seconds is a jump."""

    seconds: Annotated[float, Field(ge=0)]
    rate: Annotated[float, Field(ge=0)]


class Spike(_Entry):
    """From second `at_s` on, for `length_s` seconds, the rate is `factor` times what it would be."""

    factor: Annotated[float, Field(ge=0)]
    at_s: Annotated[float, Field(ge=0)]
    length_s: Annotated[float, Field(gt=0)]


class DayCurve(_Entry):
    """How the rate goes through the hours of a day and the days of a week, Monday first, as weights.

    The weight of an hour holds in its middle, and between two middles the rate goes in a straight line.
    utc_offset_s: of the zone when the run begins; it holds throughout, also where clocks are changed meanwhile.
    """

    hours: Annotated[tuple[Weight, ...], Field(min_length=24, max_length=24)]
    weekdays: Annotated[tuple[Weight, ...], Field(min_length=7, max_length=7)]
    zone: str
    utc_offset_s: float


class Timetable(_Entry):
    """What was asked for in place of one rate: stages or a day curve, or neither; and spikes on top of it.

    rate: events a second; with stages where they begin, with a day curve its peak, else the rate between spikes.
    With stages the traffic ends when they do.
    """

    rate: Annotated[float, Field(ge=0)]
    stages: tuple[Stage, ...] = ()
    day: DayCurve | None = None
    spikes: tuple[Spike, ...] = ()
