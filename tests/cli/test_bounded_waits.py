"""Nothing waits without end: a worker that dies or stops while it starts, killed resumes, a held ledger."""

import multiprocessing
import os
import random
import signal
import sqlite3
import sys
import time
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from clickgen.cli import embedded
from clickgen.ledger import reader
from clickgen.ledger.folder import Home
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import FirehoseDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outcome import Lease
from clickgen.model.plan import Plan
from clickgen.process.child import kill_processes, signals_held
from clickgen.run import answers
from tests.cli.test_interrupts import NOISE
from tests.conftest import CommandLine
from tests.run.test_worker_death import workers_of
from tests.support.under_way import sending

START_S = 45  # a few seconds on a machine that has nothing else to do
EVENTS = 12_000


def test_a_worker_that_is_killed_as_soon_as_it_exists_ends_the_command(clickgen: CommandLine) -> None:
    running = clickgen.start("send", "--rate", "300", "--duration", "5s", "--workers", "1")
    deadline = time.monotonic() + 20
    while not (workers := workers_of(running.pid)):
        assert time.monotonic() < deadline
        assert running.poll() is None, running.communicate()
    os.kill(workers[0], signal.SIGKILL)
    _, err = running.communicate(timeout=START_S)
    assert running.returncode == 3, err
    assert b"clickgen: a worker process died while it started" in err
    assert not any(noise in err for noise in NOISE), err
    assert clickgen.run("runs", "resume").code == 0


def resume_after_kills(clickgen: CommandLine, kills: int, chance: random.Random) -> float:
    """Kill a run, then so many resumes of it in their first moments: the seconds that the next one takes."""
    running = sending(clickgen, "send", "--rate", "6000", "--events", str(EVENTS), "--workers", "1")
    os.kill(running.pid, signal.SIGKILL)
    running.communicate(timeout=START_S)
    for _ in range(kills):
        running = clickgen.start("runs", "resume", "--workers", "1")
        time.sleep(chance.uniform(0.05, 1.2))
        for process in [running.pid, *(workers_of(running.pid) if chance.random() < 0.5 else [])]:
            os.kill(process, signal.SIGKILL)
        _, err = running.communicate(timeout=START_S)
        assert not any(noise in err for noise in NOISE), err
    began = time.monotonic()
    whole = clickgen.run("runs", "resume", "--unknown", "--json", timeout=2 * START_S)
    took = time.monotonic() - began
    assert whole.code == 0, whole.err
    assert whole.json["accepted"] == EVENTS
    return took


def test_a_run_goes_on_after_resumes_that_were_killed(clickgen: CommandLine) -> None:
    assert resume_after_kills(clickgen, 3, random.Random(6)) < START_S


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(8))
def test_a_storm_of_killed_resumes(clickgen: CommandLine, seed: int) -> None:
    assert resume_after_kills(clickgen, 6, random.Random(seed)) < START_S
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.out
    assert proof.json["duplicates"]["unexplained"] == 0


def started() -> Executor:
    with signals_held(tracked=True):
        executor = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"))
        executor.submit(os.getpid).result()
    return executor


def test_a_worker_that_says_nothing_is_told_of_and_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "ANSWER_S", 1.0)
    monkeypatch.setattr(answers, "SAY_AFTER_S", 0.3)
    told: list[str] = []
    executor = started()
    try:
        with pytest.raises(EnvironmentProblem, match="did not start within 1 s"):
            answers.answer_of(executor, executor.submit(time.sleep, 60), told.append, lambda: False)
    finally:
        kill_processes(executor)
        executor.shutdown()
    assert told == ["waiting for the worker processes to start, up to 1 s"]


class _Reading(Executor):
    """An executor that still waits for the rest of a message of a process that was killed."""

    def __init__(self, process: multiprocessing.Process) -> None:
        self._processes = {process.pid: process}


def test_a_death_in_the_middle_of_a_message_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_SURE_S", 0.1)
    with signals_held(tracked=True):
        process = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
        process.start()
    never: Future[None] = Future()
    with pytest.raises(KeyboardInterrupt):
        answers.answer_of(_Reading(process), never, print, lambda: True)  # type: ignore[arg-type]
    process.kill()
    process.join()
    with pytest.raises(BrokenExecutor):
        answers.answer_of(_Reading(process), never, print, lambda: False)  # type: ignore[arg-type]


def test_a_ledger_that_is_held_is_not_waited_for_again_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Home(tmp_path).new_run("0123456789ab")
    plan = Plan(
        run=folder.run,
        command="send",
        created_ms=0,
        start_ms=0,
        lanes=1,
        destination=FirehoseDestination(stream="s"),
    )
    ledger = LedgerWriter(folder.ledger_file)
    ledger.lease([Lease(0, 0, 10)])
    ledger.close()
    monkeypatch.setattr(reader, "_BUSY_S", 0.3)
    with closing(sqlite3.connect(folder.ledger_file, isolation_level=None)) as held:
        held.execute("PRAGMA locking_mode=EXCLUSIVE")
        held.execute("BEGIN EXCLUSIVE")
        began = time.monotonic()
        with pytest.raises(EnvironmentProblem, match="cannot be read now"):
            reader.read_claims(folder, plan)
        assert time.monotonic() - began < 5


def test_a_pipeline_that_does_not_start_is_told_of_and_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    silent = tmp_path / "python"
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    silent.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(silent))
    monkeypatch.setattr(embedded, "_SAY_AFTER_S", 1)
    monkeypatch.setattr(embedded, "_START_S", 2)
    began = time.monotonic()
    with (
        pytest.raises(EnvironmentProblem, match="did not start within 2 s"),
        embedded.embedded_pipeline(tmp_path / "lake") as pipeline,
    ):
        pipeline()
    assert time.monotonic() - began < 10
    assert "waiting for the embedded pipeline to start, up to 2 s" in capsys.readouterr().err
