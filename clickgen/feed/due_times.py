"""When the events of a run were due on the clock of whoever sent them."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from clickgen.feed.lanes import schedule_of
from clickgen.model.plan import Plan
from clickgen.pace.schedule import LaneSchedule

DueTimes = Callable[[int, NDArray[np.int64]], NDArray[np.float64]]
"""From a lane and numbers of it to the Unix times in milliseconds at which they were due; inf where never."""


def due_times(plan: Plan) -> DueTimes | None:
    """The Unix times in milliseconds at which events were due, by lane and number.

    None where nothing had a due time to wait for (as fast as it goes), where it stands in the recording only (a
    replay as recorded), and of a run that was resumed.
    """
    schedule = schedule_of(plan)
    began_ms = plan.began_ms
    if plan.command == "generate" or plan.unpaced or schedule is None or began_ms is None:
        return None

    def due(lane: int, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return began_ms + LaneSchedule(schedule, lane, plan.lanes).due(numbers) * 1000.0

    return due
