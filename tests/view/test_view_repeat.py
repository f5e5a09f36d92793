"""The command line to repeat a run is one that the command itself understands, and makes the same plan."""

import math
import shlex
from pathlib import Path
from typing import Any

import click
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from clickgen.cli.app import App
from clickgen.cli.commands.replay import replay
from clickgen.cli.commands.send import send
from clickgen.model.amounts import instant
from clickgen.model.disorder import Disorder, Drift
from clickgen.model.form import Form, Kind
from clickgen.model.plan import Plan
from clickgen.model.recording import Recording
from clickgen.model.timetable import DayCurve, Spike, Stage, Timetable
from clickgen.pace.schedule import ConstantRate
from clickgen.view.command_lines import repeat_command
from tests.support.snapshots import ON_AWS, RUN, a_plan, a_replay

HOME = Path(".clickgen")


def understood(plan: Plan) -> dict[str, Any]:
    """What the command makes of the line."""
    program, name, *arguments = shlex.split(repeat_command(plan, HOME))
    assert (program, name) == ("clickgen", plan.command)
    command: click.Command = send if name == "send" else replay
    context = command.make_context(name, arguments)
    return {**context.params, "home": context.ensure_object(App).home_path}


def test_a_simulation_goes_into_a_home_of_its_own() -> None:
    assert repeat_command(a_plan(), HOME) == (
        "clickgen send --rate 500 --duration 30s --profile shop --schema flat --seed 7"
        f" --start 2026-01-01T00:00:00.250Z --lanes 1 --run-id {RUN} --home .clickgen-again"
    )


def test_a_named_stream_gets_fresh_ids() -> None:
    destination = ON_AWS.model_copy(update={"aws_profile": "shop prod", "endpoint_url": "https://vpce.example"})
    line = repeat_command(a_plan(destination=destination, pack=True), HOME)
    assert line.endswith(
        " --pack --stream clicks --region eu-west-1 --aws-profile 'shop prod' --endpoint-url https://vpce.example"
    )
    assert "--run-id" not in line


@given(
    st.floats(1e-3, 1e6) | st.none(),
    st.floats(1e-5, 1e6) | st.none(),
    st.integers(1, 10**9) | st.none(),
    st.integers(0, 2**63 - 1),
    st.integers(10**12, 4_102_444_800_000),
    st.sampled_from([1, 2, 16, 64]),
)
def test_send_makes_the_same_plan_of_it(
    rate: float | None, duration: float | None, events: int | None, seed: int, start_ms: int, lanes: int
) -> None:
    planned = events
    if rate is not None and duration is not None:
        due = ConstantRate(rate).expected(duration)
        planned = due if events is None else min(due, events)
    given = understood(
        a_plan(rate=rate, duration_s=duration, planned=planned, seed=seed, start_ms=start_ms, lanes=lanes)
    )
    assert (given["rate"], given["duration"]) == (rate, duration)
    assert (given["seed"], given["start"], given["lanes"], given["run_id"]) == (seed, start_ms, lanes, RUN)
    if given["events"] != planned:  # then the duration says it
        assert given["events"] is None
        assert rate is not None
        assert planned == ConstantRate(rate).expected(given["duration"])


seconds = st.integers(0, 10**6).map(float) | st.floats(1e-4, 1e6)
stages = st.builds(Stage, seconds=seconds, rate=st.floats(0, 1e6))
spikes = st.builds(Spike, factor=st.floats(0, 100), at_s=seconds, length_s=seconds.filter(bool))


@given(st.just(0.0) | st.floats(1e-3, 1e6), st.lists(stages, max_size=4), st.lists(spikes, max_size=3))
def test_send_makes_the_same_timetable_of_it(rate: float, stages: list[Stage], spikes: list[Spike]) -> None:
    assume(stages or (spikes and rate))
    plan = a_plan(
        timetable=Timetable(rate=rate, stages=tuple(stages), spikes=tuple(spikes)),
        planned=None,
        duration_s=math.fsum(stage.seconds for stage in stages) if stages else None,
    )
    given = understood(plan)
    assert (given["stage"], given["spike"], given["schedule"]) == (tuple(stages), tuple(spikes), None)
    assert given["rate"] == rate or (stages and not rate)


