"""What happened in a stretch of a lane's time, click by click, as columns."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.traffic.simulation.clicks import Clicks, Lines


class TimeWindow(NamedTuple):
    """What happened in the slots of a window, in their order."""

    visit: NDArray[np.void]  # whose click it was
    page_number: NDArray[np.int64]
    clicks: Clicks  # what it did
    with_cart: NDArray[np.int64]  # which clicks are on pages about the cart
    cart_items: NDArray[np.int64]  # what those report
    cart_cents: NDArray[np.int64]
    lines: list[Lines]  # empty if lines are not kept
    last: NDArray[np.bool_]  # whether the session ends with it

    @classmethod
    def joined(cls, windows: "list[TimeWindow]") -> "TimeWindow":
        """Several windows one after the other."""
        visit, page_number, clicks, _, cart_items, cart_cents, _, last = zip(*windows, strict=True)
        begins = np.cumsum([0, *map(len, page_number)])
        return cls(
            np.concatenate(visit),
            np.concatenate(page_number),
            Clicks(*(np.concatenate(columns) for columns in zip(*clicks, strict=True))),
            np.concatenate([w.with_cart + begin for w, begin in zip(windows, begins, strict=False)]),
            np.concatenate(cart_items),
            np.concatenate(cart_cents),
            [lines for window in windows for lines in window.lines],
            np.concatenate(last),
        )

    def chosen(self, rows: NDArray[np.int64]) -> "TimeWindow":
        """The clicks in these rows, in this order."""
        place = np.full(len(self.page_number), -1)
        place[rows] = np.arange(len(rows))
        with_cart = place.take(self.with_cart)
        by_place = np.argsort(with_cart)[int((with_cart < 0).sum()) :]
        return TimeWindow(
            self.visit.take(rows),
            self.page_number.take(rows),
            Clicks(*(column.take(rows) for column in self.clicks)),
            with_cart.take(by_place),
            self.cart_items.take(by_place),
            self.cart_cents.take(by_place),
            [self.lines[n] for n in by_place.tolist()] if self.lines else [],
            self.last.take(rows),
        )

    def part(self, first: int, end: int) -> "TimeWindow":
        """The clicks from `first` up to `end`; the window's clicks with carts are in order."""
        carts = slice(*np.searchsorted(self.with_cart, [first, end]).tolist())
        return TimeWindow(
            self.visit[first:end],
            self.page_number[first:end],
            Clicks(*(column[first:end] for column in self.clicks)),
            self.with_cart[carts] - first,
            self.cart_items[carts],
            self.cart_cents[carts],
            self.lines[carts],
            self.last[first:end],
        )
