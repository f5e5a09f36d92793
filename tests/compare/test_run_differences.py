"""Which differences of two runs matter: by how much their own timelines vary, and never by nothing."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clickgen.compare.noise import FEWEST_LINES, usual_of
from clickgen.compare.past_run import NAMES, PastRun
from clickgen.compare.runs import Mark, compare_runs
from clickgen.compare.threshold import judge_runs, threshold_of_runs
from clickgen.ledger.ending import Ending
from clickgen.model.destination import HttpDestination
from clickgen.model.errors import UsageProblem
from clickgen.model.outcome import Account
from clickgen.run.timeline import Moment
from tests.support.snapshots import EMBEDDED, ON_AWS, a_plan, some_figures

A, B = "68c1a2b3d4e5", "68c1a2b4ffff"
STEADY = (0.1, 0.101, 0.099, 0.1, 0.1, 0.1, 0.1, 0.099, 0.101, 0.1)


def a_run(run: str = A, *, p99_s: tuple[float, ...] = STEADY, **changes: Any) -> PastRun:
    """A run whose lines of the timeline have these p99, of which the largest is that of the whole."""
    facts = some_figures(elapsed=30.0, accepted=15_000, sending=30.0).facts()
    facts["latency_ms"] = {
        "p50": 50.0,
        "p99": 1000 * max(p99_s, default=0.1),
        "max": 1000 * max(p99_s, default=0.1),
    }
    made = {
        "plan": a_plan(run=run),
        "account": Account(15_000, 15_000, 0, 0, 0),
        "ending": Ending.COMPLETE,
        "shortfall": None,
        "facts": facts,
        "moments": [line(number, p99) for number, p99 in enumerate(p99_s, 1)],
        "verifications": [],
    }
    return PastRun(**{**made, **changes})


def line(second: int, p99: float, retried: int = 0) -> Moment:
    return Moment(
        session=1,
        at_ms=1_767_225_600_000 + 1000 * second,
        elapsed=float(second),
        expected=500 * second,
        released=500 * second,
        accepted=500 * second,
        retried=retried,
        behind=0.0,
        lag_p50=0.001,
        lag_p99=0.002,
        latency_p50=p99 / 2,
        latency_p99=p99,
        rejected=0,
        unknown=0,
        attempts=second,
        throttled=0,
    )


def mark(name: str, first: PastRun, second: PastRun) -> Mark:
    return next(one.mark for one in compare_runs(first, second).figures if one.name == name)


def slower(times: float, p99_s: tuple[float, ...] = STEADY) -> PastRun:
    return a_run(B, p99_s=tuple(times * one for one in p99_s))


@pytest.mark.parametrize(
    ("times", "lines", "expected"),
    [
        (1.04, STEADY, Mark.ALIKE),  # however exactly it was measured
        (1.2, STEADY, Mark.WORSE),
        (0.8, STEADY, Mark.BETTER),
        (1.2, (0.1, 0.3, 0.05, 0.2, 0.1, 0.4, 0.06, 0.2, 0.1, 0.3), Mark.ALIKE),  # it varies more than that
        (4.0, (0.1, 0.3, 0.05, 0.2, 0.1, 0.4, 0.06, 0.2, 0.1, 0.3), Mark.WORSE),
        (1.9, STEADY[: FEWEST_LINES - 1], Mark.ALIKE),  # too few lines to know how much it varies
        (2.0, STEADY[: FEWEST_LINES - 1], Mark.WORSE),
    ],
)
def test_a_time_differs_by_more_than_it_varies(times: float, lines: tuple[float, ...], expected: Mark) -> None:
    assert mark("latency_p99", a_run(p99_s=lines), slower(times, lines)) is expected


@given(st.lists(st.floats(0.001, 10.0), min_size=0, max_size=40))
def test_the_same_timeline_makes_no_difference(p99_s: list[float]) -> None:
    compared = compare_runs(a_run(p99_s=tuple(p99_s)), a_run(B, p99_s=tuple(p99_s)))
    assert {one.mark for one in compared.figures} <= {Mark.ALIKE, Mark.UNKNOWN}


@given(st.lists(st.floats(0.001, 10.0), min_size=FEWEST_LINES, max_size=40), st.floats(0.01, 100.0))
def test_noise_does_not_depend_on_the_unit(p99_s: list[float], times: float) -> None:
    first, second = (
        usual_of("latency_p99", run.moments) for run in (a_run(p99_s=tuple(p99_s)), slower(times, tuple(p99_s)))
    )
    assert first is not None
    assert second is not None
    assert second.error == pytest.approx(first.error, abs=1e-9)
    assert second.log - first.log == pytest.approx(math.log(times), abs=1e-9)


def test_one_bad_second_decides_the_p99_of_a_run_but_not_the_mark() -> None:
    bad = (*STEADY, 1.0)
    assert mark("latency_p99", a_run(), a_run(B, p99_s=bad)) is Mark.ALIKE
    limit = judge_runs([threshold_of_runs("latency_p99<2x")], compare_runs(a_run(), a_run(B, p99_s=bad)))
    assert not limit[0].passed


def test_counts_of_trouble_matter_from_none_to_some_and_beyond_chance() -> None:
    def rejected(number: int, run: str = A) -> PastRun:
        return a_run(run, account=Account(15_000, 15_000 - number, number, 0, 0))

    assert mark("rejected", rejected(0), rejected(1, B)) is Mark.WORSE
    assert mark("rejected", rejected(1), rejected(0, B)) is Mark.BETTER
    assert mark("rejected", rejected(100), rejected(140, B)) is Mark.ALIKE
    assert mark("rejected", rejected(100), rejected(150, B)) is Mark.WORSE


def test_what_was_not_measured_is_unknown_and_fails_its_threshold() -> None:
    running = a_run(B, facts={}, moments=[])
    compared = compare_runs(a_run(), running)
    assert {one.mark for one in compared.figures if one.name.startswith("latency")} == {Mark.UNKNOWN}
    limits = ("latency_p99<2x", "latency_p99<1h", "rate>0", "missing==0", "retried==0", "landing_p99<90s")
    judged = judge_runs([threshold_of_runs(text) for text in limits], compared)
    assert [(one.value, one.passed) for one in judged] == [(None, False)] * len(limits)


def test_a_run_that_sent_nothing_has_neither_rate_nor_times() -> None:
    nothing = a_run(B, account=Account(15_000, 0, 0, 0, 15_000), moments=[])
    assert {name for name in NAMES if nothing.value(name) is None} >= {
        "rate",
        "lag_p99",
        "answer_max",
        "latency_p50",
    }
    judged = judge_runs([threshold_of_runs("latency_p99<=1x")], compare_runs(a_run(), nothing))
    assert not judged[0].passed
    empty = a_run(B, account=Account(0, 0, 0, 0, 0))
    judged = judge_runs([threshold_of_runs("rejected<1%")], compare_runs(a_run(), empty))
    assert (judged[0].value, judged[0].passed) == (None, False)


def test_what_a_destination_charges_is_unknown_where_nobody_says_it() -> None:
    to = HttpDestination(stream="http://127.0.0.1:9/collect")
    run = a_run(plan=a_plan(destination=to))
    assert run.value("cost_usd") is None
    assert a_run().value("cost_usd") is not None


@pytest.mark.parametrize(
    ("expression", "passes"),
    [
        ("latency_p99<2x", True), ("latency_p99<1.4x", False), ("latency_p99<152ms", True),
        ("latency_p99<151ms", False), ("rate>=1x", True), ("rate>1x", False), ("accepted>=99.9%", True),
        ("rejected==0", True), ("rejected<2x", False), ("rejected<=2x", True), ("seconds<31s", True),
        ("seconds<29", False), ("bytes>1e6", True), ("rate_wanted==500", True),
    ],
)  # fmt: skip
def test_bounds_are_values_shares_or_times_of_the_first_run(expression: str, passes: bool) -> None:
    compared = compare_runs(a_run(), slower(1.5))
    assert judge_runs([threshold_of_runs(expression)], compared)[0].passed is passes


def test_options_that_differ_are_listed_and_those_of_every_run_are_not() -> None:
    other = a_run(B, plan=a_plan(run=B, created_ms=5, start_ms=6, rate=1000.0, pack=True))
    assert [(one.name, one.first, one.second) for one in compare_runs(a_run(), other).options] == [
        ("rate", 500.0, 1000.0),
        ("pack", False, True),
    ]


def test_the_port_of_an_embedded_pipeline_is_not_an_option() -> None:
    moved = EMBEDDED.model_copy(update={"endpoint_url": "http://127.0.0.1:9"})
    assert compare_runs(a_run(), a_run(B, plan=a_plan(run=B, destination=moved))).options == []
    elsewhere = [ON_AWS.model_copy(update={"endpoint_url": url}) for url in ("http://a", "http://b")]
    first, second = (
        a_run(run, plan=a_plan(run=run, destination=to)) for run, to in zip((A, B), elsewhere, strict=True)
    )
    assert [one.name for one in compare_runs(first, second).options] == ["destination.endpoint_url"]


def test_retried_adds_up_over_sessions() -> None:
    lines = [line(1, 0.1, retried=3), line(2, 0.1, retried=5)]
    assert a_run(moments=lines).value("retried") == 5
    assert a_run(moments=[]).value("retried") is None


def test_a_run_beside_itself_is_refused() -> None:
    with pytest.raises(UsageProblem, match="with itself says nothing"):
        compare_runs(a_run(), a_run())