def test_a_stage_that_was_cut_short_is_cut_short_again() -> None:
    timetable = Timetable(rate=0, stages=(Stage(seconds=10, rate=100),))
    whole = a_plan(timetable=timetable, rate=100.0, duration_s=10.0, planned=500)
    assert " --stage 10s:100 --profile" in repeat_command(whole, HOME)
    shorter = a_plan(timetable=timetable, rate=100.0, duration_s=5.0, planned=125)
    assert " --stage 10s:100 --duration 5s --profile" in repeat_command(shorter, HOME)
    fewer = a_plan(timetable=timetable, rate=100.0, duration_s=10.0, planned=77)
    assert " --stage 10s:100 --events 77 --profile" in repeat_command(fewer, HOME)


def test_the_events_of_a_day_curve_are_counted_not_timed() -> None:
    """How many are due in a time depends on when it begins, which the run itself only knows once it has begun."""
    day = DayCurve(hours=(1.0,) * 24, weekdays=(1.0,) * 7, zone="UTC", utc_offset_s=0)
    plan = a_plan(timetable=Timetable(rate=500, day=day))
    assert " --rate 500 --schedule day --events 15000 --profile" in repeat_command(plan, HOME)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"speed": None, "rate": None, "time_field": (), "id_field": "clickgen_id"}),
        ({"speed": 600.0, "time_field": "meta.t"}, {"speed": 600.0, "time_field": ("meta.t",)}),
        ({"rate": 12.5, "id_field": "my id"}, {"rate": 12.5, "speed": None, "id_field": "my id"}),
        ({"sources": ("-odd", "a b.gz")}, {"files": ("-odd", "a b.gz")}),
        ({"sources": ("-",)}, {"files": ("-",)}),
        ({"time_field": "Date + Time"}, {"time_field": ("Date", "Time")}),
        (
            {"recording": Recording(zone="Europe/Berlin", where="a = 'b c'", sample=0.1, limit=7, max_gap_s=5.0)},
            {"zone": "Europe/Berlin", "where": "a = 'b c'", "sample": 0.1, "limit": 7, "max_gap": 5.0},
        ),
        (
            {"recording": Recording(earliest_s=1.5e9, latest_s=1.6e9, visitor_field="user", ordered=True)},
            {"since": 1_500_000_000_000, "until": 1_600_000_000_000, "visitor_field": "user", "ordered": True},
        ),
        (
            {"recording": Recording(loop=3, multiply=4, jitter_s=30.0, dropped=("a.b",), pseudonymised=("c",))},
            {"loop": 3, "multiply": 4, "jitter": 30.0, "drop": ("a.b",), "pseudonymise": ("c",)},
        ),
        (
            {"recording": Recording(retime=True, reorder_s=60.0), "start_ms": 1_767_225_600_000},
            {"retime": 1_767_225_600_000, "reorder_window": 60.0, "sort": False},
        ),
        ({"recording": Recording(spooled=True)}, {"sort": True, "reorder_window": None}),
        (
            {"recording": Recording(forms=(Form(kind=Kind.DELIMITED, separator="\t", columns=("a", "b")),))},
            {"separator": "tab", "columns": ("a", "b")},
        ),
        (
            {
                "rate": 200.0,
                "timetable": Timetable(
                    rate=5.0, stages=(Stage(seconds=4, rate=200), Stage(seconds=1e9, rate=200))
                ),
            },
            {"rate": 5.0, "stage": (Stage(seconds=4, rate=200),), "speed": None},
        ),
    ],
)
def test_replay_makes_the_same_plan_of_it(changes: dict[str, Any], expected: dict[str, Any]) -> None:
    given = understood(a_replay(**changes))
    assert {name: given[name] for name in expected} == expected
    assert given["home"] == Path(".clickgen-again")


def test_instants_are_utc_to_the_millisecond() -> None:
    assert instant(1_767_225_600_000) == "2026-01-01T00:00:00Z"
    assert instant(1_767_225_600_007) == "2026-01-01T00:00:00.007Z"


def test_planted_disorder_is_planted_again() -> None:
    disorder = Disorder(late=0.0123456789, late_s=30, duplicate=0.005, drift=(Drift(field="price", at_s=1.5),))
    words = repeat_command(a_plan(disorder=disorder), HOME)
    assert " --schema flat --late 0.0123456789:30s --duplicate 0.005 --drift price@1.5s " in words
