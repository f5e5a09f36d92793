"""When the events of a plan are due; apart from their sources, which take longer to import."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clickgen.model.plan import Plan
from clickgen.pace.schedule import ConstantRate, LaneSchedule, Schedule
from clickgen.pace.timetable import curve_of

NOMINAL_RATE = 16_000.0  # events a second of what goes as fast as it can and has no natural rate: a recording
DueTimes = Callable[[int, NDArray[np.int64]], NDArray[np.float64]]
"""From a lane and numbers of it to the Unix times in milliseconds at which they were due; inf for never."""


def schedule_of(plan: Plan) -> Schedule | None:
    """The schedule that due times follow, or None for a replay that is timed as recorded.

    A day curve depends on the time of second 0, which may change until the run begins. As fast as it goes, the
    schedule only says when events happen in their own time.
    """
    if plan.timetable is not None:
        return curve_of(plan.timetable, plan.start_ms, plan.time_scale)
    if plan.natural is not None:
        return curve_of(plan.natural, plan.start_ms)
    if plan.rate is not None:
        return ConstantRate(plan.rate)
    return ConstantRate(NOMINAL_RATE) if plan.unpaced else None


def due_times(plan: Plan) -> DueTimes | None:
    """The Unix times in milliseconds at which events were due, by lane and number.

    None if nothing had a due time to wait for (as fast as possible), if only the recording has it (a replay as
    recorded), and for a run that was resumed.
    """
    schedule = schedule_of(plan)
    began_ms = plan.began_ms
    if plan.command == "generate" or plan.unpaced or schedule is None or began_ms is None:
        return None

    def due(lane: int, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return began_ms + LaneSchedule(schedule, lane, plan.lanes).due(numbers) * 1000.0

    return due
