"""How long a run's events wait for company in a call, and how many calls that may make."""

import math
from typing import NamedTuple

from clickgen.deliver.call_bound import BY_EXPRESS, BY_THREADS, CallBound
from clickgen.deliver.lane_queue import LAST_S, Linger
from clickgen.model.plan import Plan
from clickgen.sink.registry import kind_of
from clickgen.traffic.replay_files import is_live

LINGER_S = 0.1
# If money or bulk counts, not time. Packed, an event that waits shares its record: at 500 events a second of
# 420 bytes a second's worth fills records to 99 % and a tenth of it to 83 %, at 50 a second to 83 % and 42 %. An
# object costs a call, and one of few events is a nuisance. As fast as it goes, only full calls are fast.
BULK_LINGER_S = 1.0
CALLS_SHARE = 0.25  # of the calls that the stream takes: others send to it too, and what failed is sent again
SENDERS, MOST_SENDERS = 8, 32  # calls of a worker that may be under way at once
BULK_SENDERS = 3  # the same of calls of several megabytes, each of which is in memory twice: in base64 too
_UNDER_WAY_S = 0.08  # of a call: made ready, sent and answered


def linger_of(plan: Plan) -> float:
    """How long, in seconds, the first event of a batch waits for more.

    A replay as recorded waits for nothing, or its gaps would be lost: only where calls would come too close
    together do events wait for the next one.
    """
    if plan.linger_s is not None:
        return plan.linger_s
    if plan.pack or kind_of(plan.destination).holds_objects(plan.destination):
        return BULK_LINGER_S
    if plan.unpaced:
        return LINGER_S if any(is_live(path) for path in plan.sources) else BULK_LINGER_S
    return 0.0 if plan.as_recorded else LINGER_S


def lane_linger(plan: Plan, lane: int) -> Linger:
    """Short for the first lane, so that a run shows at once that it works, and evenly longer for the others."""
    seconds = linger_of(plan)
    if plan.unpaced:
        return Linger(seconds, seconds)
    return Linger(seconds, seconds * (lane + 0.1) / plan.lanes, LAST_S * lane / plan.lanes)


def call_bound(plan: Plan, *, express: bool = False) -> CallBound:
    """How close together the calls of one worker may leave, so that the run stays within its share."""
    if plan.unpaced:
        return CallBound()
    return CallBound(_calls_a_worker(plan), BY_EXPRESS if express else BY_THREADS)


def senders_of(plan: Plan) -> int:
    """How many calls of one worker may be under way at once: as many as it makes while one is."""
    if plan.recording.ordered:
        return 1  # a call leaves when the one before it is answered
    if plan.unpaced:
        return BULK_SENDERS if plan.pack else SENDERS
    calls = min(_calls_a_worker(plan) or math.inf, BY_THREADS.share / BY_THREADS.cost_s)
    linger = linger_of(plan)
    if linger:
        calls = min(calls, -(-plan.lanes // plan.workers) / linger)
    return round(min(MOST_SENDERS, max(SENDERS, calls * _UNDER_WAY_S)))


class PackedLanes(NamedTuple):
    """The lanes of a paced run, as if it packed."""

    lanes: int
    linger_s: float | None  # of its plan

    def together(self, events: int, seconds: float) -> int | None:
        """How many events of a lane share a record at the mean rate of `events` in so long; None at the start."""
        if seconds <= 0:
            return None
        linger = BULK_LINGER_S if self.linger_s is None else self.linger_s
        return 1 + int(events / seconds / self.lanes * linger)


def _calls_a_worker(plan: Plan) -> float | None:
    most = kind_of(plan.destination).calls_a_second(plan.destination)
    return None if most is None else most * CALLS_SHARE / plan.workers
