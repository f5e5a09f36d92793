"""What a run had planned, and whether it was cut short, however it was ended."""

import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from clickgen.ledger.folder import RunFolder
from clickgen.run.leases import Left
from clickgen.run.planned import COUNTED_WITHIN_S, Planned, Reached, Uncounted, planned_of
from tests.conftest import CommandLine
from tests.support.held_clock import HeldClock
from tests.support.snapshots import a_plan, a_replay
from tests.support.under_way import sending_until

KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
Count = Callable[[int], tuple[int, bool]]


def counting(**by_lane: tuple[int, bool]) -> Count:
    return lambda lane: by_lane[f"lane{lane}"]


def nothing_to_count(lane: int) -> tuple[int, bool]:
    raise AssertionError(f"the files of lane {lane} were counted")


def test_a_limit_is_the_plan_whatever_was_reached() -> None:
    reached = Reached(second=3.0, timed_out=False, read={0: 7, 1: 9})
    planned = planned_of(a_plan(planned=101, lanes=2), None, reached, nothing_to_count)
    assert planned == Planned({0: 51, 1: 50}, whole=True)
    endless = a_plan(planned=None, duration_s=None)
    assert planned_of(endless, None, reached, nothing_to_count) == Planned({0: 1_500}, whole=True)


@pytest.mark.parametrize("timed_out", [True, False])
def test_as_much_as_goes_in_a_time_is_all_there_was_only_when_the_time_is_over(timed_out: bool) -> None:
    plan = a_plan(rate=None, planned=None, duration_s=10.0)
    reached = Reached(second=10.0, timed_out=timed_out, read={0: 70})
    assert planned_of(plan, None, reached, nothing_to_count) == Planned({0: 0}, whole=timed_out)


def test_of_a_replay_only_the_files_that_were_not_read_are_counted() -> None:
    plan = a_replay(lanes=3)
    reached = Reached(second=3.0, timed_out=False, read={0: 10, 1: 20, 2: 30}, ended={1})
    planned = planned_of(plan, None, reached, counting(lane0=(100, True), lane2=(31, True)))
    assert planned == Planned({0: 100, 1: 20, 2: 31}, whole=True)
    partly = planned_of(plan, None, reached, counting(lane0=(5, False), lane2=(31, True)))
    assert partly == Planned({0: 10, 1: 20, 2: 31}, whole=False)


def test_of_a_resumed_replay_what_was_known_before_stays() -> None:
    reached = Reached(second=3.0, timed_out=False, read={0: 10})
    left = Left({0: 50, 1: 8}, {}, whole=False)
    planned = planned_of(a_replay(lanes=2), left, reached, counting(lane0=(100, True), lane1=(0, False)))
    assert planned == Planned({0: 100, 1: 8}, whole=False)
    known = Left({0: 50, 1: 8}, {}, whole=True)
    assert planned_of(a_replay(lanes=2), known, reached, nothing_to_count) == Planned({0: 50, 1: 8}, whole=True)


def uncounted(file: Path, clock: HeldClock, told: list[str], *, left: bool = False) -> Uncounted:
    def leaves() -> bool:
        clock.sleep(0.4)
        return left

    return Uncounted(RunFolder(file.parent), a_replay(sources=(str(file),)), clock, leaves, told.append)


def test_counting_is_bounded_and_says_that_it_lasts(tmp_path: Path) -> None:
    file, clock, told = tmp_path / "clicks", HeldClock(), list[str]()
    file.write_bytes(b'{"n":1}\n' * 1_000)
    assert uncounted(file, clock, told).count(0) == (1_000, True)
    assert told == []
    file.write_bytes(b'{"n":1, "pad": "%s"}\n' % (b"x" * 1_000) * 60_000)
    count, complete = uncounted(file, clock, told).count(0)
    assert 0 < count < 60_000
    assert not complete
    assert clock.seconds < COUNTED_WITHIN_S + 3
    assert len(told) == 1


def test_nothing_is_counted_for_who_leaves_or_of_what_is_not_there(tmp_path: Path) -> None:
    file = tmp_path / "clicks"
    assert uncounted(file, HeldClock(), []).count(0) == (0, False)
    file.write_bytes(b'{"n":1}\n')
    assert uncounted(file, HeldClock(), [], left=True).count(0) == (0, False)
    assert uncounted(Path("-"), HeldClock(), []).count(0) == (0, False)


def test_a_run_that_only_drained_when_it_was_interrupted_is_finished(clickgen: CommandLine) -> None:
    """All of it was due after 1.5 s; the stream takes it in six."""
    with clickgen.serving("--stream", "clicks", "--throttle", "500") as endpoint:
        there = ["--stream", "clicks", "--endpoint-url", endpoint]
        running = sending_until(clickgen, 1_500, "send", *there, "--rate", "2000", "--events", "3000", env=KEYS)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    assert running.returncode == 0, (out, err)
    assert b"draining..." in err
    assert b" finished after " in out
    assert b"planned 3,000 = accepted 3,000 + rejected 0 + unknown 0 + unsent 0" in out


def test_a_replay_that_was_interrupted_had_planned_its_files_and_goes_on(
    clickgen: CommandLine, tmp_path: Path
) -> None:
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(100_000)))
    running = sending_until(clickgen, 100, "replay", str(file), "--rate", "500", "--json")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 130, err
    account = json.loads(out)
    assert account["planned"] == 100_000
    assert account["unsent"] == 100_000 - account["accepted"] > 90_000
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(account["accepted"] + 200)))
    rest = clickgen.run("runs", "resume", "--json").json  # the file has become shorter meanwhile
    assert (rest["planned"], rest["accepted"]) == (100_000, account["accepted"] + 200)


def test_a_finished_replay_has_nothing_left(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clicks.jsonl"
    file.write_text('{"n": 1}\n{"n": 2}\n')
    assert clickgen.run("replay", str(file), "--rate", "500").code == 0
    resumed = clickgen.run("runs", "resume")
    assert resumed.code == 0
    assert " has no unsent events" in resumed.err
