"""Into how many lanes and workers a run is divided."""

import math
import os

from clickgen.model.errors import UsageProblem
from clickgen.model.plan import MAX_LANES

LANES_AT_FULL_SPEED = 16
EVENTS_A_LANE_AT_FULL_SPEED = 50_000  # if they are known to be few: each lane begins with visits of its own
EVENTS_PER_LANE = 10_000  # a second; the design's bound for one lane
EVENTS_PER_WORKER = 40_000  # a second; under what one core makes and sends, and its sessions stay under 300 MB


def lanes_for(rate: float | None, workers: int | None, events: int | None = None) -> int:
    """How many lanes that rate needs, one a worker at least: a power of two, at least rate / 10,000.

    workers: how many were requested, or None if that is left open. events: how many there are, or None if that is
    not known; it counts where they go as fast as they can.
    """
    if rate is None:
        wanted = LANES_AT_FULL_SPEED if events is None else -(-events // EVENTS_A_LANE_AT_FULL_SPEED)
        wanted = min(LANES_AT_FULL_SPEED, wanted)
    else:
        wanted = math.ceil(rate / EVENTS_PER_LANE)
    lanes = 1
    while lanes < MAX_LANES and lanes < max(wanted, workers or 1):
        lanes *= 2
    return lanes


def workers_for(rate: float | None, lanes: int, requested: int | None) -> int:
    """As few workers as the rate needs, one a core at full speed, never more than lanes."""
    if requested is not None:
        if requested > lanes:
            raise UsageProblem(
                f"{requested} workers for {lanes} lane{'s' if lanes > 1 else ''}: a lane cannot be shared",
                "give fewer --workers, or more --lanes",
            )
        return requested
    needed = (os.cpu_count() or 1) if rate is None else -int(-rate // EVENTS_PER_WORKER)
    return max(1, min(needed, lanes))
