"""The API in a Python of its own: what importing it costs, scripts without a guard, and Ctrl-C."""

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import CommandLine

_LIGHT = """
import sys
before = set(sys.modules)
import clickgen
print(sorted(set(sys.modules) - before))
"""
_UNGUARDED = """
import clickgen
print("once")
run = clickgen.send(rate=2000, events=500, workers=2, lanes=2)
print(run.accepted, clickgen.verify(run).verdict)
"""
_STOPPED = """
import signal
import clickgen
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background
try:
    clickgen.send(rate=50, duration="10m", tell=lambda line: print(line, flush=True))
except KeyboardInterrupt:
    print("stopped")
"""


def python(clickgen: CommandLine, script: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", script],
        env=clickgen.environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_importing_clickgen_imports_nothing_else(clickgen: CommandLine) -> None:
    out, err = python(clickgen, _LIGHT).communicate(timeout=60)
    assert (out, err) == ("['clickgen']\n", "")


def test_a_script_without_a_guard_runs_once(clickgen: CommandLine, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_UNGUARDED)
    done = subprocess.run(
        [sys.executable, script],
        env=clickgen.environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("once\n500 verified\n", "")


def test_ctrl_c_lets_the_run_close_its_account_and_is_raised(clickgen: CommandLine) -> None:
    caller = python(clickgen, _STOPPED)
    while not [file for file in clickgen.home.glob("runs/*/timeline.jsonl") if file.stat().st_size]:
        time.sleep(0.05)
    caller.send_signal(signal.SIGINT)
    out, err = caller.communicate(timeout=60)
    assert out.splitlines()[-1] == "stopped"
    assert err == ""
    (run,) = clickgen.run("runs", "list", "--json").json["runs"]
    assert (run["state"], run["unknown"]) == ("finished", 0)
    assert run["unsent"] > run["accepted"] > 0
