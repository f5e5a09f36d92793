"""Where events were lost on their way: what each station of a pipeline has, against what was accepted."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pyroaring import BitMap64

from clickgen.verify.proof.compare.witnesses import masked_id
from clickgen.verify.proof.found.findings import WITNESSES

Events = Mapping[int, BitMap64]
"""Events of a run: by lane, their numbers."""


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """What became of the accepted events at one station.

    found: how many of them are there. lost: were at the station before (at the first: were accepted), and are
    neither here nor at a later one. skipped: not here, yet at a later one. dropped: would be lost, but the place
    took them and does not keep them. witnesses: ids of the first lost ones, their check digits masked.
    """

    found: int
    lost: int
    skipped: int
    dropped: int
    witnesses: Sequence[str]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self) | {"witnesses": list(self.witnesses)}


def funnel(run: str, accepted: Events, found: Sequence[Events], dropped: Sequence[Events]) -> list[FunnelStep]:
    """A step for each station, in order. found: what each of them has of the run's events, accepted or not.

    dropped: what each took and does not keep. Every accepted event that is not at the last station is lost or
    dropped at exactly one: the one behind the last that has it.
    """
    later: dict[int, BitMap64] = {}
    steps: list[FunnelStep] = []
    for position in range(len(found) - 1, -1, -1):
        here = _both(found[position], accepted)
        before = _both(found[position - 1], accepted) if position else accepted
        gone = _without(_without(before, here), later)
        lost = _without(gone, dropped[position])
        skipped = _without(later, here)
        witnesses = _first(run, lost)
        not_kept = _count(gone) - _count(lost)
        steps.append(FunnelStep(_count(here), _count(lost), _count(skipped), not_kept, witnesses))
        later = {lane: later.get(lane, BitMap64()) | here.get(lane, BitMap64()) for lane in accepted}
    return steps[::-1]


def _both(events: Events, others: Events) -> dict[int, BitMap64]:
    return {lane: numbers & others[lane] for lane, numbers in events.items() if lane in others}


def _without(events: Events, others: Events) -> dict[int, BitMap64]:
    return {lane: numbers - others[lane] if lane in others else numbers for lane, numbers in events.items()}


def _count(events: Events) -> int:
    return sum(map(len, events.values()))


def _first(run: str, events: Events) -> list[str]:
    ids: list[str] = []
    for lane in sorted(events):
        numbers = zip(events[lane], range(WITNESSES - len(ids)), strict=False)
        ids += [masked_id(run, lane, number) for number, _ in numbers]
    return ids
