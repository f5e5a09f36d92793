"""Pages that show items, told apart by which: a new one, more or less popular, the same, or one seen before."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.classes import FEWEST_VISITORS, MOST_PAGES, PageClass
from clickgen.learn.mixture import Floats
from clickgen.learn.visits import Visits

_SORTS = 4  # of popularity, to find out whether it matters
_BANDS = (6, 4, 3, 2, 1)  # of popularity, each with as many views of new items
_FEWEST_EVENTS = 100  # of a page before it is told apart
_SHARED = 0.1  # of the items of a page that another one shows too, or each has a catalogue of its own
_WORTH_BITS = 0.02  # that the last view says about the next one, or a catalogue's own memory says as much
NEW, _SAME, _SEEN = range(3)


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """Each view of an item: whether the session saw the item before, and how popular it is."""

    row: NDArray[np.int64]  # among the events
    how: NDArray[np.int64]  # NEW, _SAME as the last, or _SEEN before that
    back: NDArray[np.int64]  # how many different items ago it was seen: 1 for the last, 0 for a new one
    known: NDArray[np.int64]  # how many different items the session had seen
    below: Floats  # the share of the views of new items that more popular items of its catalogue have
    catalogue: NDArray[np.int64]  # of each page, the number of the catalogue that its items are of; -1 for none

    @classmethod
    def of(cls, visits: Visits, pages: int) -> "Looks":
        """The views of these sessions."""
        row = np.flatnonzero(visits.item >= 0)
        item, session, page = visits.item[row], visits.number[row], visits.page[row]
        back, known = np.array(_distances(item.tolist(), session.tolist()), dtype=np.int64).reshape(2, -1)
        how = np.where(back == 0, NEW, np.where(back == 1, _SAME, _SEEN))
        catalogue = _catalogues(page, item, pages)
        below = np.zeros(len(row))
        for number in range(int(catalogue.max(initial=-1)) + 1):
            own = catalogue[page] == number
            counts = np.bincount(item[own & (how == NEW)], minlength=int(item.max(initial=0)) + 1)
            order = np.argsort(-counts, kind="stable")
            shares = counts[order] / max(1, int(counts.sum()))
            middle = np.empty(len(counts))
            middle[order] = np.cumsum(shares) - shares / 2
            below[own] = middle[item[own]]
        return cls(row, how, back, known, below, catalogue)


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """The pages of a profile, some of which are one page of the recording."""

    classes: list[PageClass]
    base: NDArray[np.int64]  # of each, the page of the recording
    bounds: list[tuple[float, float] | None]  # of each, the shares of views between which its items are
    page: NDArray[np.int64]  # of each event
    bands: int  # of popularity; 0 if pages are not told apart by their items

    def over(self, looks: Looks, catalogues: Sequence[Floats]) -> list[PageClass]:
        """The classes with the ranks of the items that they show.

        catalogues: the share of views of each item, falling. The ranks of the second follow those of the first.
        """
        begins = np.cumsum([0, *map(len, catalogues)])
        found = []
        for one, base, bound in zip(self.classes, self.base.tolist(), self.bounds, strict=True):
            number = int(looks.catalogue[base])
            if number < 0 or (bound is None and len(catalogues) == 1):
                found.append(one)
                continue
            first, last = _ranks(catalogues[number], bound or (0.0, 1.0))
            found.append(replace(one, ranks=(int(begins[number]) + first, int(begins[number]) + last)))
        return found


def _ranks(shares: Floats, bound: tuple[float, float]) -> tuple[int, int]:
    """The first and the last rank of the items between these shares of the views."""
    reached = np.cumsum(shares) / shares.sum()
    first, last = (int(np.searchsorted(reached, min(share, 1 - 1e-9))) for share in bound)
    first = min(first + (bound[0] > 0), len(reached) - 1)
    last = len(reached) - 1 if bound[1] == 1 else max(last, first)
    return first + 1, last + 1


def _catalogues(page: NDArray[np.int64], item: NDArray[np.int64], pages: int) -> NDArray[np.int64]:
    """Which pages show items of one catalogue: those that share some of them, most viewed first."""
    shown = np.unique(page * (int(item.max(initial=0)) + 1) + item)
    of_page, what = shown // (int(item.max(initial=0)) + 1), shown % (int(item.max(initial=0)) + 1)
    number = np.bincount(of_page, minlength=pages)
    group = np.where(number > 0, np.arange(pages), -1)
    order = np.argsort(what, kind="stable")
    what, of_page = what[order], of_page[order]
    shared: Counter[tuple[int, int]] = Counter()
    begins = np.flatnonzero(np.diff(what, prepend=-1))
    for begin, end in pairwise([*begins.tolist(), len(what)]):
        if end - begin > 1:
            shared.update(combinations(of_page[begin:end].tolist(), 2))
    for (first, second), both in shared.items():
        if both > _SHARED * min(number[first], number[second]):
            group = np.where(group == group[second], group[first], group)
    views = np.bincount(group[page], minlength=pages)
    groups = [one for one in np.argsort(-views, kind="stable").tolist() if views[one]]
    return np.array([groups.index(one) if one in groups else -1 for one in group.tolist()], dtype=np.int64)


def tell_apart(visits: Visits, classes: Sequence[PageClass], looks: Looks) -> Variants:
    """The pages of these sessions; those that show items are told apart where that pays."""
    if _memory_bits(visits, looks) < _WORTH_BITS:
        return Variants(list(classes), np.arange(len(classes)), [None] * len(classes), visits.page, 0)
    found, base = list(classes), list(range(len(classes)))
    bounds: list[tuple[float, float] | None] = [None] * len(classes)
    page = visits.page.copy()
    visitor = visits.visitor[visits.number[looks.row]]
    shown = np.bincount(page[looks.row], minlength=len(classes))
    most_bands, dice = 0, np.random.default_rng(6)
    for number in np.argsort(-shown, kind="stable").tolist():
        if not classes[number].shows_item or shown[number] < _FEWEST_EVENTS:
            continue
        views = np.flatnonzero(page[looks.row] == number)
        part = _Part(_as_if_seen(looks.how[views], looks.known[views], dice), looks.below[views], visitor[views])
        split = part.split(MOST_PAGES - len(found) + 1)
        if split is None:
            continue
        variant, names, shares = split
        most_bands = max(most_bands, sum(share is not None for share in shares))
        numbers = [number, *range(len(found), len(found) + len(names) - 1)]
        page[looks.row[views]] = np.array(numbers)[variant]
        one = classes[number]
        path = one.path if one.path.startswith("/") else f"/{one.key}"
        for place, (name, share) in enumerate(zip(names, shares, strict=True)):
            how = "new" if share is not None else name
            key = _free_key(f"{one.key}_{name}", found) if len(names) > 1 else one.key
            made = replace(one, key=key, path=path, product=how)
            if place == 0:
                found[number], bounds[number] = made, share
            else:
                found.append(made)
                base.append(number)
                bounds.append(share)
    return Variants(found, np.array(base), bounds, page, most_bands)


def _free_key(key: str, classes: Sequence[PageClass]) -> str:
    """The key, or with a number if a page of the recording is called so."""
    taken = {one.key for one in classes}
    return next(name for name in (key, *(f"{key}_{n}" for n in range(2, MOST_PAGES + 2))) if name not in taken)


def _as_if_seen(how: NDArray[np.int64], known: NDArray[np.int64], dice: np.random.Generator) -> NDArray[np.int64]:
    """How the items of a page are chosen, where some that are new would be seen again if there were any to see.

    A page that shows what was seen before the last item shows a new one where a visit has seen too little. What
    follows what does not know how much that is, so as many of those have to be counted as of that kind.
    """
    could = known > 1
    seen, other = int(np.count_nonzero(how == _SEEN)), int(np.count_nonzero(could & (how == NEW)))
    chance = seen / (seen + other) if seen else 0.0
    return np.where(~could & (how == NEW) & (dice.random(len(how)) < chance), _SEEN, how)


def _memory_bits(visits: Visits, looks: Looks) -> float:
    """What the page and the last view say about a view, in bits, where a session has seen some items."""
    if not len(looks.row):
        return 0.0
    sort = np.where(
        looks.how == NEW, (looks.below * _SORTS).astype(np.int64).clip(0, _SORTS - 1), _SORTS + looks.how
    )
    session, page = visits.number[looks.row], visits.page[looks.row]
    rows = np.arange(2, len(sort))
    rows = rows[session[rows] == session[rows - 2]]
    if not len(rows):
        return 0.0
    code = (page[rows] * (int(page.max()) + 1) + page[rows - 1]) * (_SORTS + 3) + sort[rows - 1]
    contexts, context = np.unique(code, return_inverse=True)
    table = np.zeros((len(contexts), _SORTS + 3))
    np.add.at(table, (context, sort[rows]), 1.0)
    shares = table / len(rows)
    usual = shares.sum(axis=1, keepdims=True) * shares.sum(axis=0)
    known = shares > 0
    found = float((shares[known] * np.log2(shares[known] / usual[known])).sum())
    chance = (len(contexts) - 1) * (np.count_nonzero(table.sum(axis=0)) - 1) / (2 * len(rows) * np.log(2))
    return found - float(chance)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """The views of one page."""

    how: NDArray[np.int64]
    below: Floats
    visitor: NDArray[np.int64]

    def split(self, most: int) -> tuple[NDArray[np.int64], list[str], list[tuple[float, float] | None]] | None:
        """The variant of each view, their names, and the bounds of popularity of new items; None for too few."""
        again = [how for how in (_SAME, _SEEN) if self._enough(self.how == how)]
        # a page may show none that is new, as one that puts the last item into a cart
        numbers = (*_BANDS, 0) if again and not self._enough(self.how == NEW) else _BANDS
        for bands in numbers:
            if bands + len(again) > most:
                continue
            variant = (self.below * bands).astype(np.int64).clip(0, max(bands - 1, 0))
            for place, how in enumerate(again):
                variant[self.how == how] = bands + place
            if all(self._enough(variant == one) for one in range(bands)):
                names = ["new"] if bands == 1 else [f"new_{band + 1}" for band in range(bands)]
                names += [("", "same", "seen")[how] for how in again]
                shares = [(band / bands, (band + 1) / bands) for band in range(bands)]
                return variant, names, [*shares, *[None] * len(again)]
        return None

    def _enough(self, rows: NDArray[np.bool_]) -> bool:
        return bool(rows.sum() >= _FEWEST_EVENTS and len(np.unique(self.visitor[rows])) >= FEWEST_VISITORS)


def _distances(items: Sequence[int], sessions: Sequence[int]) -> tuple[list[int], list[int]]:
    """How many different items ago each was seen in its session: 1 for the last one, 0 if it was not.

    And how many different items the session had seen by then.
    """
    found: list[int] = []
    known: list[int] = []
    seen: list[int] = []
    last = -1
    for item, session in zip(items, sessions, strict=True):
        if session != last:
            seen, last = [], session
        known.append(len(seen))
        if seen and seen[0] == item:
            found.append(1)
            continue
        back = seen.index(item) + 1 if item in seen else 0
        if back:
            del seen[back - 1]
        found.append(back)
        seen.insert(0, item)
    return found, known
