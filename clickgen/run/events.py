"""What a run says of itself, each event a plain snapshot, and the handlers of these events: its outputs."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from clickgen.deliver.sender_context import SendCounts
from clickgen.ledger.claims import LedgerDamage
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
    """How far the run is; times in seconds, costs in dollars."""

    elapsed: float
    planned: int | None  # None if it is only known at the end
    expected: int | None  # events due by now; None if due times are not known ahead
    accepted: int
    rejected: int
    unknown: int
    tally: SendCounts
    lag: Percentiles  # of events, from due to on the wire, the linger of their batch included
    answer: Percentiles  # of calls, from the wire to the service's answer
    latency: Percentiles  # of accepted events, from due to answered
    # from when the first event that left was due to the last answer, or to a moment ago while the run goes on
    sending: float
    backlog: float  # how long ago the oldest event without an outcome was due
    history: tuple[int, ...]  # events accepted in each past second, the last 120
    cost_usd: float
    cost_unpacked_usd: float
    cost_packed_usd: float
    stopping: bool  # whether somebody asked the run to stop
    skipped: int = 0
    out_of_order: int = 0
    without_time: int = 0
    # what `latency` and `answer` sum up, as it was then
    latencies: Histogram = field(default_factory=Histogram, repr=False, compare=False)
    answers: Histogram = field(default_factory=Histogram, repr=False, compare=False)
    # events accepted by the second that they count for, of the last 120
    course: Mapping[int, int] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rate(self) -> float:
        """Events accepted a second, over the time of sending; 0 if nothing was accepted."""
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
    """The run has ended and its account is closed."""

    plan: Plan
    figures: Figures  # of this session
    account: Account
    facts: dict[str, Any]  # what the run notes of itself; those of its earlier sessions are added
    interrupted: bool  # somebody stopped it before its planned work was done
    budget_exhausted: bool
    problem: ClickgenError | None = None  # what ended it early
    notices: tuple[str, ...] = field(default=())
    planted: PlantedCounts | None = None  # accepted events that are wrong on purpose; None if none were to be
    # what of the ledger could not be believed when the account was closed
    ledger_damage: LedgerDamage = field(default_factory=LedgerDamage)


RunEvent = Started | Noticed | Progressed | Finished

Event = TypeVar("Event")
Event_contra = TypeVar("Event_contra", contravariant=True)


class Handler(Protocol[Event_contra]):
    """An output of a run: it shows, keeps or publishes what the run says of itself."""

    def start(self) -> None:
        """Get ready, before the first event."""

    def handle(self, event: Event_contra) -> None:
        """Take in an event; what it raises ends the run."""

    def close(self) -> None:
        """Let go of screens, files and connections, however the run ended."""


@contextmanager
def started(*handlers: Handler[Event]) -> Iterator[None]:
    """Start handlers in their order, and close them at the end of the block in the reverse order."""
    with ExitStack() as stack:
        for handler in handlers:
            handler.start()
            stack.callback(handler.close)
        yield


def rate_of(accepted: float, seconds: float) -> float:
    """Events a second; 0 if there were none, or no time."""
    return accepted / seconds if seconds > 0 else 0.0


def _in_ms(percentiles: Percentiles) -> dict[str, float]:
    return {name: round(seconds * 1000, 2) for name, seconds in percentiles._asdict().items()}
