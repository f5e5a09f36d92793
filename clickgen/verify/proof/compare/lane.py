"""One lane of a run: what of its claims was found, object after object."""

from collections.abc import Collection

import numpy as np
from pyroaring import BitMap64

from clickgen.feed.due_times import DueTimes
from clickgen.ledger.claims import ATTEMPT_DTYPE, LaneClaims
from clickgen.traffic.disorder.decisions import Decisions
from clickgen.verify.proof.compare.attempts import Attempts
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.verify.proof.compare.planted_disorder import numbers_of
from clickgen.verify.proof.found.findings import Copies, ObjectFindings, number_array
from clickgen.verify.proof.found.landing import Event


class Lane:
    """The sets of one lane. Objects are taken in the order in which they landed; then the lane is settled."""

    def __init__(self, lane: int, claims: LaneClaims | None, decisions: Decisions | None) -> None:
        """claims: None if the ledger knows nothing of the lane. decisions: what of it is wrong on purpose."""
        self.lane = lane
        self._claims = claims or _nothing()
        self._decisions = decisions
        self._attempts = Attempts(self._claims)
        self._copies = Copies()
        self._failed = BitMap64()
        self._dropped = BitMap64()
        self._damaged = BitMap64()

    def take(self, found: ObjectFindings, latencies: Latencies | None, due: DueTimes | None) -> None:
        """Add what an object holds of this lane. latencies: counts how long sent events took to land."""
        if self.lane in found.lanes:
            copies = found.lanes[self.lane]
            if found.landed_ms and latencies is not None:
                first = (copies.once & self._claims.accepted) - self._copies.once
                latencies.count(self.lane, first, self._attempts, due, found)
            self._copies.merge(copies)
        if self.lane in found.failed:
            self._failed |= found.failed[self.lane]
        if self.lane in found.dropped:
            self._dropped |= found.dropped[self.lane]
        if self.lane in found.damaged:
            self._damaged |= found.damaged[self.lane]

    def settle(self, found: Collection[Event], failed: Collection[Event]) -> None:
        """Compare with the claims, after the last object.

        found, failed: events that planted lines without a legible id were attributed to, found and in error
        records.
        """
        claims, copies, attempts = self._claims, self._copies, self._attempts
        copies.once |= numbers_of(self.lane, found)
        in_errors = self._failed | numbers_of(self.lane, failed)
        attempted = claims.attempted
        self.found = copies.once & attempted
        self.never_sent = copies.once - attempted
        self.never_sent_copies = copies.total(self.never_sent)
        self.delivered = len(copies.once & claims.accepted)
        self.recovered = len(self.found) - self.delivered
        self.unknown_absent = len(claims.unknown - copies.once)
        absent = claims.accepted - copies.once
        self.failed = absent & in_errors
        self.also_failed = len(self.found & in_errors)
        self.failed_planted = self._malformed(self.failed)
        self.dropped = (absent - in_errors) & self._dropped
        self.absent = absent - in_errors - self.dropped
        self.damaged = self.absent & self._damaged
        self._count_duplicates(copies, attempts, attempted)

    def fail(self, torn: BitMap64) -> None:
        """After settling: these absent events are in error records that were cut before their ids."""
        self.failed |= torn
        self.absent -= torn
        self.damaged -= torn
        self.failed_planted = self._malformed(self.failed)

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
        """The events of which a planted copy has been sent."""
        if self._decisions is None or not numbers:
            return BitMap64()
        sent = attempts.at_least(1)
        carriers = self._decisions.carriers(number_array(numbers)).tolist()
        pairs = zip(numbers, carriers, strict=True)
        return BitMap64(number for number, carrier in pairs if carrier >= 0 and carrier in sent)

    def _copy_attempts(self, number: int, attempts: Attempts) -> float:
        """How often a planted copy of an event may have been sent: as often as the event that it follows."""
        carrier = -1 if self._decisions is None else int(self._decisions.carriers(np.array([number]))[0])
        return attempts.count(carrier) if carrier >= 0 else 0.0

    def _malformed(self, numbers: BitMap64) -> int:
        return 0 if self._decisions is None else int(self._decisions.malformed(number_array(numbers)).sum())


def _nothing() -> LaneClaims:
    sends = np.array([], dtype=ATTEMPT_DTYPE)
    empty = [BitMap64() for _ in range(6)]
    return LaneClaims(0, empty[0], empty[1], empty[2], empty[3], empty[4], empty[5], sends)
