"""What a run tells whoever listens: the dashboard, the plain lines, a summary. Each is a plain snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clickgen.deliver.sender_context import SendCounts
from clickgen.ledger.damage import LedgerDamage
from clickgen.model.disorder import PlantedCounts
from clickgen.model.errors import ClickgenError
from clickgen.model.histogram import Histogram, Percentiles
from clickgen.model.outcome import Account
from clickgen.model.plan import Plan


@dataclass(frozen=True, slots=True)
class Started:
    """The first event is due now."""

    plan: Plan
    workers: int


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something worth a line to the user, while the run goes on."""

    message: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Where the run stands; seconds and dollars unless the name says otherwise.

    expected: events due by now; None where due times are not known ahead. sending: from when the first event that
    left was due to the last answer, or to a moment ago while the run goes on. history: events accepted in each
    past second, the last 120. lag: of events, from due to on the wire, the linger of their batch included.
    answer: of calls, from the wire to the service's answer. latency: of accepted events, from due to answered.
    backlog: how long ago the oldest event without an outcome was due. latencies, answers: what `latency` and
    `answer` sum up, as it was then. course: events accepted by the second that they count for, of the last 120.
    """

    elapsed: float
    planned: int | None
    expected: int | None
    accepted: int
    rejected: int
    unknown: int
    tally: SendCounts
    lag: Percentiles
    answer: Percentiles
    latency: Percentiles
    sending: float
    backlog: float
    history: tuple[int, ...]
    cost_usd: float
    cost_unpacked_usd: float
    cost_packed_usd: float
    stopping: bool
    skipped: int = 0
    out_of_order: int = 0
    without_time: int = 0
    latencies: Histogram = field(default_factory=Histogram, repr=False, compare=False)
    answers: Histogram = field(default_factory=Histogram, repr=False, compare=False)
    course: Mapping[int, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rate(self) -> float:
        """Events accepted a second, over the time of sending; 0 where nothing was accepted."""
        return rate_of(self.accepted, self.sending)

    def facts(self) -> dict[str, Any]:
        """What a run notes of itself when it ends, by the names of --json."""
        return {
            "records": self.tally.records,
            "batches": self.tally.batches,
            "attempts": self.tally.attempts,
            "throttled": self.tally.throttled,
            "overwritten": self.tally.overwritten,
            "bytes": self.tally.accepted_bytes,
            "seconds": round(self.elapsed, 3),
            "sending_seconds": round(self.sending, 6),
            "rate": round(self.rate, 3),
            "lag_ms": _in_ms(self.lag),
            "answer_ms": _in_ms(self.answer),
            "latency_ms": _in_ms(self.latency),
            "cost_usd": round(self.cost_usd, 9),
            "cost_unpacked_usd": round(self.cost_unpacked_usd, 9),
            "cost_packed_usd": round(self.cost_packed_usd, 9),
            "skipped": self.skipped,
            "out_of_order": self.out_of_order,
        }


@dataclass(frozen=True, slots=True)
class Progressed:
    """The run goes on; sent at most four times a second."""

    figures: Figures


@dataclass(frozen=True, slots=True)
class Finished:
    """The run has ended and its account is closed.

    interrupted: somebody stopped it before its planned work was done. problem: what ended it early. planted: how
    many of the accepted events are wrong on purpose; None where none were to be. figures: of this session.
    facts: what the run notes of itself; those of its earlier sessions are added. ledger_damage: what of the ledger
    could not be believed when the account was closed.
    """

    plan: Plan
    figures: Figures
    account: Account
    facts: dict[str, Any]
    interrupted: bool
    budget_exhausted: bool
    problem: ClickgenError | None = None
    notices: tuple[str, ...] = field(default=())
    planted: PlantedCounts | None = None
    ledger_damage: LedgerDamage = field(default_factory=LedgerDamage)


def rate_of(accepted: float, seconds: float) -> float:
    """Events a second; 0 where there were none, or no time."""
    return accepted / seconds if seconds > 0 else 0.0


def _in_ms(percentiles: Percentiles) -> dict[str, float]:
    return {name: round(seconds * 1000, 2) for name, seconds in percentiles._asdict().items()}


RunEvent = Started | Noticed | Progressed | Finished
