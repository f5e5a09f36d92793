"""The sessions that are under way when a run begins, drawn from the steady state that it would reach anyway."""

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.bits import WORDS, bits_at
from clickgen.traffic.simulation.clicks import Browsing, Carts, place_of
from clickgen.traffic.simulation.sessions import LiveSessions
from clickgen.traffic.simulation.visits import Arrivals

_HALF = np.uint64(32)
_LOW = np.uint64((1 << 32) - 1)
_AT_ONCE = 1 << 17  # sessions, so that their columns together stay well below what the run holds anyway
_LONGEST_WALK = 40  # pages; by then it no longer matters where a walk began, and few sessions are longer
_WALKERS = -(1 << 50)  # numbers that no session has, so that no session repeats a walker's steps


def begin_under_way(
    live: LiveSessions, tables: Tables, browsing: Browsing, arrivals: Arrivals, key: np.uint64, starts_e6: int
) -> None:
    """Fill `live` with the sessions that `starts_e6` starts in a million seconds have under way at second 0.

    Of the sessions waiting at a moment, those that have seen k pages are in proportion to P(length > k) times
    their mean wait. As the wait depends on the page, candidates are drawn as if every page held them as long
    as the longest, and stay with the chance that their page's own mean bears to that. Long waits are met more
    often than short ones, at a moment uniform within them.
    """
    sessions = tables.sessions
    waiting_e9 = sessions.steps_e6 * sessions.longest_page_ms
    candidates = round(starts_e6 / 1e6 * waiting_e9 / 1e9)
    for begin in range(0, candidates, _AT_ONCE):
        some = np.arange(begin, min(begin + _AT_ONCE, candidates))
        admitted = len(live)
        _begin_some(live, tables, browsing, arrivals, key, some)
        if begin == 0:
            live.reserve(candidates * (len(live) - admitted) // len(some))


def _begin_some(
    live: LiveSessions,
    tables: Tables,
    browsing: Browsing,
    arrivals: Arrivals,
    key: np.uint64,
    candidates: NDArray[np.int64],
) -> None:
    sessions, places = tables.sessions, candidates * WORDS
    drawn = np.bincount(sessions.depths.draw(0, bits_at(key, places)))
    depths = np.repeat(np.arange(len(drawn)), drawn)
    state, item, carts = _walk(browsing, np.minimum(depths, _LONGEST_WALK), _WALKERS + int(candidates[0]))
    page = state // 2
    bits = bits_at(key, places + 1)
    stay = np.flatnonzero((bits >> _HALF) < sessions.stays[page])
    gaps = sessions.gaps_under_way_ms(page[stay], bits[stay] & _LOW)
    left = (bits_at(key, places[stay] + 2) >> _HALF) * gaps.view(np.uint64) >> _HALF
    live.admit(
        arrivals.at(-1 - len(live) - np.arange(len(stay))),
        next_ms=left.view(np.int64),
        carts=Carts(*(column[stay] for column in carts)),
        state=state[stay],
        item=item[stay],
        gap_ms=gaps,
        depth=depths[stay],
    )


_Places = tuple[NDArray[np.int64], NDArray[np.int64], Carts]  # state, item and cart of some visitors


def _walk(browsing: Browsing, depths: NDArray[np.int64], first: int) -> _Places:
    """Where sessions stand after `depths` pages (rising), walked without time.

    One walk lends its k-th place to a session of k pages, so there are as many steps as sessions. first: the
    number of the first walk.
    """
    counts = np.bincount(depths, minlength=2)
    walkers = np.maximum.accumulate(counts[::-1])[::-1].tolist()
    number = first + np.arange(walkers[0])
    nothing = np.zeros(walkers[0], dtype=np.int64)
    state, item, carts = nothing + browsing.entry, nothing, Carts(nothing, nothing)
    reached = []
    for depth in range(1, len(counts)):
        going = walkers[depth]
        place = place_of(number[:going], np.full(going, depth - 1))
        clicks = browsing.click(place, state[:going], item[:going])
        carts = browsing.fill(Carts(carts.items[:going], carts.cents[:going]), clicks)
        left = ~browsing.buys(clicks.page)
        carts = Carts(carts.items * left, carts.cents * left)
        state, item = clicks.page * 2 + (carts.items > 0), clicks.item
        reached.append([column[: counts[depth]] for column in (state, item, *carts)])
    state, item, items, cents = map(np.concatenate, zip(*reached, strict=True))
    return state, item, Carts(items, cents)
