"""Rounds of clicks, each with one click of every session that has one, and what is made of several rounds."""

import numpy as np
from numpy.typing import NDArray

from clickgen.traffic.simulation.sessions import NEVER, LiveSessions, by_time
from clickgen.traffic.simulation.time_window import TimeWindow

TimedClicks = tuple[TimeWindow, NDArray[np.int64]]
"""Clicks and their times in ms, in the order of time."""

NO_ROWS, NO_TIMES = np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.int64)


def joined(rounds: list[TimedClicks]) -> TimedClicks:
    """The clicks of several rounds in the order of their times; within a session in the order of the rounds."""
    times_ms = np.concatenate([times for _, times in rounds])
    order = by_time(times_ms)
    return TimeWindow.joined([window for window, _ in rounds]).chosen(order), times_ms.take(order)


def in_turn(windows: list[TimedClicks]) -> TimedClicks:
    """The clicks of several windows, each later than the one before."""
    return TimeWindow.joined([window for window, _ in windows]), np.concatenate([times for _, times in windows])


def to_their_ends(live: LiveSessions, rows: NDArray[np.int32], starts_ms: NDArray[np.int64]) -> list[TimedClicks]:
    """All clicks that live sessions still have, and those of the sessions in `rows`, which start then."""
    rounds = [live.click_until(NEVER, rows, starts_ms)]
    while len(rounds[-1][1]):
        rounds.append(live.click_until(NEVER, NO_ROWS, NO_TIMES))
    return rounds
