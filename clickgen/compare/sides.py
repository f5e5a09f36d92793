"""Two sides of a comparison as sessions whose pages have the same numbers, by their names or by their ranks."""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from clickgen.compare.events import Events, common_fields, with_same_numbers
from clickgen.learn.classes import OTHER, Classes, PageClass, classify
from clickgen.learn.gaps import resolution_of
from clickgen.learn.names import ID
from clickgen.learn.visits import Visits, sessionise, whole_visits

# Of the events of either side: if fewer are of pages that both have, the names are those of different sites.
_ENOUGH_IN_COMMON = 0.5
_OTHER_PEOPLE = np.uint64(0x9E3779B97F4A7C15)  # so that nobody is counted as a visitor of both sides


class Matching(StrEnum):
    """How pages of one side are found on the other."""

    NAME = "name"
    RANK = "rank"  # the n-th most frequent page of one side is the n-th of the other


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One side."""

    events: Events
    visits: Visits
    busy_visitors: int  # left out since each had too many of the events

    @property
    def visitors(self) -> int:
        """How many there are in the sessions."""
        return len(np.unique(self.visits.visitor))


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both."""

    first: Side
    second: Side
    matching: Matching
    in_common: float  # the share of events of pages that both have, on the side where it is smaller
    pages: int  # how many are told apart
    names: tuple[str, ...]  # of the pages; none if they are matched by rank
    whole_seconds: bool  # times are compared so, since those of one side are


def sides_of(first: Events, second: Events) -> Sides:
    """The sessions of both, with the same rules: where sessions end, what is an item, how exact times are."""
    first, second = with_same_numbers(first, second)
    both = common_fields(first.fields, second.fields)
    has_session = all(side.columns.session is not None for side in (first, second))
    if not has_session:
        first, second = (replace(side, columns=replace(side.columns, session=None)) for side in (first, second))
    classes = _by_name(first, second, has_items=both.item is not None)
    in_common = _in_common(classes)
    by_name = in_common >= _ENOUGH_IN_COMMON
    if not by_name:
        classes = [_alone(side) for side in (first, second)]
    sides = [_side(events, found) for events, found in zip((first, second), classes, strict=True)]
    whole = any(len(side.visits.time) and resolution_of(side.visits.time) == 1.0 for side in sides)
    if whole:
        sides = [replace(side, visits=replace(side.visits, time=np.floor(side.visits.time))) for side in sides]
    return Sides(
        sides[0],
        sides[1],
        matching=Matching.NAME if by_name else Matching.RANK,
        in_common=in_common,
        pages=max(len(each.classes) for each in classes),
        names=tuple(one.key for one in classes[0].classes) if by_name else (),
        whole_seconds=whole,
    )


def _side(events: Events, classes: Classes) -> Side:
    visits, busy = sessionise(events.columns, classes.page, classes.item)
    return Side(events, whole_visits(visits) if events.has_visitor else visits, busy)


def _by_name(first: Events, second: Events, *, has_items: bool) -> list[Classes]:
    """The kinds of pages by the names of both sides.

    The traffic of one profile has the kinds of the recording that it is held against: a page is what is called so
    there, else what the key of the profile's page says, which is that of the kind that it was learned from.
    """
    if first.generated and not second.generated:
        return _by_name(second, first, has_items=has_items)[::-1]
    if second.generated and not first.generated:
        found = _alone(first)
        return _extended(first, found, second)
    one, other = first.columns, second.columns
    joined = replace(
        one,
        page=np.concatenate([one.page, other.page]),
        item=np.concatenate([one.item, other.item]),
        visitor=np.concatenate([one.visitor, other.visitor ^ _OTHER_PEOPLE]),
    )
    found = classify(joined, has_items=has_items)
    parts = np.split(np.arange(len(joined.page)), [len(one.page)])
    return [replace(found, page=found.page[part], item=found.item[part]) for part in parts]


def _alone(side: Events) -> Classes:
    """The kinds of pages of one side, numbered by how frequent they are."""
    return classify(side.columns, has_items=side.fields.item is not None)


def _extended(recorded: Events, found: Classes, generated: Events) -> list[Classes]:
    """The kinds of a recording with those that only a profile has; for the events of both."""
    classes = list(found.classes)
    numbers = dict(zip(recorded.columns.page.tolist(), found.page.tolist(), strict=True))
    by_key = {one.key: number for number, one in enumerate(classes)}
    columns = generated.columns
    for page in np.unique(columns.page).tolist():
        key = generated.keys[page]
        if page not in numbers and key not in by_key:
            by_key[key] = len(classes)
            event, path = columns.pages[page]
            classes.append(PageClass(key, event, path, shows_item=False))
        numbers.setdefault(page, by_key.get(key, -1))
    to = np.array([numbers.get(page, -1) for page in range(len(columns.pages))], dtype=np.int64)
    made = Classes(classes, to[columns.page], columns.item, 0)
    return [replace(found, classes=classes), made]


def _in_common(classes: list[Classes]) -> float:
    """The share of events of kinds that both sides have, on the side where it is less.

    Kinds of anything that was too rare to have one of its own are on every side, and do not count.
    """
    pages = len(classes[0].classes)
    named = np.array([one.path not in (OTHER, ID) for one in classes[0].classes])
    counts = [np.bincount(each.page, minlength=pages) * named for each in classes]
    shared = (counts[0] > 0) & (counts[1] > 0)
    return min(float(each[shared].sum()) / max(1, int(each.sum())) for each in counts)
