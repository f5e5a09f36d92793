"""How long events and calls take: from due to the wire, from there to the answer, and from due to the answer."""

from collections import deque
from typing import NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from clickgen.model.histogram import Histogram

T = TypeVar("T")


class Durations(NamedTuple):
    """How long things took, in seconds."""

    lag: Histogram  # of each event, from due to on the wire
    answer: Histogram  # of each call, from the wire to the service's answer
    latency: Histogram  # of each accepted event, from due to answered


class Timings:
    """Collects moments until durations are taken. Moments are seconds of the clock, due times count from `start`.

    Senders only note what they saw: a histogram for each call would cost more time than some gaps have.
    paced: whether events have due times to be late for; if not, there is no lag.
    """

    def __init__(self) -> None:
        self.start = 0.0
        self.paced = True
        # appending to a deque needs no lock
        self._left: deque[tuple[NDArray[np.float64], float]] = deque()
        self._answered: deque[float] = deque()
        self._accepted: deque[tuple[NDArray[np.float64], float]] = deque()

    def left(self, due: NDArray[np.float64], at: float) -> None:
        """Events are on the wire for the first time."""
        if self.paced:
            self._left.append((due, at))

    def answered(self, seconds: float) -> None:
        """The service has answered a call after this time."""
        self._answered.append(seconds)

    def accepted(self, due: NDArray[np.float64], at: float) -> None:
        self._accepted.append((due, at))

    def take(self) -> Durations:
        """What was collected since the last time."""
        taken = lag, answer, latency = nothing()
        lag.add(self._since_due(drained(self._left)))
        answer.add(np.array(drained(self._answered)))
        latency.add(self._since_due(drained(self._accepted)))
        return taken

    def _since_due(self, moments: list[tuple[NDArray[np.float64], float]]) -> NDArray[np.float64]:
        """How long before its moment each event was due; nothing leaves before that."""
        return np.maximum(0.0, since_due([due for due, _ in moments], [at - self.start for _, at in moments]))


def nothing() -> Durations:
    return Durations(Histogram(), Histogram(), Histogram())


def since_due(dues: list[NDArray[np.float64]], moments: list[float]) -> NDArray[np.float64]:
    """For each moment, in seconds of the schedule, how long before it each of its events was due."""
    if not dues:
        return np.empty(0)
    return np.repeat(moments, [len(due) for due in dues]) - np.concatenate(dues)


def drained(noted: deque[T]) -> list[T]:
    """Remove what was noted so far, while others go on noting."""
    return [noted.popleft() for _ in range(len(noted))]
