"""Runs that are under way: waiting until a run in another process has come as far as a test needs it."""

import json
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from tests.conftest import CommandLine

_PATIENCE_S = 60  # a loaded machine takes its time


def sending(
    clickgen: CommandLine, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a run, and wait until its ledger has entries."""
    running = clickgen.start(*arguments, env=env)
    _wait(running, lambda: any(_has_entries(path) for path in clickgen.home.glob("runs/*/ledger.db")))
    return running


def sending_until(
    clickgen: CommandLine, accepted: int, *arguments: str, env: Mapping[str, str] | None = None
) -> "subprocess.Popen[bytes]":
    """Start a run, and wait until so many of its events are accepted."""
    running = clickgen.start(*arguments, env=env)
    until_accepted(clickgen, accepted, running)
    return running


def until_accepted(clickgen: CommandLine, accepted: int, running: "subprocess.Popen[bytes]") -> None:
    """Wait until so many events of a run are accepted."""
    _wait(running, lambda: _accepted(clickgen.home) >= accepted)


def _wait(running: "subprocess.Popen[bytes]", is_there: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not is_there():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < deadline, "the run did not come so far"
        time.sleep(0.05)


def _has_entries(ledger: Path) -> bool:
    """Whether a ledger has entries, which are written once every worker has begun."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as database:
            return bool(database.execute("SELECT count(*) FROM entries").fetchone()[0])
    except sqlite3.Error:
        return False  # not made yet


def _accepted(home: Path) -> int:
    """As many as the timelines of all runs say by now."""
    whole = (path.read_bytes().rpartition(b"\n")[0].splitlines() for path in home.glob("runs/*/timeline.jsonl"))
    return sum(json.loads(lines[-1])["accepted"] for lines in whole if lines)
