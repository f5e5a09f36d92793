"""When the events of a table happened: all at once where they are written in one form, else one by one."""

from collections.abc import Sequence
from functools import lru_cache
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.times_at_once import times_at_once
from clickgen.read.table import Table
from clickgen.traffic.event_time import TimeReader, joined_times

# Texts of times that are remembered: those of whole minutes or seconds come again and again.
_REMEMBERED = 1 << 16


class EventTimes:
    """Reads the times of tables as a TimeReader reads those of events, one table after another."""

    def __init__(self, reader: TimeReader) -> None:
        self._reader = reader
        self._meant = lru_cache(_REMEMBERED)(reader.meant)

    def of(self, table: Table) -> NDArray[np.float64]:
        """Unix times, NaN where there is none."""
        columns = [table.column(name) for name in self._reader.names]
        written: Sequence[Any] = (
            columns[0] if len(columns) == 1 else list(map(joined_times, zip(*columns, strict=True)))
        )
        found = self._at_once(written)
        if found is None:
            found = np.array([self._one(value) for value in written], dtype=np.float64)
        for row in np.flatnonzero(np.isnan(found)).tolist():
            elsewhere = self._reader.elsewhere(table.event(row))
            found[row] = np.nan if elsewhere is None else elsewhere
        if not self._reader.has_zone:
            return found
        return np.array([time if isnan(time) else self._reader.in_order(time) for time in found.tolist()])

    def _at_once(self, written: Sequence[Any]) -> NDArray[np.float64] | None:
        naive = not self._reader.has_zone
        if None not in written:
            return times_at_once(written, naive=naive)
        given = np.array([value is not None for value in written])
        times = times_at_once([value for value in written if value is not None], naive=naive)
        if times is None:
            return None
        found = np.full(len(written), np.nan)
        found[given] = times
        return found

    def _one(self, value: Any) -> float | None:
        return self._meant(value) if type(value) is str else self._reader.meant(value)
