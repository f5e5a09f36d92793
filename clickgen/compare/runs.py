"""Two runs beside each other: their figures, which differences matter, and the options that differ."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clickgen.compare.noise import Usual, usual_of
from clickgen.compare.past_run import LANDING, NAMES, TIMES, PastRun
from clickgen.model.errors import UsageProblem

NOTABLE = 0.05  # of a figure: less is not worth a look, however exactly it was measured
STANDARD_ERRORS = 3.0
LEAST_MS = 1.0  # that times differ by: clocks and schedulers of an idle machine are no better
SINGLE = 2.0  # times as much, where it is not known how much a figure varies
LARGEST = 5.0  # times as much of a max, which one event decides
_TROUBLE = (
    "rejected", "unknown", "unsent", "throttled", "retried", "missing", "pending", "failed", "duplicates",
    "unexplained", "conflicting", "corrupt", "truncated", "skipped",
)  # fmt: skip
_IN_MS = frozenset([*TIMES, *LANDING])
_LESS_IS_BETTER = frozenset([*_TROUBLE, *_IN_MS])
_MORE_IS_BETTER = frozenset(["rate", "delivered"])
_VARIES = frozenset([*_IN_MS, "rate"])  # the others are what was planned and sent, counted exactly
_NOT_OPTIONS = frozenset(["version", "run", "created_ms", "start_ms", "began_ms"])


class Mark(StrEnum):
    """What a difference means."""

    WORSE = "worse"
    BETTER = "better"
    DIFFERS = "differs"  # neither better nor worse by itself
    ALIKE = "alike"  # within what a figure varies by itself
    UNKNOWN = "unknown"  # one of them was not measured


@dataclass(frozen=True, slots=True)
class FigureOfRuns:
    """A figure of both runs, in the unit of --json; None for what was not measured."""

    name: str
    first: float | None
    second: float | None
    usual: float | None  # the second by the first, by the lines of most of both timelines; None if too few have it
    noise: float | None  # the standard error of that, as a share
    mark: Mark

    @property
    def ratio(self) -> float | None:
        """The second by the first."""
        if self.first is None or self.second is None or not self.first:
            return None
        return self.second / self.first


@dataclass(frozen=True, slots=True)
class Option:
    """Something that was decided otherwise for the second run."""

    name: str  # by the plan, dots for nesting
    first: Any
    second: Any


@dataclass(frozen=True, slots=True, eq=False)
class RunComparison:
    """Two runs."""

    first: PastRun
    second: PastRun
    figures: list[FigureOfRuns]  # those that at least one of them has
    options: list[Option]

    @property
    def whole(self) -> bool:
        """Whether both runs did what they had planned, or what was left of it when they were stopped."""
        return self.first.shortfall is None and self.second.shortfall is None


def compare_runs(first: PastRun, second: PastRun) -> RunComparison:
    """Hold the second run against the first. Raises UsageProblem if they are one."""
    if first.plan.run == second.plan.run:
        raise UsageProblem(
            f"both are run {first.plan.run}, and comparing a run with itself says nothing",
            "name another; `clickgen runs list` shows them, and `previous` is the one before the latest",
        )
    figures = [_figure(name, first, second) for name in NAMES]
    known = [one for one in figures if one.first is not None or one.second is not None]
    return RunComparison(first, second, known, list(_options(_decided(first), _decided(second))))


def _decided(run: PastRun) -> dict[str, Any]:
    """The plan, without what differs in every run though nobody decided it."""
    plan = run.plan.model_dump(mode="json", exclude=set(_NOT_OPTIONS))
    if run.plan.destination.embedded:
        plan["destination"].pop("endpoint_url", None)  # a port that was free
    return plan


def _figure(name: str, first: PastRun, second: PastRun) -> FigureOfRuns:
    one, other = first.value(name), second.value(name)
    lines = _lines(usual_of(name, first.moments), usual_of(name, second.moments))
    mark = _mark(name, one, other, lines)
    if lines is None:
        return FigureOfRuns(name, one, other, None, None, mark)
    return FigureOfRuns(name, one, other, math.exp(lines.log), lines.error, mark)


def _lines(first: Usual | None, second: Usual | None) -> Usual | None:
    """The second by the first."""
    if first is None or second is None:
        return None
    return Usual(second.log - first.log, math.hypot(first.error, second.error))


def _mark(name: str, first: float | None, second: float | None, lines: Usual | None) -> Mark:
    if first is None or second is None:
        return Mark.UNKNOWN
    if not (_counts_differ(first, second) if name in _TROUBLE else _differ(name, first, second, lines)):
        return Mark.ALIKE
    if name in _LESS_IS_BETTER:
        return Mark.WORSE if second > first else Mark.BETTER
    if name in _MORE_IS_BETTER:
        return Mark.WORSE if second < first else Mark.BETTER
    return Mark.DIFFERS


def _counts_differ(first: float, second: float) -> bool:
    """Whether counts of what goes wrong differ: from none to some, or by more than chance would have them."""
    if not first or not second:
        return first != second
    return abs(second - first) > STANDARD_ERRORS * math.sqrt(first + second)


def _differ(name: str, first: float, second: float, lines: Usual | None) -> bool:
    if first == second or (name in _IN_MS and abs(second - first) < LEAST_MS):
        return False
    if first <= 0 or second <= 0:
        return True
    apart = math.log(second / first)
    if name not in _VARIES or lines is not None:
        notable = abs(apart) > math.log(1 + NOTABLE)
        return notable and (name not in _VARIES or _lines_differ(apart, lines))
    return abs(apart) >= math.log(LARGEST if name.endswith("_max") else SINGLE)


def _lines_differ(apart: float, lines: Usual | None) -> bool:
    """Whether most lines are as far apart as the whole runs are, in the same direction and beyond chance."""
    return lines is not None and lines.log * apart > 0 and abs(lines.log) > STANDARD_ERRORS * lines.error


def _options(first: Mapping[str, Any], second: Mapping[str, Any], place: str = "") -> Iterator[Option]:
    for name in dict.fromkeys([*first, *second]):
        one, other = first.get(name), second.get(name)
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _options(one, other, f"{place}{name}.")
        elif one != other:
            yield Option(f"{place}{name}", one, other)
