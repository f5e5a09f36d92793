"""Cutting a stretch of events into records that fit one call."""

from bisect import bisect_right
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.batch import SinkLimits


class Cut(NamedTuple):
    """How a stretch of events becomes records.

    events: r + 1 positions in the stretch; record i holds events events[i] up to, not including,
    events[i + 1]. full: whether the call can take no further event.
    """

    events: list[int]
    full: bool


def cut_single(offsets: NDArray[np.int64], limits: SinkLimits) -> Cut:
    """One event a record, as the usual transform Lambda expects.

    offsets: n + 1 byte positions of n events, none of them larger than a record may be.
    """
    count = len(offsets) - 1
    most = min(count, limits.records)
    total = int(offsets[most] - offsets[0])
    if limits.encoded(total) + 4 * most > limits.call_bytes:
        sizes = np.diff(offsets[: most + 1])
        encoded = (sizes + 2) // 3 * 4 if limits.base64 else sizes
        most = int(np.searchsorted(np.cumsum(encoded), limits.call_bytes, side="right"))
        return Cut(list(range(most + 1)), full=True)
    return Cut(list(range(most + 1)), full=most == limits.records)


def cut_packed(offsets: NDArray[np.int64], limits: SinkLimits, record_bytes: int, record_events: int) -> Cut:
    """Several events a record: as many as fit `record_bytes`, at most `record_events`.

    An event larger than `record_bytes` goes alone.
    """
    ends = offsets.tolist()
    count = len(ends) - 1
    events = [0]
    spent = at = 0
    while at < count and len(events) <= limits.records:
        end = min(bisect_right(ends, ends[at] + record_bytes, at, count + 1) - 1, at + record_events)
        end = max(end, at + 1)
        size = limits.encoded(ends[end] - ends[at])
        if spent + size > limits.call_bytes:
            return Cut(events, full=True)
        spent += size
        at = end
        events.append(at)
    # the last record may still have room, so the call is only full when it was closed by another event
    return Cut(events, full=len(events) > limits.records and at < count)
