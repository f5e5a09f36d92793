"""How much traffic is priced: so many events of a size, evenly over a time."""

from dataclasses import dataclass

GIB = 1 << 30
"""Bytes of a GB, as the pricing calculator counts."""

TYPICAL_EVENT_BYTES = 420
"""Bytes of an event before any is known: a page view of a shop, its newline included."""

DEFAULT_DURATION_S = 30 * 86400.0
"""What is priced if nothing says how long: 30 days."""

HOUR_S = 3600.0
MONTH_S = 730 * HOUR_S
"""A month as the pricing calculator counts it: 730 hours."""


@dataclass(frozen=True, slots=True)
class Volume:
    """`events` of `event_bytes` each (newline included), evenly over `seconds`."""

    events: int
    event_bytes: int
    seconds: float

    @property
    def rate(self) -> float:
        """Events a second."""
        return self.events / self.seconds

    @property
    def bytes(self) -> int:
        return self.events * self.event_bytes

    @property
    def gb(self) -> float:
        """GB of all events, unrounded."""
        return self.bytes / GIB

    @property
    def bytes_a_second(self) -> float:
        return self.bytes / self.seconds

    @property
    def hours(self) -> float:
        return self.seconds / HOUR_S

    @property
    def months(self) -> float:
        return self.seconds / MONTH_S
