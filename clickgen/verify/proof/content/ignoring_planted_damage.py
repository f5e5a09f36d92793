"""Events that are malformed on purpose, at a place that only holds what something could parse."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from pyroaring import BitMap64

from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.planted_disorder import Planted
from clickgen.verify.proof.found.findings import ObjectFindings, number_array
from clickgen.verify.proof.found.landing import Event, Landing, Spot


class IgnoringPlantedDamage(Landing):
    """A table, or a place that a transform fills: no row can be made of an event that is not JSON.

    Accepted events that are malformed on purpose and are not there count as dropped; those that are there anyway
    are delivered.
    """

    def __init__(self, landing: Landing, folder: RunFolder, plan: Plan, planted: Planted) -> None:
        """landing: the place itself. planted: what of the run is wrong on purpose."""
        self.name, self.buffer_seconds = landing.name, landing.buffer_seconds
        self.content_checked = landing.content_checked
        self._landing = landing
        self._folder, self._plan, self._planted = folder, plan, planted

    def look(self, now_ms: int) -> Iterator[ObjectFindings]:
        """What the place finds; its last object also says what was dropped, and without objects nothing was."""
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
