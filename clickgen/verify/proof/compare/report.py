"""The report of a verification: the verdict, the counts that it is based on, and the witnesses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from clickgen.ledger.claims import LedgerDamage
from clickgen.ledger.ending import Shortfall
from clickgen.model.disorder import PlantedCounts
from clickgen.model.document import document_of
from clickgen.model.errors import ExitCode
from clickgen.model.histogram import Histogram
from clickgen.model.outcome import Account
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.verify.proof.compare.verify_report import AbsentStretch, Duplicates, VerifyReport
from clickgen.verify.proof.found.findings import Witness


class Verdict(StrEnum):
    """What a verification proves."""

    VERIFIED = "verified"  # every accepted event is there, whole
    INCOMPLETE = "incomplete"  # something may still arrive, or the run itself did not end as planned
    ANOMALOUS = "anomalous"  # something is missing, damaged or there too often

    @property
    def exit_code(self) -> ExitCode:
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Verdict.VERIFIED: ExitCode.OK,
    Verdict.INCOMPLETE: ExitCode.INCOMPLETE,
    Verdict.ANOMALOUS: ExitCode.LOST,
}


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a run's events: accepted = delivered + missing + pending + failed + dropped."""

    run: str
    verdict: Verdict
    account: Account  # the sender's states
    delivered: int  # accepted, and found
    missing: int  # accepted, and not found after the deadline
    pending: int  # accepted, and not found yet
    recovered: int  # found although the sender does not know that they were accepted
    explained: int  # extra copies that the ledger's attempts account for
    unexplained: int  # and those that they do not
    conflicting: int  # events whose content is not what was sent, or that were never sent
    corrupt: int
    truncated: int
    other_runs: int  # whole events of other runs
    foreign: int  # what else is not the run's
    failed: int  # accepted, and found only in the error output
    dropped: int  # accepted, but the place does not keep them
    objects: int  # that were read
    bytes: int  # of those, as stored
    latencies: Latencies
    witnesses: Mapping[str, Sequence[Witness]]  # the first ten of each kind
    absent: Sequence[AbsentStretch]  # the first stretches of missing or pending events
    live: bool  # the run was still going
    ledger_damage: LedgerDamage
    planted: PlantedCounts | None = None  # how many accepted events were treated how on purpose, if any
    failed_planted: int = 0  # of the failed ones, those malformed on purpose
    dropped_planted: int = 0  # of the dropped ones
    failed_codes: Mapping[str, int] = field(default_factory=dict)  # error records by the code that they name
    unread: int = 0  # objects that could not be read
    other_runs_by: Mapping[str, int] = field(default_factory=dict)  # by run, as far as those are known
    content_checked: bool = True  # whether more of the events was compared than their ids
    shortfall: Shortfall | None = None  # why the run itself is not a success, if it is not
    resume: str | None = None  # the command that goes on with the run, if anything can
    unknown_absent: int = 0  # unknown events that were not found
    also_failed: int = 0  # events that were found and are in the error output too
    damaged: int = 0  # of the missing and pending ones, those of which damaged bytes are there
    unreadable: int = 0  # of the unread objects, those that stay so however long one waits
    damaging_runs: tuple[str, ...] = ()  # of the other runs, those that damaged events on purpose

    def latency_seconds(self) -> dict[str, dict[str, float]]:
        """p50, p90, p99, p99.9 and max to landed, by what they count from; only those with a count."""
        histograms = self.latencies.histograms().items()
        return {since: _percentiles(histogram) for since, histogram in histograms if histogram.total}

    def document(self) -> VerifyReport:
        """The report as `--json` prints it."""
        account, rate = self.account, self.latencies.throughput()
        return VerifyReport(
            run=self.run,
            verdict=self.verdict.value,
            planned=account.planned,
            accepted=account.accepted,
            rejected=account.rejected,
            unknown=account.unknown,
            unsent=account.unsent,
            **{name: getattr(self, name) for name in _AS_THEY_ARE},
            duplicates=Duplicates(self.explained, self.unexplained),
            latency_s={
                since: {name: round(seconds, 3) for name, seconds in percentiles.items()}
                for since, percentiles in self.latency_seconds().items()
            },
            throughput=None if rate is None else round(rate, 3),
            slowest=self.latencies.slowest,
            ledger_damage=self.ledger_damage or None,
            shortfall=None if self.shortfall is None else self.shortfall.value,
            failed_codes=self.failed_codes or None,
        )

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, under the words of the design; `planted` only if the run planted any."""
        return document_of(self.document())


_AS_THEY_ARE = (
    "delivered", "missing", "pending", "recovered", "conflicting", "corrupt", "truncated", "other_runs", "foreign",
    "failed", "also_failed", "dropped", "damaged", "objects", "bytes", "unread", "content_checked", "live",
    "resume", "unknown_absent", "other_runs_by", "absent", "witnesses", "planted",
)  # fmt: skip


def _percentiles(histogram: Histogram) -> dict[str, float]:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
    return {name: histogram.quantile(share) for name, share in shares.items()} | {"max": histogram.largest}
