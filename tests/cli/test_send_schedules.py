"""`clickgen send` with a rate that changes: what is due when, how it is shown, and what cannot be asked for."""

import json
import os
import shlex
import signal
import time
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from clickgen.model.plan import Plan
from clickgen.model.timetable import Stage, Timetable
from clickgen.pace.curve import Piece, RateCurve
from clickgen.pace.schedule import LaneSchedule
from clickgen.traffic.simulation import SimulatedLane
from tests.conftest import CommandLine
from tests.support.simulated import RUN, START_MS, flat, read_bytes, shop
from tests.support.under_way import sending_until

REPEATABLE = ["--seed", "7", "--start", "2026-01-05T20:15:00Z", "--run-id", "0a1b2c3d4e5f"]


def landed(home: Path) -> list[bytes]:
    """The events in the lake, sorted by id."""
    files = [path for path in (home / "lake").rglob("*") if path.is_file() and "/." not in str(path)]
    return sorted(line for path in files for line in path.read_bytes().splitlines())


def second_counts(home: Path, plan: Plan) -> list[int]:
    """How many events have their time in each second of the run."""
    times = [datetime.fromisoformat(json.loads(line)["event_time"]).timestamp() for line in landed(home)]
    seconds = np.floor(np.array(times) - plan.start_ms / 1000).astype(int)
    return [int(count) for count in np.bincount(seconds)]


def plan_of(clickgen: CommandLine) -> Plan:
    return Plan.model_validate(clickgen.run("runs", "show", "--json").json["plan"])


def test_stages_with_a_silent_stretch_and_a_spike(clickgen: CommandLine) -> None:
    """From 100/s to 300/s in 2 s, down at once, a silent second, then 200/s for 2 s, of which one threefold."""
    stages = ["2s:300", "0s:0", "1s:0", "0s:200", "2s:200"]
    options = [word for stage in stages for word in ("--stage", stage)]
    sent = clickgen.run("send", "--rate", "100", *options, "--spike", "3x@4s+1s", *REPEATABLE, "--json")
    assert sent.code == 0, sent.err
    plan = plan_of(clickgen)
    assert sent.json["planned"] == sent.json["accepted"] == 400 + 200 + 600
    counts = second_counts(clickgen.home, plan)
    # an event due at the very end of a second is already counted in the next
    assert counts == pytest.approx([150, 250, 0, 200, 600, 0][: len(counts)], abs=1)
    assert (plan.rate, plan.duration_s) == (600, 5)
    assert sent.json["lag_ms"]["p99"] < 1000
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert (proof.code, proof.json["verdict"]) == (0, "verified")


