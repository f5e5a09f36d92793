"""From what a run noted to what charts draw: rates and sums over time, and a histogram in few bars."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.model.histogram import Histogram
from clickgen.run.timeline import Moment
from clickgen.verify.proof.compare.latency import Latencies

POINTS = 240
WINDOW_S = 5  # batches are answered in bursts: what is counted as it is answered shows them over less
BARS = 40

Numbers = NDArray[np.float64]
MOST_BARS = 240
DueBy = Callable[[float], int]


@dataclass(frozen=True, slots=True)
class Progress:
    """A run over time; seconds count from second 0, with NaN where a session ended and another began."""

    rate_seconds: Numbers  # when wanted and accepted were so
    wanted: Numbers | None  # events a second, or None if that was not known ahead
    accepted: Numbers  # events a second
    seconds: Numbers  # when the following were so
    due: Numbers | None  # events until then, or None if that was not known ahead
    sum_accepted: Numbers  # events until then
    retried: Numbers  # records a second over the last `WINDOW_S`, or since the point before
    throttled: Numbers  # the same
    p50: Numbers  # seconds from due to answered
    p99: Numbers  # the same


@dataclass(frozen=True, slots=True)
class Landings:
    """Deliveries over time."""

    seconds: Numbers  # since second 0, of each landing
    total: Numbers  # events landed until then
    rate: Numbers  # events a second since the landing before


def progress(moments: Sequence[Moment], start_ms: int, due_by: DueBy | None = None) -> Progress | None:
    """A run over time in about `POINTS` points, or None if fewer than two moments were noted.

    due_by: how many events its schedule has by a second, or None if only the moments say so.
    """
    rows = [row for session in _sessions(moments) for row in (*_rows(session, start_ms), _GAP)][:-1]
    if not rows:
        return None
    table = np.array(rows, dtype=np.float64)
    rates = rates_by_second(moments, start_ms, due_by) if by_second(moments) else table[:, :3]
    known = all(moment.expected is not None for moment in moments)
    wanted, due = (rates[:, 1], _carried(table[:, 3])) if known else (None, None)
    sums = _carried(table[:, 4])
    return Progress(rates[:, 0], wanted, rates[:, 2], table[:, 0], due, sums, *table[:, 5:9].T)


def landings(latencies: Latencies, start_ms: int) -> Landings | None:
    """Deliveries over time; if there are many, those of neighbouring seconds are taken together."""
    landed = latencies.landed
    if not landed:
        return None
    seconds = np.array(sorted(landed), dtype=np.float64)
    events = np.array([landed[int(second)] for second in seconds], dtype=np.float64)
    seconds = np.maximum(seconds + 1 - start_ms / 1000, 0.001)  # a landing is over when its second is
    groups = (np.arange(len(seconds)) * min(1.0, POINTS / len(seconds))).astype(int)
    last = np.flatnonzero(np.diff(groups, append=groups[-1] + 1))
    total = np.cumsum(events)[last]
    times = seconds[last]
    rate = np.diff(total, prepend=0.0) / np.maximum(np.diff(times, prepend=0.0), 0.001)
    return Landings(times, total, rate)


def bars(histogram: Histogram) -> tuple[Numbers, Numbers]:
    """The edges in seconds and the counts of `BARS` bars of equal width, or of equal ratio if it is `wide`."""
    seconds, counts = histogram.values()
    low, high = float(seconds[0]), histogram.largest
    if wide(histogram):
        edges = np.geomspace(max(low, 1e-3), max(high, 2e-3) * 1.001, BARS + 1)
    else:
        edges = np.linspace(0.0, max(high, 1e-3) * 1.001, BARS + 1)
    heights, _ = np.histogram(np.clip(seconds, edges[0], edges[-1]), edges, weights=counts)
    return edges, heights.astype(np.float64)


def wide(histogram: Histogram) -> bool:
    """Whether durations differ so much that only a logarithmic scale shows them all."""
    return histogram.largest > 1000 * max(histogram.quantile(0.1), 1e-3)


_GAP = (np.nan,) * 9


def _sessions(moments: Sequence[Moment]) -> list[list[Moment]]:
    """The moments by session, thinned so that all of them make about `POINTS` points; the last ones stay."""
    step = max(1, len(moments) // POINTS)
    by_session: dict[int, list[Moment]] = {}
    for moment in moments:
        by_session.setdefault(moment.session, []).append(moment)
    return [[*session[:-1:step], session[-1]] for session in by_session.values() if len(session) > 1]


def _rows(session: list[Moment], start_ms: int) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    first = 0
    for position, now in enumerate(session[1:], 1):
        while first < position - 1 and now.at_ms - session[first + 1].at_ms >= WINDOW_S * 1000:
            first += 1
        then = session[first]
        span = max(now.at_ms - then.at_ms, 1) / 1000
        rows.append(
            (
                max(0.0, (now.at_ms - start_ms) / 1000),
                ((now.expected or 0) - (then.expected or 0)) / span,
                (now.accepted - then.accepted) / span,
                now.expected or 0,
                now.accepted,
                (now.retried - then.retried) / span,
                (now.throttled - then.throttled) / span,
                np.nan if now.latency_p50 is None else now.latency_p50,
                np.nan if now.latency_p99 is None else now.latency_p99,
            )
        )
    return rows


def _carried(sums: Numbers) -> Numbers:
    """Sums that start again at 0 with each session, carried on from the session before."""
    carried = sums.copy()
    for gap in np.flatnonzero(np.isnan(sums)):
        carried[gap + 1 :] += carried[gap - 1]
    return carried


def by_second(moments: Sequence[Moment]) -> bool:
    """Whether a timeline says for which seconds accepted events count; those of earlier versions do not."""
    return bool(moments) and all(moment.course is not None for moment in moments)


def rates_by_second(moments: Sequence[Moment], start_ms: int, due_by: DueBy | None) -> NDArray[np.float64]:
    """Rows of second, wanted and accepted events a second: two for each bar, its beginning and its end.

    Between two sessions there is a row of NaN. wanted is 0 if it was not known ahead.
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
    """The whole second after which nothing more was due or accepted."""
    counted = max((second + 1 for moment in session for second, _ in moment.course or ()), default=1)
    most = session[-1].expected or 0
    before = [moment.elapsed for moment in session if (moment.expected or 0) < most]
    return max(counted, math.ceil(before[-1]) if before else 1)


def _due(session: Sequence[Moment], edges: NDArray[np.float64], due_by: DueBy | None) -> NDArray[np.float64]:
    """How many events were due by these seconds: by the schedule, else interpolated between the moments."""
    most = session[-1].expected or 0
    if due_by is not None:
        return np.array([min(most, due_by(edge)) for edge in edges], dtype=np.float64)
    known = [(moment.elapsed, moment.expected or 0) for moment in session if moment.elapsed > 0]
    return np.interp(edges, *np.array([(0.0, 0), *known], dtype=np.float64).T)
