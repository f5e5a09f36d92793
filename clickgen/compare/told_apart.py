"""The classifier's part of a comparison: how well a model tells the sessions of A from those of B, and by what."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from clickgen.learn.distances import ks
from clickgen.learn.features import NO_GAP, Figure
from clickgen.learn.mixture import Floats
from clickgen.learn.two_sample import tell_apart

# Of each set; their AUC has a standard error of .0075. The test is made four times, and takes seconds each time.
MOST_SESSIONS = 3_000
_SHOWN = 8
# from the logarithms of some figures to what people read
_NATURAL: dict[str, Callable[[float], float]] = {
    "events": np.exp,
    "seconds in all": np.expm1,
    "mean gap": np.exp,
    "longest gap": np.exp,
    "shortest gap": np.exp,
}
_RANKS = ("first page", "last page", "rank of items", "spread of gaps", "hour of the day")  # a mean says nothing


@dataclass(frozen=True, slots=True)
class Telling:
    """A figure of sessions that tells the sides apart."""

    name: str
    gain: float  # its share of what the model gains
    ks: float  # the distance of this figure alone, between half of A and B
    control: float  # the same between the halves of A
    first: float | None  # the median of times and counts of A, or the mean of shares; None for ranks
    second: float | None  # the same of B


@dataclass(frozen=True, slots=True)
class ToldApart:
    """The AUC of the model: .5 cannot tell, 1 always does."""

    control: float  # of the halves of A
    area: float  # of half of A and B
    error: float  # the standard error of both
    tellings: list[Telling]  # what tells most, first

    @property
    def beyond_chance(self) -> bool:
        """Whether the model tells A from B better than it should tell alike ones, or tells the halves of A."""
        return self.area > max(0.5, self.control) + 2 * self.error


def test_of(sets: Sequence[Sequence[Figure]]) -> ToldApart:
    """The test. sets: the figures of half of A, of the other half, and of B."""
    one, other, second = (np.stack([values for _, values in each], axis=1).astype(np.float64) for each in sets)
    control = tell_apart(other, one, most=MOST_SESSIONS)
    found = tell_apart(other, second, most=MOST_SESSIONS)
    order = np.argsort(-found.gains, kind="stable")[:_SHOWN]
    tellings = [
        _telling(sets[0][place][0], float(found.gains[place]), [each[:, place] for each in (one, other, second)])
        for place in order.tolist()
        if found.gains[place] > 0
    ]
    sizes = [min(MOST_SESSIONS, len(each)) for each in (other, second)]
    return ToldApart(control.area, found.area, error_of(*sizes), tellings)


def error_of(first: int, second: int) -> float:
    """The standard error of an AUC of sets that are alike (Mann and Whitney)."""
    return float(np.sqrt((first + second + 1) / (12 * max(1, first) * max(1, second))))


def _telling(name: str, gain: float, values: Sequence[Floats]) -> Telling:
    one, other, second = values
    return Telling(
        name=name,
        gain=gain,
        ks=ks(other, second),
        control=ks(other, one),
        first=_middle(name, other),
        second=_middle(name, second),
    )


def _middle(name: str, values: Floats) -> float | None:
    if name in _RANKS:
        return None
    if name in _NATURAL:
        known = values[values > NO_GAP]
        return float(_NATURAL[name](float(np.median(known)))) if len(known) else None
    return float(values.mean())
