"""How far a run has come and how long it still takes: arithmetic on a snapshot."""

import numpy as np

from clickgen.feed.due_times import schedule_of
from clickgen.model.amounts import count, measured, wanted
from clickgen.model.plan import Plan
from clickgen.run.events import Figures
from clickgen.view.command_lines import timetable_words

_RECENT_S = 5
BEHIND_S = 1.0  # a backlog that is worth a word


def current_rate(figures: Figures) -> float:
    """Events accepted a second, over the last five; over the whole run at its beginning.

    The first second is left out: what is due at its end is answered in the next.
    """
    recent = _recent(figures)
    return sum(recent) / len(recent) if recent else figures.rate


def wanted_now(figures: Figures, plan: Plan) -> str | None:
    """The rate that the schedule wants, or None if there is no schedule.

    A rate that changes is averaged over the same seconds as `current_rate`, since the two are compared.
    """
    schedule = None if plan.timetable is None else schedule_of(plan)
    if schedule is None:
        return None if plan.rate is None else wanted(plan.rate)
    now, seconds = int(figures.elapsed), len(_recent(figures))
    if not seconds:
        return measured(schedule.rate_at(max(0.0, figures.elapsed)))
    return measured((schedule.expected(now) - schedule.expected(now - seconds)) / seconds)


def in_flight(figures: Figures) -> int:
    """Events that were released and have no outcome yet."""
    return max(0, figures.tally.released - figures.accepted - figures.rejected - figures.unknown)


def share_done(figures: Figures, plan: Plan) -> float | None:
    """The share of the planned events that is accepted, or of the time that is over; None if no end is known."""
    shares = []
    takes_s, planned = _takes_s(plan), _planned(figures, plan)
    if takes_s:
        shares.append(figures.elapsed / takes_s)
    elif planned:
        shares.append(figures.accepted / planned)
    if plan.duration_s and plan.rate is None:
        shares.append(figures.elapsed / plan.duration_s)
    return min(1.0, max(0.0, *shares)) if shares else None


def all_left(figures: Figures, plan: Plan) -> bool:
    """Whether every planned event has left and answers are not late: the run is about to end."""
    planned = _planned(figures, plan)
    return planned is not None and 0 < planned <= figures.tally.released and figures.backlog <= BEHIND_S


def time_left(figures: Figures, plan: Plan) -> float | None:
    """Seconds until every planned event has its outcome, or None if that is not known.

    A run on schedule takes what its schedule says; one that is behind, or has no schedule, is assumed to keep its
    current rate. A replay timed as recorded takes as long as the recording, if all of that was looked at.
    """
    if plan.as_recorded:
        takes_s = _takes_s(plan)
        return None if takes_s is None else max(0.0, takes_s - figures.elapsed)
    lefts, planned = [], _planned(figures, plan)
    if planned is not None:
        remaining = max(0, planned - figures.accepted - figures.rejected - figures.unknown)
        # a second or two say nothing of the pace of a stream that takes events in bursts
        pace = current_rate(figures) if len(_recent(figures)) == _RECENT_S else figures.rate
        if not remaining:
            return 0.0
        by_schedule = _scheduled(figures, plan, planned)
        if by_schedule is not None and figures.backlog <= BEHIND_S:
            return by_schedule
        if pace > 0:
            lefts.append(max(remaining / pace, by_schedule or 0.0))
    if plan.duration_s and plan.rate is None:
        lefts.append(max(0.0, plan.duration_s - figures.elapsed))
    return min(lefts) if lefts else None


def _scheduled(figures: Figures, plan: Plan, planned: int) -> float | None:
    """Seconds until the last event is due, or None if there is no schedule."""
    schedule = schedule_of(plan)
    if plan.rate is None or schedule is None:
        return None
    return max(0.0, float(schedule.due(np.array([planned]))[0]) - figures.elapsed) if planned else 0.0


def _planned(figures: Figures, plan: Plan) -> int | None:
    """How many events there are to send, as far as that is known."""
    return plan.recording.events if figures.planned is None else figures.planned


def _takes_s(plan: Plan) -> float | None:
    """How long a replay as recorded takes, or None if that is not known."""
    return plan.recording.takes_s if plan.as_recorded else None


def _recent(figures: Figures) -> tuple[int, ...]:
    return figures.history[1:][-_RECENT_S:]


def pace_words(plan: Plan) -> str:
    """The rate that was requested."""
    faster = "" if plan.time_scale == 1 else f", time x{wanted(plan.time_scale)}"
    if plan.timetable is not None:
        return timetable_words(plan.timetable) + faster
    if plan.rate is not None:
        mean = " on average" if plan.command == "generate" else ""
        return f"{wanted(plan.rate)}/s{mean}{faster}"
    if plan.unpaced:
        return "as fast as it goes"
    return "as recorded" if plan.speed == 1 else f"as recorded x{wanted(plan.speed)}"


def odd_input(figures: Figures) -> list[str]:
    """What is odd about the input of a replay, if anything is."""
    odd = {
        "skipped": figures.skipped,
        "out of order": figures.out_of_order,
        "without a time": figures.without_time,
    }
    return [f"{name} {count(number)}" for name, number in odd.items() if number]
