"""The live sessions of a lane, as columns, and what they do in a window of the schedule."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import WORDS
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.clicks import MOMENT, STAY, Browsing, Clicks, Lines, place_of, with_more
from clickgen.traffic.simulation.time_window import TimeWindow
from clickgen.traffic.simulation.visits import BOT, VISIT, Arrivals

NEVER = np.iinfo(np.int64).max
_LOW = np.uint64((1 << 32) - 1)
_HALF = np.uint64(32)
_FEWEST_ROWS = 64
_SHORT_SPAN_MS = 1 << 16

# where a session is (see Browsing), how long it waits for its next click, what is in its cart, and how fast it is
STAND = np.dtype(
    [
        ("state", np.uint32),
        ("item", np.uint32),
        ("gap_ms", np.uint32),
        ("cart_cents", np.uint32),
        ("depth", np.uint16),
        ("cart_items", np.uint16),
        ("pace", np.uint16),
    ]
)

_COLUMNS = (
    ("next_ms", np.dtype(np.int64)),
    ("visit", np.dtype(f"V{VISIT.itemsize}")),
    ("stand", np.dtype(f"V{STAND.itemsize}")),
)

Campaigns = Callable[[NDArray[np.int64]], NDArray[np.int64] | None]


class LiveSessions:
    """Sessions that wait for their next click: one row of columns each, 58 bytes with the stack of free rows.

    Every slot of the schedule is filled exactly: first by the clicks that are due, the rest by new
    sessions. So the number of starts regulates itself. That is stable for every profile: with s(k) the
    share of sessions longer than k pages and g the transform of the gaps, starts follow slots through
    1 / sum s(k) g^k, and as s falls, that sum has no zero where |g| < 1 (Eneström-Kakeya).
    """

    def __init__(
        self,
        tables: Tables,
        browsing: Browsing,
        arrivals: Arrivals,
        campaigns: Campaigns,
        *,
        keeps_lines: bool = False,
    ) -> None:
        """campaigns: those that run at the times of some clicks, as for Browsing.click. keeps_lines: whether the
        products in the carts are needed.
        """
        self._tables, self.browsing, self._arrivals, self._campaigns = tables, browsing, arrivals, campaigns
        self.keeps_lines = keeps_lines
        self._columns: dict[str, NDArray[Any]] = {name: np.zeros(0, dtype=kind) for name, kind in _COLUMNS}
        self._seen = np.zeros((0, browsing.memory), dtype=np.uint32)  # what each row remembers
        self._free = np.zeros(0, dtype=np.int32)  # a stack: the first `_free_count` are the free rows
        self._free_count = 0
        self._lines: dict[int, Lines] = {}  # by row; few carts hold anything
        self._grow(_FEWEST_ROWS)

    def __len__(self) -> int:
        return len(self._free) - self._free_count

    def rows(self) -> tuple[dict[int, int], list[int], int]:
        """The rows of the sessions by their numbers, the stack of free rows, and how many rows there are."""
        taken = np.flatnonzero(self._columns["next_ms"] < NEVER)
        numbers = self._columns["visit"].take(taken).view(VISIT)["number"]
        of_session = dict(zip(numbers.tolist(), taken.tolist(), strict=True))
        return of_session, self._free[: self._free_count].tolist(), len(self._free)

    def reserve(self, count: int) -> None:
        """Make room for this many sessions in all, and some more."""
        wanted = count + count // 16
        if wanted > len(self._free):
            self._grow(wanted - len(self._free))

    def admit(
        self,
        visits: NDArray[np.void],
        stands: NDArray[np.void],
        next_ms: NDArray[np.int64],
        lines: dict[int, Lines],
        seen: NDArray[np.uint32],
    ) -> None:
        """Add sessions that have begun before.

        lines: of the carts that hold anything, by position, if kept. seen: what each remembers.
        """
        rows = self._take_rows(len(next_ms))
        self._columns["next_ms"][rows] = next_ms
        self._columns["visit"][rows] = _plain(visits)
        self._columns["stand"][rows] = _plain(stands)
        self._seen[rows] = seen
        self._lines.update((int(rows[position]), held) for position, held in lines.items())

    def advance(self, slots_ms: NDArray[np.int64]) -> TimeWindow:
        """Fill slots at these times (ms since the start of the run, in order) with one click each."""
        ready = self._ready(slots_ms)
        visits = self._arrivals.take(len(slots_ms) - len(ready))
        started = self.start(visits)
        starts = self._start_times(visits, slots_ms)
        order = _in_order(np.concatenate([self._columns["next_ms"].take(ready), starts]), slots_ms)
        return self._click(np.concatenate([ready, started]).take(order), slots_ms)

    def click_until(
        self, end_ms: int, started: NDArray[np.int32], starts_ms: NDArray[np.int64]
    ) -> tuple[TimeWindow, NDArray[np.int64]]:
        """The next click of every session that has one before `end_ms`, and their times, in order.

        started, starts_ms: the rows of sessions that begin, and when. Further clicks before `end_ms` are those of
        the next call.
        """
        next_ms = self._columns["next_ms"]
        ready = np.flatnonzero(next_ms < end_ms)
        times_ms = np.concatenate([next_ms.take(ready), starts_ms])
        order = by_time(times_ms)
        times_ms = times_ms.take(order)
        return self._click(np.concatenate([ready, started]).take(order), times_ms), times_ms

    def start(self, visits: NDArray[np.void]) -> NDArray[np.int32]:
        """Add sessions that have seen nothing yet, and return their rows; the caller lets them click first."""
        rows = self._take_rows(len(visits))
        stands = np.zeros(len(visits), dtype=STAND)
        is_bot = (visits["flags"] & BOT).astype(np.bool_)
        stands["state"] = np.where(is_bot, self.browsing.bot_entry, self.browsing.entry)
        stands["pace"] = self.browsing.paces(visits["number"], is_bot)
        self._columns["visit"][rows] = _plain(visits)
        self._columns["stand"][rows] = _plain(stands)
        self._seen[rows] = 0
        return rows

    def moment_bits(self, visits: NDArray[np.void]) -> NDArray[np.uint64]:
        """64 random bits for each of these sessions, which decide when it starts."""
        numbers = visits["number"]
        return self.browsing.bits(place_of(numbers, np.zeros_like(numbers)), MOMENT)

    def _ready(self, slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows whose click is due by the last slot: the earliest, if there are more than slots."""
        next_ms, last = self._columns["next_ms"], slots_ms[-1]
        rows: NDArray[np.int64] = np.flatnonzero(next_ms <= last)
        gaps = self._columns["stand"].view(STAND)["gap_ms"][rows]
        ended = last - next_ms.take(rows) + gaps >= self._tables.sessions.timeout_ms
        if ended.any():
            self._release(rows[ended])
            rows = rows[~ended]
        if len(rows) > len(slots_ms):
            rows = rows[np.argsort(next_ms[rows], kind="stable")[: len(slots_ms)]]
        return rows

    def _start_times(self, visits: NDArray[np.void], slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
        """Random moments of the window, so that starts and clicks mix as they would on a real site."""
        begin, end = int(slots_ms[0]), int(slots_ms[-1])
        span = np.uint64(end - begin + 1)
        return ((self.moment_bits(visits) >> _HALF) * span >> _HALF).view(np.int64) + begin

    def _click(self, rows: NDArray[np.int64], times_ms: NDArray[np.int64]) -> TimeWindow:
        """Let the sessions in these rows click once, each at its time, and decide which go on and when."""
        browsing, sessions, columns = self.browsing, self._tables.sessions, self._columns
        visit = columns["visit"].take(rows).view(VISIT)
        stand = columns["stand"].take(rows).view(STAND)
        depth = stand["depth"].astype(np.int64)
        place = place_of(visit["number"], depth)
        state = stand["state"].astype(np.int64)
        seen = self._seen[rows] if browsing.memory else None
        clicks = browsing.click(place, state, stand["item"].astype(np.int64), self._campaigns(times_ms), seen)
        if seen is not None:
            self._seen[rows] = seen
        items, cents = stand["cart_items"] + clicks.quantity, stand["cart_cents"] + browsing.worth(clicks)
        with_cart = np.flatnonzero(browsing.about_cart.take(clicks.page))
        shown = items.take(with_cart), cents.take(with_cart)
        lines = self._keep_lines(rows, clicks, with_cart) if self.keeps_lines else []
        left = ~browsing.buys.take(clicks.page)
        stand["cart_items"] = items = items * left
        stand["cart_cents"] = cents * left
        stand["state"] = clicks.context * 2 + (items > 0)
        stand["item"] = clicks.item
        stand["depth"] = depth + 1
        bits = browsing.bits(place, STAY)
        waits = browsing.waits(place + WORDS, stand["state"].astype(np.int64), seen)
        stand["gap_ms"] = gaps = sessions.waits.times_ms(waits, stand["pace"].astype(np.int64), bits & _LOW)
        columns["stand"][rows] = _plain(stand)
        columns["next_ms"][rows] = times_ms + gaps
        chance = sessions.go_on.take(depth + sessions.go_on_from.take(clicks.context))
        last = bits >> _HALF >= chance
        self._release(rows[last])
        return TimeWindow(visit, depth + 1, clicks, with_cart, *shown, lines, last)

    def _keep_lines(self, rows: NDArray[np.int64], clicks: Clicks, chosen: NDArray[np.int64]) -> list[Lines]:
        """What is in the carts that some pages are about; those that are bought are empty afterwards."""
        held, reported = self._lines, []
        columns = (rows, clicks.item, clicks.quantity, self.browsing.buys.take(clicks.page))
        for row, item, quantity, bought in zip(*(column.take(chosen).tolist() for column in columns), strict=True):
            lines = held.get(row, ())
            if quantity:
                lines = held[row] = with_more(lines, item, quantity)
            elif bought:
                held.pop(row, None)
            reported.append(lines)
        return reported

    def _release(self, rows: NDArray[np.int64]) -> None:
        self._columns["next_ms"][rows] = NEVER
        self._free[self._free_count : self._free_count + len(rows)] = rows
        self._free_count += len(rows)
        if self._lines:
            filled = self._columns["stand"].view(STAND)["state"][rows] & 1
            for row in rows[filled.astype(np.bool_)].tolist():
                self._lines.pop(row, None)

    def _take_rows(self, count: int) -> NDArray[np.int32]:
        if count > self._free_count:
            self._grow(rows_to_add(count - self._free_count, len(self._free)))
        self._free_count -= count
        return self._free[self._free_count : self._free_count + count].copy()

    def _grow(self, count: int) -> None:
        have = len(self._free)
        for name, values in self._columns.items():
            self._columns[name] = np.concatenate([values, np.zeros(count, dtype=values.dtype)])
        self._columns["next_ms"][have:] = NEVER
        self._seen = np.concatenate([self._seen, np.zeros((count, self._seen.shape[1]), dtype=np.uint32)])
        unused = np.zeros(have - self._free_count, dtype=np.int32)
        fresh = np.arange(have, have + count, dtype=np.int32)
        self._free = np.concatenate([self._free[: self._free_count], fresh, unused])
        self._free_count += count


def rows_to_add(missing: int, there: int) -> int:
    """How many rows are added where some are missing: all are looked through for each window, so not many more."""
    return max(missing, there // 16)


def _plain(items: NDArray[np.void]) -> NDArray[np.void]:
    """The items without their fields, so that numpy copies each as one value."""
    return items.view(f"V{items.dtype.itemsize}")


def by_time(times_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of these times, equal ones as they are."""
    if not len(times_ms):
        return np.zeros(0, dtype=np.int64)
    since = times_ms - times_ms.min()
    if since.max() < _SHORT_SPAN_MS:
        return np.argsort(since.astype(np.uint16), kind="stable")  # a radix sort, much faster
    return np.argsort(since, kind="stable")


def _in_order(times_ms: NDArray[np.int64], slots_ms: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of clicks by time; late ones are first, as they are."""
    return by_time(np.maximum(times_ms, slots_ms[0]))
