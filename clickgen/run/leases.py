"""Which events of each lane may leave: what was leased, what has its outcome, what is left of a run that ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from clickgen.ledger.claims import Claims
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outcome import Lease, Outcome
from clickgen.model.plan import Plan
from clickgen.model.stretches import ENDLESS, Stretch, stretches_of, within
from clickgen.run.events import rate_of

_TIMES = ("seconds", "sending_seconds")
_SUMS = frozenset(["records", "batches", "attempts", "throttled", "bytes", *_TIMES, "skipped", "out_of_order"])
WHOLE = "whole"  # the fact that all is known that was planned
EVERYTHING: list[Stretch] = [(0, ENDLESS)]


@dataclass(frozen=True, slots=True)
class Left:
    """What a run has left to send, by lane."""

    planned: dict[int, int]  # how many events, as far as is known by now
    wanted: dict[int, list[Stretch]]  # those to be sent
    # leases of a process that died: each of their events may have been attempted any number of times
    orphans: list[Lease] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)  # what the run noted of itself when it last ended
    entries: int = 0  # how long its ledger was when this was read
    whole: bool = True  # False if the files of a replay were not read to their end: more is planned than is known

    def add_up(self, facts: dict[str, Any]) -> dict[str, Any]:
        """The facts of the whole run: sums go on, percentiles are the last session's.

        The rate is that of all sessions that noted how long they were sending: one that died did not, and nothing
        was sent in between.
        """
        whole = {
            name: value + self.facts.get(name, 0) if name in _SUMS or name.startswith("cost_") else value
            for name, value in facts.items()
        }
        earlier = self.facts.get("rate", 0.0) * self.facts.get("sending_seconds", 0.0)
        accepted = earlier + facts["rate"] * facts["sending_seconds"]
        return {**whole, "rate": round(rate_of(accepted, whole["sending_seconds"]), 3)}

    @property
    def events(self) -> int | None:
        """How many events are to be sent; None if a file was not read to its end."""
        stretches = [stretch for lane in self.wanted.values() for stretch in lane]
        if any(end == ENDLESS for _, end in stretches):
            return None
        return sum(end - first for first, end in stretches)


def what_is_left(claims: Claims, plan: Plan, *, rejected: bool, unknown: bool) -> Left:
    """The unsent events of a run, and if wanted the rejected and the unknown ones.

    A replay goes on to the end of its files, wherever it was stopped.
    """
    whole = plan.command != "replay" or bool(claims.facts.get(WHOLE))
    planned, wanted, orphans = {}, {}, []
    for lane, claim in claims.lanes.items():
        numbers = claim.unsent.copy()
        if rejected:
            numbers |= claim.rejected
        if unknown:
            numbers |= claim.unknown
        stretches = stretches_of(numbers)
        if not whole:
            stretches.append((claim.planned, ENDLESS))
        planned[lane] = claim.planned
        wanted[lane] = stretches
        orphans += [Lease(lane, first, end) for first, end in stretches_of(claim.leased)]
    return Left(planned, wanted, orphans, claims.facts, claims.entries, whole)


def taken_up(folder: RunFolder, plan: Plan, left: Left) -> LedgerWriter:
    """The ledger of a run that is there already, with the leases of its dead process noted as such.

    Raises EnvironmentProblem if another process has gone on with the run since its ledger was read.
    """
    if read_claims(folder, plan).entries != left.entries:
        raise EnvironmentProblem(
            f"run {folder.run} went on meanwhile: another process has sent events of it",
            "resume it again: what is left is then read anew",
        )
    ledger = LedgerWriter(folder.ledger_file)
    ledger.orphan(left.orphans)
    return ledger


def close_account(folder: RunFolder, plan: Plan, left: Left) -> None:
    """Close the account of a run that was killed, or failed, with nothing left to send.

    What its process had leased is unknown for good, as in a run that is resumed.
    """
    with folder.held():
        ledger = taken_up(folder, plan, left)
        ledger.close_run(left.planned, left.facts, Ending.COMPLETE)
        ledger.close()


class Leases:
    """The stretches that were leased to workers, by lane; numbers only rise."""

    def __init__(self, lanes: int, left: Left | None = None) -> None:
        self._resumed = left is not None
        self._wanted = {lane: left.wanted[lane] if left else EVERYTHING for lane in range(lanes)}
        # a lane with nothing to send begins behind its last event
        self._upto = {lane: stretches[0][0] if stretches else ENDLESS for lane, stretches in self._wanted.items()}
        self._events = dict.fromkeys(self._upto, 0)
        self._settled = dict.fromkeys(self._upto, 0)

    @property
    def upto(self) -> dict[int, int]:
        """For each lane the number up to which it is leased."""
        return self._upto

    @property
    def events(self) -> int:
        """How many events were leased."""
        return sum(self._events.values())

    def begun(self, workers: int) -> list[dict[int, int]]:
        """For each worker its lanes that have something to send, and the number that each begins at."""
        lanes = {lane: upto for lane, upto in self._upto.items() if upto < ENDLESS}
        return [
            {lane: upto for lane, upto in lanes.items() if lane % workers == number} for number in range(workers)
        ]

    def reached(self, read: Mapping[int, int]) -> dict[int, int]:
        """The number that each lane was read or leased up to."""
        if self._resumed:  # a lane of which nothing was left is leased without an end
            return dict(read)
        return {lane: max(number, self._upto[lane]) for lane, number in read.items()}

    def selected(self, lanes: Iterable[int]) -> dict[int, list[Stretch]] | None:
        """What of these lanes is to be sent; None if that is everything."""
        return {lane: self._wanted[lane] for lane in lanes} if self._resumed else None

    def next(self, prepared: Mapping[int, int]) -> tuple[list[Lease], dict[int, int]]:
        """The leases that are due now that lanes are prepared so far, and the numbers that they reach."""
        reach = {lane: upto for lane, upto in prepared.items() if upto > self._upto[lane]}
        leases = [
            Lease(lane, first, end)
            for lane, upto in reach.items()
            for first, end in within(self._wanted[lane], self._upto[lane], upto)
        ]
        return leases, reach

    def take(self, leases: Iterable[Lease], reach: Mapping[int, int]) -> None:
        """Note that these leases are written."""
        self._upto |= reach
        for lease in leases:
            self._events[lease.lane] += lease.end - lease.first

    def settle(self, outcomes: Iterable[Outcome]) -> None:
        """Note that events have their outcome."""
        for outcome in outcomes:
            self._settled[outcome.lane] += outcome.end - outcome.first

    def give_up(self, lanes: Iterable[int]) -> int:
        """Count, once, the events of these lanes that nothing will be heard of."""
        lost = 0
        for lane in lanes:
            lost += self._events[lane] - self._settled[lane]
            self._settled[lane] = self._events[lane]
        return max(0, lost)
