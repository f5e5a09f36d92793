"""The sessions under way in a lane, as columns, and what they do in a window of the schedule."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.clicks import MOMENT, STAY, Browsing, Carts, Clicks, place_of
from clickgen.traffic.simulation.visits import VISIT, Arrivals, Visits

NEVER = np.iinfo(np.int64).max
_LOW = np.uint64((1 << 32) - 1)
_HALF = np.uint64(32)
_FEWEST_ROWS = 64
_SHORT_SPAN_MS = 1 << 16

# where a session is; state is twice its page, plus one if something is in the cart
_STAND = np.dtype([("state", np.uint32), ("item", np.uint32), ("gap_ms", np.uint32), ("depth", np.uint32)])

_COLUMNS = (
    ("next_ms", np.dtype(np.int64)),
    ("visit", np.dtype(f"V{VISIT.itemsize}")),
    ("stand", np.dtype(f"V{_STAND.itemsize}")),
    ("cart_items", np.dtype(np.int64)),
    ("cart_cents", np.dtype(np.int64)),
)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What happened in the slots of a window, in their order: whose click it was, and what it did.

    carts: only of the clicks on pages that are about the cart, whose places are in `with_cart`.
    """

    visit: NDArray[np.void]
    page_number: NDArray[np.int64]
    channel: NDArray[np.int64]
    clicks: Clicks
    with_cart: NDArray[np.int64]
    carts: Carts


