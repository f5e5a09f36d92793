"""What is published of a run: one table of metrics, each a pure function of a snapshot."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from clickgen.feed.due_times import schedule_of
from clickgen.model.histogram import Percentiles
from clickgen.model.outcome import Account
from clickgen.model.plan import Plan
from clickgen.run.events import Figures, Finished, Progressed, RunEvent, Started
from clickgen.view.account import destination_name
from clickgen.view.progress import current_rate, in_flight

Sample = tuple[dict[str, str], float]  # the labels beside those of the run, and the value


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state of a run; account: the closed one, once the run has finished."""

    plan: Plan
    figures: Figures
    account: Account | None = None

    @property
    def labels(self) -> dict[str, str]:
        """What distinguishes this run's figures: run, source (profile or recording) and destination."""
        plan = self.plan
        source = Path(plan.profile or "").name
        if plan.command == "replay":
            source = Path(plan.sources[0]).name if len(plan.sources) == 1 else f"{len(plan.sources)} files"
        return {"run": plan.run, "source": source, "destination": destination_name(plan.destination)}


class Board:
    """Holds the latest snapshot. The run replaces it, exporters read it in their own threads; nothing waits."""

    def __init__(self) -> None:
        self._plan: Plan | None = None
        self.snapshot: Snapshot | None = None

    def take(self, event: RunEvent) -> None:
        """Take in what the run has to say."""
        match event:
            case Started(plan=plan):
                self._plan = plan
            case Progressed(figures=figures) if self._plan is not None:
                self.snapshot = Snapshot(self._plan, figures)
            case Finished(plan=plan, figures=figures, account=account):
                self.snapshot = Snapshot(plan, figures, account)
            case _:
                pass  # notices are for people


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric."""

    name: str  # without `clickgen` and without its unit
    unit: str  # as OTLP writes units (UCUM)
    meaning: str
    counts: bool  # it only ever grows
    samples: Callable[[Snapshot], Iterable[Sample]]


def _one(read: Callable[[Figures], float | None]) -> Callable[[Snapshot], list[Sample]]:
    """One sample without labels of its own; none while the figure is unknown."""

    def samples(snapshot: Snapshot) -> list[Sample]:
        value = read(snapshot.figures)
        return [] if value is None else [({}, value)]

    return samples


def _quantiles(read: Callable[[Figures], Percentiles]) -> Callable[[Snapshot], list[Sample]]:
    def samples(snapshot: Snapshot) -> list[Sample]:
        return [({"quantile": q}, s) for q, s in zip(("0.5", "0.99", "1"), read(snapshot.figures), strict=True)]

    return samples


def _states(snapshot: Snapshot) -> list[Sample]:
    """The account's states; what is unsent is only known when the account is closed."""
    figures = snapshot.figures
    shown = snapshot.account or Account(0, figures.accepted, figures.rejected, figures.unknown, 0)
    return [({"state": s}, getattr(shown, s)) for s in ("accepted", "rejected", "unknown", "unsent")]


def _planned(snapshot: Snapshot) -> list[Sample]:
    planned = snapshot.account.planned if snapshot.account else snapshot.figures.planned
    return [] if planned is None else [({}, planned)]


def _wanted(snapshot: Snapshot) -> list[Sample]:
    plan = snapshot.plan
    schedule = None if plan.rate is None else schedule_of(plan)
    return [] if schedule is None else [({}, schedule.rate_at(max(0.0, snapshot.figures.elapsed)))]


def _lag(snapshot: Snapshot) -> list[Sample]:
    return [] if snapshot.plan.unpaced else _quantiles(lambda figures: figures.lag)(snapshot)


def _input(read: Callable[[Figures], int]) -> Callable[[Snapshot], list[Sample]]:
    def samples(snapshot: Snapshot) -> list[Sample]:
        return [({}, read(snapshot.figures))] if snapshot.plan.command == "replay" else []

    return samples


def _finished(snapshot: Snapshot) -> list[Sample]:
    return [({}, 0 if snapshot.account is None else 1)]


METRICS = (
    Metric(
        "events", "{event}", "Events by their state in the account; unsent is known at the end.", True, _states
    ),
    Metric("released_events", "{event}", "Events handed to a sender.", True, _one(lambda f: f.tally.released)),
    Metric("records", "{record}", "Records attempted.", True, _one(lambda f: f.tally.records)),
    Metric("batches", "{batch}", "Batches attempted.", True, _one(lambda f: f.tally.batches)),
    Metric("attempts", "{call}", "Calls made, repeated ones included.", True, _one(lambda f: f.tally.attempts)),
    Metric("retried_records", "{record}", "Records sent again.", True, _one(lambda f: f.tally.retried)),
    Metric(
        "throttled_records",
        "{record}",
        "Records that the service throttled.",
        True,
        _one(lambda f: f.tally.throttled),
    ),
    Metric("accepted_data", "By", "Bytes of accepted events.", True, _one(lambda f: f.tally.accepted_bytes)),
    Metric(
        "skipped_pieces",
        "{piece}",
        "Pieces of the recording that are not events.",
        True,
        _input(lambda f: f.skipped),
    ),
    Metric("out_of_order_events", "{event}", "Events after a later one.", True, _input(lambda f: f.out_of_order)),
    Metric("planned_events", "{event}", "Events planned, where that is known.", False, _planned),
    Metric("expected_events", "{event}", "Events due by now.", False, _one(lambda f: f.expected)),
    Metric("in_flight_events", "{event}", "Events released and not answered.", False, _one(in_flight)),
    Metric("wanted_rate", "{event}/s", "Events a second that the schedule wants now.", False, _wanted),
    Metric(
        "achieved_rate",
        "{event}/s",
        "Accepted events a second, from the first release to the last answer.",
        False,
        _one(lambda f: f.rate),
    ),
    Metric(
        "current_rate", "{event}/s", "Accepted events a second, over the last seconds.", False, _one(current_rate)
    ),
    Metric("lag", "s", "From due to on the wire, whole run.", False, _lag),
    Metric("answer", "s", "From the wire to the answer, each call.", False, _quantiles(lambda f: f.answer)),
    Metric("latency", "s", "From due to answered, whole run.", False, _quantiles(lambda f: f.latency)),
    Metric("backlog", "s", "Since the oldest open event was due.", False, _one(lambda f: f.backlog)),
    Metric("elapsed", "s", "Since second 0 of the schedule.", False, _one(lambda f: f.elapsed)),
    Metric("cost", "USD", "What ingestion costs on AWS.", False, _one(lambda f: f.cost_usd)),
    Metric(
        "cost_unpacked", "USD", "What it costs one event a record.", False, _one(lambda f: f.cost_unpacked_usd)
    ),
    Metric("finished", "1", "1 once the run has ended and its account is closed.", False, _finished),
)
