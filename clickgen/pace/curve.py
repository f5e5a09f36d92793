"""A rate that changes: straight lines and jumps, with closed forms for how much is due and when."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Piece(NamedTuple):
    """A stretch of `seconds` in which the rate goes in a straight line from `begin` to `end` events a second.

    seconds may be infinite where the rate stays the same.
    """

    seconds: float
    begin: float
    end: float

    @property
    def slope(self) -> float:
        """How much the rate changes in a second."""
        return (self.end - self.begin) / self.seconds

    def rate_at(self, seconds: float) -> float:
        """The rate so many seconds into the piece."""
        return self.end if seconds == self.seconds else max(0.0, self.begin + self.slope * seconds)

    def amount(self, seconds: float) -> float:
        """The integral of the rate over the first `seconds` of the piece."""
        return seconds * (self.begin + self.rate_at(seconds)) / 2 if self.begin or self.end else 0.0


class RateCurve:
    """Events by the integral of a rate: a clickgen.pace.schedule.Schedule.

    Event n is due when the integral reaches n. Within a piece that begins at rate r with slope s, the m-th event
    is due after x seconds with m = r x + s x² / 2, so x = 2 m / (r + √(r² + 2 s m)), the form of the root that
    loses no digits. `expected` is derived from `due`, so that the two agree to the last bit. That requires due
    times that never decrease: they do not while a piece has fewer than 1e14 events, as rounding is smaller than a
    step.
    """

    def __init__(self, pieces: Sequence[Piece], *, repeat_from: int | None = None) -> None:
        """Pieces that follow each other from second 0 on. Nothing is due after the last of them.

        repeat_from: the pieces from this one on repeat for ever.
        Raises ValueError if anything is negative, or an infinite piece changes its rate, has a successor or
        repeats.
        """
        if any(min(piece) < 0 or not math.isfinite(piece.begin + piece.end) for piece in pieces):
            raise ValueError("rates are finite, and neither they nor seconds are negative")
        if any(math.isinf(p.seconds) and (p.begin != p.end or p is not pieces[-1]) for p in pieces):
            raise ValueError("only a last piece at one rate is infinite")
        before = [] if repeat_from is None else [p for p in pieces[:repeat_from] if p.seconds > 0]
        self._pieces = [piece for piece in pieces if piece.seconds > 0]
        self._begin = np.array([piece.begin for piece in self._pieces])
        self._slope = np.array([piece.slope for piece in self._pieces])
        self._ends = np.cumsum([piece.seconds for piece in self._pieces])
        self._starts = np.concatenate([[0.0], self._ends[:-1]])
        self._amounts = np.cumsum([piece.amount(piece.seconds) for piece in self._pieces])
        self._amounts_before = np.concatenate([[0.0], self._amounts[:-1]])
        self._period = self._amount_a_period = 0.0
        if repeat_from is not None and len(before) < len(self._pieces):
            self._period = float(self._ends[-1] - self._starts[len(before)])
            self._amount_a_period = float(self._amounts[-1] - self._amounts_before[len(before)])
            if math.isinf(self._period):
                raise ValueError("an infinite piece cannot repeat")
        self.peak = max((max(piece.begin, piece.end) for piece in self._pieces), default=0.0)
        self.mean = self._mean()
        self.length = math.inf if self._period else float(self._ends[-1]) if self._pieces else 0.0

    def _mean(self) -> float:
        """The rate in the long run: of a period or an endless last piece, else over the whole curve."""
        if self._period:
            return self._amount_a_period / self._period
        if not self._pieces:
            return 0.0
        last = self._pieces[-1]
        return last.end if math.isinf(last.seconds) else float(self._amounts[-1] / self._ends[-1])

    def rate_at(self, seconds: float) -> float:
        """The rate at that second, at a jump the one after it; 0 beyond the end, and before second 0."""
        if self._period and seconds >= self._ends[-1]:
            seconds -= math.ceil((seconds - self._ends[-1]) / self._period) * self._period
            seconds = seconds if seconds < self._ends[-1] else seconds - self._period
        if not 0 <= seconds < (self._ends[-1] if self._pieces else 0.0):
            return 0.0
        index = int(np.searchsorted(self._starts, seconds, side="right")) - 1
        return self._pieces[index].rate_at(seconds - float(self._starts[index]))

    def expected(self, seconds: float) -> int:
        """The integral of the rate up to `seconds`, rounded down; it agrees with `due` to the last bit."""
        if seconds < 0 or not self._pieces:
            return 0
        guess, reach = int(self._integral(seconds)), 2
        while True:
            first = max(1, guess - reach)
            due = self.due(np.arange(first, guess + reach + 1))
            count = first - 1 + int(np.searchsorted(due, seconds, side="right"))
            if (count >= first or first == 1) and count < guess + reach:
                return count
            reach *= 4  # rounding moved the guess further than that, which only very many events do

    def due(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """min{t : expected(t) >= n} for each n, which counts from 1; inf for events that the curve never has."""
        amounts = np.asarray(numbers, dtype=np.float64)
        if not self._pieces:
            return np.full(amounts.shape, np.inf)
        repeats = np.zeros_like(amounts)
        if self._amount_a_period:
            repeats, amounts = self._fold(amounts)
        # the first piece that reaches the amount: never one at rate 0, which adds nothing
        found = np.searchsorted(self._amounts, amounts, side="left")
        beyond = found == len(self._pieces)
        found[beyond] = 0
        amounts = np.where(beyond, 1.0, amounts - self._amounts_before[found])
        rate, slope = self._begin[found], self._slope[found]
        root = np.sqrt(np.maximum(0.0, rate * rate + 2 * slope * amounts))
        into = np.divide(2 * amounts, rate + root, out=np.full_like(amounts, np.inf), where=rate + root > 0)
        due: NDArray[np.float64] = np.minimum(self._starts[found] + into, self._ends[found])
        due = np.minimum(due + repeats * self._period, self._ends[-1] + repeats * self._period)
        due[beyond] = np.inf
        return due

    def _fold(self, amounts: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """How often the period was repeated before each amount, and the amount without those repeats."""
        period = self._amount_a_period
        over = amounts - self._amounts[-1]
        repeats = np.maximum(0.0, np.ceil(over / period))
        # so that (repeats - 1) periods are less than `over`, and one more is not, whatever the division rounded
        repeats -= (repeats > 0) & ((repeats - 1) * period >= over)
        repeats += (over > 0) & (repeats * period < over)
        into = self._amounts[-1] - period + (over - (repeats - 1) * period)
        return repeats, np.where(repeats > 0, np.minimum(into, self._amounts[-1]), amounts)

    def _integral(self, seconds: float) -> float:
        """The integral of the rate from second 0, without regard to rounding."""
        repeats = 0
        if self._period and seconds > self._ends[-1]:
            repeats = math.ceil((seconds - self._ends[-1]) / self._period)
            seconds = max(0.0, seconds - repeats * self._period)
        seconds = min(seconds, float(self._ends[-1]))
        index = min(int(np.searchsorted(self._starts, seconds, side="right")) - 1, len(self._pieces) - 1)
        into = self._pieces[index].amount(seconds - float(self._starts[index]))
        return float(self._amounts_before[index]) + into + repeats * self._amount_a_period
