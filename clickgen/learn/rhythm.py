"""When sessions begin, and when visitors come back."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats
from clickgen.learn.visits import Visits

DAY_S, WEEK_S = 86_400.0, 7 * 86_400.0
_SMOOTHING = 0.5  # sessions that each hour and day has more
_RETURNS = 20  # before the times until them say something


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """How busy hours and days are; None for what the recording is too short for."""

    hours: Floats | None
    weekdays: Floats | None


def starts_of(visits: Visits) -> Floats:
    """When each session begins."""
    return visits.time[visits.first[:-1]]


def curve_of(starts: Floats, zone: str) -> Curve:
    """The curve of sessions that begin at these times, by the clocks of a zone; the mean of each is 1."""
    if not len(starts) or starts.max() - starts.min() < DAY_S:
        return Curve(None, None)
    hour = local_hours(starts, zone)
    hours = _weights(hour % 24, 24)
    span = float(starts.max() - starts.min())
    weekdays = _weights(hour // 24 % 7, 7) if span >= WEEK_S else None
    return Curve(hours, weekdays)


def _weights(values: NDArray[np.int64], parts: int) -> Floats:
    counts = np.bincount(values, minlength=parts) + _SMOOTHING
    found: Floats = counts / counts.mean()
    return found


def local_hours(times: Floats, zone: str) -> NDArray[np.int64]:
    """Hours since a Monday at midnight, by the clocks of a zone."""
    days = np.floor(times / DAY_S).astype(np.int64)
    known, of = np.unique(days, return_inverse=True)
    clock = ZoneInfo(zone)
    shifts = np.array(
        [
            (datetime.fromtimestamp(day * DAY_S + DAY_S / 2, clock).utcoffset() or _NOTHING).total_seconds()
            for day in known.tolist()
        ]
    )
    # the first of January 1970 was a Thursday
    found: NDArray[np.int64] = np.floor((times + shifts[of]) / 3600).astype(np.int64) + 3 * 24
    return found


_NOTHING = datetime.min - datetime.min


@dataclass(frozen=True, slots=True)
class Returns:
    """How visitors come back."""

    share: float  # of the sessions
    after_h: float
    within_h: float


def returns_of(visits: Visits) -> Returns | None:
    """How visitors come back in these sessions; None if too few do.

    What came before the recording is not known, so that the share is that of its later half.
    """
    order = np.lexsort((starts_of(visits), visits.visitor))
    starts, visitor = starts_of(visits)[order], visits.visitor[order]
    back = np.zeros(len(order), dtype=np.bool_)
    back[1:] = visitor[1:] == visitor[:-1]
    hours = np.diff(starts)[back[1:]] / 3600
    hours = hours[hours > 0]
    if len(hours) < _RETURNS:
        return None
    later = starts >= np.median(starts)
    low, high = _log_uniform(hours)
    return Returns(min(0.9, float(back[later].mean())), low, high)


def _log_uniform(hours: Floats) -> tuple[float, float]:
    """The bounds of the density 1 / time that has the middle and the width of these."""
    logs = np.log(hours)
    middle, half = float(logs.mean()), float(np.sqrt(3) * logs.std())
    low = float(np.exp(max(middle - half, np.log(0.05))))
    return low, max(float(np.exp(middle + half)), 1.5 * low)
