"""About how many visits a simulated run will show, and of how many visitors, before it is simulated."""

from typing import NamedTuple

import numpy as np

from clickgen.feed.due_times import schedule_of
from clickgen.model.plan import Plan
from clickgen.pace.schedule import LaneSchedule
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.clicks import Browsing
from clickgen.traffic.simulation.rounds import joined, to_their_ends
from clickgen.traffic.simulation.sessions import LiveSessions
from clickgen.traffic.simulation.starts import StartsBetween
from clickgen.traffic.simulation.visits import Arrivals

_ENDLESS_S = 3600.0  # of an endless run, one hour counts
_SAMPLE = 512  # visits whose times are looked at: some 10 ms
_WHO = 8192  # visits whose visitors are looked at


class VisitsShown(NamedTuple):
    """About how many of each a run has."""

    events: int
    sessions: int
    visitors: int
    span_s: float  # in the time of the events


def visits_shown(plan: Plan, tables: Tables) -> VisitsShown | None:
    """What the events of a plan show of visits; None if it is not known how many events there will be.

    Sessions that start during the run are its events by the pages that visits have. Of those under way when it
    begins all are seen whose next click is near enough; as waits begin as often as clicks follow others, that are
    the waits begun in a second times the time that they last, up to the length of the run.
    """
    schedule, seed = schedule_of(plan), plan.seed
    if schedule is None or seed is None or plan.command != "send":
        return None
    events = plan.planned
    if events is None:
        if plan.unpaced:
            return None
        events = schedule.expected(_ENDLESS_S)
    if not events:
        return None
    span_s = float(schedule.due(np.array([events]))[0]) * plan.time_scale
    pages = tables.sessions.pages_e6 / 1e6
    due = LaneSchedule(schedule, 0, plan.lanes).due
    starts_e6 = round(schedule.mean / plan.lanes / plan.time_scale / pages * 1e6)
    starts = StartsBetween(
        plan.start_ms, lambda numbers: due(numbers) * plan.time_scale, tables.sessions.pages_e6, starts_e6
    )
    arrivals = Arrivals(tables, run=plan.run, seed=seed, lane=0, starts=starts)
    begun = schedule.rate_at(0.0) / plan.time_scale / pages * _waits_up_to(span_s, arrivals, tables, seed)
    # who is under way and who starts cannot click more often than there are events
    sessions = min(float(events), events / pages + begun)
    share = _share_of_visitors(arrivals, events / pages / plan.lanes)
    visitors = begun + (sessions - begun) * share if sessions > begun else sessions
    return VisitsShown(events, max(1, round(sessions)), max(1, round(visitors)), span_s)


def _waits_up_to(most_s: float, arrivals: Arrivals, tables: Tables, seed: int) -> float:
    """How many seconds a visit waits for its clicks on average, no wait counted for longer than `most_s`."""
    live = LiveSessions(tables, Browsing(tables, seed, 0), arrivals, lambda _: None)
    rows = live.start(arrivals.at(np.arange(_SAMPLE)))
    window, time = joined(to_their_ends(live, rows, np.zeros(_SAMPLE, dtype=np.int64)))
    number = window.visit["number"]
    order = np.argsort(number, kind="stable")
    number, time = number.take(order), time.take(order)
    waits = np.minimum(np.diff(time), most_s * 1000)[np.diff(number) == 0]
    return float(waits.sum()) / 1000 / _SAMPLE


def _share_of_visitors(arrivals: Arrivals, starts: float) -> float:
    """How many of the visits that start in a lane are the first that the run shows of their visitor."""
    count = max(1, round(starts))
    numbers = np.arange(count) if count <= _WHO else np.linspace(0, count - 1, _WHO).astype(np.int64)
    first = arrivals.first_starts(numbers)
    # whoever first came before the run is there once, or several times if few are
    before = len(np.unique(first[first < 0]))
    return float((first == numbers).sum() + before) / len(numbers)
