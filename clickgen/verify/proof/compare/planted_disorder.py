"""What a run planted: its disorder, known from its plan, and damaged lines, found by making its events again."""

from collections.abc import Callable, Iterable, Iterator, Mapping

import numpy as np
from pyroaring import BitMap64

from clickgen.ledger.claims import Claims, LaneClaims
from clickgen.model.block import Block, LaneSource
from clickgen.model.disorder import Disorder, PlantedCounts
from clickgen.model.event_id import needle
from clickgen.model.plan import Plan
from clickgen.traffic.disorder.decisions import Decisions, first_change
from clickgen.verify.proof.found.landing import Event
from clickgen.verify.proof.scan.run_id_pattern import PlantedLines


class Planted:
    """The planted disorder of a run. Only damaged lines and drift require making the run's events again.

    lines: the damaged ones among the events that were expected so far.
    """

    def __init__(self, plan: Plan, disorder: Disorder, open_lane: Callable[[int], LaneSource]) -> None:
        """open_lane: a lane's events, from its first on, as the run made them."""
        if plan.seed is None:
            raise ValueError(f"run {plan.run} has no seed, so nothing was planted in it")
        self.lines = PlantedLines(needle(plan.run))
        self._plan, self._disorder, self._open_lane, self._seed = plan, disorder, open_lane, plan.seed
        self._changes_at = first_change(disorder)
        self._decisions: dict[int, Decisions] = {}
        self._sources: dict[int, Iterator[Block]] = {}
        self._made: dict[int, int] = {}
        self._drifted_from: dict[int, int] = {}

    def decisions(self, lane: int) -> Decisions:
        """How the events of a lane are treated."""
        if lane not in self._decisions:
            planned = self._plan.planned
            count = None if planned is None else self._plan.lane_planned(lane, planned)
            self._decisions[lane] = Decisions(self._disorder, seed=self._seed, lane=lane, count=count)
        return self._decisions[lane]

    def expect(self, claims: Claims) -> None:
        """Find out what the claimed events must look like."""
        if not (self._disorder.malformed or self._disorder.drift):
            return
        for lane, claimed in claims.lanes.items():
            sent = claimed.attempted
            self._make(lane, sent.max() + 1 if sent else 0)

    def counts(self, claims: Claims) -> PlantedCounts:
        """How many of the accepted events are treated how."""
        found = [
            self.decisions(lane).count(claimed.accepted, self._drifted_from.get(lane))
            for lane, claimed in claims.lanes.items()
        ]
        return PlantedCounts(*map(sum, zip(*found, strict=True)))

    def _make(self, lane: int, end: int) -> None:
        source = self._sources.setdefault(lane, _blocks(self._open_lane, lane))
        while self._made.get(lane, 0) < end and (block := next(source, None)) is not None:
            self._made[lane] = block.end
            if self._changes_at is not None and block.due[-1] >= self._changes_at:
                begin = int(np.searchsorted(block.due, self._changes_at))
                self._drifted_from.setdefault(lane, block.first + begin)
            malformed = self.decisions(lane).malformed(np.arange(block.first, block.end))
            for position in np.flatnonzero(malformed).tolist():
                self.lines.add(block.event(position), (lane, block.first + position))


def attributed(
    lines: PlantedLines, found: Mapping[int, int], claims: Mapping[int, LaneClaims], taken: Iterable[Event]
) -> frozenset[Event]:
    """Events for lines that do not say which event they are: as many as were found, accepted ones first.

    found: how often each line was found, by its hash. taken: events that are not to be used again.
    """
    given = set(taken)
    events: set[Event] = set()
    for digest, count in found.items():
        candidates = [event for event in lines.alike(digest) if event not in given and _sent(event, claims)]
        candidates.sort(key=lambda event: event[1] not in claims[event[0]].accepted)
        events |= set(candidates[:count])
    return frozenset(events)


def _sent(event: Event, claims: Mapping[int, LaneClaims]) -> bool:
    lane, number = event
    claimed = claims.get(lane)
    return claimed is not None and any(
        number in numbers for numbers in (claimed.accepted, claimed.unknown, claimed.rejected)
    )


def numbers_of(lane: int, events: Iterable[Event]) -> BitMap64:
    """The numbers of those events that are of this lane."""
    return BitMap64(number for found, number in events if found == lane)


def _blocks(open_lane: Callable[[int], LaneSource], lane: int) -> Iterator[Block]:
    source = open_lane(lane)
    while (block := source.next_block()) is not None:
        yield block
