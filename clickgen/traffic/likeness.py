"""How the figures of a profile compare with those of real traffic."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from clickgen.profile.model import Profile
from clickgen.profile.published import PUBLISHED, Published
from clickgen.traffic.portrait import Portrait

NEAR = 0.1
"""How far a figure may be outside what is published and still be alike, as a part of it: published figures are
rounded, and studies differ more than that."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """A figure of a profile beside the published one."""

    value: float
    published: Published

    @property
    def verdict(self) -> str:
        """`like` within a tenth of what is published, else `more` or `less`; for an hour, `later` or `earlier`."""
        known, is_hour = self.published, self.published.unit == "h"
        if self.value > known.high * (1 + NEAR):
            return "later" if is_hour else "more"
        if self.value < known.low * (1 - NEAR):
            return "earlier" if is_hour else "less"
        return "like"


def likenesses(profile: Profile, portrait: Portrait) -> list[Likeness]:
    """All figures that are published and that the profile has."""
    return [Likeness(float(value), PUBLISHED[key]) for key, value in _values(profile, portrait)]


def _values(profile: Profile, portrait: Portrait) -> Iterator[tuple[str, float]]:
    lengths = portrait.lengths
    yield "pages_mean", lengths.mean()
    yield "pages_p90", np.percentile(lengths, 90)
    yield "pages_p99", np.percentile(lengths, 99)
    yield "one_page", np.mean(lengths == 1)
    yield "go_on_1", portrait.go_on(1)
    if np.count_nonzero(lengths >= 10):
        yield "go_on_10", portrait.go_on(10)
    gaps = portrait.gaps_s[portrait.gaps_s > 0]
    if len(gaps) > 1:
        yield "gap_median_s", np.median(gaps)
        yield "gap_sigma", np.log(gaps).std()
    if len(portrait.flows) > 1:
        none, one, two = portrait.surprise
        yield "memory_1", none - one
        yield "memory_2", one - two
        yield "landing", portrait.landing
        if not np.isnan(portrait.one_page_again):
            yield "one_kind", portrait.one_page_again
    yield "returning", portrait.returning
    for kind in ("mobile", "desktop", "tablet"):
        yield kind, portrait.devices.get(kind, 0.0)
    if portrait.funnel is not None:
        yield "carted", portrait.funnel.carted
        yield "ordered", portrait.funnel.ordered
    if portrait.products is not None:
        yield "seen_again", portrait.products.seen_before
        yield "view_slope", portrait.products.fall
    if profile.catalogue is not None:
        yield "popularity", profile.catalogue.popularity
    yield "bots", portrait.bot_requests
    if profile.rhythm is not None:
        yield "peak_hour", int(np.argmax(profile.rhythm.hours))
