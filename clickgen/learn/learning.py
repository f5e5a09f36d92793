"""Learning a profile from the columns of a recording."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from clickgen.learn.audience import channels_of, countries_of, devices_of
from clickgen.learn.classes import FEWEST_VISITORS, Classes, classify
from clickgen.learn.draft import Draft, longest_gap, values_of
from clickgen.learn.fields import Fields
from clickgen.learn.gap_laws import fit_gaps, fit_steps, paces_of
from clickgen.learn.gaps import Gaps
from clickgen.learn.gather import Columns
from clickgen.learn.items import fit_items
from clickgen.learn.kinds import Kinds, find_kinds
from clickgen.learn.lengths import ending_odds
from clickgen.learn.rhythm import curve_of, returns_of, starts_of
from clickgen.learn.variants import Looks, tell_apart
from clickgen.learn.visits import TIMEOUT_S, Visits, halves, sessionise, some_of, whole_visits
from clickgen.learn.written import toml_of
from clickgen.model.amounts import count, counted
from clickgen.model.errors import UsageProblem
from clickgen.profile.load import load_profile_text
from clickgen.profile.model import Profile

_MOST_STEPS = 300_000  # of sessions that pages and times are learned from: more change figures by a thousandth


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """A recording that was read: its sessions, with pages and items by number."""

    columns: Columns
    fields: Fields
    classes: Classes
    visits: Visits
    busy_visitors: int  # left out since each had too many of the events
    zone: str
    has_visitor: bool  # whether a field says who it was

    def of(self, visits: Visits) -> "Recorded":
        """The same with some of the sessions only."""
        return replace(self, visits=visits)

    def halves(self) -> tuple["Recorded", "Recorded"]:
        """The sessions of half of the visitors, and of the others."""
        first, second = halves(self.visits)
        return self.of(first), self.of(second)

    @property
    def visitors(self) -> int:
        """How many there are."""
        return len(np.unique(self.visits.visitor))


@dataclass(slots=True, eq=False)
class Learned:
    """A profile, and what was found on the way."""

    profile: Profile
    text: str
    draft: Draft
    base: NDArray[np.int64]  # of each page of the profile, the page of the recording
    defaults: list[str] = field(default_factory=list)  # what the recording could not tell


def record(columns: Columns, fields: Fields, zone: str, *, has_visitor: bool) -> Recorded:
    """The sessions of a recording. Raises UsageProblem if there are none, or too few visitors."""
    classes = classify(columns, has_items=fields.item is not None)
    visits, busy = sessionise(columns, classes.page, classes.item)
    visits = whole_visits(visits) if has_visitor else visits
    found = Recorded(columns, fields, classes, visits, busy, zone, has_visitor)
    if not visits.count and not busy:
        why = ", ".join(f"{count(number)} with {reason}" for reason, number in columns.left_out.items())
        raise UsageProblem(
            f"there is nothing to learn from: no event has a time and a visitor ({why or 'no events'})",
            "clickgen inspect says what was found; --time-field and --visitor-field name the fields",
        )
    check_visitors(found)
    return found


def check_visitors(recorded: Recorded, what: str = "the recording") -> None:
    """Raise UsageProblem if these are too few visitors to learn from without telling what one of them did."""
    visitors = counted(recorded.visitors, "visitor")
    if recorded.visitors < FEWEST_VISITORS:
        besides = f", beside {counted(recorded.busy_visitors, 'visitor')} with most of the events"
        raise UsageProblem(
            f"{what} has {visitors}{besides if recorded.busy_visitors else ''}, and a "
            f"profile keeps nothing that fewer than {FEWEST_VISITORS} visitors did",
            "record for longer; or --visitor-field, if another field says who it was",
        )


def learn(recorded: Recorded, name: str) -> Learned:
    """A profile of these sessions. name: what to call the recording."""
    columns, zone = recorded.columns, recorded.zone
    looks = Looks.of(recorded.visits, len(recorded.classes.classes))
    variants = tell_apart(recorded.visits, recorded.classes.classes, looks)
    visits, pages = replace(recorded.visits, page=variants.page), len(variants.classes)
    items = fit_items(recorded.visits, looks, variants.bands)
    some = visits.chosen(some_of(visits, _MOST_STEPS))
    gaps = Gaps.of(some, max(TIMEOUT_S, longest_gap(visits) + 10))
    steps = fit_steps(gaps, pages) if gaps.known else None
    kinds = find_kinds(some, pages, paces_of(gaps, steps, some.count) if steps is not None else None)
    draft = Draft(
        description=f"Learned from {name}"[:200],
        classes=variants.classes
        if items is None
        else variants.over(looks, [one.shares for one in items.popularity]),
        visits=visits,
        kinds=kinds,
        gaps=fit_gaps(gaps, steps, kinds.belongs) if steps is not None else None,
        items=items,
        curve=curve_of(starts_of(visits), zone),
        zone=zone,
        returns=returns_of(visits) if recorded.has_visitor else None,
        devices=devices_of(columns, visits),
        countries=countries_of(columns, visits, zone),
        channels=channels_of(columns, visits),
    )
    defaults = list(_defaults(draft, recorded))
    values, notes = values_of(draft), list(_notes(recorded, kinds, defaults))
    odds = ending_odds(kinds.visits.lengths, toml_of(values, notes))
    if odds:
        values["sessions"]["ending_odds"] = odds
    text = toml_of(values, notes)
    return Learned(load_profile_text(text, "the learned profile"), text, draft, variants.base, defaults)


def _notes(recorded: Recorded, kinds: Kinds, defaults: list[str]) -> Iterable[str]:
    visits, visitors = recorded.visits, counted(recorded.visitors, "visitor")
    events, sessions = counted(len(visits.page), "event"), counted(visits.count, "session")
    yield f"Learned by clickgen from {events} of {visitors} in {sessions}."
    pairs = counted(len(kinds.chains.pairs), "pair")
    yield f"{counted(kinds.count, 'kind')} of sessions, {pairs} of pages with memory."
    yield f"No name is kept that fewer than {FEWEST_VISITORS} visitors saw."
    if defaults:
        yield ""
        yield "What the recording could not tell, and how it was left:"
        yield from (f"  {default}" for default in defaults)


def _defaults(draft: Draft, recorded: Recorded) -> Iterable[str]:
    """What the recording says nothing about, and what the profile has instead."""
    if draft.gaps is None:
        yield "times between clicks: all events are at one time, so a median of 30 s"
    if draft.curve.hours is None:
        yield "hours of the day: less than a day, so all alike"
    elif draft.curve.weekdays is None:
        yield "days of the week: less than a week, so all alike"
    if draft.returns is None:
        why = "too few came back" if recorded.has_visitor else "no field says who it was"
        yield f"returning visitors: {why}, so 40 % within two weeks"
    for found, what, instead in (
        (draft.devices, "devices", "60 % mobile, 40 % desktop"),
        (draft.countries, "countries", "one, GB"),
        (draft.channels, "channels", "direct, search and newsletter"),
    ):
        if not found:
            yield f"{what}: no field with enough visitors, so {instead}"
    if any(one.shows_item for one in draft.classes) and draft.items is None:
        yield "items: too few views, so 1,000 with an exponent of 0.8"
    yield "carts, prices, signed-in visitors, bots, bursts, campaigns: not learned, so as in a new profile"
