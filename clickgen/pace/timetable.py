"""From a timetable to a schedule: stages, day curve and spikes as pieces of one rate curve."""

import math
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from clickgen.model.timetable import DayCurve, Spike, Timetable
from clickgen.pace.curve import Piece, RateCurve

_HOUR_S, _DAY_S, _WEEK_S = 3600, 86_400, 604_800
_FIRST_MONDAY_S = 4 * _DAY_S  # 1970-01-05; Unix time begins on a Thursday


@lru_cache(maxsize=8)
def curve_of(timetable: Timetable, start_ms: int, time_scale: float = 1.0) -> RateCurve:
    """The schedule of a timetable whose second 0 is at that Unix time in milliseconds.

    time_scale: how many seconds of the day a day curve goes through in a second of the schedule. Stages and
    spikes are in seconds of the schedule.
    """
    ends = [spike.at_s + spike.length_s for spike in timetable.spikes]
    repeating: list[Piece] = []
    if timetable.day is not None:
        week = _week(timetable.day, timetable.rate, start_ms)
        repeating = [piece._replace(seconds=piece.seconds / time_scale) for piece in week]
        # a spike does not recur every week, so the weeks until after the last one are laid out
        pieces = repeating * math.ceil(max(ends, default=0.0) * time_scale / _WEEK_S)
    elif timetable.stages:
        pieces = list(_ramps(timetable))
    else:
        pieces = [Piece(math.inf, timetable.rate, timetable.rate)]
    for spike in timetable.spikes:
        pieces = list(_with_spike(pieces, spike))
    return RateCurve(pieces + repeating, repeat_from=len(pieces) if repeating else None)


def _ramps(timetable: Timetable) -> Iterator[Piece]:
    rate = timetable.rate
    for stage in timetable.stages:
        yield Piece(stage.seconds, rate, stage.rate)
        rate = stage.rate


def _week(day: DayCurve, peak: float, start_ms: int) -> list[Piece]:
    """One week from the start on, whose last rate is its first."""
    weights = [hour * weekday for weekday in day.weekdays for hour in day.hours]
    scale = peak / max(weights)
    since_monday = (start_ms / 1000 + day.utc_offset_s - _FIRST_MONDAY_S) % _WEEK_S
    # the middle of the previous hour, and of those after it, in seconds from the start
    first = math.floor(since_monday / _HOUR_S - 0.5)
    middles = [(hour + 0.5) * _HOUR_S - since_monday for hour in range(first, first + len(weights) + 1)]
    rates = [weights[hour % len(weights)] * scale for hour in range(first, first + len(weights) + 1)]
    begun = -middles[0] / _HOUR_S
    now = rates[0] + (rates[1] - rates[0]) * begun
    times = [0.0, *middles[1:], float(_WEEK_S)]
    values = [now, *rates[1:], now]
    return [
        Piece(end - begin, before, after)
        for (begin, end), (before, after) in zip(pairwise(times), pairwise(values), strict=True)
    ]


def _with_spike(pieces: list[Piece], spike: Spike) -> Iterator[Piece]:
    """The pieces, cut where the spike begins and ends, with their rates multiplied while it lasts."""
    at = 0.0
    for piece in pieces:
        begin = min(max(0.0, spike.at_s - at), piece.seconds)
        end = min(max(0.0, spike.at_s + spike.length_s - at), piece.seconds)
        for first, last in pairwise((0.0, begin, end, piece.seconds)):
            factor = spike.factor if begin <= first < end else 1.0
            yield Piece(last - first, piece.rate_at(first) * factor, piece.rate_at(last) * factor)
        at += piece.seconds
