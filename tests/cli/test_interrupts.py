"""Ctrl-C at any moment: exit code 130, soon, without a traceback and without a word from Python's helpers."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import CommandLine
from tests.run.test_worker_death import workers_of
from tests.support.under_way import sending

NOISE = (b"Traceback", b"KeyboardInterrupt", b"resource_tracker", b"leaked", b"Exception ignored")
SOON_S = 15  # two seconds on a machine that has nothing else to do
COMMANDS = {
    "generate": ("generate", "--events", "3000000", "--workers", "2"),
    "send": ("send", "--rate", "300", "--duration", "60s", "--workers", "1"),
    "replay": ("replay", "{recorded}", "--rate", "20"),
    "verify": ("verify", "s3", "delivery", "--wait", "60s"),
    "bench": ("bench", "generate"),
}
# an import that takes long, and in it what an interrupt would be lost in or shown from
_SLOW_IMPORT = """
import sys, time
class Dropped:
    def __del__(self):
        print("importing", flush=True)
        time.sleep(0.5)
Dropped()
end = time.monotonic() + 0.3
while time.monotonic() < end:
    pass
"""
_WITH_SLOW_IMPORT = """
import sys
sys.path.insert(0, sys.argv.pop(1))
from clickgen.cli import main
from clickgen.cli.main import raise_interrupts
raise_interrupts()
try:
    import slow_to_import
    print("imported", flush=True)
    import time
    time.sleep(5)
except KeyboardInterrupt:
    sys.exit(77)
"""


def stopped(running: "subprocess.Popen[bytes]", how: signal.Signals, *, group: bool) -> tuple[int, float]:
    """Stop a command, or its whole process group: its exit code, and how long it took to end."""
    if running.poll() is None:
        (os.killpg if group else os.kill)(running.pid, how)
    began = time.monotonic()
    _, err = running.communicate(timeout=60)
    assert not any(noise in err for noise in NOISE), err.decode()
    return running.returncode, time.monotonic() - began


# each command once, stopped alone or with its process group; `-m slow` has each in both ways
STOPS = [*((name, signal.SIGINT) for name in COMMANDS), ("send", signal.SIGTERM)]


@pytest.mark.parametrize(
    ("name", "how", "group"),
    [
        pytest.param(*stop, group, marks=[] if group == number % 2 else pytest.mark.slow)
        for number, stop in enumerate(STOPS)
        for group in (False, True)
    ],
)
def test_a_stop_while_it_starts_is_quiet(
    clickgen: CommandLine, tmp_path: Path, name: str, how: signal.Signals, *, group: bool
) -> None:
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text("".join(f'{{"n":{n}}}\n' for n in range(2_000)))
    words = [word.format(recorded=recorded) for word in COMMANDS[name]]
    chance = random.Random(f"{name} {how} {group}")
    running = clickgen.start(*words)
    time.sleep(0.15 + chance.uniform(0, 1.5))  # before that there is only Python itself
    code, took = stopped(running, how, group=group)
    assert code == 130 or (name == "verify" and code == 2), "without a run it has nothing to do"
    assert took < SOON_S


@pytest.mark.parametrize("group", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_generation_under_way_ends_in_order(clickgen: CommandLine, *, group: bool) -> None:
    running = sending(clickgen, "generate", "--events", "3000000", "--workers", "2")
    code, took = stopped(running, signal.SIGINT, group=group)
    assert code == 130
    assert took < SOON_S
    account = clickgen.run("runs", "show", "--json").json
    assert account["planned"] == account["accepted"]
    assert account["state"] == "finished"


@pytest.mark.parametrize("victim", ["parent", "both"])
def test_nothing_is_said_after_a_kill(clickgen: CommandLine, tmp_path: Path, victim: str) -> None:
    running = sending(clickgen, "send", "--rate", "500", "--duration", "60s", "--workers", "1")
    doomed = [running.pid, *(workers_of(running.pid) if victim == "both" else [])]
    for process in doomed:
        os.kill(process, signal.SIGKILL)
    _, err = running.communicate(timeout=60)  # to its end: helpers hold the pipe until they have left
    assert not any(noise in err for noise in NOISE), err.decode()


def test_an_interrupt_in_an_import_is_raised_behind_it(tmp_path: Path) -> None:
    (tmp_path / "slow_to_import.py").write_text(_SLOW_IMPORT)
    words = [sys.executable, "-c", _WITH_SLOW_IMPORT, str(tmp_path)]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdout is not None
    assert running.stdout.readline() == b"importing\n"
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=30)
    assert running.returncode == 77, err
    assert err == b""
    assert out in (b"imported\n", b"")
