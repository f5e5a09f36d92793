"""How long events took to land, from when they were due, sent and accepted, and how many landed when."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clickgen.model.histogram import Histogram
from clickgen.verify.attempts import Attempts

DueTimes = Callable[[int, NDArray[np.int64]], NDArray[np.float64]]
"""From a lane and numbers of it to the Unix times in milliseconds at which they were due; inf where never."""


@dataclass(slots=True)
class Latencies:
    """Seconds from due, from sent (first) and from accepted to landed (first), of the events that were delivered.

    landed: events by the second (Unix time) in which their first copy landed. A time that is not known, on either
    side, is not counted; one that lies after the landing, as clocks differ, counts as none at all.
    """

    due: Histogram = field(default_factory=Histogram)
    sent: Histogram = field(default_factory=Histogram)
    accepted: Histogram = field(default_factory=Histogram)
    landed: Counter[int] = field(default_factory=Counter)

    def count(
        self, lane: int, numbers: NDArray[np.int64], attempts: Attempts, due: DueTimes | None, landed_ms: int
    ) -> None:
        """Count events of a lane whose first copy landed then; 0 is a time that is not known."""
        if not len(numbers) or not landed_ms:
            return
        self.landed[landed_ms // 1000] += len(numbers)
        _count(self.sent, attempts.first_sent_ms(numbers), landed_ms)
        _count(self.accepted, attempts.accepted_ms(numbers), landed_ms)
        if due is not None:
            due_ms = due(lane, numbers)
            _count(self.due, due_ms[np.isfinite(due_ms)], landed_ms)

    def histograms(self) -> dict[str, Histogram]:
        """The three of them, by what they count from."""
        return {"due": self.due, "sent": self.sent, "accepted": self.accepted}


def _count(histogram: Histogram, since_ms: NDArray[np.int64] | NDArray[np.float64], landed_ms: int) -> None:
    noted = since_ms[since_ms > 0]
    histogram.add(np.maximum(landed_ms - noted, 0) / 1000.0)
