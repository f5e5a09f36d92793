"""What `--json` says of a run, and what `clickgen.send` returns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from clickgen.ledger.claims import LedgerDamage
from clickgen.model.disorder import PlantedCounts
from clickgen.model.document import beside_document

Percentiles = Mapping[str, float]

# what a run notes in its ledger when it closes its account, by the names of its report
FACTS = (
    "records",
    "batches",
    "attempts",
    "throttled",
    "bytes",
    "seconds",
    "sending_seconds",
    "rate",
    "lag_ms",
    "answer_ms",
    "latency_ms",
    "cost_usd",
    "cost_unpacked_usd",
)


@dataclass(frozen=True, slots=True)
class ThresholdReport:
    """A threshold, and whether the run kept to it."""

    expression: str
    value: float | None  # of the figure; None if nothing was measured
    passed: bool


@dataclass(frozen=True, slots=True)
class RunReport:
    """What became of a run's events: planned = accepted + rejected + unknown + unsent.

    Figures that a run could not note before it ended are None.
    """

    run: str  # its id
    destination: str  # like firehose:clicks
    account: str | None  # the AWS account, if known
    region: str | None
    planned: int
    accepted: int  # the service said so
    rejected: int  # refused for good, after all retries
    unknown: int  # attempted, and no answer is on record
    unsent: int  # never attempted
    records: int | None
    batches: int | None
    attempts: int | None  # calls, repeated ones included
    throttled: int | None  # records that were throttled
    bytes: int | None  # of accepted events
    seconds: float | None  # from the run's beginning to its end
    sending_seconds: float | None  # from the first release to the last answer
    rate: float | None  # accepted events a second of that time
    wanted_rate: float | None  # None unless it was one constant rate
    lag_ms: Percentiles | None  # from due to on the wire
    answer_ms: Percentiles | None  # from the wire to the answer, each call
    latency_ms: Percentiles | None  # from due to answered
    cost_usd: float | None  # None also where nothing is known of what is charged
    cost_unpacked_usd: float | None  # with one event a record
    skipped: int | None = None  # of a replay: pieces of the recording that are not events
    out_of_order: int | None = None  # of a replay: events that came after a later one
    overwritten: int | None = None  # in DynamoDB: accepted events overwritten by a later one
    planted: PlantedCounts | None = None  # events treated in some way on purpose, if any were to be
    ledger_damage: LedgerDamage | None = None  # None if nothing is damaged
    thresholds: Sequence[ThresholdReport] | None = None  # None if there were none
    text: str = beside_document("")  # what the command prints for people

    @property
    def ok(self) -> bool:
        """Whether everything planned was accepted, every threshold passed, and no recorded event was skipped."""
        judged = self.thresholds or ()
        return self.accepted == self.planned and not self.skipped and all(one.passed for one in judged)
