"""kill -9 of worker processes: another takes over, nothing is lost or counted twice."""

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.support.under_way import sending

USD_A_RECORD = 5120 / 2**30 * 0.029
# each moment and each signal at least once; `-m slow` has them all
SOME_STOPS = {
    (0.3, signal.SIGTERM),
    (0.7, signal.SIGHUP),
    (1.0, signal.SIGINT),
    (1.3, signal.SIGTERM),
    (1.7, signal.SIGHUP),
}


def workers_of(parent: int) -> list[int]:
    """The worker processes that a run has now: its forks, and those that started a Python of their own."""
    found = []
    try:
        own = Path(f"/proc/{parent}/cmdline").read_bytes()
    except OSError:
        return []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state = path.read_text().rsplit(")", 1)[1].split()
            words = (path.parent / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended meanwhile
        if int(state[1]) == parent and (words == own or b"spawn_main" in words):
            found.append(int(path.parent.name))
    return found


def kill_a_worker(running: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 20
    while not (workers := workers_of(running.pid)):
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.kill(workers[0], signal.SIGKILL)


@pytest.mark.parametrize(
    ("arguments", "events"),
    [
        (["--rate", "4000", "--workers", "1"], "12000"),
        pytest.param(["--rate", "max", "--workers", "2"], "600000", marks=pytest.mark.slow),
    ],
)
def test_another_takes_over(clickgen: CommandLine, arguments: list[str], events: str) -> None:
    running = sending(clickgen, "send", *arguments, "--events", events, "--json")
    kill_a_worker(running)
    out, err = running.communicate(timeout=100)
    assert b"Traceback" not in err, err
    account = json.loads(out)
    assert account["planned"] == sum(account[state] for state in ("accepted", "rejected", "unknown", "unsent"))
    assert account["planned"] == int(events)
    assert account["unsent"] == account["rejected"] == 0
    assert running.returncode == (4 if account["unknown"] else 0)
    assert b"died; what it had not reported is unknown" in err
    proof = clickgen.run("verify", "s3", "delivery", "--json").json
    assert proof["verdict"] == "verified"
    assert proof["missing"] == proof["duplicates"]["unexplained"] == 0


def test_too_many_deaths_end_the_run_with_its_account_closed(clickgen: CommandLine) -> None:
    running = sending(clickgen, "send", "--rate", "500", "--duration", "60s", "--json")
    for _ in range(6):
        kill_a_worker(running)
        time.sleep(0.2)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 3, err
    assert err.count(b"died; what it had not reported") <= 12  # each death once at once, once in the summary
    account = json.loads(out)
    assert account["planned"] == sum(account[state] for state in ("accepted", "rejected", "unknown", "unsent"))


@pytest.mark.slow
def test_a_bound_in_dollars_holds_over_deaths(clickgen: CommandLine) -> None:
    running = sending(clickgen, "send", "--rate", "5000", "--max-usd", "0.004", "--json")
    kill_a_worker(running)
    out, err = running.communicate(timeout=60)
    assert b"Traceback" not in err, err
    assert json.loads(out)["cost_usd"] <= 0.004
    proof = clickgen.run("verify", "s3", "delivery", "--json").json
    assert (proof["delivered"] + proof["recovered"]) * USD_A_RECORD <= 0.004


@pytest.mark.slow
def test_what_was_skipped_is_told_once(clickgen: CommandLine, tmp_path: Path) -> None:
    recorded = tmp_path / "events"
    lines = [f'{{"n":{n},"t":{1_700_000_000 + n / 100}}}' for n in range(800)]
    recorded.write_text("\n".join(["bad", *lines, "worse"]) + "\n")
    running = clickgen.start("replay", str(recorded), "--json")
    while not any((clickgen.home / "runs").glob("*/skipped.jsonl")):
        assert running.poll() is None, running.communicate()
        time.sleep(0.05)
    time.sleep(1.5)
    kill_a_worker(running)
    out, err = running.communicate(timeout=60)
    account = json.loads(out)
    assert account["skipped"] == 2, err
    assert running.returncode == (4 if account["unknown"] else 1) or account["unknown"]
    kept = clickgen.home / "runs" / account["run"] / "skipped.jsonl"
    assert [json.loads(line)["line"] for line in kept.read_text().splitlines()] == [1, 802]


@pytest.mark.parametrize(
    ("moment", "stop"),
    [
        pytest.param(moment, stop, marks=[] if (moment, stop) in SOME_STOPS else pytest.mark.slow)
        for moment in (0.3, 0.7, 1.0, 1.3, 1.7)
        for stop in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    ],
)
def test_a_stop_while_it_starts_is_an_ordinary_stop(
    clickgen: CommandLine, moment: float, stop: signal.Signals
) -> None:
    running = clickgen.start("send", "--rate", "300", "--duration", "60s", "--workers", "1")
    time.sleep(moment)
    os.killpg(running.pid, stop)
    _, err = running.communicate(timeout=60)
    assert b"Traceback" not in err, err
    assert running.returncode == 130, err
