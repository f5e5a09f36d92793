"""The sessions under way in a lane, as columns, and what they do in a window of the schedule."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.clicks import MOMENT, STAY, Browsing, Clicks
from clickgen.traffic.simulation.visits import Arrivals, Visits

NEVER = np.iinfo(np.int64).max
_LOW = np.uint64((1 << 32) - 1)
_HALF = np.uint64(32)
_FEWEST_ROWS = 64

_COLUMNS = (
    ("next_ms", np.int64),
    ("gap_ms", np.uint32),
    ("number", np.int64),
    ("visitor", np.int64),
    ("depth", np.uint16),
    ("page", np.int32),
    ("item", np.int32),
    ("device", np.int32),
    ("place", np.int32),
    ("returning", np.bool_),
    ("cart_items", np.uint16),
    ("cart_cents", np.int64),
)


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """What happened in the slots of a window, in their order: whose click it was, and what it did."""

    session: NDArray[np.int64]
    visitor: NDArray[np.int64]
    returning: NDArray[np.bool_]
    page_number: NDArray[np.int64]
    channel: NDArray[np.int32]
    device: NDArray[np.int32]
    place: NDArray[np.int32]
    clicks: Clicks


class LiveSessions:
    """Sessions that wait for their next click: one row of columns each, 65 bytes with the stack of free rows.

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
        self._grow(_FEWEST_ROWS)

    def __len__(self) -> int:
        return len(self._free) - self._free_count

    def admit(self, visits: Visits, **state: NDArray[Any]) -> None:
        """Take in sessions that are under way; `state` gives the columns that a visit does not have."""
        rows = self._take_rows(len(visits.number))
        self._settle(rows, visits)
        for name, values in state.items():
            self._columns[name][rows] = values

    def advance(self, slots_ms: NDArray[np.int64]) -> Window:
        """Fill slots at these times (ms since the start of the run, never falling) with one click each."""
        ready = self._ready(slots_ms)
        visits = self._arrivals.take(len(slots_ms) - len(ready))
        started = self._take_rows(len(visits.number))
        self._settle(started, visits)
        self._columns["next_ms"][started] = self._start_times(visits.number, slots_ms)
        rows = np.concatenate([ready, started])
        order = np.argsort(self._columns["next_ms"][rows], kind="stable")
        channel = np.concatenate([np.full(len(ready), -1, dtype=np.int32), visits.channel])
        return self._click(rows[order], channel[order], slots_ms)

    def _ready(self, slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows whose click is due by the last slot: the earliest, if there are more than slots."""
        columns, last = self._columns, slots_ms[-1]
        rows: NDArray[np.int64] = np.flatnonzero(columns["next_ms"] <= last)
        silent_since = columns["next_ms"][rows] - columns["gap_ms"][rows]
        ended = last - silent_since >= self._tables.sessions.timeout_ms
        if ended.any():
            self._release(rows[ended])
            rows = rows[~ended]
        if len(rows) > len(slots_ms):
            rows = rows[np.argsort(columns["next_ms"][rows], kind="stable")[: len(slots_ms)]]
        return rows

    def _start_times(self, numbers: NDArray[np.int64], slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Random moments of the window, so that starts and clicks mix as they would on a real site."""
        begin, end = int(slots_ms[0]), int(slots_ms[-1])
        span = np.uint64(end - begin + 1)
        bits = self._browsing.bits(numbers, np.zeros_like(numbers), MOMENT)
        return ((bits >> _HALF) * span >> _HALF).astype(np.int64) + begin

    def _settle(self, rows: NDArray[np.int64], visits: Visits) -> None:
        """Fresh sessions: nothing seen yet, the cart empty."""
        columns = self._columns
        for name in ("number", "visitor", "returning", "device", "place"):
            columns[name][rows] = getattr(visits, name)
        for name in ("gap_ms", "depth", "item", "cart_items", "cart_cents"):
            columns[name][rows] = 0
        columns["page"][rows] = self._browsing.entry_page

    def _click(self, rows: NDArray[np.int64], channel: NDArray[np.int32], slots_ms: NDArray[np.int64]) -> Window:
        columns = self._columns
        number, depth = columns["number"][rows], columns["depth"][rows].astype(np.int64)
        clicks = self._browsing.click(
            number,
            depth,
            columns["page"][rows],
            columns["item"][rows],
            columns["cart_items"][rows].astype(np.int64),
            columns["cart_cents"][rows],
        )
        window = Window(
            session=number,
            visitor=columns["visitor"][rows],
            returning=columns["returning"][rows],
            page_number=depth + 1,
            channel=channel,
            device=columns["device"][rows],
            place=columns["place"][rows],
            clicks=clicks,
        )
        columns["depth"][rows] = window.page_number
        columns["page"][rows] = clicks.page
        columns["item"][rows] = clicks.item
        columns["cart_items"][rows] = np.where(clicks.bought, 0, clicks.cart_items)
        columns["cart_cents"][rows] = np.where(clicks.bought, 0, clicks.cart_cents)
        self._wait(rows, number, depth, clicks.page, slots_ms)
        return window

    def _wait(
        self,
        rows: NDArray[np.int64],
        number: NDArray[np.int64],
        depth: NDArray[np.int64],
        page: NDArray[np.int32],
        slots_ms: NDArray[np.int64],
    ) -> None:
        """Decide who goes on, and when; the others' rows are free again."""
        sessions = self._tables.sessions
        bits = self._browsing.bits(number, depth, STAY)
        gaps = sessions.gaps_ms(page, bits & _LOW)
        self._columns["gap_ms"][rows] = gaps
        self._columns["next_ms"][rows] = slots_ms + gaps
        self._release(rows[(bits >> _HALF) >= sessions.go_on[depth]])

    def _release(self, rows: NDArray[np.int64]) -> None:
        self._columns["next_ms"][rows] = NEVER
        self._free[self._free_count : self._free_count + len(rows)] = rows
        self._free_count += len(rows)

    def _take_rows(self, count: int) -> NDArray[np.int64]:
        if count > self._free_count:
            self._grow(max(count - self._free_count, len(self._free) // 2))
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
