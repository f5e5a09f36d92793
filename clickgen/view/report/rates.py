"""The rates of a run over time: bars of a second or more, as its timeline counted accepted events."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from clickgen.run.timeline import Moment

MOST_BARS = 240
DueBy = Callable[[float], int]


def by_second(moments: Sequence[Moment]) -> bool:
    """Whether a timeline tells for which seconds accepted events count; those of earlier versions do not."""
    return bool(moments) and all(moment.course is not None for moment in moments)


def rates_by_second(moments: Sequence[Moment], start_ms: int, due_by: DueBy | None) -> NDArray[np.float64]:
    """Rows of second, wanted and accepted events a second: two for each bar, its begin and its end.

    A row of NaN stands where a session ended and another began. wanted is 0 where it was not known ahead.
    """
    sessions: dict[int, list[Moment]] = {}
    for moment in moments:
        sessions.setdefault(moment.session, []).append(moment)
    width = math.ceil(sum(_end(session) for session in sessions.values()) / MOST_BARS)
    drawn = [_bars(session, max(1, width), start_ms, due_by) for session in sessions.values()]
    gap = np.full((1, 3), np.nan)
    return np.concatenate([rows for bars in drawn for rows in (gap, bars)][1:])


def _bars(session: list[Moment], width: int, start_ms: int, due_by: DueBy | None) -> NDArray[np.float64]:
    end = _end(session)
    edges = np.append(np.arange(0, end, width), end).astype(np.float64)
    counted = [pair for moment in session for pair in moment.course or ()]
    seconds, events = np.array(counted, dtype=np.int64).reshape(-1, 2).T
    accepted = np.bincount(seconds // width, weights=events, minlength=len(edges) - 1)[: len(edges) - 1]
    wanted = np.diff(_due(session, edges, due_by))
    begin = (session[0].at_ms - start_ms) / 1000 - session[0].elapsed
    spans = np.diff(edges)
    times = np.maximum(0.0, np.repeat(edges + begin, 2)[1:-1])
    return np.column_stack([times, np.repeat(wanted / spans, 2), np.repeat(accepted / spans, 2)])


def _end(session: Sequence[Moment]) -> int:
    """The whole second after which nothing was due and nothing was accepted any more."""
    counted = max((second + 1 for moment in session for second, _ in moment.course or ()), default=1)
    most = session[-1].expected or 0
    before = [moment.elapsed for moment in session if (moment.expected or 0) < most]
    return max(counted, math.ceil(before[-1]) if before else 1)


def _due(session: Sequence[Moment], edges: NDArray[np.float64], due_by: DueBy | None) -> NDArray[np.float64]:
    """How many events were due by these seconds: by the schedule, else as the moments in between tell."""
    most = session[-1].expected or 0
    if due_by is not None:
        return np.array([min(most, due_by(edge)) for edge in edges], dtype=np.float64)
    known = [(moment.elapsed, moment.expected or 0) for moment in session if moment.elapsed > 0]
    return np.interp(edges, *np.array([(0.0, 0), *known], dtype=np.float64).T)
