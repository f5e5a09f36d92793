"""Looking at the times of a recording before anything is sent: whether they are in order, and finer than days."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from clickgen.read.objects import scan
from clickgen.read.open import open_chunks
from clickgen.read.pieces import Fault, JsonObject
from clickgen.traffic.event_time import TimeReader
from clickgen.traffic.replay_clock import FOLLOWERS, ReplayClock
from clickgen.traffic.replay_files import is_live

LOOK_BYTES = 8 << 20  # of each lane, unpacked: a fraction of a second, and more than the longest object
LOOK_EVENTS = 200_000  # of all lanes: a few seconds
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class TimesSeen:
    """What the first events of all lanes showed."""

    events: int  # how many were looked at
    whole: bool  # whether that was all of them
    out_of_order: int  # how many followed a later one of their lane
    latest_s: float  # the longest that one of those was behind
    days: int  # how many different days their times name
    days_only: bool  # whether the times name nothing finer


def look_at_times(lanes: Sequence[Sequence[str]], time_field: str | None) -> TimesSeen:
    """Read the beginning of each lane that can be read twice. Raises what reading its files raises."""
    read = TimeReader(time_field).read
    events, whole, out_of_order, latest_s = 0, True, 0, 0.0
    days: set[float] = set()
    days_only = True
    for paths in lanes:
        if any(is_live(path) for path in paths):
            whole = False
            continue
        look = _Look(paths)
        room = LOOK_EVENTS // len(lanes)
        found = (read(piece.value) for piece in islice(look, room + 1))
        times = np.array([np.nan if time is None else time for time in found], dtype=np.float64)
        whole = whole and not look.cut and len(times) <= room
        events += len(times)
        late = _behind(times)
        out_of_order += int(np.count_nonzero(late > 0))
        latest_s = max(latest_s, float(late.max(initial=0.0)))
        timed = times[~np.isnan(times)]
        days_only = days_only and not np.any(timed % _DAY_S)
        days.update(np.unique(timed // _DAY_S).tolist())
    return TimesSeen(events, whole, out_of_order, latest_s, len(days), days_only and events > 1 and bool(days))


def _behind(times: NDArray[np.float64]) -> NDArray[np.float64]:
    """How many seconds each event is behind the latest before it, as the replay will see it."""
    if not len(times):
        return np.zeros(0)
    timed = times[np.isfinite(times)]
    if not len(timed):
        return np.zeros(0)
    due = ReplayClock(float(timed[0]), 1.0, FOLLOWERS).due(times, len(times), ended=True).due
    behind: NDArray[np.float64] = np.nan_to_num(due + timed[0] - times, nan=0.0)
    return np.maximum(behind, 0.0)


class _Look:
    """The objects of a lane's files, up to LOOK_BYTES of them. cut: whether there was more."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._paths = paths
        self._room = LOOK_BYTES
        self.cut = False

    def __iter__(self) -> Iterator[JsonObject]:
        for path in self._paths:
            for piece in scan(self._chunks(path)):
                if self.cut:
                    return  # what was cut off is no object
                if isinstance(piece, JsonObject):
                    yield piece

    def _chunks(self, path: str) -> Iterator[bytes | Fault]:
        for chunk in open_chunks(path):
            if self._room <= 0:
                self.cut = True
                return
            if isinstance(chunk, bytes):
                self._room -= len(chunk)
            yield chunk
