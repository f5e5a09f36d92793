"""When the sessions of a lane start, by their numbers, and which started some time before another.

At a given rate starts fill what other sessions leave free; at a natural rate they are a Poisson process.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import bits_at, key_of
from clickgen.profile.rhythm import WAIT_UNIT, WAITS, RhythmTables
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.hours import MS_AN_HOUR
from clickgen.traffic.simulation.intensity import MS_A_MINUTE, Intensity

Due = Callable[[NDArray[np.int64]], NDArray[np.float64]]
_INDEX_BITS = 26
_INDEX = (1 << _INDEX_BITS) - 1
_ENOUGH = 40  # starts a cell, so that most of those that somebody returns to have really been
_CELL_MINUTES = (1, 2, 5, 10, 20, 30, 60)
_CELLS_AHEAD = 1000
_CELLS_TOGETHER, _STARTS_TOGETHER = 128, 8192  # at once: many cells cost hardly more than one
_SPARE_STARTS = 16
_WAIT_SHIFT = np.uint64(64 - (WAITS - 1).bit_length())


class Starts(Protocol):
    """The starts of a lane."""

    def hours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The hours of Unix time in which these sessions start."""

    def campaigns(self, numbers: NDArray[np.int64], rhythm: RhythmTables) -> NDArray[np.int64]:
        """The campaign that runs when each of these sessions starts, counted from 1, or 0."""

    def before(self, numbers: NDArray[np.int64], ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each of these sessions one that started this much earlier."""


@dataclass(frozen=True, slots=True)
class StartsBetween:
    """The starts of a lane whose events are due at given times: they fill what other sessions leave free.

    Starts regulate themselves (see LiveSessions), so a session's time is that of the event with which it would
    start if every session before it had the mean number of pages. Before the run they came at the mean rate.
    """

    start_ms: int  # Unix time of second 0
    due: Due
    pages_e6: int  # mean pages a session, in millionths
    starts_e6: int  # starts in a million seconds in the long run

    def hours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The hours of Unix time in which these sessions start.

        Counted from the hour that the run starts in, so that they do not depend on the second of the start.
        """
        return self.start_ms // MS_AN_HOUR + self._since_ms(numbers) // MS_AN_HOUR

    def campaigns(self, numbers: NDArray[np.int64], rhythm: RhythmTables) -> NDArray[np.int64]:
        """The campaign that runs when each of these sessions starts, counted from 1, or 0, as before the run."""
        if not len(rhythm.begins_ms):
            return np.zeros(len(numbers), dtype=np.int64)
        running = rhythm.campaigns_at(self.start_ms + self._since_ms(numbers), self.start_ms)
        return np.where(numbers < 0, 0, running)

    def before(self, numbers: NDArray[np.int64], ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """The sessions that started this much earlier than these, at least the one before."""
        # whole seconds: in ms the product would not fit 64 bits
        return numbers - np.maximum(1, ms // 1000 * self.starts_e6 // 1_000_000)

    def _since_ms(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        events = np.maximum(numbers, 0) * self.pages_e6 // 1_000_000
        due = self.due(events)
        later = np.where(np.isfinite(due), due, 0.0) * 1000
        earlier = np.minimum(numbers, 0) * (1e9 / max(1, self.starts_e6))
        return np.where(numbers < 0, earlier, later).astype(np.int64)


class NaturalStarts:
    """The starts of one lane. Time is cut into cells of some minutes; a session's number is that of its cell,
    times 2^26, plus its place among the cell's starts. So the number tells the time, and any cell can be drawn by
    itself.
    """

    def __init__(
        self, tables: Tables, *, seed: int, lane: int, since_ms: int, until_ms: int, starts_a_minute: float
    ) -> None:
        """starts_a_minute: on average over the span from since_ms to until_ms (Unix time)."""
        self._intensity = Intensity(tables, seed, since_ms, until_ms)
        self._waits = tables.rhythm.waits
        self._mean = starts_a_minute
        self._first_minute = since_ms // MS_A_MINUTE
        self._since_ms = since_ms
        self._key = key_of("start", seed, lane)
        self._first_expected, self._expected = 0, np.zeros(0, dtype=np.uint64)
        self._minutes = next((m for m in _CELL_MINUTES if m * starts_a_minute >= _ENOUGH), _CELL_MINUTES[-1])

    def from_cell(self, cell: int) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], int]]:
        """Some cells at a time: the numbers of their starts, the Unix times in ms, in order, and when they end."""
        together = max(
            1, min(_CELLS_TOGETHER, int(_STARTS_TOGETHER / (self._mean * self._minutes + _SPARE_STARTS)))
        )
        while True:
            yield self._cells(np.arange(cell, cell + together))
            cell += together

    def _cells(self, cells: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
        """What starts in cells that follow one another: numbers, times, and when the last of them ends."""
        minutes = self._first_minute + cells[:, None] * self._minutes + np.arange(self._minutes)
        expected = self._intensity.at(minutes.reshape(-1)).reshape(minutes.shape) * self._mean
        amounts = np.pad(np.cumsum(expected, axis=1), ((0, 0), (1, 0))) * WAIT_UNIT
        # six standard deviations more than expected are drawn, and as many as came by then are kept
        sums = expected.sum(axis=1)
        most = np.ceil(sums + 6 * np.sqrt(sums) + _SPARE_STARTS).astype(np.int64)
        numbers = (cells << _INDEX_BITS)[:, None] + np.arange(most.max())
        bits = bits_at(self._key, numbers.reshape(-1)).reshape(numbers.shape)
        come = np.cumsum(self._waits.take((bits >> _WAIT_SHIFT).view(np.int64)), axis=1)
        counts = np.minimum((come <= amounts[:, -1:]).sum(axis=1), most)
        times = [
            np.interp(
                come[row, : counts[row]].astype(np.float64),
                amounts[row],
                np.arange(minutes[row, 0], minutes[row, -1] + 2) * float(MS_A_MINUTE),
            ).astype(np.int64)
            for row in np.flatnonzero(counts).tolist()
        ]
        found = numbers[np.arange(numbers.shape[1]) < counts[:, None]]
        times_ms = np.concatenate([np.zeros(0, dtype=np.int64), *times])
        # the span may begin within a cell
        before = int(np.searchsorted(times_ms, self._since_ms))
        return found[before:], times_ms[before:], int(minutes[-1, -1] + 1) * MS_A_MINUTE

    def a_second(self) -> float:
        """How many sessions start in a second when the span begins, moods left aside."""
        return float(self._intensity.at(np.array([self._first_minute]))[0]) * self._mean / 60

    def hours(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        """The hours of Unix time in which these sessions start."""
        return self._begin_minute(numbers) * MS_A_MINUTE // MS_AN_HOUR

    def campaigns(self, numbers: NDArray[np.int64], rhythm: RhythmTables) -> NDArray[np.int64]:
        """The campaign that runs when the cell of each of these sessions begins, counted from 1, or 0."""
        return rhythm.campaigns_at(self._begin_minute(numbers) * MS_A_MINUTE, self._since_ms)

    def before(self, numbers: NDArray[np.int64], ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """For each of these sessions one that started this much earlier, at least a cell."""
        cell = (numbers >> _INDEX_BITS) - np.maximum(1, ms // (self._minutes * MS_A_MINUTE))
        if len(cell):
            self._expect(int(cell.min()), int(cell.max()) + 1)
        expected = self._expected.take(cell - self._first_expected)
        return (cell << _INDEX_BITS) + (bits_at(self._key, numbers ^ ms) % expected).view(np.int64)

    def _expect(self, begin: int, end: int) -> None:
        """Compute how many starts are expected in every cell from `begin` up to `end`, at least one in each."""
        known = self._first_expected + len(self._expected)
        if begin >= self._first_expected and end <= known:
            return
        first, last = min(begin, self._first_expected), max(end, known) + _CELLS_AHEAD
        minutes = self._first_minute + np.arange(first, last) * self._minutes
        expected = self._intensity.usual(minutes) * self._mean * self._minutes
        self._first_expected, self._expected = first, np.maximum(1, expected).astype(np.uint64)

    def _begin_minute(self, numbers: NDArray[np.int64]) -> NDArray[np.int64]:
        return self._first_minute + (numbers >> _INDEX_BITS) * self._minutes
