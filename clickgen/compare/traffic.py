"""How far the traffic of two sides is apart, by aspect and to a classifier, beside the first side's own halves."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from clickgen.compare.context import Context
from clickgen.compare.events import Events
from clickgen.compare.sides import Side, Sides, sides_of
from clickgen.compare.told_apart import ToldApart, test_of
from clickgen.learn.classes import FEWEST_VISITORS
from clickgen.learn.comparing import Figures
from clickgen.learn.distances import Aspect, distances
from clickgen.learn.features import figures_of
from clickgen.learn.mixture import Floats
from clickgen.learn.rhythm import curve_of, starts_of
from clickgen.learn.visits import Visits, halves
from clickgen.model.amounts import counted
from clickgen.model.errors import UsageProblem

# what `distances` may look at, as thresholds call it
ASPECTS = (
    "session_length", "gaps", "page_popularity", "transitions", "item_popularity", "items_seen_again",
    "hour_curve",
)  # fmt: skip
FEWEST = 2 * FEWEST_VISITORS  # of a side, so that each half has as many as anything is learned from
_SPLITS = 5  # ways to halve the first side: the distance of two halves is itself subject to chance
_MOST_VISITORS = 20_000  # of each set: more make no distance clearer, and take longer

Sets = tuple[Visits, Visits, Visits]
Hours = tuple[Floats, Floats, Floats] | None


@dataclass(frozen=True, slots=True, eq=False)
class TrafficComparison:
    """How far two sides are apart, and the halves of the first one from each other."""

    sides: Sides
    figures: tuple[Figures, Figures]  # of all sessions of each side
    visitors: int  # of each set that is held against another: half of A, the other half, and B
    aspects: list[Aspect]  # `learned` is the distance to B
    behaviour: ToldApart  # by what visitors do
    everything: ToldApart  # by that and by device, country, channel and hour, where both sides say them
    not_compared: list[str]  # what one of the sides does not say


def compare_traffic(first: Events, second: Events, zone: str) -> TrafficComparison:
    """Hold half of the first side's visitors against the other half and against as many of the second side.

    zone: the time zone of hours of the day. Raises UsageProblem if a side has too few visitors, or if both are the
    same recording.
    """
    if first.equals(second):
        raise UsageProblem(
            f"{first.name} and {second.name} hold the same events, and comparing a copy says nothing",
            "the control of any comparison shows how far two halves of one recording are apart",
        )
    sides = sides_of(first, second)
    for side in (sides.first, sides.second):
        check_visitors(side)
    splits = _with_items_or_without([_sets(sides, seed) for seed in range(1, _SPLITS + 1)])
    hours = [_hours(sets, zone) for sets in splits]
    sets = splits[0]
    context = Context(sides, zone, with_hours=hours[0] is not None)
    order = np.argsort(-np.bincount(sets[1].page, minlength=sides.pages), kind="stable")
    behaviour = [figures_of(each, order, sides.names) for each in sets]
    others = [
        context.figures(side, each)
        for side, each in zip((sides.first, sides.first, sides.second), sets, strict=True)
    ]
    everything = [[*done, *around] for done, around in zip(behaviour, others, strict=True)]
    known = any(context.known.values())
    by_behaviour = test_of(behaviour)
    return TrafficComparison(
        sides=sides,
        figures=(Figures.of(sides.first.visits), Figures.of(sides.second.visits)),
        visitors=len(np.unique(sets[0].visitor)),
        aspects=_aspects(splits, hours, sides.pages),
        behaviour=by_behaviour,
        everything=test_of(everything) if known else by_behaviour,
        not_compared=list(_not_compared(sides, context)),
    )


def check_visitors(side: Side) -> None:
    """Raise UsageProblem if these are too few visitors to tell a difference from chance."""
    if side.visitors >= FEWEST:
        return
    busy = (
        f", beside {counted(side.busy_visitors, 'visitor')} with most of the events" if side.busy_visitors else ""
    )
    raise UsageProblem(
        f"{side.events.name} has {counted(side.visitors, 'visitor')} with whole sessions{busy}; a comparison "
        f"needs {FEWEST} at least",
        "record for longer; or --visitor-field, if another field says who it was",
    )


def _sets(sides: Sides, seed: int) -> Sets:
    """Both halves of the first side and some of the second, with as many visitors each."""
    one, other = halves(sides.first.visits, seed)
    number = min(_MOST_VISITORS, *(len(np.unique(each.visitor)) for each in (one, other, sides.second.visits)))
    one, other, second = (_some(each, number, seed) for each in (one, other, sides.second.visits))
    return one, other, second


def _with_items_or_without(splits: list[Sets]) -> list[Sets]:
    """The sets without items unless each of them shows some, so that all have the same figures."""
    if all((each.item >= 0).any() for sets in splits for each in sets):
        return splits
    return [(_without_items(one), _without_items(other), _without_items(second)) for one, other, second in splits]


def _without_items(visits: Visits) -> Visits:
    return replace(visits, item=np.full(len(visits.item), -1))


def _some(visits: Visits, number: int, seed: int) -> Visits:
    """The sessions of so many visitors."""
    people = np.unique(visits.visitor)
    if len(people) == number:
        return visits
    chosen = people[np.random.default_rng(seed).permutation(len(people))[:number]]
    return visits.chosen(np.isin(visits.visitor, chosen))


def _aspects(splits: Sequence[Sets], hours: Sequence[Hours], pages: int) -> list[Aspect]:
    """The distances, on average over the ways to halve the first side."""
    found = [distances(*sets, pages, curves) for sets, curves in zip(splits, hours, strict=True)]
    return [
        Aspect(
            each[0].name, each[0].unit, _mean([one.control for one in each]), _mean([one.learned for one in each])
        )
        for each in zip(*found, strict=True)
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if len(known) == len(values) else None


def _hours(sets: Sets, zone: str) -> Hours:
    """When sessions of each set begin; None if one of them is too short for it."""
    one, other, second = (curve_of(starts_of(each), zone).hours for each in sets)
    return None if one is None or other is None or second is None else (one, other, second)


def _not_compared(sides: Sides, context: Context) -> Iterator[str]:
    first, second = sides.first, sides.second
    if not context.known["hour"]:
        yield "hour curve: less than a day on one side"
    names = {"item": "items", "page": "pages", "event": "what is done there"}
    for name, words in names.items():
        missing = [side.events.name for side in (first, second) if getattr(side.events.fields, name) is None]
        if len(missing) == 1 or (name == "page" and missing):
            yield f"{words}: {missing[0]} has no such field"
    for name in ("device", "country", "channel"):
        if not context.known[name]:
            yield f"{name}: not said by both sides"