@pytest.mark.slow
def test_a_day_curve_is_repeated_to_the_byte_though_its_start_was_only_known_when_it_began(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    sent = clickgen.run(
        "send", "--schedule", "day", "--rate", "2000", "--duration", "2s", "--lanes", "2", "--json"
    )
    assert sent.code == 0, sent.err
    plan = plan_of(clickgen)
    assert plan.start_ms > plan.created_ms
    shown = clickgen.run("runs", "show").out
    assert "schedule day curve (Europe/Berlin), peak 2,000/s\n" in shown
    repeat = next(line for line in shown.splitlines() if line.startswith("repeat"))
    words = shlex.split(repeat)[2:]
    again = CommandLine(Path(words[words.index("--home") + 1]))
    assert again.run(*words, timeout=60).code == 0
    assert landed(again.home) == landed(clickgen.home)
    assert len(landed(clickgen.home)) == sent.json["planned"] > 100


@pytest.mark.slow
def test_the_workers_do_not_matter(tmp_path: Path) -> None:
    lakes = []
    for workers in ("1", "3"):
        clickgen = CommandLine(tmp_path / workers)
        sent = clickgen.run(
            *["send", "--stage", "2s:2000", "--lanes", "4", "--workers", workers, "--spike", "2x@1s+100ms"],
            *REPEATABLE,
        )
        assert sent.code == 0, sent.err
        lakes.append(landed(clickgen.home))
    assert len(lakes[0]) == pytest.approx(2000 + 105, abs=1)
    assert lakes[0] == lakes[1]


@pytest.mark.slow
def test_a_limit_ends_the_stages_sooner_and_never_later(clickgen: CommandLine) -> None:
    short = clickgen.run("send", "--stage", "10s:100", "--duration", "2s", "--json", "--run-id", "00000000000a")
    assert (short.code, short.json["planned"]) == (0, 20)
    fewer = clickgen.run("send", "--stage", "2s:100", "--events", "30", "--json", "--run-id", "00000000000b")
    assert (fewer.code, fewer.json["planned"]) == (0, 30)
    longer = clickgen.run("send", "--stage", "1s:100", "--duration", "1h", "--json", "--run-id", "00000000000c")
    assert (longer.code, longer.json["planned"]) == (0, 50)
    assert longer.json["seconds"] < 10


def test_a_run_that_is_stopped_in_a_silent_stretch_ends_at_once(clickgen: CommandLine) -> None:
    stages = ["--stage", "0s:200", "--stage", "1s:200", "--stage", "0s:0", "--stage", "1h:0", "--stage", "5s:200"]
    running = sending_until(clickgen, 200, "send", *stages, "--json")
    os.killpg(running.pid, signal.SIGINT)
    began = time.monotonic()
    out, err = running.communicate(timeout=30)
    account = json.loads(out)
    assert time.monotonic() - began < 15, err
    assert running.returncode == 130
    assert (account["planned"], account["accepted"], account["unsent"]) == (700, 200, 500)


def test_an_endless_run_with_a_spike_closes_its_account(clickgen: CommandLine) -> None:
    running = sending_until(clickgen, 600, "send", "--rate", "100", "--spike", "5x@1s+1s", "--json")
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    account = json.loads(out)
    assert running.returncode == 0, err
    assert account["planned"] == account["accepted"] == len(landed(clickgen.home)) >= 600
    assert account["unsent"] == 0


def test_lanes_workers_and_price_are_those_of_the_peak(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--rate", "100", "--spike", "150x@1h+1s", "--events", "50", "--json")
    assert sent.code == 0, sent.err
    plan = plan_of(clickgen)
    assert (plan.rate, plan.lanes) == (15_000, 2)
    assert plan.timetable is not None
    assert plan.timetable.rate == 100


def test_a_rate_and_stages_come_from_the_environment_too(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--json", env={"CLICKGEN_SEND_STAGE": "1s:100 1s:100", "CLICKGEN_SEND_RATE": "50"})
    assert sent.code == 0, sent.err
    assert sent.json["planned"] == 75 + 100
    assert plan_of(clickgen).timetable == Timetable(
        rate=50, stages=(Stage(seconds=1, rate=100), Stage(seconds=1, rate=100))
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--stage", "500"], "write 2m:500"),
        (["--stage", "2m:-5"], "write 2m:500"),
        (["--stage", "soon:5"], "write 2m:500"),
        (["--stage", "2m:nan"], "write 2m:500"),
        (["--stage", "0s:500"], "no time at all"),
        (["--stage", "5m:0"], "nothing is ever due"),
        (["--stage", "1s:0.1"], "nothing is due within 1 s"),
        (["--spike", "10@5m+30s"], "write 10x@5m+30s"),
        (["--spike", "10x@5m"], "write 10x@5m+30s"),
        (["--spike", "10x@5m+0s"], "write 10x@5m+30s"),
        (["--spike", "tenx@5m+3s"], "write 10x@5m+30s"),
        (["--spike", "2x@10s+1s", "--duration", "5s"], "the run ends after 5 s"),
        (["--stage", "1m:5", "--spike", "2x@2m+1s"], "the run ends after 60 s"),
        (["--spike", "100000x@1s+1s", "--duration", "3s"], "cannot be sent"),
        (["--rate", "max", "--stage", "2m:500"], "--rate max with --stage"),
        (["--rate", "max", "--schedule", "day", "--spike", "2x@1s+1s"], "--schedule and --spike"),
        (["--stage", "2m:500", "--schedule", "day"], "leave one of them out"),
        (["--schedule", "night"], "day"),
    ],
)
def test_what_cannot_be_is_a_message_with_the_right_form(
    clickgen: CommandLine, arguments: list[str], words: str
) -> None:
    said = clickgen.run("send", *arguments)
    assert said.code == 2, said.err
    assert words in said.err
    assert not clickgen.home.exists()


def lane_of(curve: RateCurve, lane: int, lanes: int, count: int) -> SimulatedLane:
    return SimulatedLane(
        shop(),
        run=RUN,
        lane=lane,
        lanes=lanes,
        seed=7,
        start_ms=START_MS,
        due=LaneSchedule(curve, lane, lanes).due,
        rate=curve.rate_at(0) / lanes,
        count=count,
        mean_rate=curve.mean / lanes,
        layout=flat(),
    )


def test_a_lane_passes_silent_hours_and_ends_with_its_curve() -> None:
    curve = RateCurve([Piece(10, 0, 200), Piece(7200, 0, 0), Piece(5, 300, 0), Piece(86_400, 0, 0)])
    due: list[float] = []
    for lane in range(4):
        source, end = lane_of(curve, lane, 4, -(-(1750 - lane) // 4)), 0
        while (block := source.next_block()) is not None:
            assert block.first == end
            end = block.end
            assert block.due[-1] - block.due[0] <= 0.5
            due += block.due.tolist()
    assert sorted(due) == curve.due(np.arange(1, 1751)).tolist()
    assert max(due) == pytest.approx(7215)


def test_a_lane_entered_in_the_middle_of_a_ramp_goes_on_with_the_same_bytes() -> None:
    curve = RateCurve([Piece(10, 0, 200), Piece(60, 0, 0), Piece(10, 100, 100)])
    whole = read_bytes(lane_of(curve, 0, 1, 2000)).splitlines()
    for number in (1, 500, 1000, 1999):
        entered = lane_of(curve, 0, 1, 2000)
        entered.skip_to(number)
        assert read_bytes(entered).splitlines() == whole[number:]
