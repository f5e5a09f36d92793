"""What the ledger claims against what was found: pure set arithmetic, and the verdict.

The ledger claims of every number of a lane that its event was accepted, rejected, left unknown or never sent, and
how often it was attempted. The findings say which numbers are there, which at least twice, and how often those
with a third copy. All of these are sets of integers, compressed bitmaps of a few bytes a thousand events, so a
verdict on a billion events is a few set operations a lane, and no event is ever matched with another one:

    delivered   = found & accepted                 missing or pending = accepted - found - in error output -
    dropped recovered   = found & (unknown | rejected)     never sent         = found - accepted - unknown -
    rejected

A second copy is explained if its event was attempted twice, as a service may have taken the first attempt without
its answer arriving. So `twice - attempts.at_least(2)` is unexplained: the pipeline made those copies. A third and
further copies are few, and counted one by one. Whether an absent event is missing or pending depends on the
deadline, and on whether an object could not be read, in which it may be.

An example. A lane's ledger says: 1-5 accepted, of which 3 at the second attempt; 6 unknown; 7-9 unsent.
Found are 1, 2 three times, 3 twice, 5, 6, and 8. Then

    delivered 1, 2, 3, 5    recovered 6    missing 4    never sent 8, a copy of which conflicts with the ledger
    explained: one copy of 3, which was attempted twice    unexplained: two copies of 2, which was attempted once

and the verdict is anomalous. Damage without a legible id takes part too (`damage.py`): as events are missing, it
may have been one of them and counts against the run; else it is somebody else's.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pyroaring import BitMap64

from clickgen.feed.due_times import DueTimes
from clickgen.ledger.claims import Claims
from clickgen.verify.proof.compare.damage import UnattributedDamage
from clickgen.verify.proof.compare.lane import Lane
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.verify.proof.compare.planted_disorder import Planted, attributed
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.compare.torn import attributed_torn
from clickgen.verify.proof.compare.witnesses import masked_id, stretches, witnesses
from clickgen.verify.proof.found.findings import ObjectFindings, Witness, number_array

if TYPE_CHECKING:
    from clickgen.feed.regenerated_events import RegeneratedEvents


@dataclass(frozen=True, slots=True)
class ComparisonTerms:
    """What a verdict is based on."""

    run: str
    overdue: bool  # the deadline has passed, so what is not there is missing, not pending
    exclusive: bool = False  # nobody else's events may be there
    due: DueTimes | None = None  # when events were due, if they had due times
    content_checked: bool = True  # more than ids was compared
    timed: bool = True  # events were sent, so that it means something when they landed
    resume: str | None = None  # the command that goes on with the run, if anything can


@dataclass(frozen=True, slots=True)
class Comparison:
    """A report, and by lane the numbers of the events that it is based on."""

    report: DeliveryReport
    found: Mapping[int, BitMap64]  # attempted events that were found
    absent: Mapping[int, BitMap64]  # accepted ones that are neither there nor in the error output
    damaged: Mapping[int, BitMap64]  # of the absent ones, those of which damaged bytes are there
    failed: Mapping[int, BitMap64]  # accepted ones that are in the error output and not there
    dropped: Mapping[int, BitMap64]  # and those that the place took but does not keep
    unmendable: bool = False  # something can never be read, so that no waiting improves the verdict


def compare(
    claims: Claims,
    objects: Iterable[ObjectFindings],
    terms: ComparisonTerms,
    planted: Planted | None = None,
    sent: "Callable[[], RegeneratedEvents] | None" = None,
) -> Comparison:
    """Compare a run's claims with what its place holds. planted: what is wrong there on purpose.

    sent: makes what the run sent again, to say whose a record is that was cut before its id.

    objects: in the order in which they landed; one at a time is in memory. If one of them could not be read, the
    events that are not found may be in it and are pending.
    """
    collected = _Collected(claims, terms, planted)
    for found in objects:
        collected.take(found)
    lanes = collected.settle(sent)
    report = _report(collected, lanes, terms)
    by_lane = {lane.lane: lane for lane in lanes}
    return Comparison(
        report,
        {number: lane.found for number, lane in by_lane.items()},
        {number: lane.absent for number, lane in by_lane.items()},
        {number: lane.damaged for number, lane in by_lane.items()},
        {number: lane.failed for number, lane in by_lane.items()},
        {number: lane.dropped for number, lane in by_lane.items()},
        unmendable=collected.damage.unreadable > 0,
    )


def _report(collected: "_Collected", lanes: Sequence[Lane], terms: ComparisonTerms) -> DeliveryReport:
    """The report on lanes that are settled, with its verdict."""
    claims, planted, damage = collected.claims, collected.planted, collected.damage
    absent = sum(len(lane.absent) for lane in lanes)
    damaged = sum(len(lane.damaged) for lane in lanes)
    pending = 0 if terms.overdue and not claims.live and not damage.unread.count else absent
    if not claims.live:
        pending = max(0, pending - damaged)  # what is there damaged has arrived, and nobody sends it again
    report = DeliveryReport(
        run=terms.run,
        verdict=Verdict.VERIFIED,
        account=claims.account(),
        delivered=sum(lane.delivered for lane in lanes),
        missing=absent - pending,
        pending=pending,
        recovered=sum(lane.recovered for lane in lanes),
        explained=sum(lane.explained for lane in lanes),
        unexplained=sum(lane.unexplained for lane in lanes),
        conflicting=damage.conflicting.count + sum(lane.never_sent_copies for lane in lanes),
        corrupt=damage.corrupt.count,
        truncated=damage.truncated.count,
        other_runs=collected.other_runs.total(),
        other_runs_by={run: count for run, count in collected.other_runs.most_common() if run},
        foreign=damage.foreign,
        failed=sum(len(lane.failed) for lane in lanes),
        dropped=sum(len(lane.dropped) for lane in lanes),
        objects=collected.objects,
        bytes=collected.bytes,
        latencies=collected.latencies,
        witnesses=witnesses(terms.run, lanes, damage, "pending" if pending else "missing"),
        absent=stretches(lanes),
        live=claims.live,
        ledger_damage=claims.damage,
        shortfall=claims.shortfall,
        resume=terms.resume if claims.resumable else None,
        unknown_absent=sum(lane.unknown_absent for lane in lanes),
        planted=None if planted is None else planted.counts(claims),
        failed_planted=sum(lane.failed_planted for lane in lanes),
        dropped_planted=0 if planted is None else sum(_malformed(planted, lane) for lane in lanes),
        failed_codes=damage.codes,
        unread=damage.unread.count,
        also_failed=sum(lane.also_failed for lane in lanes),
        damaged=damaged,
        unreadable=damage.unreadable,
        content_checked=terms.content_checked,
    )
    return replace(report, verdict=_verdict(report, exclusive=terms.exclusive))


def _malformed(planted: Planted, lane: Lane) -> int:
    """How many of the dropped events are malformed on purpose."""
    return int(planted.decisions(lane.lane).malformed(number_array(lane.dropped)).sum())


def _verdict(report: DeliveryReport, *, exclusive: bool) -> Verdict:
    losses = report.missing + report.failed - report.failed_planted + report.unexplained
    damage = report.conflicting + report.corrupt + report.truncated
    others = report.other_runs + report.foreign if exclusive else 0
    if losses + damage + others:
        return Verdict.ANOMALOUS
    return Verdict.INCOMPLETE if report.pending or report.unread or report.shortfall else Verdict.VERIFIED


class _Collected:
    """What all objects hold together."""

    def __init__(self, claims: Claims, terms: ComparisonTerms, planted: Planted | None) -> None:
        self.damage = UnattributedDamage()
        self.latencies = Latencies()
        self.other_runs: Counter[str] = Counter()
        self.objects = self.bytes = 0
        self.claims = claims
        self._run = terms.run
        self._due = terms.due
        self._timed = self.latencies if terms.timed else None
        self.planted = planted
        self._alike: Counter[int] = Counter()
        self._alike_failed: Counter[int] = Counter()
        self._torn: Counter[str] = Counter()
        self._lanes: dict[int, Lane] = {}
        for lane in claims.lanes:
            self._lane(lane)

    def take(self, found: ObjectFindings) -> None:
        for lane in {*found.lanes, *found.failed, *found.dropped, *found.damaged}:
            self._lane(lane).take(found, self._timed, self._due)
        self.damage.take(found)
        self._alike += found.alike
        self._alike_failed += found.alike_failed
        self._torn += found.torn
        self.other_runs += found.other_runs
        self.objects += 1
        self.bytes += found.size

    def settle(self, sent: "Callable[[], RegeneratedEvents] | None") -> list[Lane]:
        """The lanes, compared, after the last object."""
        claimed = self.claims.lanes
        alike = alike_failed = frozenset[tuple[int, int]]()
        if self.planted is not None:
            lines = self.planted.lines
            alike = attributed(lines, self._alike, claimed, ())
            alike_failed = attributed(lines, self._alike_failed, claimed, alike)
        lanes = [self._lanes[number] for number in sorted(self._lanes)]
        for lane in lanes:
            lane.settle(alike, alike_failed)
        if sent is not None and self._torn:
            self._attribute_torn(sent())
        self.damage.settle(run_misses_events=any(lane.absent for lane in lanes))
        return lanes

    def _attribute_torn(self, sent: "RegeneratedEvents") -> None:
        """Count absent events as failed whose records were cut before their ids."""
        absent = {number: lane.absent for number, lane in self._lanes.items()}
        found = attributed_torn(self._torn, absent, sent)
        for (number, event), code in found.items():
            self._lanes[number].fail(BitMap64([event]))
            self.damage.failures.add(Witness(masked_id(self._run, number, event), None, None, code))
            self.damage.codes[code] += 1
        self.damage.foreign -= len(found)

    def _lane(self, number: int) -> Lane:
        lane = self._lanes.get(number)
        if lane is None:
            decisions = None if self.planted is None else self.planted.decisions(number)
            lane = self._lanes[number] = Lane(number, self.claims.lanes.get(number), decisions)
        return lane
