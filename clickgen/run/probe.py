"""Finding the highest rate that a stream holds: which rates to offer next, from how the last ones went. Pure.

First a climb by doubling, until a rate does not hold; then a finer one from the last rate that held. Each run is
laid out for its highest rate, as a `send` at that rate would be, so one run does not climb all the way.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from clickgen.model.histogram import Percentiles
from clickgen.model.timetable import Stage, Timetable

CLIMB = 2.0
FINE = 1.1
SPAN = 16.0  # times, that the rates of one run lie apart: with lanes for far more its batches would come in bursts
# A quota is usually a bucket of tokens that saves up one second's worth (Firehose's is by the second: Developer
# Guide, "Quotas"). It carries a rate 10 % too high for 10 s, so no shorter step proves that a rate is held.
PROOF_S = 10.0
TAIL_S = 60.0  # the last rate goes on until the run is stopped, which takes a moment
_NEAR = 1.05  # a rate so near to one that did not hold tells nothing new

Trouble = Literal["throttled", "errors", "behind", "latency"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A rate to try, in events a second, and for how long."""

    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Step:
    """How an offer went; a step that did not hold was cut short.

    accepted: events a second. throttled, failed: shares of the attempts at records, from 0 to 1. latency: in
    seconds from due to answered. event_bytes: mean bytes of an accepted event. trouble: why it did not hold;
    None where it did.
    """

    offer: Offer
    run: str
    accepted: float
    throttled: float
    failed: float
    latency: Percentiles
    event_bytes: float
    trouble: Trouble | None

    @property
    def held(self) -> bool:
        """Whether the stream took all of it in time."""
        return self.trouble is None


class Search:
    """The offers of one probe. Take `next_offers` until there are none, and tell with `hear` how they went.

    A step that did not hold is the last of its run: what comes after it has not recovered.
    """

    def __init__(self, first: float, most: float, step_s: float) -> None:
        self.most = most
        self.steps: list[Step] = []
        self._first = first
        self._step_s = step_s

    def hear(self, steps: Iterable[Step]) -> None:
        """Take in the steps of a run, in their order."""
        self.steps += steps

    @property
    def fails(self) -> Step | None:
        """The step of the lowest rate that did not hold."""
        return min((step for step in self.steps if not step.held), key=_rate, default=None)

    @property
    def holds(self) -> Step | None:
        """The latest step of the highest rate that held, below every rate that did not."""
        below = [
            step for step in self.steps if step.held and (self.fails is None or _rate(step) < _rate(self.fails))
        ]
        return max(reversed(below), key=_rate, default=None)

    def next_offers(self) -> tuple[Offer, ...]:
        """What the next run is to offer; empty where nothing more is to be found out."""
        if not self.steps:
            return self._climb(self._first)
        holds, fails = self.holds, self.fails
        if holds is None:
            return ()
        if fails is None:
            return () if _rate(holds) >= self.most else self._climb(min(self.most, _rate(holds) * CLIMB))
        fine = _rate(fails) <= _rate(holds) * FINE * _NEAR
        if fine and holds.offer.seconds >= PROOF_S:
            return ()
        return self._refine(_rate(holds), _rate(fails))

    def most_events(self) -> int:
        """About how many events the probe offers if it goes all the way: both climbs, the second at the top."""
        rates = [self._first]
        while rates[-1] < self.most:
            rates.append(min(self.most, rates[-1] * CLIMB))
        finer = [self._refine(low, high) for low, high in pairwise(rates)]
        climb = sum(rates) * self._step_s + max(0.0, self._proving_s - self._step_s) * self.most
        return round(climb + max((_events(offers) for offers in finer), default=0.0))

    def _climb(self, first: float) -> tuple[Offer, ...]:
        """Doubling from a rate on; the highest of all is proved at once, since nothing finer follows it."""
        offers, rate = [], first
        while rate < self.most and rate <= first * SPAN:
            offers.append(Offer(rate, self._step_s))
            rate *= CLIMB
        if rate >= self.most and self.most <= first * SPAN:
            offers.append(Offer(self.most, self._proving_s))
        return tuple(offers)

    def _refine(self, low: float, high: float) -> tuple[Offer, ...]:
        """From a rate that held, with which the stream recovers, in steps of 10 % to one that did not."""
        offers, rate = [Offer(low, self._proving_s)], _rounded(low * FINE)
        while rate * _NEAR <= high:
            offers.append(Offer(rate, self._proving_s))
            rate = _rounded(rate * FINE)
        return tuple(offers)

    @property
    def _proving_s(self) -> float:
        return max(PROOF_S, self._step_s)


def timetable_of(offers: Sequence[Offer]) -> Timetable:
    """The offers as flat stages, one after another; the last goes on for TAIL_S."""
    stages = []
    for offer in offers:
        stages += [Stage(seconds=0, rate=offer.rate), Stage(seconds=offer.seconds, rate=offer.rate)]
    stages.append(Stage(seconds=TAIL_S, rate=offers[-1].rate))
    return Timetable(rate=offers[0].rate, stages=tuple(stages[1:]))


def _rate(step: Step) -> float:
    return step.offer.rate


def _rounded(rate: float) -> float:
    """Three digits: nobody asks for 5,856.41 events a second."""
    return float(f"{rate:.3g}")


def _events(offers: Iterable[Offer]) -> float:
    return sum(offer.rate * offer.seconds for offer in offers)
