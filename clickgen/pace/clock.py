"""The clock: where the line gets the time from, so that tests can control it."""

import time
from typing import Protocol


class Clock(Protocol):
    """Time that only moves on, time of day, and waiting."""

    def now(self) -> float:
        """Seconds of a clock that never goes back; the same in every process of this machine."""

    def wall_ms(self) -> int:
        """Unix time in milliseconds."""

    def sleep(self, seconds: float) -> None:
        """Wait that long."""


def now_ms() -> int:
    """Unix time in milliseconds."""
    return time.time_ns() // 1_000_000


class SystemClock:
    """The machine's clock (CLOCK_MONOTONIC for `now`)."""

    def now(self) -> float:
        return time.monotonic()

    def wall_ms(self) -> int:
        return now_ms()

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))
