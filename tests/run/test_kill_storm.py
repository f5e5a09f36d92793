"""kill -9 at random moments, 52 times: the account closes, nothing is lost, and every copy is explained. Slow.

Each run is verified as it was left, finished with `runs resume --unknown`, and verified again.
"""

import contextlib
import json
import multiprocessing
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CommandLine
from tests.run.test_worker_death import workers_of
from tests.support.under_way import sending

KILLS = 52
AT_ONCE = 2
VICTIMS = ("worker", "parent", "both", "pipeline too")
PACES = (("3000", 15_000), ("15000", 90_000), ("max", 400_000))


@dataclass(frozen=True)
class Death:
    """What one kill came to. takeover_s: from a worker's death to the next accepted batch of its lanes."""

    number: int
    victim: str
    unknown: int = 0
    explained: int = 0
    takeover_s: float | None = None
    violations: list[str] = field(default_factory=list)


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


def kill(running: "subprocess.Popen[bytes]", victim: str, chance: random.Random) -> bool:
    """Kill at once; False where there was nobody to kill any more."""
    workers, servers = workers_of(running.pid), servers_of(running.pid)
    if running.poll() is not None or not workers:
        return False
    doomed = {
        "worker": [chance.choice(workers)],
        "parent": [running.pid],
        "both": [running.pid, *workers],
        "pipeline too": [running.pid, *workers, *servers],
    }[victim]
    for process in doomed:
        with contextlib.suppress(ProcessLookupError):  # a worker may see its parent's death first
            os.kill(process, signal.SIGKILL)
    return True


def takeover(home: Path, died_ms: float) -> float | None:
    """Seconds from a death to the first answer that accepted a batch sent after it; None where none was."""
    [ledger] = home.glob("runs/*/ledger.db")
    with closing(sqlite3.connect(ledger)) as database:
        query = "SELECT min(answered_ms) FROM entries WHERE kind = 'accepted' AND sent_ms > ?"
        answered = database.execute(query, (died_ms,)).fetchone()[0]
    return None if answered is None else (answered - died_ms) / 1000


def violations_of(
    command: CommandLine, planned: int, *, whole: bool, crashed: bool = False
) -> tuple[list[str], dict[str, Any]]:
    """What the account and the verdict say that they must not; and what verification found.

    crashed: whether the command itself was killed, so that its run is never called verified.
    """
    account = command.run("runs", "show", "--json").json
    found = command.run("verify", "s3", "delivery", "--json").json
    states = {state: account[state] for state in ("accepted", "rejected", "unknown", "unsent")}
    wrong = []
    if account["planned"] != planned or sum(states.values()) != planned:
        wrong.append(f"the account is open: {account['planned']} {states}")
    verdict = "incomplete" if crashed else "verified"
    if found["verdict"] != verdict or found["missing"] or found["duplicates"]["unexplained"]:
        wrong.append(f"not {verdict}: {found}")
    if whole and (states["accepted"] != planned or found["delivered"] != planned):
        wrong.append(f"not whole: {states}, delivered {found['delivered']}")
    return wrong, found


def killed(number: int, home: Path) -> Death | None:
    """Kill a run, verify it, finish it, verify it again; None where it had ended before it could be killed."""
    chance = random.Random(number)
    victim, workers = VICTIMS[number % len(VICTIMS)], chance.choice([1, 1, 2])
    rate, events = chance.choice(PACES)
    command = CommandLine(home)
    options = ("--rate", rate, "--events", str(events), "--lanes", "4", "--workers", str(workers))
    running = sending(command, "send", *options, "--json")
    time.sleep(chance.uniform(0, 1.5 if rate == "max" else 4))
    died_ms = time.time() * 1000
    if not kill(running, victim, chance):
        running.communicate()
        return None
    out, err = running.communicate(timeout=150)
    wrong, _ = violations_of(command, events, whole=False, crashed=victim != "worker")
    if victim == "worker" and running.returncode != (4 if json.loads(out)["unknown"] else 0):
        wrong.append(f"exit code {running.returncode}: {err.decode()}")
    seconds = takeover(home, died_ms) if victim == "worker" and workers == 1 else None
    unknown = command.run("runs", "show", "--json").json["unknown"]
    resumed = command.run("runs", "resume", "--unknown", "--json")
    if resumed.code != 0:
        wrong.append(f"resuming ended with {resumed.code}: {resumed.err}")
    after, found = violations_of(command, events, whole=True)
    return Death(number, victim, unknown, found["duplicates"]["explained"], seconds, wrong + after)


def death(number: int, folder: Path) -> Death:
    """One kill, in as many runs as it takes to be in time."""
    for attempt in range(20):
        home = folder / f"{number}-{attempt}"
        try:
            died = killed(number + KILLS * len(VICTIMS) * attempt, home)
        finally:
            shutil.rmtree(home, ignore_errors=True)
        if died is not None:
            return died
    return Death(number, "nobody", violations=["no run could be killed in time"])


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_storm_of_kills(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    began = time.monotonic()
    with ProcessPoolExecutor(AT_ONCE, multiprocessing.get_context("spawn")) as pool:
        deaths = list(pool.map(death, range(KILLS), [tmp_path] * KILLS))
    violations = [f"kill {died.number} ({died.victim}): {wrong}" for died in deaths for wrong in died.violations]
    takeovers = [died.takeover_s for died in deaths if died.takeover_s is not None]
    with capsys.disabled():
        print(  # noqa: T201  # the figures of the README's section on reliability
            f"\n{len(deaths)} kills, {len(violations)} violations,"
            f" {sum(died.unknown for died in deaths):,} events unknown until resumed,"
            f" {sum(died.explained for died in deaths):,} duplicates, all explained;"
            f" seconds to take over: median {statistics.median(takeovers):.1f}, max {max(takeovers):.1f}"
            f" of {len(takeovers)}; {time.monotonic() - began:.0f} s"
        )
    assert not violations
    assert max(takeovers) < 15
