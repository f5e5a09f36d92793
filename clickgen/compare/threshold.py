"""Thresholds of a comparison, so that a CI job can go by the exit code."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from clickgen.compare.past_run import COUNTS, LANDING, TIMES
from clickgen.compare.past_run import NAMES as FIGURES_OF_RUNS
from clickgen.compare.runs import RunComparison
from clickgen.compare.traffic import ASPECTS, TrafficComparison
from clickgen.model.amounts import seconds_of
from clickgen.model.bounds import OPERATORS, parse_bounded
from clickgen.model.errors import UsageProblem
from clickgen.model.written_amounts import number_of, rate_of

FIGURES_OF_TRAFFIC = (*ASPECTS, "auc", "auc_behaviour")
_EXAMPLES_OF_RUNS = "latency_p99<2x, rate>0.95x, rejected==0 or landing_p99<90s"
_EXAMPLES_OF_TRAFFIC = "auc<.65, session_length<.1 or gaps<1.25x"
_IN_MS = (*TIMES, *LANDING)
_SHARES = COUNTS[1:]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A figure of the second side and what it is held against."""

    expression: str
    name: str
    sign: str
    bound: float  # in the figure's unit in --json, in percent of planned, or times the reference
    times: bool = (
        False  # whether the bound is so many times the figure of the first run, or the control of traffic
    )
    percent: bool = False  # of what was planned

    def judge(self, value: float | None, reference: float | None) -> "Judged":
        """Hold a value against the bound; what was not measured, on either side, does not pass."""
        bound = self.bound if not self.times else None if reference is None else self.bound * reference
        passed = value is not None and bound is not None and OPERATORS[self.sign](value, bound)
        return Judged(self, value, bound, passed)


@dataclass(frozen=True, slots=True)
class Judged:
    """A threshold with the value that was seen and the bound that it had; None for what was not measured."""

    threshold: Threshold
    value: float | None
    bound: float | None
    passed: bool


def threshold_of_runs(text: str) -> Threshold:
    """A threshold on a figure of runs. Raises UsageProblem with the right form, or the figures there are."""
    expression, name, sign, bound = parse_bounded(text, FIGURES_OF_RUNS, "a run", _EXAMPLES_OF_RUNS)
    if (times := _times(bound)) is not None:
        return Threshold(expression, name, sign, times, times=True)
    if bound.endswith("%"):
        if name not in _SHARES:
            raise UsageProblem(
                f"--threshold {text!r}: {name} is not a share of the planned events",
                f"percentages go with {', '.join(_SHARES)}; a bound by the first run is written like 1.1x",
            )
        return Threshold(expression, name, sign, _number(text, bound[:-1]), percent=True)
    if name in _IN_MS or (name == "seconds" and number_of(bound) is None):
        seconds = seconds_of(bound)
        if seconds is None:
            raise UsageProblem(
                f"--threshold {text!r}: {bound!r} is not a duration",
                "write 5s, 200ms, or 2x for twice the first run's",
            )
        return Threshold(expression, name, sign, seconds * 1000 if name in _IN_MS else seconds)
    return Threshold(expression, name, sign, _number(text, bound, name))


def threshold_of_traffic(text: str) -> Threshold:
    """A threshold on a distance. Raises UsageProblem with the right form, or the figures there are."""
    expression, name, sign, bound = parse_bounded(
        text, FIGURES_OF_TRAFFIC, "a comparison of traffic", _EXAMPLES_OF_TRAFFIC
    )
    if (times := _times(bound)) is not None:
        return Threshold(expression, name, sign, times, times=True)
    return Threshold(expression, name, sign, _number(text, bound))


def judge_runs(thresholds: Sequence[Threshold], compared: RunComparison) -> list[Judged]:
    """Hold the second run against thresholds."""
    first, second = compared.first, compared.second
    found = []
    for one in thresholds:
        value = second.value(one.name)
        if one.percent and value is not None:
            # if nothing was planned there is no share of it
            value = 100 * value / second.account.planned if second.account.planned else None
        found.append(one.judge(value, first.value(one.name)))
    return found


def judge_traffic(thresholds: Sequence[Threshold], compared: TrafficComparison) -> list[Judged]:
    """Hold the distances against thresholds."""
    values = {name_of(aspect.name): (aspect.learned, aspect.control) for aspect in compared.aspects}
    for name, told in (("auc", compared.everything), ("auc_behaviour", compared.behaviour)):
        values[name] = told.area, told.control
    return [one.judge(*values.get(one.name, (None, None))) for one in thresholds]


def name_of(aspect: str) -> str:
    """What an aspect is called in thresholds and JSON."""
    return aspect.replace(" ", "_")


def _times(bound: str) -> float | None:
    """How many times 2x or 1.25x is; None for other bounds."""
    return number_of(bound[:-1]) if bound.endswith("x") else None


def _number(text: str, bound: str, name: str = "") -> float:
    number = rate_of(bound) if name.startswith("rate") else number_of(bound)
    if number is None or not 0 <= number < math.inf:
        raise UsageProblem(
            f"--threshold {text!r}: {bound!r} is not a number",
            "write a number like 0.65, or 1.25x for so many times what the first side has",
        )
    return number
