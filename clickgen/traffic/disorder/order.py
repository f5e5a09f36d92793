"""Disorder of facts before they are encoded: events that are late, and neighbours that change places."""

from dataclasses import fields, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.facts import Facts
from clickgen.traffic.disorder.decisions import Decisions

_COLUMNS = tuple(field.name for field in fields(Facts))


class ReorderWindow(NamedTuple):
    """Consecutive events that are not encoded yet, from number `first` on: when each is due, and its facts."""

    first: int
    due: NDArray[np.float64]
    facts: Facts


class Order:
    """Swaps neighbours and sets event times back, window by window.

    An event's number and due time stay where they are; its facts, its time included, move. An even event whose
    neighbour is in the next window is held back until then.
    """

    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self._held: ReorderWindow | None = None

    def window(self, window: ReorderWindow) -> ReorderWindow:
        """What can be released with this window; it follows the one before."""
        if self._held is not None:
            held, self._held = self._held, None
            window = ReorderWindow(
                held.first, np.concatenate([held.due, window.due]), _joined(held.facts, window.facts)
            )
        size = len(window.due)
        if size and (window.first + size) % 2:
            last = np.array([size - 1])
            self._held = ReorderWindow(window.first + size - 1, window.due[last], _taken(window.facts, last))
            size -= 1
        return self._disordered(ReorderWindow(window.first, window.due[:size], window.facts.part(slice(size))))

    def late(self, window: ReorderWindow) -> ReorderWindow:
        """The window with event times set back, without swapping neighbours."""
        numbers = np.arange(window.first, window.first + len(window.due))
        times = window.facts.time_ms - self._decisions.late_ms(numbers)
        return window._replace(facts=replace(window.facts, time_ms=times))

    def rest(self) -> ReorderWindow | None:
        """The event without a neighbour that was still held back when the lane ended."""
        held, self._held = self._held, None
        return None if held is None else self.late(held)

    def _disordered(self, window: ReorderWindow) -> ReorderWindow:
        numbers = np.arange(window.first, window.first + len(window.due))
        swapped = self._decisions.swapped(numbers)
        # reading may begin at the second of a pair
        swapped[:1] &= window.first % 2 == 0
        rows = np.where(swapped, numbers ^ 1, numbers) - window.first
        return self.late(window._replace(facts=_taken(window.facts, rows)))


def _taken(facts: Facts, rows: NDArray[np.int64]) -> Facts:
    return Facts(*(getattr(facts, name)[rows] for name in _COLUMNS))


def _joined(before: Facts, after: Facts) -> Facts:
    return Facts(*(np.concatenate([getattr(before, name), getattr(after, name)]) for name in _COLUMNS))
