"""What a figure of a run usually is, and how much it varies by itself, by the lines of its timeline."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from clickgen.run.timeline import Moment

FEWEST_LINES = 5  # with a value; a run of fewer seconds does not show how much its figures vary
_MOST_BLOCKS = 10  # neighbouring lines are alike, so that what varies is looked at in blocks of them

_OF_LINES = ("latency_p50", "latency_p99", "answer_p50", "answer_p99")


@dataclass(frozen=True, slots=True)
class Usual:
    """The figure of most lines, which a single bad second does not decide."""

    log: float  # the mean of its logarithm
    error: float  # the standard error of that mean, about the relative one of the figure


def usual_of(name: str, moments: Sequence[Moment]) -> Usual | None:
    """What a figure usually is; None if too few lines have it.

    The error is that of the mean of ten blocks of lines, or of as many as there are lines. Lines before the first
    answer and the last one of a session, which is not a whole second, say nothing.
    """
    values = _rates(moments) if name == "rate" else _column(name, moments)
    values = values[values > 0]
    if len(values) < FEWEST_LINES:
        return None
    blocks = np.array_split(np.log(values), min(_MOST_BLOCKS, len(values)))
    means = np.array([block.mean() for block in blocks])
    return Usual(float(means.mean()), float(means.std(ddof=1) / np.sqrt(len(means))))


def _column(name: str, moments: Sequence[Moment]) -> NDArray[np.float64]:
    values = [getattr(moment, name) for moment in moments] if name in _OF_LINES else []
    return np.array([value for value in values if value is not None], dtype=np.float64)


def _rates(moments: Sequence[Moment]) -> NDArray[np.float64]:
    """Accepted events a second from line to line, in each session without its first and its last second."""
    sessions: dict[int, list[Moment]] = {}
    for moment in moments:
        sessions.setdefault(moment.session, []).append(moment)
    found = []
    for lines in sessions.values():
        inner = [line for line in lines[:-1] if line.accepted]
        for before, now in pairwise(inner):
            if now.elapsed > before.elapsed:
                found.append((now.accepted - before.accepted) / (now.elapsed - before.elapsed))
    return np.array(found, dtype=np.float64)
