"""The sessions that are under way when a run begins, drawn from the steady state that it would reach anyway."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from clickgen.profile.tables import Tables
from clickgen.traffic.simulation.bits import WORDS, bits_at
from clickgen.traffic.simulation.clicks import Browsing
from clickgen.traffic.simulation.sessions import LiveSessions
from clickgen.traffic.simulation.visits import Arrivals

_HALF = np.uint64(32)
_LOW = np.uint64((1 << 32) - 1)
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
    candidates = np.arange(round(starts_e6 / 1e6 * waiting_e9 / 1e9)) * WORDS
    depths = np.sort(sessions.depths.draw(0, bits_at(key, candidates)).astype(np.int64))
    walked = _walk(browsing, depths)
    bits = bits_at(key, candidates + 1)
    stay = np.flatnonzero((bits >> _HALF) < sessions.stays[walked.page])
    gaps = sessions.gaps_under_way_ms(walked.page[stay], bits[stay] & _LOW)
    left = (bits_at(key, candidates[stay] + 2) >> _HALF) * gaps >> _HALF
    live.admit(
        arrivals.at(-1 - np.arange(len(stay))),
        next_ms=left.astype(np.int64),
        gap_ms=gaps,
        depth=depths[stay],
        page=walked.page[stay],
        item=walked.item[stay],
        cart_items=walked.cart_items[stay],
        cart_cents=walked.cart_cents[stay],
    )


class _Places(NamedTuple):
    """Where visitors stand on the site, and what is in their carts."""

    page: NDArray[np.int32]
    item: NDArray[np.int32]
    cart_items: NDArray[np.int64]
    cart_cents: NDArray[np.int64]

    def first(self, count: int) -> "_Places":
        """The places of the first visitors."""
        return _Places(self.page[:count], self.item[:count], self.cart_items[:count], self.cart_cents[:count])


def _walk(browsing: Browsing, depths: NDArray[np.int64]) -> _Places:
    """Where sessions stand after `depths` pages (rising), walked without time.

    One walk lends its k-th place to a session of k pages, so there are as many steps as sessions.
    """
    counts = np.bincount(depths, minlength=2)
    walkers = np.maximum.accumulate(counts[::-1])[::-1].tolist()
    numbers = _WALKERS + np.arange(walkers[0])
    nothing = np.zeros(walkers[0], dtype=np.int64)
    places = _Places(
        np.full(walkers[0], browsing.entry_page, np.int32), nothing.astype(np.int32), nothing, nothing
    )
    reached = []
    for depth in range(1, len(counts)):
        going = places.first(walkers[depth])
        clicks = browsing.click(numbers[: walkers[depth]], np.full(walkers[depth], depth - 1), *going)
        places = _Places(
            clicks.page,
            clicks.item,
            np.where(clicks.bought, 0, clicks.cart_items),
            np.where(clicks.bought, 0, clicks.cart_cents),
        )
        reached.append(places.first(counts[depth]))
    return _Places(*map(np.concatenate, zip(*reached, strict=True)))
