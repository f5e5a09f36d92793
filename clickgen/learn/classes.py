"""The kinds of pages of a recording: names that enough visitors saw, and folders for the rest."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.gather import NO_ITEM, Columns
from clickgen.learn.names import folder_of, keys_of

FEWEST_VISITORS = 20  # who saw something before its name is kept
MOST_PAGES = 60  # a profile tells apart; its tables grow with the square
_OWN_SHARE = 0.004  # of the events that a page has before it is told apart where there are too many
OTHER = "other"


@dataclass(frozen=True, slots=True)
class PageClass:
    """A kind of page."""

    key: str  # in the profile
    event: str  # what was done
    path: str
    shows_item: bool
    product: str = "any"  # which item, as in a profile
    ranks: tuple[int, int] | None = None  # of the popularity of the items that it shows


@dataclass(frozen=True, slots=True, eq=False)
class Classes:
    """The kinds of pages, and which events are of which."""

    classes: list[PageClass]
    page: NDArray[np.int64]  # of each event
    item: NDArray[np.uint64]  # of each event, NO_ITEM where its kind shows none
    renamed: int  # names that too few visitors saw


def classify(columns: Columns, *, has_items: bool) -> Classes:
    """The kinds of pages of all events.

    has_items: whether a field says what item a page shows; otherwise pages that a folder stands for are its items.
    """
    seen = _visitors_by_page(columns)
    events = np.bincount(columns.page, minlength=len(columns.pages))
    names = list(columns.pages)
    kept = seen >= FEWEST_VISITORS
    folded = np.zeros(len(names), dtype=np.bool_)
    if len(names) > MOST_PAGES:
        kept &= events >= max(_OWN_SHARE * events.sum(), np.sort(events)[-MOST_PAGES // 2])
        folded = ~kept
        names = [
            name if own else (name[0], folder_of(name[1])) for name, own in zip(names, kept.tolist(), strict=True)
        ]
    target = [name if own or far else (OTHER, OTHER) for name, own, far in zip(names, kept, folded, strict=True)]
    target = _safe(columns, target)
    distinct = sorted(set(target), key=lambda name: -sum(events[n] for n, one in enumerate(target) if one == name))
    number = {name: place for place, name in enumerate(distinct)}
    to_class = np.array([number[name] for name in target], dtype=np.int64)
    page = to_class[columns.page] if len(columns.page) else np.zeros(0, dtype=np.int64)
    item = columns.item
    if not has_items:
        by_path = np.where(folded[columns.page], columns.page.astype(np.uint64) + 1, np.uint64(NO_ITEM))
        item = np.where(item == NO_ITEM, by_path, item)
    shows = _share_with_item(page, item, len(distinct)) >= 0.5
    item = np.where(shows[page], item, np.uint64(NO_ITEM)) if len(page) else item
    return Classes(_named(distinct, shows), page, item, int((~kept & ~folded).sum()))


def _safe(columns: Columns, target: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The names, without folders that too few visitors were in, and no more of them than a profile takes."""
    codes = {name: place for place, name in enumerate(dict.fromkeys(target))}
    page = np.array([codes[name] for name in target], dtype=np.int64)[columns.page]
    _, visitor = np.unique(columns.visitor, return_inverse=True)
    pairs = np.unique(page * (int(visitor.max(initial=0)) + 1) + visitor)
    people = np.bincount(pairs // (int(visitor.max(initial=0)) + 1), minlength=len(codes))
    events = np.bincount(page, minlength=len(codes))
    order = np.argsort(-events, kind="stable")
    kept = {int(code) for code in order[: MOST_PAGES - 1] if people[code] >= FEWEST_VISITORS}
    return [name if codes[name] in kept else (OTHER, OTHER) for name in target]


def _visitors_by_page(columns: Columns) -> NDArray[np.int64]:
    if not len(columns.page):
        return np.zeros(len(columns.pages), dtype=np.int64)
    _, visitor = np.unique(columns.visitor, return_inverse=True)
    span = int(visitor.max()) + 1
    pairs = np.unique(columns.page.astype(np.int64) * span + visitor)
    return np.bincount(pairs // span, minlength=len(columns.pages))


def _share_with_item(page: NDArray[np.int64], item: NDArray[np.uint64], pages: int) -> NDArray[np.float64]:
    events = np.maximum(np.bincount(page, minlength=pages), 1)
    shares: NDArray[np.float64] = np.bincount(page, item != NO_ITEM, pages) / events
    return shares


def _named(names: list[tuple[str, str]], shows: NDArray[np.bool_]) -> list[PageClass]:
    paths = [path for _, path in names]
    many = {path for path in paths if paths.count(path) > 1}
    words = [f"{path} {event}" if path in many or not path else path for event, path in names]
    return [
        PageClass(key, event or "page_view", path, bool(item))
        for key, (event, path), item in zip(keys_of(words), names, shows.tolist(), strict=True)
    ]
