"""The options that say how the rate of `send` changes, and the timetable that they make together."""

import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import click

from clickgen.cli.help import TRAFFIC, under
from clickgen.cli.types import MAX_RATE, Parsed, seconds_from
from clickgen.model.errors import UsageProblem
from clickgen.model.written_amounts import number_of, rate_of

if TYPE_CHECKING:
    from clickgen.model.timetable import DayCurve, Spike, Stage, Timetable
    from clickgen.profile.model import Profile


_STAGE_FORM = "write 2m:500, a duration and the events a second at its end"
_SPIKE_FORM = "write 10x@5m+30s: how many times the rate, from when on, and for how long"
_SPIKE = re.compile(r"([^x@+]+)x@([^@+]+)\+([^@+]+)")


def _stage(text: str) -> "Stage":
    from clickgen.model.timetable import Stage

    length, colon, rate = text.strip().rpartition(":")
    seconds, events = _seconds_or_nan(length), _or_nan(rate_of(rate))
    if not colon or math.isnan(seconds) or not 0 <= events <= MAX_RATE:
        raise ValueError(f"{text!r} is not a stage; {_STAGE_FORM}")
    return Stage(seconds=seconds, rate=events)


def _spike(text: str) -> "Spike":
    from clickgen.model.timetable import Spike

    found = _SPIKE.fullmatch(text.strip())
    factor, at_s, length_s = (
        (_or_nan(number_of(found[1])), _seconds_or_nan(found[2]), _seconds_or_nan(found[3]))
        if found
        else (math.nan,) * 3
    )
    if not (0 <= factor <= MAX_RATE and at_s >= 0 and length_s > 0):
        raise ValueError(f"{text!r} is not a spike; {_SPIKE_FORM}")
    return Spike(factor=factor, at_s=at_s, length_s=length_s)


def _seconds_or_nan(text: str) -> float:
    try:
        return seconds_from(text)
    except ValueError:
        return math.nan


def _or_nan(number: float | None) -> float:
    return math.nan if number is None else number


STAGE = Parsed("time:rate", _stage)
_SPIKES = Parsed("factor@time+time", _spike)


class ScheduleOptions(NamedTuple):
    """The options of the schedule as given, and whether the user chose the rate."""

    stage: "tuple[Stage, ...]"
    schedule: str | None
    spike: "tuple[Spike, ...]"
    rate_given: bool


schedule_options = under(
    TRAFFIC,
    click.option(
        "--stage",
        type=STAGE,
        multiple=True,
        help="Ramp to a rate in a straight line: 2m:500 takes 2 minutes to reach 500/s, from --rate if given, else"
        " from 0. Repeatable.",
    ),
    click.option(
        "--schedule",
        type=click.Choice(["day"]),
        help="Follow the profile's day and week; --rate is the peak.",
    ),
    click.option(
        "--spike",
        type=_SPIKES,
        multiple=True,
        help="Multiply the rate for a while: 10x@5m+30s. Repeatable.",
    ),
)


def timetable_of(
    given: ScheduleOptions,
    rate: float | None,
    duration: float | None,
    profile: "Profile",
    start_ms: int,
    time_scale: float,
) -> "Timetable | None":
    """The timetable that was requested; None if the rate stays the same. UsageProblem if it is impossible.

    start_ms: when the run begins, for the offset of the profile's time zone. time_scale: how fast a day passes.
    """
    from clickgen.model.timetable import Timetable

    chosen = {"--stage": given.stage, "--schedule": given.schedule, "--spike": given.spike}
    named = [name for name, value in chosen.items() if value]
    if not named:
        return None
    if rate is None:
        raise UsageProblem(
            f"--rate max with {' and '.join(named)}: as fast as it goes is not a schedule",
            "give --rate in events a second, or leave the others out",
        )
    if given.stage and given.schedule:
        raise UsageProblem("--stage with --schedule day: which of them?", "leave one of them out")
    if given.stage and not any(stage.seconds for stage in given.stage):
        raise UsageProblem("the stages take no time at all", _STAGE_FORM)
    timetable = Timetable(
        rate=0.0 if given.stage and not given.rate_given else rate,
        stages=given.stage,
        day=_known_day(profile, start_ms) if given.schedule else None,
        spikes=given.spike,
    )
    _check(timetable, duration, start_ms, time_scale)
    return timetable


def _check(timetable: "Timetable", duration: float | None, start_ms: int, time_scale: float) -> None:
    """Raise UsageProblem for what has no effect, or none that could be sent."""
    from clickgen.pace.timetable import curve_of

    curve = curve_of(timetable, start_ms, time_scale)
    if curve.peak == 0:
        raise UsageProblem("nothing is ever due: the rate is 0 all the time", _STAGE_FORM)
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


def _known_day(profile: "Profile", start_ms: int) -> "DayCurve":
    day = day_curve(profile, start_ms)
    if day is None:
        raise UsageProblem(
            "--schedule day: the profile does not say how busy a day is",
            "add a table [rhythm] with hours = [24 weights], as profiles/shop.toml has it",
        )
    return day


def day_curve(profile: "Profile", start_ms: int) -> "DayCurve | None":
    """The hours of a profile's day and the days of its week, for a run that begins then; None if it has none."""
    from clickgen.model.timetable import DayCurve

    rhythm = profile.rhythm
    if rhythm is None:
        return None
    # one curve for all visitors: that of the country most of them are from
    zone = rhythm.zone or max(profile.countries, key=lambda country: country.share).zone
    offset = datetime.fromtimestamp(start_ms / 1000, UTC).astimezone(ZoneInfo(zone)).utcoffset()
    return DayCurve(
        hours=tuple(rhythm.hours),
        weekdays=tuple(rhythm.weekdays),
        zone=zone,
        utc_offset_s=offset.total_seconds() if offset else 0.0,
    )
