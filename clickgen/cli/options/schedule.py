"""The options that say how the rate of `send` changes, and the timetable that they make together."""

import math
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import click

from clickgen.cli.types import DURATION
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.timetable import DayCurve, Spike, Stage, Timetable
    from clickgen.profile.model import Profile

F = TypeVar("F", bound=Callable[..., Any])

MAX_RATE = 6_400_000.0  # events a second: ten times what 64 lanes are meant for
STAGE_FORM = "write 2m:500, a duration and the events a second at its end"
SPIKE_FORM = "write 10x@5m+30s: how many times the rate, from when on, and for how long"

_SPIKE = re.compile(r"([^x@+]+)x@([^@+]+)\+([^@+]+)")


class Rate(click.ParamType[float | None]):
    """Events a second as a number over 0, or `max`, which is None."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float | None:
        if str(value).strip().lower() == "max":
            return None
        try:
            rate = float(value)
        except ValueError:
            self.fail(f"{value!r} is no rate; write events a second, or max", param, ctx)
        if not 0 < rate <= MAX_RATE:
            self.fail(f"{value} events a second cannot be sent; write a number over 0, or max", param, ctx)
        return rate


class StageType(click.ParamType["Stage"]):
    """2m:500, as a stage that takes two minutes to get to 500 events a second."""

    name = "time:rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Stage":
        from clickgen.model.timetable import Stage

        if isinstance(value, Stage):
            return value
        seconds, colon, rate = str(value).strip().rpartition(":")
        problem, events = f"{value!r} is no stage; {STAGE_FORM}", _number(rate)
        if not colon or not 0 <= events <= MAX_RATE:
            self.fail(problem, param, ctx)
        return Stage(seconds=_seconds(seconds, problem), rate=events)


class SpikeType(click.ParamType["Spike"]):
    """10x@5m+30s, as a spike of ten times the rate that begins after five minutes and lasts half a minute."""

    name = "spike"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> "Spike":
        from clickgen.model.timetable import Spike

        if isinstance(value, Spike):
            return value
        problem = f"{value!r} is no spike; {SPIKE_FORM}"
        found = _SPIKE.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail(problem, param, ctx)
        factor, length = _number(found[1]), _seconds(found[3], problem)
        if length == 0 or not 0 <= factor <= MAX_RATE:
            self.fail(problem, param, ctx)
        return Spike(factor=factor, at_s=_seconds(found[2], problem), length_s=length)


class ScheduleOptions(NamedTuple):
    """The options of the schedule as given, and whether the user chose the rate."""

    stage: "tuple[Stage, ...]"
    schedule: str | None
    spike: "tuple[Spike, ...]"
    rate_given: bool


def schedule_options(command: F) -> F:
    """Add --stage, --schedule and --spike to a command."""
    options = (
        click.option(
            "--stage",
            type=StageType(),
            multiple=True,
            help="Go to a rate in a straight line, from --rate if given, else from 0: 2m:500. Repeatable.",
        ),
        click.option(
            "--schedule",
            type=click.Choice(["day"]),
            help="Follow the profile's day and week; --rate is the peak.",
        ),
        click.option(
            "--spike",
            type=SpikeType(),
            multiple=True,
            help="Multiply the rate for a while: 10x@5m+30s. Repeatable.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def timetable_of(
    given: ScheduleOptions, rate: float | None, duration: float | None, profile: "Profile", start_ms: int
) -> "Timetable | None":
    """The timetable that was asked for; None where the rate stays the same. UsageProblem where it cannot be.

    start_ms: when the run begins, for the offset of the profile's time zone.
    """
    from clickgen.model.timetable import Timetable

    options = {"--stage": given.stage, "--schedule": given.schedule, "--spike": given.spike}
    named = [name for name, value in options.items() if value]
    if not named:
        return None
    if rate is None:
        raise UsageProblem(
            f"--rate max with {' and '.join(named)}: as fast as it goes is no schedule",
            "give --rate in events a second, or leave the others out",
        )
    if given.stage and given.schedule:
        raise UsageProblem("--stage with --schedule day: which of them?", "leave one of them out")
    if given.stage and not any(stage.seconds for stage in given.stage):
        raise UsageProblem("the stages take no time at all", STAGE_FORM)
    timetable = Timetable(
        rate=0.0 if given.stage and not given.rate_given else rate,
        stages=given.stage,
        day=_day_curve(profile, start_ms) if given.schedule else None,
        spikes=given.spike,
    )
    _check(timetable, duration, start_ms)
    return timetable


def _check(timetable: "Timetable", duration: float | None, start_ms: int) -> None:
    """Raise UsageProblem for what has no effect, or none that could be sent."""
    from clickgen.pace.timetable import curve_of

    curve = curve_of(timetable, start_ms)
    if curve.peak == 0:
        raise UsageProblem("nothing is ever due: the rate is 0 all the time", STAGE_FORM)
    if curve.peak > MAX_RATE:
        raise UsageProblem(
            f"the schedule goes up to {curve.peak:,.0f} events a second, which cannot be sent",
            f"stay at or under {MAX_RATE:,.0f}",
        )
    end = curve.length if duration is None else min(curve.length, duration)
    for spike in timetable.spikes:
        if spike.at_s >= end:
            raise UsageProblem(
                f"a --spike begins after {spike.at_s:g} s, but the run ends after {end:g} s",
                "let it begin earlier, or the run last longer",
            )


def _day_curve(profile: "Profile", start_ms: int) -> "DayCurve":
    from clickgen.model.timetable import DayCurve

    rhythm = profile.rhythm
    if rhythm is None:
        raise UsageProblem(
            "--schedule day: the profile does not say how busy a day is",
            "add a table [rhythm] with hours = [24 weights], as profiles/shop.toml has it",
        )
    # one curve for all who come: that of the country most of them are from
    zone = rhythm.zone or max(profile.countries, key=lambda country: country.share).zone
    offset = datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return DayCurve(
        hours=tuple(rhythm.hours),
        weekdays=tuple(rhythm.weekdays),
        zone=zone,
        utc_offset_s=offset.total_seconds() if offset else 0.0,
    )


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan  # which is in no range


def _seconds(text: str, problem: str) -> float:
    try:
        return DURATION.convert(text, None, None)
    except click.UsageError as unreadable:
        raise click.BadParameter(problem) from unreadable
