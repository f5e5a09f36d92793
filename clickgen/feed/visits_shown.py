"""About how many visits a simulated run will show, and of how many visitors, before it is simulated."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

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
_SLICES = 240  # of the run, in each of which the starts are counted
_WHO = 8192  # visits whose visitors are looked at


class VisitsShown(NamedTuple):
    """About how many of each a run has."""

    events: int
    sessions: int
    visitors: int
    span_s: float  # in the time of the events


def visits_shown(plan: Plan, tables: Tables) -> VisitsShown | None:
    """What the events of a plan show of visits; None if it is not known how many events there will be.

    Of the sessions under way when the run begins all are seen whose next click is near enough; as waits begin as
    often as clicks follow others, that are the waits begun in a second times the time that they last, up to the
    length of the run. The sessions that start during the run are the events that are left by the clicks of others:
    few at a steady rate, and nearly all events where a rate rises faster than sessions last.
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
    before = schedule.rate_at(0.0) / plan.time_scale / pages  # starts a second
    waits = _waits_of_visits(arrivals, tables, seed)
    begun = before * float(np.minimum(waits.seconds, span_s).sum()) / _SAMPLE
    edges = np.linspace(0.0, span_s, _SLICES + 1)
    due_by = np.array([schedule.expected(edge / plan.time_scale) for edge in edges.tolist()])
    started = _starts(np.diff(due_by), edges[1], waits.ages, before, pages)
    # those under way and those that start cannot click more often than there are events
    sessions = min(float(events), started + begun)
    share = _share_of_visitors(arrivals, started / plan.lanes)
    visitors = begun + (sessions - begun) * share if sessions > begun else sessions
    return VisitsShown(events, max(1, round(sessions)), max(1, round(visitors)), span_s)


class _Waits(NamedTuple):
    """The waits of a sample of visits for their clicks, each in seconds."""

    seconds: NDArray[np.float64]  # how long it lasts
    ages: NDArray[np.float64]  # how old the visit is when it ends with a click


def _waits_of_visits(arrivals: Arrivals, tables: Tables, seed: int) -> _Waits:
    live = LiveSessions(tables, Browsing(tables, seed, 0), arrivals, lambda _: None)
    rows = live.start(arrivals.at(np.arange(_SAMPLE)))
    window, time = joined(to_their_ends(live, rows, np.zeros(_SAMPLE, dtype=np.int64)))
    number = window.visit["number"]
    order = np.argsort(number, kind="stable")
    number, time = number.take(order), time.take(order)
    first = np.concatenate([[True], np.diff(number) != 0])
    since = time - time[first].take(np.cumsum(first) - 1)
    return _Waits(np.diff(time)[~first[1:]] / 1000, since[~first] / 1000)


def _starts(
    due: NDArray[np.float64], slice_s: float, ages: NDArray[np.float64], before: float, pages: float
) -> float:
    """How many sessions start in slices of a run in which so many events are due.

    ages: when the sample's visits click again. before: starts a second until the run begins.
    """
    slices = ages / slice_s
    whole = np.minimum(slices, len(due)).astype(np.int64)
    part = slices - whole
    near = whole < len(due)
    # a visit starts anywhere in its slice, so that a click falls into one of two
    counts = (
        np.bincount(whole[near], 1 - part[near], len(due))
        + np.bincount(whole[near] + 1, part[near], len(due) + 1)[: len(due)]
    )
    follow = counts * ((pages - 1) / max(1, len(ages)))  # clicks of a visit, by slices after that of its start
    under_way = before * slice_s * (pages - 1 - np.cumsum(follow))
    started = np.zeros(len(due))
    late = 0.0
    for place in range(len(due)):
        others = under_way[place] + started[:place] @ follow[place:0:-1] + late
        left = (due[place] - others) / (1 + follow[0])
        started[place], late = max(left, 0.0), max(-left, 0.0)
    return float(started.sum())


def _share_of_visitors(arrivals: Arrivals, starts: float) -> float:
    """How many of the visits that start in a lane are the first that the run shows of their visitor."""
    count = max(1, round(starts))
    numbers = np.arange(count) if count <= _WHO else np.linspace(0, count - 1, _WHO).astype(np.int64)
    first = arrivals.first_starts(numbers)
    # whoever first came before the run is there once, or several times if few are
    before = len(set(first[first < 0].tolist()))  # np.unique imports all of numpy.ma
    return float((first == numbers).sum() + before) / len(numbers)
