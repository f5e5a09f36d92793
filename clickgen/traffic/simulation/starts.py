"""When the sessions of a lane start, by their numbers, and which started so long before another."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.rhythm import RhythmTables
from clickgen.traffic.simulation.hours import MS_AN_HOUR

Due = Callable[[NDArray[np.int64]], NDArray[np.float64]]


class Starts(Protocol):
    """The starts of a lane."""

    def hours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The hours of Unix time in which these sessions start."""

    def campaigns(self, numbers: NDArray[np.int64], rhythm: RhythmTables) -> NDArray[np.int64]:
        """The campaign that runs when each of these sessions starts, counted from 1; 0 where there is none."""

    def before(self, numbers: NDArray[np.int64], ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each of these sessions one that started so much earlier."""


@dataclass(frozen=True, slots=True)
class StartsBetween:
    """The starts of a lane whose events are due at given times: they fill what other sessions leave free.

    Starts regulate themselves (see LiveSessions), so a session's time is that of the event with which it would
    start if every session before it had the mean number of pages. Before the run they came at the mean rate.
    start_ms: Unix time of second 0. pages_e6: mean pages a session, in millionths. starts_e6: starts in a million
    seconds in the long run.
    """

    start_ms: int
    due: Due
    pages_e6: int
    starts_e6: int

    def hours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The hours of Unix time in which these sessions start.

        Counted from the hour that the run starts in, so that they do not depend on the second of the start.
        """
        return self.start_ms // MS_AN_HOUR + self._since_ms(numbers) // MS_AN_HOUR

    def campaigns(self, numbers: NDArray[np.int64], rhythm: RhythmTables) -> NDArray[np.int64]:
        """The campaign that runs when each of these sessions starts, counted from 1; 0 where there is none.

        Nor is there one before the run.
        """
        if not len(rhythm.begins_ms):
            return np.zeros(len(numbers), dtype=np.int64)
        running = rhythm.campaigns_at(self.start_ms + self._since_ms(numbers), self.start_ms)
        return np.where(numbers < 0, 0, running)

    def before(self, numbers: NDArray[np.int64], ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sessions that started so much earlier than these; at least the one before."""
        # whole seconds: in ms the product would not fit 64 bits
        return numbers - np.maximum(1, ms // 1000 * self.starts_e6 // 1_000_000)

    def _since_ms(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        events = np.maximum(numbers, 0) * self.pages_e6 // 1_000_000
        due = self.due(events)
        later = np.where(np.isfinite(due), due, 0.0) * 1000
        earlier = np.minimum(numbers, 0) * (1e9 / max(1, self.starts_e6))
        return np.where(numbers < 0, earlier, later).astype(np.int64)
