"""The tables of how busy a site is: the hours of a visitor's day and week, campaigns, growth."""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # whoever only loads tables, as a worker does, needs no profile
    from clickgen.profile.model import Profile


WAITS = 1 << 12
WAIT_UNIT = 1 << 20
MOODS = 1 << 10


@dataclass(frozen=True, slots=True, eq=False)
class RhythmTables:
    """How busy a site is, and when."""

    hours: NDArray[np.float64]  # weights, all 1 if the profile has no rhythm
    weekdays: NDArray[np.float64]  # the same, Monday first
    zone: str  # whose hours they are; "" for every visitor's own
    begins_ms: NDArray[np.int64]  # of each campaign, from the start of the run, or Unix time if it is absolute
    absolute: NDArray[np.bool_]  # of each campaign
    lasts_ms: NDArray[np.int64]  # of each campaign
    rates: NDArray[np.float64]  # what each campaign multiplies the natural rate by
    growth: NDArray[np.float64]  # of the natural rate in a year, as a share
    burstiness: NDArray[np.float64]  # sigma of the slow modulation of the natural rate
    waits: NDArray[np.uint64]  # quantiles of the exponential distribution of mean `WAIT_UNIT`
    moods: NDArray[np.float64]  # quantiles of the normal distribution

    @classmethod
    def draw(cls, profile: "Profile") -> Self:
        """The tables of a profile's rhythm; nothing in them is random."""
        rhythm, campaigns = profile.rhythm, profile.campaigns
        spans = [campaign.span_ms(0) for campaign in campaigns]
        absolute = [campaign.span_ms(1)[0] == begin for campaign, (begin, _) in zip(campaigns, spans, strict=True)]
        return cls(
            hours=np.array(rhythm.hours if rhythm else [1.0] * 24),
            weekdays=np.array(rhythm.weekdays if rhythm else [1.0] * 7),
            zone=(rhythm.zone or "") if rhythm else "UTC",
            begins_ms=np.array([begin for begin, _ in spans], dtype=np.int64),
            absolute=np.array(absolute, dtype=np.bool_),
            lasts_ms=np.array([end - begin for begin, end in spans], dtype=np.int64),
            rates=np.array([campaign.rate for campaign in campaigns], dtype=np.float64),
            growth=np.array([profile.visitors.growth_per_year]),
            burstiness=np.array([profile.burstiness]),
            waits=_waits(),
            moods=np.array([NormalDist().inv_cdf((q + 0.5) / MOODS) for q in range(MOODS)]),
        )

    def campaigns_at(self, times_ms: NDArray[np.int64], start_ms: int) -> NDArray[np.int64]:
        """The campaign, counted from 1, that runs at each Unix time in ms; the later of two, or 0 for none."""
        found = np.zeros(len(times_ms), dtype=np.int64)
        for number, (begin, absolute, lasts) in enumerate(
            zip(self.begins_ms.tolist(), self.absolute.tolist(), self.lasts_ms.tolist(), strict=True), 1
        ):
            since = times_ms - (begin if absolute else start_ms + begin)
            found[(since >= 0) & (since < lasts)] = number
        return found


def _waits() -> NDArray[np.uint64]:
    """The means of `WAITS` equally likely parts of the exponential distribution, so that their mean is exact."""

    def below(q: int) -> float:
        # the integral of x e^-x up to the quantile of q / WAITS
        left = 1 - q / WAITS
        return 1 - left * (1 - math.log(left)) if left else 1.0

    means = [(below(q + 1) - below(q)) * WAITS for q in range(WAITS)]
    return np.array([round(mean * WAIT_UNIT) for mean in means], dtype=np.uint64)
