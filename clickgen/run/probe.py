"""Finding the highest rate that a stream holds: which rates to offer next, from how the last ones went. Pure.

First a climb by doubling, until a rate does not hold; then a finer one from the last rate that held. Each run is
laid out for its highest rate, as a `send` at that rate would be, so one run does not climb all the way.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from clickgen.model.histogram import Percentiles
from clickgen.model.timetable import Stage, Timetable

CLIMB = 2.0
FINE = 1.1
SPAN = 16.0  # times, that the rates of one run lie apart: with lanes for far more its batches would come in bursts
# A quota is usually a bucket of tokens that saves up one second's worth (Firehose's is by the second: Developer
# Guide, "Quotas"). It carries a rate 10 % too high for 10 s, so a shorter step does not prove that a rate is held.
PROOF_S = 10.0
PAUSE_S = 60.0  # after the last step nothing is due: the run is stopped when its answers are there
_NEAR = 1.05  # a rate so near to one that did not hold shows nothing new

Trouble = Literal["throttled", "errors", "behind", "latency"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A rate to try, in events a second, and for how long."""

    rate: float
    seconds: float


@dataclass(frozen=True, slots=True)
class ProbeStep:
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


class Most(NamedTuple):
    """How many steps and events a probe takes at the most."""

    steps: int
    events: int


class Search:
    """The offers of one probe. Take `next_offers` until there are none, and report with `hear` how they went.

    A step that did not hold is the last of its run: what comes after it has not recovered.
    """

    def __init__(self, first: float, most: float, step_s: float) -> None:
        self.most = most
        self.step_s = step_s
        self.steps: list[ProbeStep] = []
        self._first = first

    def hear(self, steps: Iterable[ProbeStep]) -> None:
        """Take in the steps of a run, in their order."""
        self.steps += steps

    @property
    def fails(self) -> ProbeStep | None:
        """The step of the lowest rate that did not hold."""
        return min((step for step in self.steps if not step.held), key=_rate, default=None)

    @property
    def holds(self) -> ProbeStep | None:
        """The latest step of the highest rate that held, below every rate that did not."""
        below = [
            step for step in self.steps if step.held and (self.fails is None or _rate(step) < _rate(self.fails))
        ]
        return max(reversed(below), key=_rate, default=None)

    def next_offers(self) -> tuple[Offer, ...]:
        """What the next run is to offer; empty if nothing more is to be found out."""
        if not self.steps:
            return self._climb(self._first)
        holds, fails = self.holds, self.fails
        if holds is None:
            return ()
        if fails is None:
            return () if _rate(holds) >= self.most else self._climb(min(self.most, _rate(holds) * CLIMB))
        if _rate(fails) <= _rate(holds) * FINE * _NEAR:
            return ()
        return self._refine(_rate(holds), _rate(fails))

    def at_most(self) -> Most:
        """What all of the probe comes to at the most, the steps taken included, however the stream is."""
        taken = Most(len(self.steps), _events(step.offer for step in self.steps))
        left, rates = Most(0, 0), self._rates()
        if self.next_offers() and self.fails is not None:
            left = self._refined([*(rate for rate in rates if rate < _rate(self.fails)), _rate(self.fails)])
        elif self.next_offers():
            begun = 0 if self.holds is None else sum(rate <= _rate(self.holds) for rate in rates)
            left = _larger(*(self._climbed(rates, begun, upto) for upto in range(begun + 1, len(rates) + 1)))
        return Most(taken.steps + left.steps, taken.events + left.events)

    def _rates(self) -> list[float]:
        """The rates of the whole climb."""
        rates = [self._first]
        while rates[-1] < self.most:
            rates.append(min(self.most, rates[-1] * CLIMB))
        return rates

    def _climbed(self, rates: list[float], begun: int, upto: int) -> Most:
        """What a climb comes to whose step number `upto` is its last, with the finer one that follows it.

        Until it is noticed that a step did not hold, some of the next is sent.
        """
        seen = [Offer(rate, self.step_s) for rate in rates[begun : upto + 1]]
        finer = self._refined(rates[:upto])
        return Most(upto - begun + finer.steps, _events(seen) + finer.events)

    def _refined(self, rates: list[float]) -> Most:
        """What it comes to between the last two rates; and if the lower one does not hold again, below it."""
        if len(rates) < 2:
            return Most(0, 0)
        offers = self._refine(*rates[-2:])
        below = self._refined(rates[:-1])
        again = Most(1 + below.steps, _events(offers[:2]) + below.events)
        return _larger(Most(len(offers), _events(offers)), again)

    def _climb(self, first: float) -> tuple[Offer, ...]:
        """Doubling from a rate on, up to the highest of all."""
        offers, rate = [], first
        while rate < self.most and rate <= first * SPAN:
            offers.append(Offer(rate, self.step_s))
            rate *= CLIMB
        if rate >= self.most and self.most <= first * SPAN:
            offers.append(Offer(self.most, self.step_s))
        return tuple(offers)

    def _refine(self, low: float, high: float) -> tuple[Offer, ...]:
        """From a rate that held, with which the stream recovers, in steps of 10 % to one that did not."""
        offers, rate = [Offer(low, self.step_s)], _rounded(low * FINE)
        while rate * _NEAR <= high:
            offers.append(Offer(rate, self.step_s))
            rate = _rounded(rate * FINE)
        return tuple(offers)


def timetable_of(offers: Sequence[Offer]) -> Timetable:
    """The offers as flat stages, one after another, and a pause. Before it is over, the run has been stopped."""
    stages = []
    for offer in offers:
        stages += [Stage(seconds=0, rate=offer.rate), Stage(seconds=offer.seconds, rate=offer.rate)]
    stages += [Stage(seconds=0, rate=0), Stage(seconds=PAUSE_S, rate=0)]
    # lanes prepare their next events, so there have to be some
    stages += [Stage(seconds=0, rate=offers[-1].rate), Stage(seconds=PAUSE_S, rate=offers[-1].rate)]
    return Timetable(rate=offers[0].rate, stages=tuple(stages[1:]))


def _rate(step: ProbeStep) -> float:
    return step.offer.rate


def _rounded(rate: float) -> float:
    """Three digits: nobody asks for 5,856.41 events a second."""
    return float(f"{rate:.3g}")


def _events(offers: Iterable[Offer]) -> int:
    return math.ceil(sum(offer.rate * offer.seconds for offer in offers))


def _larger(*bounds: Most) -> Most:
    """The larger of their steps, and of their events."""
    return Most(max(bound.steps for bound in bounds), max(bound.events for bound in bounds))
