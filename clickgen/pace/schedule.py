"""Schedules: how many events are due by when. Pure arithmetic; a schedule never sleeps."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Schedule(Protocol):
    """expected(t) events are due by second t; due(n) = min{t : expected(t) >= n}, with n counting from 1."""

    peak: float  # the highest rate, events a second
    mean: float  # the rate in the long run
    length: float  # the second after which nothing is due any more; inf for an endless schedule

    def rate_at(self, seconds: float, /) -> float:
        """The rate at that second, events a second."""

    def expected(self, seconds: float) -> int:
        """How many events are due at or before `seconds` since the start."""

    def due(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """The seconds at which the events with these counts (1 is the first event) are due; inf for never."""


class ConstantRate:
    """The same rate from the first second: event n is due at n / rate."""

    length = math.inf

    def __init__(self, rate: float) -> None:
        self.rate = self.peak = self.mean = rate

    def rate_at(self, _seconds: float, /) -> float:
        return self.rate

    def expected(self, seconds: float) -> int:
        """floor(rate × seconds), consistent with rounded due times."""
        count = max(0, int(self.rate * seconds))
        while (count + 1) / self.rate <= seconds:
            count += 1
        while count and count / self.rate > seconds:
            count -= 1
        return count

    def due(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        return numbers / self.rate


@dataclass(frozen=True, slots=True)
class LaneSchedule:
    """The due times of one lane: lane l of L takes every L-th due time of the run's schedule."""

    schedule: Schedule
    lane: int
    lanes: int

    def due(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Seconds at which the lane's events with these numbers (0 is its first) are due."""
        return self.schedule.due(numbers * self.lanes + (self.lane + 1))
