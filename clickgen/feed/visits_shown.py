"""About how many visits a simulated run will show, and of how many visitors, before it is simulated."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.feed.due_times import schedule_of
from clickgen.feed.lanes import are_visits_whole
from clickgen.model.plan import Plan
from clickgen.pace.schedule import LaneSchedule
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.clicks import Browsing
from clickgen.traffic.simulation.rounds import joined, to_their_ends
from clickgen.traffic.simulation.sessions import LiveSessions
from clickgen.traffic.simulation.starts import StartsBetween
from clickgen.traffic.simulation.visits import Arrivals
from clickgen.traffic.simulation.whole_visits import APART_EVENTS

_ENDLESS_S = 3600.0  # of an endless run, one hour counts
_SAMPLE = 2048  # visits whose times are looked at: some 15 ms, and an estimate within 3 %
_SLICES = 240  # of the run, in each of which the starts are counted
_LAST = 8  # moments at which a visit that starts just before the end may start
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
    follow = _following(waits.ages / edges[1], pages)
    under_way = before * edges[1] * (pages - 1 - np.cumsum(follow))
    if are_visits_whole(plan):
        last = np.maximum(0, events - np.linspace(0, APART_EVENTS * plan.lanes, _LAST).astype(np.int64))
        left_s = span_s - schedule.due(last) * plan.time_scale
        at_the_end = 1 + (pages - 1) * float((waits.ages < left_s[:, None]).mean())
        started = _whole_visits(np.diff(due_by), follow, under_way, pages, at_the_end)
    else:
        started = _starts(np.diff(due_by), follow, under_way)
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


def _following(slices: NDArray[np.float64], pages: float) -> NDArray[np.float64]:
    """The clicks after the first of a mean visit, by the slices of the run after that in which it starts.

    slices: how much later the clicks of a sample are, in slices.
    """
    whole = np.minimum(slices, _SLICES).astype(np.int64)
    part = slices - whole
    near = whole < _SLICES
    # a visit starts anywhere in its slice, so that a click falls into one of two
    counts = np.bincount(whole[near], 1 - part[near], _SLICES).astype(np.float64)
    counts += np.bincount(whole[near] + 1, part[near], _SLICES + 1)[:_SLICES]
    share = (pages - 1) / max(1, len(slices))
    return counts * share


def _starts(due: NDArray[np.float64], follow: NDArray[np.float64], under_way: NDArray[np.float64]) -> float:
    """How many visits start where each event that is due is a click of a visit under way, or else a new visit.

    due: events by slices. under_way: the clicks of those visits that are under way when the run begins.
    """
    started = np.zeros(len(due))
    late = 0.0
    for place in range(len(due)):
        others = under_way[place] + started[:place] @ follow[place:0:-1] + late
        left = (due[place] - others) / (1 + follow[0])
        started[place], late = max(left, 0.0), max(-left, 0.0)
    return float(started.sum())


def _whole_visits(
    due: NDArray[np.float64],
    follow: NDArray[np.float64],
    under_way: NDArray[np.float64],
    pages: float,
    at_the_end: float,
) -> float:
    """The same where a visit starts when as many events are due as all visits before it have pages.

    Clicks that are still to come when the last event is due are replaced by those of visits that start just before
    it, of which each has `at_the_end`.
    """
    started = due / pages
    clicks = started @ (1 + np.cumsum(follow)[::-1]) + under_way.sum()
    return float(started.sum() + max(0.0, due.sum() - clicks) / at_the_end)


def _share_of_visitors(arrivals: Arrivals, starts: float) -> float:
    """How many of the visits that start in a lane are the first that the run shows of their visitor."""
    count = max(1, round(starts))
    numbers = np.arange(count) if count <= _WHO else np.linspace(0, count - 1, _WHO).astype(np.int64)
    first = arrivals.first_starts(numbers)
    # whoever first came before the run is there once, or several times if few are
    before = len(set(first[first < 0].tolist()))  # np.unique imports all of numpy.ma
    return float((first == numbers).sum() + before) / len(numbers)
