"""What `--json` says of a verified delivery, and what `clickgen.verify` returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from clickgen.ledger.claims import LedgerDamage
from clickgen.model.disorder import PlantedCounts
from clickgen.model.document import beside_document
from clickgen.verify.proof.compare.latency import Lateness
from clickgen.verify.proof.found.findings import Witness

VerdictWord = Literal["verified", "incomplete", "anomalous"]


class AbsentStretch(NamedTuple):
    """Events `first` up to and including `last` of a lane."""

    lane: int
    first: int
    last: int


class Duplicates(NamedTuple):
    """Copies beyond the first of an event."""

    explained: int  # the ledger shows more than one attempt
    unexplained: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """What became of a run's events: accepted = delivered + missing + pending + failed + dropped."""

    run: str  # its id
    verdict: VerdictWord
    planned: int  # planned = accepted + rejected + unknown + unsent
    accepted: int
    rejected: int
    unknown: int
    unsent: int
    delivered: int  # accepted, and found
    missing: int  # accepted, and not found after the deadline
    pending: int  # accepted, and not found yet
    recovered: int  # found although the sender does not know that they were accepted
    conflicting: int  # events whose content is not what was sent, or that were never sent
    corrupt: int  # bytes that are no event
    truncated: int  # events that were cut off
    other_runs: int  # whole events of other runs
    foreign: int  # what else is not the run's
    failed: int  # accepted, and found only in the error output
    also_failed: int  # found, and in the error output too
    dropped: int  # accepted, but the place does not keep them
    damaged: int  # of the missing and pending ones, those of which damaged bytes are there
    objects: int  # that were read
    bytes: int  # of those, as stored
    unread: int  # objects that could not be read
    content_checked: bool  # whether more of the events was compared than their ids
    live: bool  # whether the run was still going
    resume: str | None  # the command that goes on with the run, if anything can
    unknown_absent: int  # unknown events that were not found
    duplicates: Duplicates
    other_runs_by: Mapping[str, int]  # events of other runs by run, as far as those are known
    latency_s: Mapping[str, Mapping[str, float]]  # p50 to max to landed, from `due`, `sent` and `accepted`
    throughput: float | None  # events a second as they landed
    slowest: Sequence[Lateness]  # the objects with the latest events
    ledger_damage: LedgerDamage | None = None  # None if nothing is damaged
    shortfall: str | None  # why the run itself is not a success; None if it is
    absent: Sequence[AbsentStretch]  # the first stretches of missing or pending events
    witnesses: Mapping[str, Sequence[Witness]]  # the first ten of each kind of anomaly
    planted: PlantedCounts | None = None  # accepted events treated in some way on purpose, if any were to be
    failed_codes: Mapping[str, int] | None = None  # error records by the code that they name
    text: str = beside_document("")  # what the command prints for people

    @property
    def ok(self) -> bool:
        """Whether the verdict is `verified`: every accepted event is there, whole."""
        return self.verdict == "verified"
