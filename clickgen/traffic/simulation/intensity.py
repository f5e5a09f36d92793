"""How many visitors come each minute at a natural rate: the hours of their days, growth, campaigns, moods."""

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import bits_at, key_of
from clickgen.profile.rhythm import MOODS
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.hours import VisitorHours

MS_A_MINUTE = 60_000
_MINUTES_AN_HOUR = 60
_MINUTES_A_YEAR = 365.25 * 24 * 60

# The slow modulation is a sum of noises, each four times as slow as the one before, whose variances fall with
# their scale s as s^(2H-2), as those of the averages of fractional noise do (Beran, "Statistics for Long-Memory
# Processes", 1994). No mood is faster than this, so that starts are Poisson within minutes.
_FASTEST_MINUTES = 2
_OCTAVES = 6
_HURST = 0.75
_LEAST = 0.05  # of the usual intensity


class Intensity:
    """Relative intensity of session starts, by minutes of Unix time. Its mean over the span it is made for is 1.

    Only additions, multiplications and tables are used from here on, so that every machine gets the same.
    """

    def __init__(self, tables: Tables, seed: int, since_ms: int, until_ms: int) -> None:
        """since_ms, until_ms: the span, in Unix ms, whose mean intensity is 1 apart from moods."""
        self._rhythm = tables.rhythm
        self._hours = VisitorHours(tables)
        self._since_ms = since_ms
        self._keys = [key_of("mood", seed, octave) for octave in range(_OCTAVES)]
        weights = [(4.0**octave) ** (2 * _HURST - 2) for octave in range(_OCTAVES)]
        sigma = float(self._rhythm.burstiness[0])
        self._sigmas = [sigma * (weight / sum(weights)) ** 0.5 for weight in weights]
        self._mean = 1.0
        first, last = since_ms // MS_A_MINUTE, max(since_ms // MS_A_MINUTE + 1, -(-until_ms // MS_A_MINUTE))
        step = max(1, (last - first) // (1 << 16))
        self._mean = float(self._without_moods(np.arange(first, last, step)).mean()) or 1.0

    def at(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        """The intensity in these minutes of Unix time."""
        return self._without_moods(minutes) * self._moods(minutes) / self._mean

    def usual(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        """The intensity in these minutes of Unix time, moods left aside."""
        return self._without_moods(minutes) / self._mean

    def _without_moods(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._season(minutes) * self._growth(minutes) * self._campaigns(minutes)

    def _season(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        """How many are awake: the weight of an hour applies in its middle, with a straight line between two."""
        shifted = minutes - _MINUTES_AN_HOUR // 2
        hours = shifted // _MINUTES_AN_HOUR
        into = (shifted - hours * _MINUTES_AN_HOUR + 0.5) / _MINUTES_AN_HOUR
        first, last = int(hours.min()), int(hours.max()) + 2
        busy = self._hours.busy(np.arange(first, last))
        before, after = busy.take(hours - first), busy.take(hours - first + 1)
        season: NDArray[np.float64] = before + (after - before) * into
        return season

    def _growth(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        years = (minutes - self._since_ms // MS_A_MINUTE) / _MINUTES_A_YEAR
        grown: NDArray[np.float64] = np.maximum(_LEAST, 1 + self._rhythm.growth[0] * years)
        return grown

    def _campaigns(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        running = self._rhythm.campaigns_at(minutes * MS_A_MINUTE, self._since_ms)
        factor: NDArray[np.float64] = np.append(1.0, self._rhythm.rates).take(running)
        return factor

    def _moods(self, minutes: NDArray[np.int64]) -> NDArray[np.float64]:
        """The moods of minutes that lie close together."""
        mood = np.ones(len(minutes))
        for octave, (key, sigma) in enumerate(zip(self._keys, self._sigmas, strict=True)):
            length = _FASTEST_MINUTES * 4**octave
            cell = minutes // length
            into = (minutes - cell * length + 0.5) / length
            first = int(cell.min())
            noise = self._noise(key, np.arange(first, int(cell.max()) + 2))
            before, after = noise.take(cell - first), noise.take(cell - first + 1)
            # two neighbours mixed in a straight line vary less than each; this makes up for it
            spread = ((1 - into) ** 2 + into**2) ** -0.5
            mood += sigma * (before + (after - before) * into) * spread
        return np.maximum(_LEAST, mood)

    def _noise(self, key: np.uint64, cells: NDArray[np.int64]) -> NDArray[np.float64]:
        return self._rhythm.moods.take((bits_at(key, cells) % np.uint64(MOODS)).view(np.int64))
