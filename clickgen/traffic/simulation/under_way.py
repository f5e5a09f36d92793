"""The sessions that are under way when a run begins, drawn from the steady state that it would reach in time."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.model.random_bits import WORDS, bits_at, key_of
from clickgen.profile.audience import BOTS, PEOPLE
from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.clicks import Browsing, Lines, place_of, with_more
from clickgen.traffic.simulation.sessions import STAND, LiveSessions
from clickgen.traffic.simulation.visits import Arrivals

_CERTAIN = 1 << 32
_HALF = np.uint64(32)
_LOW = np.uint64(_CERTAIN - 1)
_AT_ONCE = 1 << 17  # sessions, so that their columns together stay well below what the run holds anyway
_LONGEST_WALK = 32  # pages; by then it no longer matters where a walk began, and few sessions are longer
_WALKERS = 2048
_PERIOD = 12  # pages: a walk may go round in circles of 2, 3, 4, 6 or 12, if its kind of session does
_NO_LANE = -1  # so that no session repeats a walker's steps


def begin_under_way(
    live: LiveSessions,
    tables: Tables,
    arrivals: Arrivals,
    *,
    seed: int,
    lane: int,
    starts_e6: int,
    now_ms: int = 0,
) -> None:
    """Fill `live` with the sessions under way at `now_ms` if `starts_e6` of them start in a million seconds.

    Of the sessions waiting at a moment, those that have seen k pages are in proportion to P(length > k) times
    their mean wait. As the wait depends on page and pace, candidates are drawn as if every page held them as long
    as the longest, and accepted with the ratio of their own mean to that. Long waits are met more often than short
    ones, at a moment uniform within them.
    """
    sessions, key = tables.sessions, key_of("under way", seed, lane)
    tried = 0
    for kind in (PEOPLE, BOTS):
        share = sessions.bots if kind == BOTS else _CERTAIN - sessions.bots
        waiting_e9 = int(sessions.steps_e6[kind] * sessions.waits.longest_ms[kind])
        candidates = round(starts_e6 * share // _CERTAIN / 1e6 * waiting_e9 / 1e9)
        if not candidates:
            continue
        walked = _walk(tables, seed, kind)
        for begin in range(0, candidates, _AT_ONCE):
            places = np.arange(begin, min(begin + _AT_ONCE, candidates)) * WORDS
            before = len(live)
            # where the next step matters, a session has its number before it is accepted
            first = tried if live.browsing.steps_matter else before
            _begin_some(live, tables, kind, walked, arrivals, key, places, first, now_ms)
            tried += len(places)
            if begin == 0:
                live.reserve(before + candidates * (len(live) - before) // len(places))


class _Walked(NamedTuple):
    """Where `_WALKERS` visitors are who have seen one page, two, … and go on: row d - 1 is after d pages."""

    state: NDArray[np.int64]
    item: NDArray[np.int64]
    cart_items: NDArray[np.int64]
    cart_cents: NDArray[np.int64]
    seen: NDArray[np.uint32]  # what they remember
    lines: list[dict[int, Lines]]  # for each row, those of the walkers' carts that hold anything
    alike: bool  # whether every page is left with the same chance at the same depth

    def rows(self, depths: NDArray[np.int64]) -> NDArray[np.int64]:
        """The rows of sessions that have seen so many pages; those longer than the walks are as walks end."""
        longest = len(self.lines)
        if self.alike or longest < _PERIOD:
            return np.minimum(depths, longest) - 1
        first = longest - _PERIOD
        return np.where(depths > longest, first + (depths - 1 - first) % _PERIOD, depths - 1)


def _begin_some(
    live: LiveSessions,
    tables: Tables,
    kind: int,
    walked: _Walked,
    arrivals: Arrivals,
    key: np.uint64,
    places: NDArray[np.int64],
    first: int,
    now_ms: int,
) -> None:
    """first: how many sessions before the run have their numbers already."""
    sessions = tables.sessions
    depths = sessions.depths.draw(kind, bits_at(key, places))
    rows = walked.rows(depths)
    bits, more_bits = bits_at(key, places + 1), bits_at(key, places + 3)
    spots = rows * _WALKERS + (more_bits % np.uint64(_WALKERS)).view(np.int64)
    state = walked.state.take(spots)
    pace = sessions.waits.paces(np.full(len(places), kind == BOTS), more_bits)
    numbers = -1 - first - np.arange(len(places))
    waits = live.browsing.waits(place_of(numbers, depths), state, walked.seen[spots])
    stay = np.flatnonzero(sessions.waits.staying(waits, pace, bits >> _HALF))
    state, spots, pace, waits = state.take(stay), spots.take(stay), pace.take(stay), waits.take(stay)
    numbers = numbers.take(stay) if live.browsing.steps_matter else numbers[: len(stay)]
    gaps = sessions.waits.times_under_way_ms(waits, pace, bits[stay] & _LOW)
    left = (bits_at(key, places[stay] + 2) >> _HALF) * gaps.view(np.uint64) >> _HALF
    stands = np.zeros(len(stay), dtype=STAND)
    stands["state"], stands["item"] = state, walked.item.take(spots)
    stands["gap_ms"], stands["depth"], stands["pace"] = gaps, depths.take(stay), pace
    stands["cart_items"], stands["cart_cents"] = walked.cart_items.take(spots), walked.cart_cents.take(spots)
    filled = np.flatnonzero(state & 1) if live.keeps_lines else np.zeros(0, dtype=np.int64)
    lines = {
        position: walked.lines[spot // _WALKERS][spot % _WALKERS]
        for position, spot in zip(filled.tolist(), spots.take(filled).tolist(), strict=True)
    }
    visits = arrivals.at(numbers, kind)
    live.admit(visits, stands, left.view(np.int64) + now_ms, lines, walked.seen[spots])


@lru_cache(4)
def _walk(tables: Tables, seed: int, kind: int) -> _Walked:
    """Let some visitors walk, without time; in every lane, sessions under way are where these have been."""
    browsing, sessions = Browsing(tables, seed, _NO_LANE), tables.sessions
    number = np.arange(_WALKERS)
    item = items = cents = np.zeros(_WALKERS, dtype=np.int64)
    state = item + (browsing.bot_entry if kind == BOTS else browsing.entry)
    columns, lines, seen_by_page = [], [], []
    seen = np.zeros((_WALKERS, browsing.memory), dtype=np.uint32)
    # the chances are those of one page number: they say which visits last only where pages differ in them
    of_kind = np.flatnonzero(tables.site.is_bot[: tables.site.entry] == (kind == BOTS))
    alike = len(set(sessions.go_on_from.take(of_kind).tolist())) == 1
    held: dict[int, Lines] = {}
    for depth in range(min(_LONGEST_WALK, sessions.max_pages)):
        place = place_of(number, np.full(_WALKERS, depth))
        clicks = browsing.click(place, state, item, seen=seen if browsing.memory else None)
        left = ~browsing.buys.take(clicks.page)
        items, cents = (items + clicks.quantity) * left, (cents + browsing.worth(clicks)) * left
        for walker in np.flatnonzero(~left).tolist():
            held.pop(walker, None)
        for walker in np.flatnonzero(clicks.quantity).tolist():
            held[walker] = with_more(held.get(walker, ()), int(clicks.item[walker]), int(clicks.quantity[walker]))
        state, item = clicks.context * 2 + (items > 0), clicks.item
        if not alike:
            staying = _going_on(sessions.go_on.take(sessions.go_on_from.take(clicks.context) + depth))
            state, item, items, cents = (column.take(staying) for column in (state, item, items, cents))
            seen = seen[staying]
            held = {walker: held[was] for walker, was in enumerate(staying.tolist()) if was in held}
        columns.append((state, item, items, cents))
        lines.append(held.copy())
        seen_by_page.append(seen.copy())
    states, shown, counted, worth = (np.concatenate(column) for column in zip(*columns, strict=True))
    return _Walked(states, shown, counted, worth, np.concatenate(seen_by_page), lines, alike)


def _going_on(chances: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Which walkers the walkers of the next page are: each in proportion to its chance of another click."""
    ends = np.cumsum(chances >> np.uint64(8))  # 24 bits each, so that the products stay far below 2^64
    if not ends[-1]:
        return np.arange(len(chances))  # every visit ends here, and nobody is drawn from this page
    spots = (2 * np.arange(len(chances), dtype=np.uint64) + np.uint64(1)) * ends[-1] // np.uint64(2 * len(chances))
    drawn: NDArray[np.int64] = np.searchsorted(ends, spots, side="right")
    return drawn
