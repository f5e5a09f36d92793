"""How long events and calls take: from due to the wire, from there to the answer, and from due to the answer."""

import threading
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.histogram import Histogram


class Durations(NamedTuple):
    """How long things took, in seconds."""

    lag: Histogram  # of each event, from due to on the wire
    answer: Histogram  # of each call, from the wire to the service's answer
    latency: Histogram  # of each accepted event, from due to answered


class Timings:
    """Collects durations until they are taken. Moments are seconds of the clock, due times count from `start`.

    paced: whether events have due times to be late for; if not, there is no lag.
    """

    def __init__(self) -> None:
        self.start = 0.0
        self.paced = True
        self._lock = threading.Lock()
        self._durations = _nothing()

    def left(self, due: NDArray[np.float64], at: float) -> None:
        """Events are on the wire for the first time."""
        if self.paced:
            with self._lock:
                self._durations.lag.add(np.maximum(0.0, at - self.start - due))

    def answered(self, seconds: float) -> None:
        """The service has answered a call after this time."""
        with self._lock:
            self._durations.answer.add_one(seconds)

    def accepted(self, due: NDArray[np.float64], at: float) -> None:
        with self._lock:
            self._durations.latency.add(np.maximum(0.0, at - self.start - due))

    def take(self) -> Durations:
        """What was collected since the last time."""
        with self._lock:
            taken, self._durations = self._durations, _nothing()
        return taken


def _nothing() -> Durations:
    return Durations(Histogram(), Histogram(), Histogram())
