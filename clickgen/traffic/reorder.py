"""Putting events in order of time that come a little late, in bounded memory."""

from collections.abc import Iterable, Iterator

import numpy as np

from clickgen.traffic.replay_clock import FOLLOWERS, JUMP_S, is_stray
from clickgen.traffic.replay_events import EventGroup

# What waits for events that come late. A window that holds more is not kept whole: then the earliest leave.
MAX_HELD_EVENTS = 131_072
MAX_HELD_BYTES = 64 << 20
_STEP = (
    2048  # events are taken in by so many, whatever the size of the groups, so that the order is always the same
)


def in_order(groups: Iterable[EventGroup], window_s: float) -> Iterator[EventGroup]:
    """The events in order of time, as far as none comes more than `window_s` late.

    An event without a time stays behind the one before it, and so does one whose time is far ahead of those that
    follow. One that comes later than the window leaves with those that are there by then. Events of one time keep
    their order.
    """
    arrived = EventGroup()
    window = _Window(window_s)
    for group in groups:
        if group.skipped:
            yield EventGroup(skipped=group.skipped)
        arrived.append(group)
        while len(arrived.events) >= _STEP + FOLLOWERS:
            yield from window.pass_through(arrived.take(_STEP), arrived.times[:FOLLOWERS])
    yield from window.pass_through(arrived, [])
    yield from window.rest()


class _Window:
    """The events that wait for others that come late."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        self._held = EventGroup()
        self._sorted_by: list[float] = []  # for each held event: its time, or that of the one before
        self._latest = -np.inf
        self._bytes = 0

    def pass_through(self, group: EventGroup, following: list[float]) -> Iterator[EventGroup]:
        """Take in events, and give those that can leave. following: the times of the next ones."""
        strays = self._drop_strays(group.times, following)
        for time in group.times:
            known = time == time  # noqa: PLR0124  # NaN is not itself
            if known:
                self._latest = max(self._latest, time)
            self._sorted_by.append(time if known else (self._sorted_by or [self._latest])[-1])
        self._bytes += sum(len(event.data) for event in group.events)
        self._held.append(group)
        taken = self._take(self._ready())
        taken.strays = strays + group.strays
        yield taken

    def rest(self) -> Iterator[EventGroup]:
        """What is left at the end."""
        yield self._take(len(self._held.events))

    def _drop_strays(self, times: list[float], following: list[float]) -> int:
        """Replace single times that jump ahead by none; how many there were."""
        known = np.array([*times, *following], dtype=np.float64)
        strays, latest = 0, self._latest
        for at, time in enumerate(times):
            if time > latest + JUMP_S and is_stray(time, latest, known[at + 1 : at + 1 + FOLLOWERS]):
                known[at] = times[at] = np.nan
                strays += 1
            elif time > latest:
                latest = time
        return strays

    def _ready(self) -> int:
        """How many of the earliest events are to leave now; 0 if it is not worth while."""
        count = len(self._sorted_by)
        if count > MAX_HELD_EVENTS or self._bytes > MAX_HELD_BYTES:
            return count // 2
        ready = int(np.count_nonzero(np.array(self._sorted_by) <= self._latest - self._window_s))
        # a half at least, so that sorting again and again what stays costs a multiple of the length at most
        return ready if 2 * ready >= count else 0

    def _take(self, count: int) -> EventGroup:
        if not count:
            return EventGroup()
        order = np.argsort(np.array(self._sorted_by), kind="stable").tolist()
        self._held.sort(order)
        self._sorted_by = [self._sorted_by[index] for index in order[count:]]
        taken = self._held.take(count)
        self._bytes -= sum(len(event.data) for event in taken.events)
        return taken
