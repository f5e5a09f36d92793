"""Cutting events into records that fit one call."""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.batch import SinkLimits


@dataclass(frozen=True, slots=True)
class Packing:
    """How events become records: one each, or several up to `record_bytes` and `record_events`."""

    limits: SinkLimits
    pack: bool = False
    record_bytes: int = 5 * 1024
    record_events: int = 500


class Cut(NamedTuple):
    """How a stretch of events becomes the records of a call.

    events: r + 1 positions in the stretch; record i holds events events[i] up to, not including, events[i + 1];
    no event if it is a copy of an earlier one. full: whether the call can take no further event. ends: if copies
    are records of their own, r + 1 positions in bytes from the stretch's beginning.
    """

    events: list[int]
    full: bool
    ends: list[int] | None = None


class Cutter:
    """Cuts the events that wait in a lane. It continues where it stopped, however often more events arrive.

    Packed, a record holds as many events as fit `record_bytes`, at most `record_events`; an event larger than
    `record_bytes` is alone. An event and the copies that follow it are never separated: they are in one call, and
    packed in one record.
    """

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        self._ends = [0]  # event i lies at the bytes from ends[i] to ends[i + 1]
        self._records = [0]  # the ends of the records that no further event can join
        self._spent = 0  # bytes of those, as the call counts them
        self._copies: list[int] = []  # where copies begin

    def add(self, ends: NDArray[np.int64], copies: NDArray[np.int64] | None = None) -> None:
        """Append events: where each ends, in bytes from the beginning of the first, and where copies begin."""
        if copies is not None:
            self._copies += (copies + self._ends[-1]).tolist()
        self._ends += (ends + self._ends[-1]).tolist()

    @property
    def size(self) -> int:
        """The bytes of the events that wait."""
        return self._ends[-1] - self._ends[0]

    @property
    def fills_call(self) -> bool:
        """Whether there are more than a call takes, however they are cut."""
        packing, limits = self._packing, self._packing.limits
        events, size = (packing.record_events, packing.record_bytes) if packing.pack else (1, limits.record_bytes)
        return len(self._ends) > limits.records * events or self.size > min(
            limits.call_bytes, limits.records * size
        )

    def drop(self, count: int) -> None:
        """Forget the first events, and where the rest was cut."""
        del self._ends[:count]
        if self._copies:
            del self._copies[: bisect_left(self._copies, self._ends[0])]
        self.restart()

    def restart(self) -> None:
        """Forget where the events were cut: the next cut may be shorter than the last."""
        self._records, self._spent = [0], 0

    def cut(self, count: int) -> Cut:
        if self._packing.pack:
            return self._packed(count)
        return self._with_copies(count) if self._copies else self._single(count)

    def _single(self, count: int) -> Cut:
        limits, ends = self._packing.limits, self._ends
        most = min(count, limits.records)
        if limits.encoded(ends[most] - ends[0]) + 4 * most > limits.call_bytes:
            sizes = accumulate(limits.encoded(end - begin) for begin, end in pairwise(ends[: most + 1]))
            fitting = bisect_right(list(sizes), limits.call_bytes)
            if fitting < most:
                return Cut(list(range(fitting + 1)), full=True)
        return Cut(list(range(most + 1)), full=most == limits.records)

    def _with_copies(self, count: int) -> Cut:
        """Every event and every copy as a record."""
        limits, ends, copies = self._packing.limits, self._ends, self._copies
        events, places, spent, following = [0], [0], 0, 0
        for position in range(count):
            begin, end = ends[position], ends[position + 1]
            within = bisect_left(copies, end, following)
            cuts = [*copies[following:within], end]
            sizes = [limits.encoded(stop - start) for start, stop in pairwise([begin, *cuts])]
            spent += sum(sizes)
            if position and (len(places) - 1 + len(cuts) > limits.records or spent > limits.call_bytes):
                return Cut(events, full=True, ends=places)
            places += [place - ends[0] for place in cuts]
            events += [position + 1] * len(cuts)
            following = within
        return Cut(events, full=len(places) > limits.records, ends=places)

    def _packed(self, count: int) -> Cut:
        limits, ends, records = self._packing.limits, self._ends, self._records
        spent, at = self._spent, records[-1]
        try:
            while at < count and len(records) <= limits.records:
                room = bisect_right(ends, ends[at] + self._packing.record_bytes, at, count + 1) - 1
                end = max(at + 1, min(room, at + self._packing.record_events))
                size = limits.encoded(ends[end] - ends[at])
                if spent + size > limits.call_bytes:
                    return Cut(records.copy(), full=True)
                if end == count:
                    # later events may join the last record
                    return Cut([*records, end], full=False)
                spent += size
                at = end
                records.append(at)
            # the last record of a call is closed by an event that does not fit into it
            return Cut(records.copy(), full=at < count)
        finally:
            self._spent = spent
