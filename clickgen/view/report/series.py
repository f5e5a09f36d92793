"""From what a run noted to what a chart draws: rates and sums over time, and a histogram in few bars."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.model.histogram import Histogram
from clickgen.run.timeline import Moment
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.view.report.rates import DueBy, by_second, rates_by_second

POINTS = 240
WINDOW_S = 5  # batches are answered in bursts: what is counted as it is answered shows them over less
BARS = 40

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Progress:
    """A run over time. seconds: since second 0, rising; NaN stands where a session ended and another began.

    wanted, accepted: events a second, at `rate_seconds`. due, sum_accepted: events until then. retried, throttled:
    records a second over the last `WINDOW_S`, or since the point before. p50, p99: seconds from due to answered.
    wanted, due: None where that was not known ahead.
    """

    rate_seconds: Numbers
    wanted: Numbers | None
    accepted: Numbers
    seconds: Numbers
    due: Numbers | None
    sum_accepted: Numbers
    retried: Numbers
    throttled: Numbers
    p50: Numbers
    p99: Numbers


@dataclass(frozen=True, slots=True)
class Landings:
    """Deliveries over time. seconds: since second 0, of each landing, rising. total: events landed until then.

    rate: events a second since the landing before.
    """

    seconds: Numbers
    total: Numbers
    rate: Numbers


def progress(moments: Sequence[Moment], start_ms: int, due_by: DueBy | None = None) -> Progress | None:
    """A run over time in about `POINTS` points; None where fewer than two moments were noted.

    due_by: how many events its schedule has by a second; None where only the moments tell.
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
    """Deliveries over time, those of neighbouring seconds taken together where there are many."""
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
    """The edges in seconds and the counts of `BARS` bars: alike in width, or in ratio where it is `wide`."""
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
    """Sums that begin anew with each session, carried on from the session before."""
    carried = sums.copy()
    for gap in np.flatnonzero(np.isnan(sums)):
        carried[gap + 1 :] += carried[gap - 1]
    return carried
