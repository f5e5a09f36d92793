"""Looking at the times of a recording before anything is sent: their order, their span, and how fine they are."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from clickgen.traffic.replay_clock import FOLLOWERS, JUMP_S, is_stray
from clickgen.traffic.replay_events import LaneEvents

LOOK_BYTES = 64 << 20  # of all lanes together, unpacked: a second or two
_DAY_S = 86_400
_FEW_WRONG = 0.02  # the share of the events that may have wrong dates


@dataclass(slots=True)
class TimesSeen:
    """What the first events of all lanes showed."""

    events: int = 0  # how many were looked at
    whole: bool = True  # whether that was all of them
    without_time: int = 0
    out_of_order: int = 0  # how many followed a later one of their lane
    latest_s: float = 0.0  # the longest that one of those was behind
    beyond: int = 0  # how many were further behind than the window within which they are put in order
    strays: list[float] = field(default_factory=list)  # times that are far from those around them
    believed_s: tuple[float, float] | None = (
        None  # times before and after these are wrong dates, if there are such
    )
    first_s: float | None = None  # the earliest first time of a lane
    last_s: float | None = None
    gap_s: float = 0.0  # the longest time in which nothing happened
    gap_at_s: float = 0.0  # when that began
    days: set[int] = field(default_factory=set)  # the days that times name
    days_only: bool = True  # whether the times name nothing finer
    skipped: int = 0  # pieces that are not events

    @property
    def length_s(self) -> float:
        """From the first event to the last, as far as was looked."""
        return 0.0 if self.first_s is None or self.last_s is None else self.last_s - self.first_s


def look_at_times(lanes: Sequence[LaneEvents], window_s: float, look_bytes: int | None = LOOK_BYTES) -> TimesSeen:
    """Read each lane, as far as so many bytes in all allow. Raises what reading its sources raises.

    window_s: what is so much late will be put in order. look_bytes: None to read all.
    """
    seen = TimesSeen()
    moments: list[NDArray[np.float64]] = []
    rooms = [None if look_bytes is None else look_bytes // len(lanes)] * len(lanes)
    found = [_times_of(lane, seen, room) for lane, room in zip(lanes, rooms, strict=True)]
    if seen.whole:
        found = _without_wrong_dates(found, seen)
    for times in found:
        strays = _strays(times)
        if np.count_nonzero(strays) > max(_FEW_WRONG * len(times), 1):
            strays[:] = False  # so many are no exceptions: the recording is not in order
        seen.strays += times[strays].tolist()
        known = times[~strays & ~np.isnan(times)]
        seen.without_time += int(np.count_nonzero(np.isnan(times)))  # wrong dates are among them
        if not len(known):
            continue
        behind = np.maximum.accumulate(known) - known
        seen.out_of_order += int(np.count_nonzero(behind > 0))
        seen.latest_s = max(seen.latest_s, float(behind.max()))
        seen.beyond += int(np.count_nonzero(behind > window_s))
        first, last = float(_first_of(known, window_s)), float(known.max())
        seen.first_s = first if seen.first_s is None else min(seen.first_s, first)
        seen.last_s = last if seen.last_s is None else max(seen.last_s, last)
        seen.days_only = seen.days_only and not np.any(known % _DAY_S)
        seen.days.update(np.unique(known // _DAY_S).astype(int).tolist())
        moments.append(known)
    if seen.believed_s is not None:
        seen.without_time -= len(seen.strays)
    _longest_gap(seen, moments)
    seen.days_only = seen.days_only and seen.events > 1 and bool(seen.days)
    return seen


def _without_wrong_dates(found: list[NDArray[np.float64]], seen: TimesSeen) -> list[NDArray[np.float64]]:
    """The times without those that are further from all others than these are from one another."""
    together = np.sort(np.concatenate(found))
    together = together[~np.isnan(together)]
    first, last = 0, len(together) - 1
    while last > first:
        gaps = np.diff(together[first : last + 1])
        widest = int(gaps.argmax())
        below, above = widest + 1, last - first - widest
        few = min(below, above)
        begin, end = (first + below, last) if below <= above else (first, first + widest)
        rest = together[end] - together[begin]
        if few > _FEW_WRONG * len(together) or gaps[widest] <= max(rest, JUMP_S):
            break
        first, last = begin, end
    if last - first + 1 == len(together) or not len(together):
        return found
    seen.believed_s = float(together[first]), float(together[last])
    seen.strays = [*together[:first].tolist(), *together[last + 1 :].tolist()]
    low, high = seen.believed_s
    return [np.where((times < low) | (times > high), np.nan, times) for times in found]


def _first_of(known: NDArray[np.float64], window_s: float) -> float:
    """Second 0 of a lane: its first time, or an earlier one that will be put before it."""
    early = known[known >= known[0] - window_s]
    return float(early.min()) if window_s else float(known[0])


def _times_of(lane: LaneEvents, seen: TimesSeen, room: int | None) -> NDArray[np.float64]:
    times = array("d")  # eight bytes an event
    read = 0
    for group in lane.groups():
        times.extend(group.times)
        seen.skipped += len(group.skipped)
        read += sum(len(event.data) for event in group.events)
        if room is not None and read > room:
            seen.whole = False
            break
    seen.events += len(times)
    return np.array(times, dtype=np.float64)


def _strays(times: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which times are far ahead of those before them, and of most that follow: wrong dates."""
    strays = np.zeros(len(times), dtype=np.bool_)
    latest = -np.inf
    for at, time in enumerate(times.tolist()):
        if time > latest + JUMP_S and is_stray(time, latest, times[at + 1 : at + 1 + FOLLOWERS]):
            strays[at] = True
        elif time > latest:
            latest = time
    return strays


def _longest_gap(seen: TimesSeen, moments: Sequence[NDArray[np.float64]]) -> None:
    together = np.sort(np.concatenate(moments)) if moments else np.zeros(0)
    gaps = np.diff(together)
    if len(gaps):
        longest = int(gaps.argmax())
        seen.gap_s, seen.gap_at_s = float(gaps[longest]), float(together[longest])
