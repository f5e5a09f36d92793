"""A run that is over, or as far as it went, and its figures by name."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from clickgen.ledger.ending import Ending, Shortfall
from clickgen.model.outcome import Account
from clickgen.model.plan import Plan
from clickgen.run.timeline import Moment
from clickgen.sink.registry import kind_of
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.verification_store import KeptVerification

COUNTS = ("planned", "accepted", "rejected", "unknown", "unsent")
SENT = ("records", "batches", "attempts", "throttled", "retried", "bytes", "seconds", "rate_wanted", "rate")
TIMES = tuple(f"{what}_{which}" for what in ("lag", "answer", "latency") for which in ("p50", "p99", "max"))
LANDING = tuple(f"landing_{which}" for which in ("p50", "p99", "max"))
FOUND = (
    "delivered", "missing", "pending", "failed", "dropped", "recovered", "duplicates", "unexplained",
    "conflicting", "corrupt", "truncated",
)  # fmt: skip
COSTS = ("cost_usd", "cost_unpacked_usd")
READ = ("skipped", "out_of_order")
NAMES = (*COUNTS, *SENT, *TIMES, *LANDING, *FOUND, *COSTS, *READ)

_OF_TIMES = {"lag": "lag_ms", "answer": "answer_ms", "latency": "latency_ms"}


@dataclass(frozen=True, slots=True, eq=False)
class PastRun:
    """What is kept of a run."""

    plan: Plan
    account: Account
    ending: Ending
    shortfall: Shortfall | None  # why it is not a success, or None
    facts: Mapping[str, Any]  # what it noted when it closed its account; empty if it did not
    moments: Sequence[Moment]  # its timeline
    verifications: Sequence[KeptVerification]  # the latest of each place

    def value(self, name: str) -> float | None:
        """The figure of this name, in the unit of --json; None if it was not measured."""
        if name in COUNTS:
            return int(getattr(self.account, name))
        if name in FOUND:
            return self._found(name)
        if name in LANDING:
            return self._landing(name.removeprefix("landing_"))
        if name in TIMES:
            return self._time(*name.split("_"))
        return _OF_RUN.get(name, _fact(name))(self)

    def _time(self, what: str, which: str) -> float | None:
        percentiles = self.facts.get(_OF_TIMES[what])
        if percentiles is None or not self.account.accepted or (what == "lag" and self.plan.unpaced):
            return None
        return float(percentiles[which])

    def _found(self, name: str) -> float | None:
        """The worst of all places that were looked at: what is least there, or most of what is wrong."""
        if not self.verifications:
            return None
        counts = [_counted(kept.report, name) for kept in self.verifications]
        return min(counts) if name == "delivered" else max(counts)

    def _landing(self, which: str) -> float | None:
        """Milliseconds from the first attempt to the earliest landing, at the place that has it first."""
        timed = [kept.report for kept in self.verifications if kept.report.latencies.landed]
        first = min(timed, key=lambda report: min(report.latencies.landed), default=None)
        seconds = None if first is None else first.latency_seconds().get("sent")
        return None if seconds is None else round(seconds[which] * 1000, 2)


def _counted(report: DeliveryReport, name: str) -> int:
    if name == "duplicates":
        return report.explained + report.unexplained
    return int(getattr(report, name))


def _fact(name: str) -> Callable[[PastRun], float | None]:
    return lambda run: run.facts.get(name)


def _retried(run: PastRun) -> float | None:
    """Records that were sent again, by the last line of each session of the timeline."""
    last = {moment.session: moment.retried for moment in run.moments}
    return sum(last.values()) if last else None


def _rate(run: PastRun) -> float | None:
    return run.facts.get("rate") if run.account.accepted else None


def _cost(name: str) -> Callable[[PastRun], float | None]:
    return lambda run: run.facts.get(name) if kind_of(run.plan.destination).charges_known else None


def _read(name: str) -> Callable[[PastRun], float | None]:
    return lambda run: run.facts.get(name) if run.plan.command == "replay" else None


_OF_RUN: dict[str, Callable[[PastRun], float | None]] = {
    "retried": _retried,
    "rate": _rate,
    "rate_wanted": lambda run: run.plan.rate if run.plan.timetable is None else None,
    **{name: _cost(name) for name in COSTS},
    **{name: _read(name) for name in READ},
}
