"""The times between the clicks of sessions: which page each follows, which it leads to, and how long it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats
from clickgen.learn.visits import Visits

_LEAST_S = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Gaps:
    """The gaps of sessions."""

    page: NDArray[np.int64]  # before each
    to: NDArray[np.int64]  # the page after it
    session: NDArray[np.int64]
    log: Floats  # of half the resolution where a gap is none
    none: NDArray[np.bool_]  # whether it is shorter than what the recording tells apart
    resolution_s: float
    longest_s: float  # that a gap can be within a session

    @classmethod
    def of(cls, visits: Visits, timeout_s: float) -> "Gaps":
        """The gaps of these sessions."""
        later = visits.later
        seconds = visits.time[later] - visits.time[later - 1]
        resolution = resolution_of(visits.time)
        return cls(
            page=visits.page[later - 1],
            to=visits.page[later],
            session=visits.number[later],
            log=np.log(np.maximum(seconds, resolution / 2)),
            none=seconds < resolution / 2,
            resolution_s=resolution,
            longest_s=timeout_s,
        )

    @property
    def known(self) -> bool:
        """Whether there are gaps at all, and not all of them none."""
        return len(self.log) > 1 and bool(self.log.max() > np.log(self.resolution_s))

    @property
    def lasting(self) -> "Gaps":
        """Those that are not none."""
        keep = ~self.none
        return Gaps(
            self.page[keep],
            self.to[keep],
            self.session[keep],
            self.log[keep],
            self.none[keep],
            self.resolution_s,
            self.longest_s,
        )


def resolution_of(time: Floats) -> float:
    """What times tell apart, in seconds: whole seconds or thousandths."""
    return 1.0 if len(time) and bool(np.all(time == np.floor(time))) else _LEAST_S
