"""The report of a verification: the verdict, the counts it rests on, and the witnesses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from clickgen.ledger.damage import LedgerDamage
from clickgen.ledger.ending import Shortfall
from clickgen.model.disorder import PlantedCounts
from clickgen.model.errors import ExitCode
from clickgen.model.histogram import Histogram
from clickgen.model.outcome import Account
from clickgen.verify.proof.compare.latency import Latencies
from clickgen.verify.proof.found.findings import Witness


class Verdict(StrEnum):
    """verified: every accepted event is there, whole. anomalous: not so.

    incomplete: something may still come, or the run itself did not end as it meant to.
    """

    VERIFIED = "verified"
    INCOMPLETE = "incomplete"
    ANOMALOUS = "anomalous"

    @property
    def exit_code(self) -> ExitCode:
        """What the process says."""
        return _EXIT_CODES[self]


_EXIT_CODES = {
    Verdict.VERIFIED: ExitCode.OK,
    Verdict.INCOMPLETE: ExitCode.INCOMPLETE,
    Verdict.ANOMALOUS: ExitCode.LOST,
}


class AbsentStretch(NamedTuple):
    """Events `first` up to and including `last` of a lane."""

    lane: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What became of a run's events: accepted = delivered + missing + pending + failed + dropped.

    account: the sender's states. explained, unexplained: extra copies that the ledger's attempts do, and do
    not, account for. objects, bytes: what was read, as stored. latencies: from due, sent and accepted to landed.
    witnesses: the first ten of each kind. absent: the first stretches of missing or pending events.
    live: the run was still going. ledger_damage: what of the ledger cannot be believed. planted: how many of the
    accepted events were treated how on purpose, None where the run planted nothing. failed_planted,
    dropped_planted: how many of the failed and of the dropped ones are malformed on purpose. failed_codes: error
    records by the code that they name. unread: objects that could not be read. other_runs_by: other runs' events
    by run, as far as those are known. content_checked: whether more of the events was compared than their ids.
    shortfall: why the run itself is no success, None where it is. resume: the command that goes on with it, None
    where nothing can. unknown_absent: unknown events that were not found.
    also_failed: events that were found, and lie in the error output too.
    """

    run: str
    verdict: Verdict
    account: Account
    delivered: int
    missing: int
    pending: int
    recovered: int
    explained: int
    unexplained: int
    conflicting: int
    corrupt: int
    truncated: int
    other_runs: int
    foreign: int
    failed: int
    dropped: int
    objects: int
    bytes: int
    latencies: Latencies
    witnesses: Mapping[str, Sequence[Witness]]
    absent: Sequence[AbsentStretch]
    live: bool
    ledger_damage: LedgerDamage
    planted: PlantedCounts | None = None
    failed_planted: int = 0
    dropped_planted: int = 0
    failed_codes: Mapping[str, int] = field(default_factory=dict)
    unread: int = 0
    other_runs_by: Mapping[str, int] = field(default_factory=dict)
    content_checked: bool = True
    shortfall: Shortfall | None = None
    resume: str | None = None
    unknown_absent: int = 0
    also_failed: int = 0

    def latency_seconds(self) -> dict[str, dict[str, float]]:
        """p50, p90, p99, p99.9 and max to landed, by what they count from, where anything was counted."""
        histograms = self.latencies.histograms().items()
        return {since: _percentiles(histogram) for since, histogram in histograms if histogram.total}

    def to_json(self) -> dict[str, Any]:
        """The report as plain values, under the words of the design; `planted` only where the run planted any."""
        document: dict[str, Any] = {
            "run": self.run,
            "verdict": self.verdict.value,
            "planned": self.account.planned,
            "accepted": self.account.accepted,
            "rejected": self.account.rejected,
            "unknown": self.account.unknown,
            "unsent": self.account.unsent,
            "delivered": self.delivered,
            "missing": self.missing,
            "pending": self.pending,
            "recovered": self.recovered,
            "duplicates": {"explained": self.explained, "unexplained": self.unexplained},
            "conflicting": self.conflicting,
            "corrupt": self.corrupt,
            "truncated": self.truncated,
            "other_runs": self.other_runs,
            "other_runs_by": dict(self.other_runs_by),
            "foreign": self.foreign,
            "failed": self.failed,
            "also_failed": self.also_failed,
            "dropped": self.dropped,
            "objects": self.objects,
            "bytes": self.bytes,
            "unread": self.unread,
            "content_checked": self.content_checked,
            "latency_s": {
                since: {name: round(seconds, 3) for name, seconds in percentiles.items()}
                for since, percentiles in self.latency_seconds().items()
            },
            "throughput": None if (rate := self.latencies.throughput()) is None else round(rate, 3),
            "slowest": [late._asdict() for late in self.latencies.slowest],
            "live": self.live,
            **self.ledger_damage.to_json(),
            "shortfall": None if self.shortfall is None else self.shortfall.value,
            "resume": self.resume,
            "unknown_absent": self.unknown_absent,
            "absent": [stretch._asdict() for stretch in self.absent],
            "witnesses": {
                kind: [witness._asdict() for witness in found] for kind, found in self.witnesses.items()
            },
        }
        if self.planted is not None:
            document["planted"] = self.planted._asdict()
        if self.failed_codes:
            document["failed_codes"] = dict(self.failed_codes)
        return document


def _percentiles(histogram: Histogram) -> dict[str, float]:
    shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
    return {name: histogram.quantile(share) for name, share in shares.items()} | {"max": histogram.largest}
