"""At which hours visitors come, by the clocks of their countries."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables

MS_AN_HOUR = 3_600_000
_CERTAIN = float(1 << 32)
_HOUR_S, _HALF_HOUR_S = 3600, 1800
_HOURS_A_WEEK = 168
_FIRST_THURSDAY = 72  # hours since Monday at which Unix time begins
_UNKNOWN = -1


class VisitorHours:
    """How likely visitors of each country are to come in an hour, for any hours of Unix time.

    Hours in which the clocks of all countries show the same share a row. alike: whether all countries are equally
    likely at every hour.
    """

    def __init__(self, tables: Tables) -> None:
        rhythm, audience = tables.rhythm, tables.audience
        zones = audience.country_zones
        if rhythm.zone or len(set(zones)) == 1:
            # the same clock for all: the hour changes nothing about who comes
            zones = (rhythm.zone or zones[0],) * len(zones)
        self.alike = len(set(zones)) == 1
        self._clocks = _Clocks(zones)
        self._weights = np.outer(rhythm.weekdays, rhythm.hours).reshape(-1)  # by the hour of the week
        self._shares = audience.country_shares
        self._busy = np.zeros(0)
        self._awake = np.zeros((0, len(zones)))
        self._bounds = np.zeros((0, len(zones)))
        if self.alike:
            self._add_row(np.ones(len(zones)))

    def rows(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of these hours of Unix time."""
        if self.alike:
            return np.zeros(len(hours), dtype=np.int64)
        rows = self._clocks.rows(hours)
        for clocks in self._clocks.known[len(self._awake) :]:
            self._add_row(self._weights[list(clocks)])
        return rows

    def busy(self, hours: NDArray[np.int64]) -> NDArray[np.float64]:
        """The sums over the countries of share times weight in these hours of Unix time."""
        rows = self._clocks.rows(hours)
        more = self._clocks.known[len(self._busy) :]
        if more:
            sums = [float(self._shares @ self._weights[list(clocks)]) for clocks in more]
            self._busy = np.concatenate([self._busy, sums])
        return self._busy.take(rows)

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

    def _add_row(self, weights: NDArray[np.float64]) -> None:
        if not weights.any():
            weights = np.ones(len(weights))
        shares = np.cumsum(self._shares * weights)
        self._awake = np.vstack([self._awake, weights / weights.max()])
        # nothing is above the last bound, however the division was rounded
        self._bounds = np.vstack([self._bounds, np.append(shares[:-1] / shares[-1] * _CERTAIN, np.inf)])


class _Clocks:
    """What the clocks of some zones show in hours of Unix time, in hours since Monday.

    Only those hours are looked at that somebody came in: a visitor who returns may have been there years ago.
    """

    def __init__(self, zones: tuple[str, ...]) -> None:
        self.known: list[tuple[int, ...]] = []  # by row
        self._zones = zones
        self._row_of: dict[tuple[int, ...], int] = {}
        self._first_hour = 0
        self._rows = np.zeros(0, dtype=np.int64)  # of the hours from `_first_hour` on

    def rows(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of these hours."""
        if not len(hours):
            return np.zeros(0, dtype=np.int64)
        self._make_room(int(hours.min()), int(hours.max()) + 1)
        rows = self._rows.take(hours - self._first_hour)
        if rows.min() == _UNKNOWN:
            self._look_at(np.array(sorted(set(hours[rows == _UNKNOWN].tolist()))))
            rows = self._rows.take(hours - self._first_hour)
        return rows

    def _make_room(self, begin: int, end: int) -> None:
        known = self._first_hour + len(self._rows)
        if not len(self._rows):
            self._first_hour = known = begin
        before, after = max(0, self._first_hour - begin), max(0, end - known)
        if before or after:
            self._rows = np.pad(self._rows, (before, after), constant_values=_UNKNOWN)
            self._first_hour -= before

    def _look_at(self, hours: NDArray[np.int64]) -> None:
        shown = {zone: _hours_of_week(hours, zone).tolist() for zone in set(self._zones)}
        for hour, *clocks in zip(hours.tolist(), *(shown[zone] for zone in self._zones), strict=True):
            row = self._row_of.setdefault(tuple(clocks), len(self.known))
            if row == len(self.known):
                self.known.append(tuple(clocks))
            self._rows[hour - self._first_hour] = row


def _hours_of_week(hours: NDArray[np.int64], zone: str) -> NDArray[np.int64]:
    """What a zone's clocks show in the middle of hours of Unix time, in hours since Monday."""
    weeks = (hours // _HOURS_A_WEEK).tolist()
    offset_at = {week: _offset_s(week * _HOURS_A_WEEK, zone) for week in {*weeks, *(week + 1 for week in weeks)}}
    offsets = np.array([offset_at[week] for week in weeks])
    # no zone changes its clocks twice within a week
    for row in [row for row, week in enumerate(weeks) if offset_at[week] != offset_at[week + 1]]:
        offsets[row] = _offset_s(int(hours[row]), zone)
    local = (hours * _HOUR_S + _HALF_HOUR_S + offsets) // _HOUR_S
    shown: NDArray[np.int64] = (local + _FIRST_THURSDAY) % _HOURS_A_WEEK
    return shown


@lru_cache(1 << 16)
def _offset_s(hour: int, zone: str) -> int:
    """A zone's offset from UTC in the middle of an hour of Unix time, in seconds."""
    moment = datetime.fromtimestamp(hour * _HOUR_S + _HALF_HOUR_S, UTC).astimezone(ZoneInfo(zone))
    return round((moment.utcoffset() or timedelta()).total_seconds())
