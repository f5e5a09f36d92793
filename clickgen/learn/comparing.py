"""The learned traffic beside the recorded: learned from one half of the visitors, held against the other."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from clickgen.learn.classes import FEWEST_VISITORS
from clickgen.learn.distances import Aspect, Closest, aspects, closest, gaps_of
from clickgen.learn.gaps import resolution_of
from clickgen.learn.learning import Learned, Recorded, learn
from clickgen.learn.mixture import Floats
from clickgen.learn.rhythm import curve_of, starts_of
from clickgen.learn.visits import Visits
from clickgen.model.amounts import counted
from clickgen.model.errors import UsageProblem
from clickgen.profile.model import Profile
from clickgen.traffic.portrait import Sample

_SEED = 7
_MOST = 20_000  # sessions of learned traffic
_MORE = 1.2  # how many are made for each that is wanted, since their number is random


@dataclass(frozen=True, slots=True)
class Figures:
    """What sessions are like."""

    sessions: int
    events: int
    mean_pages: float
    one_page: float
    gap_median_s: float
    gap_mean_s: float

    @classmethod
    def of(cls, visits: Visits) -> Self:
        """The figures of sessions; those of gaps are NaN if there are none."""
        gaps = gaps_of(visits)
        return cls(
            sessions=visits.count,
            events=len(visits.page),
            mean_pages=float(visits.lengths.mean()),
            one_page=float((visits.lengths == 1).mean()),
            gap_median_s=float(np.median(gaps)) if len(gaps) else float("nan"),
            gap_mean_s=float(gaps.mean()) if len(gaps) else float("nan"),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """What was learned from, other recorded traffic, and what was learned."""

    first: Figures
    second: Figures
    learned: Figures
    aspects: list[Aspect]
    closest: Closest
    other: str | None  # the recording that was named to compare with; None if these are two halves of one


def compare(recorded: Recorded, name: str) -> Compared:
    """Learn from half of the visitors and hold the traffic against the others."""
    first, second = recorded.halves()
    if min(first.visitors, second.visitors) < FEWEST_VISITORS:
        raise UsageProblem(
            f"the recording has {counted(recorded.visitors, 'visitor')}, which is too few to compare: each half "
            f"needs {FEWEST_VISITORS}, since one is learned from and the other held against it",
            "learn without --compare, or --compare FILE to use another recording of the site",
        )
    return hold_against(learn(first, name), first, second, None)


def hold_against(found: Learned, first: Recorded, second: Recorded, other: str | None) -> Compared:
    """Hold what was learned from the first against the second. other: what that is called, if it is no half."""
    made = learned_visits(found, second)
    pages = len(first.classes.classes)
    return Compared(
        first=Figures.of(first.visits),
        second=Figures.of(second.visits),
        learned=Figures.of(made),
        aspects=aspects(first.visits, second.visits, made, pages, _hours(first, second, found.profile)),
        closest=closest(first.visits, second.visits, made, pages),
        other=other,
    )


def learned_visits(learned: Learned, like: Recorded) -> Visits:
    """Sessions of a learned profile, as many as those recorded, with times that are as exact."""
    wanted = min(like.visits.count, _MOST)
    made = round(_MORE * wanted) + 100
    recorded = like.visits
    spans = recorded.time[recorded.first[1:] - 1] - recorded.time[recorded.first[:-1]]
    sample = Sample.draw(learned.profile, sessions=made, seed=_SEED, longest_s=float(spans.max(initial=0.0)))
    facts, first = sample.facts, np.append(sample.first, len(sample.facts))
    shows = np.array([page.shows == "product" for page in sample.vocabulary.pages])
    resolution = resolution_of(like.visits.time)
    times = facts.time_ms / 1000
    visits = Visits(
        first=first,
        visitor=np.arange(len(sample.first)),
        time=np.floor(times) if resolution == 1.0 else times,
        page=learned.base[facts.page],
        item=np.where(shows[facts.page], facts.item, -1),
        row=sample.first,
    )
    keep = np.zeros(visits.count, dtype=np.bool_)
    keep[np.random.default_rng(_SEED).permutation(visits.count)[:wanted]] = True
    return visits.chosen(keep)


def _hours(first: Recorded, second: Recorded, profile: Profile) -> tuple[Floats, Floats, Floats] | None:
    """The busyness by hour of both halves and of the profile; None if the recording is too short for it."""
    curves = [curve_of(starts_of(half.visits), half.zone).hours for half in (first, second)]
    if curves[0] is None or curves[1] is None or profile.rhythm is None:
        return None
    return curves[0], curves[1], np.array(profile.rhythm.hours)
