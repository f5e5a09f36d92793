"""What `generate` says before it begins, what little traffic costs, and how it ends when somebody stops it."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import CommandLine


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_how_much_it_will_be_is_said_first(clickgen: CommandLine, tmp_path: Path) -> None:
    made = clickgen.run(
        *["generate", "--events", "3000", "--since", "2026-01-01", "--until", "2026-01-03"],
        *["--to", str(tmp_path / "a.jsonl"), "--json"],
    )
    said = re.match(
        r"about 3,000 events in (\d+) sessions, ([\d.]+) MiB, over 2d 00h,"
        r" from 2026-01-01T00:00:00Z to 2026-01-03T00:00:00Z\n",
        made.err,
    )
    assert said, made.err
    assert 500 < int(said[1]) < 800
    of_each = float(said[2]) * 2**20 / 3000
    assert of_each == pytest.approx(made.json["bytes"] / made.json["accepted"], rel=0.1)


def test_a_year_with_little_traffic_is_no_more_work_than_its_events(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "year.jsonl"
    made = clickgen.run(
        *["generate", "--events", "100", "--since", "2025-01-01", "--until", "2026-01-01", "--to", str(file)],
        *["--seed", "1", "--json"],
    )
    assert made.code == 0, made.err
    assert made.json["accepted"] == len(file.read_bytes().splitlines()) == 120


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_signal_ends_it_though_a_worker_does_not_answer(
    clickgen: CommandLine, number: signal.Signals
) -> None:
    words = ["--rate", "2000", "--duration", "20h", "--lanes", "4", "--workers", "2", "--seed", "7"]
    running = clickgen.start("generate", *words, "--json")
    lake = clickgen.home / "lake" / "clickgen-lake"
    deadline = time.monotonic() + 60
    while not any(lake.glob("2*/**/clickgen-*")):
        assert running.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.01)
    stuck = children_of(running.pid)[0]
    os.kill(stuck, signal.SIGSTOP)
    os.kill(running.pid, number)
    began = time.monotonic()
    out, err = running.communicate(timeout=30)
    assert time.monotonic() - began < 10  # on a quiet machine it is one second
    assert running.returncode == 130, err
    assert b"Traceback" not in err
    account = json.loads(out)
    assert account["planned"] == account["accepted"] + account["unknown"] + account["unsent"]
    there = sum(path.read_bytes().count(b"\n") for path in lake.glob("2*/**/clickgen-*"))
    assert account["accepted"] <= there <= account["accepted"] + account["unknown"]
    assert not account["complete"]
