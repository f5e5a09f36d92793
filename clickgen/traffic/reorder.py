"""Putting events in order of time that come a little late, in bounded memory, and evenly over time."""

import heapq
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from clickgen.traffic.replay_clock import FOLLOWERS, JUMP_S, is_stray
from clickgen.traffic.replay_events import EventGroup

# What waits for events that come late. A window that holds more is not kept whole: then the earliest leave.
MAX_HELD_EVENTS = 131_072
MAX_HELD_BYTES = 64 << 20
_STEP = 64  # events are taken in by so many, whatever the size of the groups, so that the order is always the same


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
            yield window.pass_through(arrived.take(_STEP), arrived.times[:FOLLOWERS])
    yield window.pass_through(arrived, [])
    yield window.rest()


class _Window:
    """The events that wait for others that come late, the earliest first."""

    def __init__(self, window_s: float) -> None:
        self._window_s = window_s
        # each with the time that it is sorted by, which is its own or that of the one before, and its number
        self._held: list[tuple[float, int, tuple[Any, ...]]] = []
        self._number = 0
        self._sorted_by = -np.inf
        self._latest = -np.inf
        self._bytes = 0

    def pass_through(self, group: EventGroup, following: list[float]) -> EventGroup:
        """Take in events, and give those that can leave. following: the times of the next ones."""
        taken = EventGroup(strays=group.strays + self._drop_strays(group.times, following))
        for number, time in enumerate(group.times):
            if time == time:  # noqa: PLR0124  # NaN is not itself
                self._sorted_by = time
                self._latest = max(self._latest, time)
            entry = self._sorted_by, self._number, group.row(number)
            self._number += 1
            self._bytes += len(group.events[number].data)
            heapq.heappush(self._held, entry)
            while self._held and self._first_leaves():
                self._pop_into(taken)
        return taken

    def rest(self) -> EventGroup:
        """What is left at the end."""
        taken = EventGroup()
        while self._held:
            self._pop_into(taken)
        return taken

    def _first_leaves(self) -> bool:
        if self._held[0][0] <= self._latest - self._window_s:
            return True
        return len(self._held) > MAX_HELD_EVENTS or self._bytes > MAX_HELD_BYTES

    def _pop_into(self, taken: EventGroup) -> None:
        row = heapq.heappop(self._held)[2]
        self._bytes -= len(row[0].data)
        taken.add_row(row)

    def _drop_strays(self, times: list[float], following: list[float]) -> int:
        """Replace single times that jump ahead by none; how many there were."""
        strays, latest = 0, self._latest
        for at, time in enumerate(times):
            if time <= latest + JUMP_S:
                latest = max(latest, time)
            elif time == time:  # noqa: PLR0124  # NaN is not itself
                ahead = np.array([*times[at + 1 :], *following][:FOLLOWERS], dtype=np.float64)
                if is_stray(time, latest, ahead):
                    times[at] = np.nan
                    strays += 1
                else:
                    latest = time
        return strays
