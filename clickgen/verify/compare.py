"""What the ledger claims against what was found: pure set arithmetic, and the verdict."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pyroaring import BitMap64

from clickgen.ledger.claims import ATTEMPT_DTYPE, Claims, LaneClaims
from clickgen.model.event_id import CHECK_DIGITS, EventId, format_id
from clickgen.model.histogram import Histogram
from clickgen.verify.attempts import Attempts
from clickgen.verify.findings import WITNESSES, Copies, ObjectFindings, Tally, Witness, number_array
from clickgen.verify.planted import Event, Planted, attributed, numbers_of
from clickgen.verify.report import Report, Stretch, Verdict

_NEVER_SENT = "the ledger never sent it"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a verdict is given on. overdue: the deadline passed, so what is not there is missing, not pending.

    exclusive: nobody else's events may be there.
    """

    run: str
    overdue: bool
    exclusive: bool = False


def compare(
    claims: Claims, objects: Iterable[ObjectFindings], terms: Terms, planted: Planted | None = None
) -> Report:
    """Compare a run's claims with what its place holds. planted: what is wrong there on purpose.

    Damage without a visible id counts against the run where the object holds something of the run; where it
    holds nothing that can be recognised at all, only if the run misses events, which it may have been; else
    it is somebody else's and counts as foreign.
    """
    landed = sorted(objects, key=lambda found: (found.landed_ms, found.name))
    latency = Histogram()
    numbers = {*claims.lanes, *(lane for found in landed for lane in (*found.lanes, *found.failed))}
    alike = _Alike(landed, claims, planted)
    lanes = [
        _Lane(lane, claims.lanes.get(lane) or _nothing(), landed, latency, planted, alike)
        for lane in sorted(numbers)
    ]
    absent = sum(len(lane.absent) for lane in lanes)
    pending = 0 if terms.overdue and not claims.live else absent
    damage = _Damage(landed, absent > 0)
    never_sent = sum(lane.never_sent_copies for lane in lanes)
    report = Report(
        run=terms.run,
        verdict=Verdict.VERIFIED,
        account=claims.account(),
        delivered=sum(lane.delivered for lane in lanes),
        missing=absent - pending,
        pending=pending,
        recovered=sum(lane.recovered for lane in lanes),
        explained=sum(lane.explained for lane in lanes),
        unexplained=sum(lane.unexplained for lane in lanes),
        conflicting=damage.conflicting.count + never_sent,
        corrupt=damage.corrupt.count,
        truncated=damage.truncated.count,
        other_runs=sum(found.other_runs for found in landed),
        foreign=damage.foreign,
        failed=sum(lane.failed for lane in lanes),
        dropped=0,
        objects=len(landed),
        bytes=sum(found.size for found in landed),
        latency=latency.percentiles(),
        witnesses=_witnesses(terms.run, lanes, damage, "pending" if pending else "missing"),
        absent=_stretches(lanes),
        live=claims.live,
        damaged_rows=claims.damaged,
        planted=None if planted is None else planted.counts(claims),
        failed_planted=sum(lane.failed_planted for lane in lanes),
    )
    return replace(report, verdict=_verdict(report, exclusive=terms.exclusive))


def _verdict(report: Report, *, exclusive: bool) -> Verdict:
    losses = report.missing + report.failed - report.failed_planted + report.unexplained
    damage = report.conflicting + report.corrupt + report.truncated
    others = report.other_runs + report.foreign if exclusive else 0
    if losses + damage + others:
        return Verdict.ANOMALOUS
    return Verdict.INCOMPLETE if report.pending or report.live else Verdict.VERIFIED


class _Lane:
    """The sets of one lane: what of its claims was found."""

    def __init__(
        self,
        lane: int,
        claims: LaneClaims,
        landed: Sequence[ObjectFindings],
        latency: Histogram,
        planted: Planted | None,
        alike: "_Alike",
    ) -> None:
        self.lane = lane
        self._decisions = None if planted is None else planted.decisions(lane)
        attempts = Attempts(claims)
        copies = Copies()
        failed = numbers_of(lane, alike.failed)
        for found in landed:
            if lane in found.lanes:
                first = (found.lanes[lane].once & claims.accepted) - copies.once
                _count_latency(latency, attempts, first, found.landed_ms)
                copies.merge(found.lanes[lane])
            if lane in found.failed:
                failed |= found.failed[lane]
        copies.once |= numbers_of(lane, alike.found)
        attempted = claims.accepted | claims.unknown | claims.rejected
        self.never_sent = copies.once - attempted
        self.never_sent_copies = copies.total(self.never_sent)
        self.delivered = len(copies.once & claims.accepted)
        self.recovered = len(copies.once & attempted) - self.delivered
        absent = claims.accepted - copies.once
        self.failed = len(absent & failed)
        self.failed_planted = self._malformed(absent & failed)
        self.absent = absent - failed
        self._count_duplicates(copies, attempts, attempted)

    def _count_duplicates(self, copies: Copies, attempts: Attempts, attempted: BitMap64) -> None:
        again = copies.twice & attempted
        self.surplus = again - attempts.at_least(2) if again else again
        self.surplus -= self._copied(self.surplus, attempts)
        self.unexplained = len(self.surplus)
        extra = len(again)
        for number, beyond in copies.more.items():
            if number not in attempted:
                continue
            extra += beyond
            allowed = attempts.count(number) + self._copy_attempts(number, attempts)
            surplus = min(beyond, max(0, beyond + 2 - allowed))
            if surplus:
                self.unexplained += int(surplus)
                self.surplus.add(number)
        self.explained = extra - self.unexplained

    def _copied(self, numbers: BitMap64, attempts: Attempts) -> BitMap64:
        """Those events of which a planted copy has been sent."""
        if self._decisions is None or not numbers:
            return BitMap64()
        sent = attempts.at_least(1)
        carriers = self._decisions.carriers(number_array(numbers)).tolist()
        pairs = zip(numbers, carriers, strict=True)
        return BitMap64(number for number, carrier in pairs if carrier >= 0 and carrier in sent)

    def _copy_attempts(self, number: int, attempts: Attempts) -> float:
        """How often a planted copy of an event may have been sent: as often as the event that it stands behind."""
        carrier = -1 if self._decisions is None else int(self._decisions.carriers(np.array([number]))[0])
        return attempts.count(carrier) if carrier >= 0 else 0.0

    def _malformed(self, numbers: BitMap64) -> int:
        return 0 if self._decisions is None else int(self._decisions.malformed(number_array(numbers)).sum())