class LiveSessions:
    """Sessions that wait for their next click: one row of columns each, 80 bytes with the stack of free rows.

    Every slot of the schedule is filled exactly: first by the clicks whose time has come, the rest by new
    sessions. So the number of starts regulates itself. That is stable for every profile: with s(k) the
    share of sessions longer than k pages and g the transform of the gaps, starts follow slots through
    1 / sum s(k) g^k, and as s falls, that sum has no zero where |g| < 1 (Eneström-Kakeya).
    """

    def __init__(self, tables: Tables, browsing: Browsing, arrivals: Arrivals) -> None:
        self._tables, self._browsing, self._arrivals = tables, browsing, arrivals
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(0, dtype=kind) for name, kind in _COLUMNS}
        self._free = np.zeros(0, dtype=np.int64)  # a stack: the first `_free_count` are the free rows
        self._free_count = 0
        entry = np.zeros((), dtype=_STAND)
        entry["state"] = browsing.entry
        self._entry = np.void(entry.tobytes())
        self._grow(_FEWEST_ROWS)

    def __len__(self) -> int:
        return len(self._free) - self._free_count

    def reserve(self, count: int) -> None:
        """Make room for so many sessions in all, and some more."""
        wanted = count + count // 8
        if wanted > len(self._free):
            self._grow(wanted - len(self._free))

    def admit(
        self,
        visits: Visits,
        next_ms: NDArray[np.int64],
        carts: Carts,
        **stand: NDArray[Any],
    ) -> None:
        """Take in sessions that are under way; `stand` gives the columns of where they are."""
        rows = self._take_rows(len(next_ms))
        stands = np.zeros(len(rows), dtype=_STAND)
        for name, values in stand.items():
            stands[name] = values
        columns = self._columns
        columns["next_ms"][rows] = next_ms
        columns["visit"][rows] = _plain(visits.items)
        columns["stand"][rows] = _plain(stands)
        columns["cart_items"][rows], columns["cart_cents"][rows] = carts

    def advance(self, slots_ms: NDArray[np.int64]) -> Window:
        """Fill slots at these times (ms since the start of the run, never falling) with one click each."""
        ready = self._ready(slots_ms)
        visits = self._arrivals.take(len(slots_ms) - len(ready))
        started = self._take_rows(len(visits.channel))
        self._columns["visit"][started] = _plain(visits.items)
        self._columns["stand"][started] = self._entry
        starts = self._start_times(visits, slots_ms)
        order = _in_order(np.concatenate([self._columns["next_ms"].take(ready), starts]), slots_ms)
        rows = np.concatenate([ready, started]).take(order)
        channel = np.full(len(rows), -1, dtype=np.int64)
        channel[len(ready) :] = visits.channel
        return self._click(rows, channel.take(order), slots_ms)

    def _ready(self, slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows whose click is due by the last slot: the earliest, if there are more than slots."""
        next_ms, last = self._columns["next_ms"], slots_ms[-1]
        rows: NDArray[np.int64] = np.flatnonzero(next_ms <= last)
        gaps = self._columns["stand"].view(_STAND)["gap_ms"][rows]
        ended = last - next_ms.take(rows) + gaps >= self._tables.sessions.timeout_ms
        if ended.any():
            self._release(rows[ended])
            rows = rows[~ended]
        if len(rows) > len(slots_ms):
            rows = rows[np.argsort(next_ms[rows], kind="stable")[: len(slots_ms)]]
        return rows

    def _start_times(self, visits: Visits, slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Random moments of the window, so that starts and clicks mix as they would on a real site."""
        begin, end = int(slots_ms[0]), int(slots_ms[-1])
        span = np.uint64(end - begin + 1)
        numbers = visits.items["number"]
        bits = self._browsing.bits(place_of(numbers, np.zeros_like(numbers)), MOMENT)
        return ((bits >> _HALF) * span >> _HALF).view(np.int64) + begin

    def _click(self, rows: NDArray[np.int64], channel: NDArray[np.int64], slots_ms: NDArray[np.int64]) -> Window:
        browsing = self._browsing
        visit = self._columns["visit"].take(rows).view(VISIT)
        stand = self._columns["stand"].take(rows).view(_STAND)
        depth = stand["depth"].astype(np.int64)
        place = place_of(visit["number"], depth)
        state = stand["state"].astype(np.int64)
        clicks = browsing.click(place, state, stand["item"].astype(np.int64))
        filled = (state & 1).astype(np.bool_)
        with_cart = np.flatnonzero(browsing.about_cart.take(clicks.page))
        carts, filled[with_cart] = self._carts(rows.take(with_cart), filled.take(with_cart), clicks, with_cart)
        stand["state"] = clicks.page * 2 + filled
        stand["item"] = clicks.item
        stand["depth"] = depth + 1
        sessions, bits = self._tables.sessions, browsing.bits(place, STAY)
        stand["gap_ms"] = gaps = sessions.gaps_ms(clicks.page, bits & _LOW)
        self._columns["stand"][rows] = _plain(stand)
        self._columns["next_ms"][rows] = slots_ms + gaps
        self._release(rows[bits >> _HALF >= sessions.go_on.take(depth)])
        return Window(visit, depth + 1, channel, clicks, with_cart, carts)

    def _carts(
        self, rows: NDArray[np.int64], filled: NDArray[np.bool_], clicks: Clicks, chosen: NDArray[np.int64]
    ) -> tuple[Carts, NDArray[np.bool_]]:
        """What is in the carts on some pages about them, and whether anything is there afterwards."""
        items, cents = self._columns["cart_items"], self._columns["cart_cents"]
        some = Clicks(*(column.take(chosen) for column in clicks))
        carts = self._browsing.fill(Carts(items.take(rows) * filled, cents.take(rows) * filled), some)
        items[rows], cents[rows] = carts
        return carts, ~self._browsing.buys(some.page)

    def _release(self, rows: NDArray[np.int64]) -> None:
        self._columns["next_ms"][rows] = NEVER
        self._free[self._free_count : self._free_count + len(rows)] = rows
        self._free_count += len(rows)

    def _take_rows(self, count: int) -> NDArray[np.int64]:
        if count > self._free_count:
            # the rows are looked through for each window, so there should not be many more than sessions
            self._grow(max(count - self._free_count, len(self._free) // 8))
        self._free_count -= count
        return self._free[self._free_count : self._free_count + count].copy()

    def _grow(self, count: int) -> None:
        have = len(self._free)
        for name, values in self._columns.items():
            self._columns[name] = np.concatenate([values, np.zeros(count, dtype=values.dtype)])
        self._columns["next_ms"][have:] = NEVER
        free = np.arange(have, have + count)
        self._free = np.concatenate(
            [self._free[: self._free_count], free, np.zeros(have - self._free_count, np.int64)]
        )
        self._free_count += count


def _plain(items: NDArray[np.void]) -> NDArray[np.void]:
    """The items without their fields, which numpy copies as wholes."""
    return items.view(f"V{items.dtype.itemsize}")


def _in_order(times_ms: NDArray[np.int64], slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of clicks by time; those that are late come first, as they stand."""
    since = times_ms - slots_ms[0]
    if slots_ms[-1] - slots_ms[0] < _SHORT_SPAN_MS:
        return np.argsort(np.maximum(since, 0).astype(np.uint16), kind="stable")  # a radix sort, much faster
    return np.argsort(since, kind="stable")
