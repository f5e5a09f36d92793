"""Events that are malformed on purpose, at a place that only holds what something could parse."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from pyroaring import BitMap64

from clickgen.ledger.claims import read_claims
from clickgen.ledger.folder import RunFolder
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.planted_disorder import Planted
from clickgen.verify.proof.found.findings import ObjectFindings, number_array
from clickgen.verify.proof.found.landing import Event, Landing, Spot


class IgnoringPlantedDamage:
    """A table, or a place behind a transform: no row can be made of an event that is no JSON.

    Accepted events that are malformed on purpose and are not there count as dropped; those that are there all the
    same are delivered.
    """

    def __init__(self, landing: Landing, folder: RunFolder, plan: Plan, planted: Planted) -> None:
        """landing: the place itself. planted: what of the run is wrong on purpose."""
        self._landing = landing
        self._folder, self._plan, self._planted = folder, plan, planted

    @property
    def name(self) -> str:
        """The place's."""
        return self._landing.name

    @property
    def buffer_seconds(self) -> int:
        """The place's."""
        return self._landing.buffer_seconds

    @property
    def content_checked(self) -> bool:
        """As the place says."""
        return self._landing.content_checked

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """What the place finds; the last of it tells what was dropped. Where nothing is, nothing was dropped."""
        last: ObjectFindings | None = None
        found: dict[int, BitMap64] = {}
        for findings in self._landing.look(now_ms):
            if last is not None:
                yield last
            last = findings
            for lane, copies in findings.lanes.items():
                found[lane] = found.get(lane, BitMap64()) | copies.once
        if last is None:
            return
        malformed = self._malformed(found)
        both = {lane: numbers | last.dropped.get(lane, BitMap64()) for lane, numbers in malformed.items()}
        yield replace(last, dropped=last.dropped | both)

    def spots(self, events: Collection[Event]) -> Mapping[Event, Sequence[Spot]]:
        """As far as the place can say."""
        return self._landing.spots(events)

    def _malformed(self, found: Mapping[int, BitMap64]) -> dict[int, BitMap64]:
        """By lane, the accepted events that are malformed on purpose and were not found."""
        malformed: dict[int, BitMap64] = {}
        for lane, claimed in read_claims(self._folder, self._plan).lanes.items():
            absent = number_array(claimed.accepted - found.get(lane, BitMap64()))
            malformed[lane] = BitMap64(absent[self._planted.decisions(lane).malformed(absent)].tolist())
        return malformed