class _Alike:
    """Events among the planted lines that do not say which event they are: found, and in error records."""

    def __init__(self, landed: Sequence[ObjectFindings], claims: Claims, planted: Planted | None) -> None:
        self.found: set[Event] = set()
        self.failed: set[Event] = set()
        if planted is not None:
            lines, lanes = planted.lines, claims.lanes
            self.found = attributed(lines, (found.alike for found in landed), lanes, ())
            self.failed = attributed(lines, (found.alike_failed for found in landed), lanes, self.found)


@dataclass(slots=True)
class _Damage:
    """The damage of all objects, after what bears no id was attributed."""

    objects: Sequence[ObjectFindings]
    run_misses_events: bool
    conflicting: Tally = field(default_factory=Tally)
    corrupt: Tally = field(default_factory=Tally)
    truncated: Tally = field(default_factory=Tally)
    failures: Tally = field(default_factory=Tally)
    foreign: int = 0

    def __post_init__(self) -> None:
        for found in self.objects:
            self.conflicting.merge(found.conflicting)
            self.corrupt.merge(found.corrupt)
            self.truncated.merge(found.truncated)
            self.failures.merge(found.failures)
            self.foreign += found.foreign
            if found.holds_run or (self.run_misses_events and not found.holds_others):
                self.corrupt.merge(found.stray_corrupt)
                self.truncated.merge(found.stray_truncated)
            else:
                self.foreign += found.stray_corrupt.count + found.stray_truncated.count


def masked_id(run: str, lane: int, number: int) -> str:
    """The id of an event whose content, and so whose check digits, nobody has seen."""
    return format_id(EventId(run, lane, number, 0)).decode()[:-CHECK_DIGITS] + "·" * CHECK_DIGITS


def _witnesses(run: str, lanes: Sequence[_Lane], damage: _Damage, absent: str) -> dict[str, Sequence[Witness]]:
    never_sent = Tally(0, list(damage.conflicting.witnesses))
    unexplained, gone = Tally(), Tally()
    for lane in lanes:
        for tally, numbers, detail in (
            (gone, lane.absent, ""),
            (unexplained, lane.surplus, "an extra copy that no attempt of the ledger accounts for"),
            (never_sent, lane.never_sent, _NEVER_SENT),
        ):
            for number in _first(numbers, WITNESSES - len(tally.witnesses)):
                where = f"lane {lane.lane}, number {number:,}"
                detailed = f"{where}: {detail}" if detail else where
                tally.add(Witness(masked_id(run, lane.lane, number), None, None, detailed))
    found = {
        absent: gone,
        "duplicates": unexplained,
        "conflicting": never_sent,
        "corrupt": damage.corrupt,
        "truncated": damage.truncated,
    }
    if any(lane.failed for lane in lanes):
        found["failed"] = damage.failures
    return {kind: tally.witnesses for kind, tally in found.items() if tally.witnesses}


def _stretches(lanes: Iterable[_Lane]) -> list[Stretch]:
    """The first stretches of numbers that are not there."""
    found: list[Stretch] = []
    for lane in lanes:
        first = lane.absent.min() if lane.absent else None
        while first is not None and len(found) < WITNESSES:
            end = _end_of_run(lane.absent, first)
            found.append(Stretch(lane.lane, first, end - 1))
            first = next(lane.absent.iter_equal_or_larger(end), None)
    return found


def _end_of_run(numbers: BitMap64, first: int) -> int:
    """The first number after `first` that is not in the set."""
    step = 1
    while numbers.contains_range(first, first + step):
        step *= 2
    low, high = first + step // 2, first + step
    while low < high:
        middle = (low + high + 1) // 2
        if numbers.contains_range(first, middle):
            low = middle
        else:
            high = middle - 1
    return low


def _first(numbers: BitMap64, count: int) -> list[int]:
    return [number for number, _ in zip(numbers, range(count), strict=False)]


def _count_latency(latency: Histogram, attempts: Attempts, numbers: BitMap64, landed_ms: int) -> None:
    if not numbers:
        return
    sent_ms = attempts.first_sent_ms(number_array(numbers))
    noted = sent_ms[sent_ms > 0]
    latency.add(np.maximum(landed_ms - noted, 0) / 1000.0)


def _nothing() -> LaneClaims:
    sends = np.array([], dtype=ATTEMPT_DTYPE)
    empty = [BitMap64() for _ in range(6)]
    return LaneClaims(0, empty[0], empty[1], empty[2], empty[3], empty[4], empty[5], sends)
