"""What tells one session from another: its figures, for a model that tries to tell recorded from learned ones."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.mixture import Floats
from clickgen.learn.visits import Visits

_PAGES = 15  # whose shares are looked at, most frequent first
NO_GAP = -5.0  # of sessions of one event, below that of any other
SHORTEST_GAP_S = 0.5  # shorter gaps count as this long: a page makes several events at once by itself

Figure = tuple[str, NDArray[Any]]  # a name, and its value for each session


def features_of(visits: Visits, order: NDArray[np.int64]) -> Floats:
    """A row for each session. order: the pages by how frequent they are, the same for all that is compared."""
    return np.stack([values for _, values in figures_of(visits, order)], axis=1).astype(np.float64)


def figures_of(visits: Visits, order: NDArray[np.int64], pages: Sequence[str] = ()) -> list[Figure]:
    """The figures of sessions by their names. pages: how to call each page; else they are called by their rank."""
    lengths, number, later = visits.lengths, visits.number, visits.later
    first, last = visits.first[:-1], visits.first[1:] - 1
    found: list[Figure] = [
        ("events", np.log(lengths)),
        ("seconds in all", np.log1p(visits.time[last] - visits.time[first])),
        *_gap_figures(visits, number, later),
    ]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    page = rank[visits.page]
    found += [("first page", page[first]), ("last page", page[last])]
    found += [
        (
            f"share of {pages[order[one]] if len(pages) else f'page {one + 1}'}",
            np.bincount(number, page == one, visits.count) / lengths,
        )
        for one in range(min(_PAGES, len(order)))
    ]
    found += _repeats(visits.page, number, later, lengths)
    same_as_two_before = _again(visits.page, number, 2)
    found.append(("page as two before", np.bincount(number, same_as_two_before, visits.count) / lengths))
    if (visits.item >= 0).any():
        found += _item_figures(visits, number, lengths)
    return found


def _gap_figures(visits: Visits, number: NDArray[np.int64], later: NDArray[np.int64]) -> list[Figure]:
    gaps = np.log((visits.time[later] - visits.time[later - 1]).clip(min=SHORTEST_GAP_S))
    of, count = number[later], np.maximum(visits.lengths - 1, 1)
    mean = np.bincount(of, gaps, visits.count) / count
    spread = np.sqrt(np.maximum(np.bincount(of, gaps**2, visits.count) / count - mean**2, 0))
    longest, shortest = np.full(visits.count, NO_GAP), np.full(visits.count, -NO_GAP * 3)
    np.maximum.at(longest, of, gaps)
    np.minimum.at(shortest, of, gaps)
    one = visits.lengths == 1
    return [
        ("mean gap", np.where(one, NO_GAP, mean)),
        ("spread of gaps", spread),
        ("longest gap", longest),
        ("shortest gap", np.where(one, NO_GAP, shortest)),
    ]


def _repeats(
    page: NDArray[np.int64], number: NDArray[np.int64], later: NDArray[np.int64], lengths: NDArray[np.int64]
) -> list[Figure]:
    """The share of steps to the same page, and of different pages among all."""
    same = np.bincount(number[later], page[later] == page[later - 1], len(lengths)) / lengths
    pairs = np.unique(number * (int(page.max(initial=0)) + 1) + page) // (int(page.max(initial=0)) + 1)
    different = np.bincount(pairs, minlength=len(lengths)) / lengths
    return [("page as before", same), ("different pages", different)]


def _again(page: NDArray[np.int64], number: NDArray[np.int64], lag: int) -> NDArray[np.bool_]:
    found = np.zeros(len(page), dtype=np.bool_)
    found[lag:] = (page[lag:] == page[:-lag]) & (number[lag:] == number[:-lag])
    return found


def _item_figures(visits: Visits, number: NDArray[np.int64], lengths: NDArray[np.int64]) -> list[Figure]:
    """Items shown, different ones among them, those shown just before, and how popular they are."""
    rows = np.flatnonzero(visits.item >= 0)
    # numbered among those that are shown here: how many others there are tells nothing about sessions
    item, of = np.unique(visits.item[rows], return_inverse=True)[1], number[rows]
    views = np.bincount(of, minlength=visits.count)
    span = int(item.max()) + 1
    different = np.bincount(np.unique(of * span + item) // span, minlength=visits.count)
    again = np.zeros(len(rows), dtype=np.bool_)
    again[1:] = (item[1:] == item[:-1]) & (of[1:] == of[:-1])
    counts = np.bincount(item)
    rank = np.empty(span)
    # in bands of twice the rank: exact values would differ from set to set, and tell them apart by themselves
    rank[np.argsort(-counts, kind="stable")] = np.floor(np.log2(np.arange(1, span + 1)))
    some = np.maximum(views, 1)
    return [
        ("views of items", views / lengths),
        ("different items", different / some),
        ("item as before", np.bincount(of, again, visits.count) / some),
        ("rank of items", np.bincount(of, rank[item], visits.count) / some),
    ]


def nearest(sessions: Floats, to: Floats, scale: Floats, *, rows: int = 512) -> Floats:
    """The distance of each session to the nearest of others, each figure in units of its spread."""
    left, right = sessions / scale, to / scale
    squares = (right**2).sum(axis=1)
    found = []
    for at in range(0, len(left), rows):
        part = left[at : at + rows]
        distance = (part**2).sum(axis=1)[:, None] - 2 * part @ right.T + squares
        found.append(np.sqrt(np.maximum(distance.min(axis=1), 0)))
    return np.concatenate(found) if found else np.zeros(0)
