"""When the events of `send` are due, and when they happen in their own time, which may pass faster than ours."""

import math
from typing import TYPE_CHECKING, NamedTuple

import click

from clickgen.cli.schedule import ScheduleOptions, day_curve, timetable_of
from clickgen.cli.types import Finite
from clickgen.model.errors import UsageProblem

if TYPE_CHECKING:
    from clickgen.model.timetable import DayCurve, Timetable
    from clickgen.pace.schedule import Schedule
    from clickgen.profile.model import Profile

# As fast as it goes, the events are those of a day; where one a minute would be too many, of less than a day.
_DAY_S = 86_400.0
_LEAST_RATE = 1 / 60
# If it is not known how many there will be, 86 million lie between yesterday and now, which few runs exceed.
_OPEN_RATE = 1000.0
_FASTEST = 100_000  # times real time: more than a day in a second
_FINE = 1e6  # a rate at which the events of any span are counted to six digits

time_scale_option = click.option(
    "--time-scale",
    type=Finite(1, _FASTEST),
    default=1.0,
    metavar="FACTOR",
    help="Let the time of the events pass so many times faster than real time: 60.",
)


class Limits(NamedTuple):
    """What ends a run, whichever comes first; None does not."""

    duration: float | None  # in seconds
    events: int | None


class Timing(NamedTuple):
    """When events are due, and when they happen in their own time."""

    due: "Schedule | None"  # None for as fast as it goes
    timetable: "Timetable | None"  # of a rate that changes
    natural: "Timetable | None"  # at which rates they happen if they are sent as fast as it goes
    start_ms: int  # second 0 in their own time
    settled: bool  # whether that stays though the run begins a little later


def timing_of(
    given: ScheduleOptions,
    rate: float | None,
    limits: Limits,
    profile: "Profile",
    *,
    start: int | None,
    now: int,
    time_scale: float,
) -> Timing:
    """The timing that was requested; start, now: Unix times in ms. UsageProblem if it is impossible.

    If the user does not say when the events begin, those that are sent as fast as it goes are of the last day.
    Those whose time passes faster begin so early that it has caught up with ours at the end; if no end is known,
    they begin now.
    """

    def scheduled(start_ms: int) -> Timing:
        timetable = timetable_of(given, rate, limits.duration, profile, start_ms, time_scale)
        due = None if rate is None else _schedule(rate, timetable, start_ms, time_scale)
        return Timing(due, timetable, None, start_ms, start is not None)

    timing = scheduled(now if start is None else start)
    if timing.due is None:
        if time_scale != 1:
            raise UsageProblem(
                f"--time-scale {time_scale:g} with --rate max, which has no time that could be scaled",
                "leave --time-scale out, as the events are spread over a day; or give a --rate",
            )
        return _natural(now, start, limits.events, day_curve(profile, timing.start_ms))
    if time_scale == 1:
        return timing
    lasts_s = _lasts_s(timing.due, limits)
    if start is None and lasts_s is not None:
        timing = scheduled(now - round(lasts_s * (time_scale - 1) * 1000))._replace(settled=True)
    _check_times(timing.start_ms, time_scale, lasts_s)
    return timing


def duration_of(schedule: "Schedule | None", duration: float | None) -> float | None:
    """When the run ends; None if time does not end it."""
    lasts = math.inf if schedule is None else schedule.length
    return duration if lasts == math.inf else min(lasts, lasts if duration is None else duration)


def planned_of(schedule: "Schedule | None", limits: Limits) -> int | None:
    """How many events the limits allow; None if only time or Ctrl-C ends the run."""
    ends = duration_of(schedule, limits.duration)
    if schedule is None or ends is None:
        return limits.events
    due = schedule.expected(ends)
    if due == 0:
        raise UsageProblem(
            f"at up to {schedule.peak:g} events a second nothing is due within {ends:g} s",
            "raise the rate or --duration",
        )
    return due if limits.events is None else min(due, limits.events)


def _lasts_s(schedule: "Schedule", limits: Limits) -> float | None:
    """When the last event is due, in seconds; None if the run is endless."""
    import numpy as np

    planned = planned_of(schedule, limits)
    return None if planned is None else float(schedule.due(np.array([planned]))[0])


def _schedule(rate: float, timetable: "Timetable | None", start_ms: int, time_scale: float) -> "Schedule":
    from clickgen.pace.schedule import ConstantRate
    from clickgen.pace.timetable import curve_of

    return ConstantRate(rate) if timetable is None else curve_of(timetable, start_ms, time_scale)


def _natural(now: int, start: int | None, events: int | None, day: "DayCurve | None") -> Timing:
    """The timing of events that go as fast as they can: how many there are at which hours of the site.

    events: how many there are in all, or None if that is not known.
    """
    from clickgen.model.timetable import Timetable
    from clickgen.pace.timetable import curve_of

    span_s = _DAY_S if events is None else min(_DAY_S, events / _LEAST_RATE)
    start_ms = now - round(span_s * 1000) if start is None else start
    count = _OPEN_RATE * span_s if events is None else events
    natural = Timetable(rate=count / span_s)
    if day is not None:
        within = curve_of(Timetable(rate=_FINE, day=day), start_ms).expected(span_s)
        if within:  # else nobody is awake in that time
            natural = Timetable(rate=count * _FINE / within, day=day)
    return Timing(None, None, natural, start_ms, settled=True)


def _check_times(start_ms: int, time_scale: float, lasts_s: float | None) -> None:
    """UsageProblem if some events would happen at times that cannot be written."""
    from clickgen.schema.times import FIRST_MS, LAST_MS

    if start_ms < FIRST_MS or start_ms + (lasts_s or 0.0) * time_scale * 1000 > LAST_MS:
        raise UsageProblem(
            f"with --time-scale {time_scale:g} some events would be from before 2001 or after 2286",
            "let the run be shorter, or give a smaller --time-scale",
        )
