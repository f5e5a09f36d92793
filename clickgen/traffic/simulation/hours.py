"""At which hours visitors come, by the clocks of their countries."""

from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables

MS_AN_HOUR = 3_600_000
_CERTAIN = float(1 << 32)


class VisitorHours:
    """How likely visitors of each country are to come in an hour, for any hours of Unix time.

    Hours in which the clocks of all countries show the same share a row. alike: whether all countries are equally
    likely at every hour.
    """

    def __init__(self, tables: Tables) -> None:
        rhythm, audience = tables.rhythm, tables.audience
        self._zones = audience.country_zones
        if rhythm.zone or len(set(self._zones)) == 1:
            # the same clock for all: the hour changes nothing about who comes
            self._zones = (rhythm.zone or self._zones[0],) * len(self._zones)
        self.alike = len(set(self._zones)) == 1
        self._weights = np.outer(rhythm.weekdays, rhythm.hours).reshape(-1)  # by the hour of the week
        self._shares = audience.country_shares
        self._busy: dict[int, float] = {}
        self._row_of: dict[tuple[int, ...], int] = {}
        self._awake = np.zeros((0, len(self._zones)))
        self._bounds = np.zeros((0, len(self._zones)))
        self._first_hour = 0
        self._rows = np.zeros(0, dtype=np.int64)  # of the hours from `_first_hour` on
        if self.alike:
            self._row((0,) * len(self._zones))

    def rows(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of these hours of Unix time."""
        if self.alike:
            return np.zeros(len(hours), dtype=np.int64)
        if not len(hours):
            return np.zeros(0, dtype=np.int64)
        self._know(int(hours.min()), int(hours.max()) + 1)
        return self._rows.take(hours - self._first_hour)

    def busy(self, hour: int) -> float:
        """The sum over the countries of share times weight in that hour of Unix time."""
        if hour not in self._busy:
            self._busy[hour] = float(self._shares @ self._weights[list(self._clocks(hour))])
        return self._busy[hour]

    def awake(self, rows: NDArray[np.int64], country: NDArray[np.int64]) -> NDArray[np.float64]:
        """How likely a visitor of a country is to come, relative to the likeliest country."""
        found: NDArray[np.float64] = self._awake[rows, country]
        return found

    def countries(self, rows: NDArray[np.int64], bits: NDArray[np.uint64]) -> NDArray[np.int64]:
        """A country for each 32 random bits, by its share and by what time it is there."""
        drawn = bits.astype(np.float64)
        if self.alike:
            return np.searchsorted(self._bounds[0], drawn, side="right")
        found: NDArray[np.int64] = np.count_nonzero(drawn[:, None] >= self._bounds[rows], axis=1)
        return found

    def _know(self, begin: int, end: int) -> None:
        """Give a row to every hour from `begin` up to `end`, and to those between them and the known ones."""
        if not len(self._rows):
            self._first_hour = begin
        known = self._first_hour + len(self._rows)
        if begin >= self._first_hour and end <= known:
            return
        before = [self._row(self._clocks(hour)) for hour in range(begin, self._first_hour)]
        after = [self._row(self._clocks(hour)) for hour in range(known, end)]
        self._rows = np.concatenate([np.array(before, np.int64), self._rows, np.array(after, np.int64)])
        self._first_hour = min(begin, self._first_hour)

    def _clocks(self, hour: int) -> tuple[int, ...]:
        return tuple(_hour_of_week(hour, zone) for zone in self._zones)

    def _row(self, clocks: tuple[int, ...]) -> int:
        if clocks not in self._row_of:
            weights = np.ones(len(clocks)) if self.alike else self._weights[list(clocks)]
            if not weights.any():
                weights = np.ones(len(clocks))
            shares = np.cumsum(self._shares * weights)
            self._row_of[clocks] = len(self._awake)
            self._awake = np.vstack([self._awake, weights / weights.max()])
            # nothing is above the last bound, however the division was rounded
            self._bounds = np.vstack([self._bounds, np.append(shares[:-1] / shares[-1] * _CERTAIN, np.inf)])
        return self._row_of[clocks]


@lru_cache(1 << 17)
def _hour_of_week(hour: int, zone: str) -> int:
    """What a zone's clocks show in the middle of an hour of Unix time, in hours since Monday."""
    local = datetime.fromtimestamp(hour * 3600 + 1800, UTC).astimezone(ZoneInfo(zone))
    return local.weekday() * 24 + local.hour
