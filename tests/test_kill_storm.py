"""kill -9 at random moments, twenty times: the account closes and verification finds nothing lost. Slow."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.conftest import CommandLine


def servers_of(parent: int) -> list[int]:
    """The embedded pipelines that a process started."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if b"--parent" in words and words[words.index(b"--parent") + 1] == str(parent).encode():
            found.append(int(path.parent.name))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_kill_9_at_a_random_moment(clickgen: CommandLine, number: int) -> None:
    chance = random.Random(number)
    rate = chance.choice(["300", "2000", "15000", "max"])
    running = clickgen.start("send", "--rate", rate, "--events", "400000", "--workers", "1")
    while not any((clickgen.home / "runs").glob("*/plan.json")):
        assert running.poll() is None
        time.sleep(0.02)
    time.sleep(chance.uniform(0, 5))
    victims = servers_of(running.pid) if number % 2 else []
    if running.poll() is None:
        os.killpg(running.pid, signal.SIGKILL) if number % 2 else running.kill()
    for server in victims:
        os.kill(server, signal.SIGKILL)
    running.communicate()
    shown = clickgen.run("runs", "show", "--json").json
    assert shown["planned"] == sum(shown[state] for state in ("accepted", "rejected", "unknown", "unsent"))
    assert shown["planned"] == 400_000
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.out + proof.err
    assert proof.json["verdict"] == "verified"
    assert proof.json["missing"] == 0
    assert proof.json["duplicates"]["unexplained"] == 0
