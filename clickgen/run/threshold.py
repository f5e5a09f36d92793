"""Thresholds: what a run has to keep to, so that a CI job can go by the exit code."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from clickgen.model.amounts import seconds_of
from clickgen.model.bounds import OPERATORS, parse_bounded
from clickgen.model.errors import UsageProblem
from clickgen.model.written_amounts import number_of, rate_of
from clickgen.run.events import Finished

SHARES = ("accepted", "rejected", "unknown", "unsent")  # the account's states: these may be percentages of planned
TIMES = tuple(f"{what}_{which}" for what in ("lag", "answer", "latency") for which in ("p50", "p99", "max"))
_INPUT = ("skipped", "out_of_order", "without_time")
NAMES = (
    *("planned", *SHARES),
    *("records", "batches", "attempts", "throttled", "retried", "bytes", "seconds", "rate"),
    *TIMES,
    *("cost_usd", "cost_unpacked_usd"),
    *_INPUT,
)

_EXAMPLES = "lag_p99<5s, rejected==0 or accepted>=99.9%"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure of a run and what it is held against.

    bound: in the figure's unit in --json (lag, answer and latency in milliseconds), or in percent of planned where
    `percent` says so.
    """

    expression: str
    name: str
    sign: str
    bound: float
    percent: bool = False

    def judge(self, finished: Finished) -> "Judged":
        """Hold the figure of a finished run against the bound; one that was never measured does not pass."""
        value = _value(self, finished)
        return Judged(self, value, value is not None and OPERATORS[self.sign](value, self.bound))


@dataclass(frozen=True, slots=True)
class Judged:
    """A threshold with the value that was seen, in the unit of its bound; None if nothing was measured."""

    threshold: Threshold
    value: float | None
    passed: bool


def parse_threshold(text: str) -> Threshold:
    """NAME, an operator and a value. Raises UsageProblem with the right form if the text has another."""
    expression, name, sign, bound = parse_bounded(text, NAMES, "a run", _EXAMPLES)
    percent = bound.endswith("%")
    return Threshold(expression, name, sign, _bound(text, name, bound.removesuffix("%"), percent), percent)


def check_measured(thresholds: Iterable[Threshold], *, command: str, unpaced: bool) -> None:
    """Refuse a threshold on what such a run does not measure: it would pass or fail without a meaning."""
    for threshold in thresholds:
        if threshold.name.startswith("lag_") and unpaced:
            raise UsageProblem(
                f"--threshold {threshold.expression!r}: a run as fast as it goes has no due times, so no lag",
                "give a --rate, or hold latency_p99 against a bound",
            )
        if threshold.name in _INPUT and command != "replay":
            raise UsageProblem(
                f"--threshold {threshold.expression!r}: {command} reads no recording",
                f"{threshold.name} is a figure of `clickgen replay`",
            )


def _bound(text: str, name: str, bound: str, percent: bool) -> float:
    """The bound in the unit of its figure; UsageProblem if it is of another kind."""
    if percent and name not in SHARES:
        raise UsageProblem(
            f"--threshold {text!r}: {name} is not a share of the planned events",
            f"percentages go with {', '.join(SHARES)}",
        )
    number = rate_of(bound) if name == "rate" else number_of(bound)
    if name in TIMES or (name == "seconds" and number is None):
        seconds = seconds_of(bound)
        if seconds is None:
            raise UsageProblem(f"--threshold {text!r}: {bound!r} is not a duration", "write 5s, 200ms or 1m30s")
        return seconds * 1000 if name in TIMES else seconds
    if number is None or not 0 <= number < math.inf:
        form = "a number or a percentage, like 0 or 0.1%" if name in SHARES else "a plain number, like 0 or 1000"
        raise UsageProblem(f"--threshold {text!r}: {bound!r} is not a number", f"{name} takes {form}")
    return number


def _value(threshold: Threshold, finished: Finished) -> float | None:
    """The figure in the unit of its bound; if nothing was planned every share of it is 0 %."""
    name, figures, account = threshold.name, finished.figures, finished.account
    if threshold.percent:
        return 100 * float(getattr(account, name)) / account.planned if account.planned else 0.0
    if name in ("planned", *SHARES):
        return int(getattr(account, name))
    if name in TIMES:
        what, which = name.split("_")
        counted = {"lag": figures.tally.released, "answer": figures.answers.total, "latency": account.accepted}
        return float(finished.facts[f"{what}_ms"][which]) if counted[what] else None
    if name == "retried":
        return figures.tally.retried
    if name == "without_time":
        return figures.without_time
    found: float = finished.facts[name]
    return found
