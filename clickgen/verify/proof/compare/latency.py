"""How long events took to land, from when they were due, sent and accepted, and how many landed when."""

from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Annotated, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainSerializer, PlainValidator
from pyroaring import BitMap64

from clickgen.feed.due_times import DueTimes
from clickgen.model.histogram import Histogram
from clickgen.verify.proof.compare.attempts import Attempts
from clickgen.verify.proof.found.findings import ObjectFindings, number_array

SLOWEST = 5


class Lateness(NamedTuple):
    """An object, and the longest that an event in it took to land."""

    object: str
    landed_ms: int  # Unix time in milliseconds
    seconds: float  # from accepted to landed


def _bins(histogram: Histogram) -> dict[str, object]:
    filled = np.flatnonzero(histogram.counts)
    pairs = zip(filled.tolist(), histogram.counts[filled].tolist(), strict=True)
    return {"largest": histogram.largest, "bins": [list(pair) for pair in pairs]}


def _histogram(kept: Any) -> Histogram:
    if isinstance(kept, Histogram):
        return kept
    histogram = Histogram()
    try:
        for position, count in kept["bins"]:
            histogram.counts[position] = count
        histogram.largest = float(kept["largest"])
    except (KeyError, TypeError, ValueError, IndexError, OverflowError) as problem:
        raise ValueError(f"a histogram is damaged: {problem!r}") from problem
    return histogram


Durations = Annotated[Histogram, PlainValidator(_histogram), PlainSerializer(_bins)]
"""A histogram that can be kept in a file, as its filled bins."""


@dataclass(slots=True)
class Latencies:
    """How long the delivered events took to land, in seconds.

    A time that is not known, on either side, is not counted; a landing before its event was sent, which happens as
    clocks differ, counts as zero seconds.
    """

    due: Durations = field(default_factory=Histogram)  # from due to landed, the first copy
    sent: Durations = field(default_factory=Histogram)  # from the first attempt
    accepted: Durations = field(default_factory=Histogram)
    landed: Counter[int] = field(default_factory=Counter)  # events by the second (Unix time) of their landing
    slowest: list[Lateness] = field(default_factory=list)  # the objects with the latest events, at most five

    def count(
        self,
        lane: int,
        numbers: BitMap64,
        attempts: Attempts,
        due: DueTimes | None,
        found: ObjectFindings,
    ) -> None:
        """Count events of a lane whose first copy is in an object; an object without a time counts nothing."""
        landed_ms = found.landed_ms
        if not numbers or not landed_ms:
            return
        self.landed[landed_ms // 1000] += len(numbers)
        counts, sent_ms, accepted_ms = attempts.spread(numbers)
        _count(self.sent, sent_ms, counts, landed_ms)
        _count(self.accepted, accepted_ms, counts, landed_ms)
        if due is not None:
            _count(self.due, *_by_millisecond(due(lane, number_array(numbers))), landed_ms)
        noted_ms = accepted_ms[accepted_ms > 0]
        if len(noted_ms):
            self._note(Lateness(found.name, landed_ms, max(0.0, (landed_ms - int(noted_ms.min())) / 1000)))

    def histograms(self) -> dict[str, Histogram]:
        """The three histograms, by what they count from."""
        return {"due": self.due, "sent": self.sent, "accepted": self.accepted}

    def throughput(self) -> float | None:
        """Events a second as they landed, from the first landing to the last, or None if all landed at once.

        What landed first was gathered before that, and is left out.
        """
        if len(self.landed) < 2:
            return None
        first, last = min(self.landed), max(self.landed)
        return (self.landed.total() - self.landed[first]) / (last - first)

    def _note(self, late: Lateness) -> None:
        """Keep the slowest; an object is reported here once for each lane that it holds."""
        known = {one.object: one for one in self.slowest}
        known[late.object] = max(known.get(late.object, late), late, key=attrgetter("seconds"))
        self.slowest = sorted(known.values(), key=attrgetter("seconds"), reverse=True)[:SLOWEST]


def _by_millisecond(times_ms: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The known times, each once, and how many events share it: a few are cheaper to sort than all of them."""
    whole = times_ms[np.isfinite(times_ms)].astype(np.int64)
    if not len(whole):
        return whole, whole
    first, last = int(whole.min()), int(whole.max())
    if last - first > 4 * len(whole):
        return whole, np.ones(len(whole), dtype=np.int64)
    counts = np.bincount(whole - first)
    held = np.flatnonzero(counts)
    return held + first, counts[held]


def _count(histogram: Histogram, since_ms: NDArray[np.int64], counts: NDArray[np.int64], landed_ms: int) -> None:
    """counts: how many share each of the times."""
    noted = since_ms > 0
    histogram.add(np.maximum(landed_ms - since_ms[noted], 0) / 1000.0, counts[noted])
