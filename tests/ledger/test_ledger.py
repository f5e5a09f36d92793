"""The ledger: the account always adds up, and nothing counts as accepted that was not, whatever happens to it."""

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerFull, LedgerWriter
from clickgen.model.destination import FirehoseDestination
from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan

RUN = "0123456789ab"


def plan_of(planned: int | None, lanes: int = 2) -> Plan:
    """A plan of so many events."""
    destination = FirehoseDestination(stream="clicks")
    return Plan(
        run=RUN, command="send", created_ms=0, start_ms=0, lanes=lanes, planned=planned, destination=destination
    )


def folder_in(path: Path, planned: int | None = 1000) -> RunFolder:
    """A run's folder with its plan."""
    folder = Home(path).new_run(RUN)
    folder.write_plan(plan_of(planned))
    return folder


class LedgerLaws(RuleBasedStateMachine):
    """Leases and outcomes in any order a run could write them, against a model of one state an event."""

    def __init__(self) -> None:
        super().__init__()
        self.temporary = tempfile.TemporaryDirectory()
        self.folder = folder_in(Path(self.temporary.name))
        self.ledger = LedgerWriter(self.folder.ledger_file)
        self.leased = {0: 0, 1: 0}
        self.states: dict[tuple[int, int], set[State]] = {}
        self.open: set[tuple[int, int]] = set()

    @rule(lane=st.integers(0, 1), count=st.integers(1, 60))
    def lease(self, lane: int, count: int) -> None:
        first = self.leased[lane]
        end = min(500, first + count)
        if end > first:
            self.ledger.lease([Lease(lane, first, end)])
            self.leased[lane] = end
            self.open |= {(lane, number) for number in range(first, end)}

    @rule(data=st.data(), state=st.sampled_from(State), attempts=st.integers(1, 3))
    def settle(self, data: st.DataObject, state: State, attempts: int) -> None:
        if not self.open:
            return
        lane, first = data.draw(st.sampled_from(sorted(self.open)))
        end = first + 1
        while (lane, end) in self.open and end - first < 20:
            end += 1
        tries = 0 if state is State.UNSENT else attempts
        self.ledger.note([Outcome(lane, first, end, state, tries, 5, 6)])
        for number in range(first, end):
            self.open.discard((lane, number))
            self.states.setdefault((lane, number), set()).add(state)

    @rule(data=st.data())
    def lease_again(self, data: st.DataObject) -> None:
        settled = sorted(key for key in self.states if key not in self.open)
        if settled:
            lane, number = data.draw(st.sampled_from(settled))
            self.ledger.lease([Lease(lane, number, number + 1)])
            self.open.add((lane, number))

    @invariant()
    def the_account_adds_up_and_says_what_happened(self) -> None:
        claims = read_claims(self.folder, plan_of(1000))
        account = claims.account()
        assert account.closed
        assert account.planned == 1000
        for lane, claim in claims.lanes.items():
            for number in range(500):
                seen = self.states.get((lane, number), set())
                unknown = State.UNKNOWN in seen or (lane, number) in self.open
                assert (number in claim.accepted) == (State.ACCEPTED in seen)
                assert (number in claim.unknown) == (State.ACCEPTED not in seen and unknown)
                refused = State.REJECTED in seen and State.ACCEPTED not in seen and not unknown
                assert (number in claim.rejected) == refused

    def teardown(self) -> None:
        self.ledger.close()
        self.temporary.cleanup()


TestLedgerLaws = LedgerLaws.TestCase
TestLedgerLaws.settings = settings(max_examples=25, stateful_step_count=15)


@given(st.data())
@settings(max_examples=15)
def test_flipped_bits_never_make_an_event_accepted(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        folder = folder_in(Path(temporary), planned=20_000)
        ledger = LedgerWriter(folder.ledger_file)
        for first in range(0, 10_000, 50):
            ledger.lease([Lease(0, first, first + 50)])
            state = State.ACCEPTED if first % 100 == 0 else State.UNKNOWN
            ledger.note([Outcome(0, first, first + 50, state, 1, 1, 2)])
        ledger.close()
        truth = read_claims(folder, plan_of(20_000)).lanes[0].accepted
        raw = bytearray(folder.ledger_file.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        folder.ledger_file.write_bytes(raw)
        try:
            claims = read_claims(folder, plan_of(20_000))
        except EnvironmentProblem:
            return
        assert claims.account().closed
        assert not claims.lanes[0].accepted - truth


_WRITER = """
import sys
from pathlib import Path
from clickgen.ledger.store import LedgerWriter
from clickgen.model.outcome import Lease, Outcome, State
ledger = LedgerWriter(Path(sys.argv[1]))
for first in range(0, 10**9, 500):
    ledger.lease([Lease(0, first, first + 500)])
    print("leased", first, flush=True)
    ledger.note([Outcome(0, first, first + 500, State.ACCEPTED, 1, 1, 2)])
    print("noted", first, flush=True)
"""


def test_what_was_written_survives_kill_9(tmp_path: Path) -> None:
    folder = folder_in(tmp_path, planned=None)
    command = [sys.executable, "-c", _WRITER, str(folder.ledger_file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        said = [writer.stdout.readline() for _ in range(400)]
        os.kill(writer.pid, signal.SIGKILL)
        said += writer.stdout.readlines()
    claims = read_claims(folder, plan_of(None))
    leased = [int(line.split()[1]) for line in said if line.startswith("leased") and line.endswith("\n")]
    noted = [int(line.split()[1]) for line in said if line.startswith("noted") and line.endswith("\n")]
    assert len(claims.lanes[0].accepted) >= noted[-1] + 500
    assert claims.account().planned >= leased[-1] + 500
    assert claims.account().closed
    assert not claims.finished


def test_an_endless_run_planned_what_was_leased(tmp_path: Path) -> None:
    folder = folder_in(tmp_path, planned=None)
    ledger = LedgerWriter(folder.ledger_file)
    ledger.lease([Lease(0, 0, 70), Lease(1, 0, 30)])
    ledger.note([Outcome(0, 0, 50, State.ACCEPTED, 1, 1, 2)])
    ledger.close()
    account = read_claims(folder, plan_of(None)).account()
    assert (account.planned, account.accepted, account.unknown, account.unsent) == (100, 50, 50, 0)


def test_only_the_owner_reads_a_run_and_git_ignores_the_home(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    LedgerWriter(folder.ledger_file).close()
    with folder.held():
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
        for path in folder.path.iterdir():
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert folder.is_live()
        with pytest.raises(EnvironmentProblem, match="held by another"), folder.held():
            pass
    assert not folder.is_live()
    assert (tmp_path / ".gitignore").read_text() == "*\n"


def test_runs_are_found_by_what_identifies_them(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(UsageProblem, match="no runs"):
        home.find_run(None)
    for run in ("aaaa00000000", "aaab00000000"):
        home.new_run(run).write_plan(plan_of(1).model_copy(update={"run": run}))
    assert home.find_run(None).run == "aaab00000000"
    assert home.find_run("aaaa").run == "aaaa00000000"
    with pytest.raises(UsageProblem, match="2 runs"):
        home.find_run("aaa")
    with pytest.raises(UsageProblem, match="already there"):
        home.new_run("aaaa00000000")


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 99])
def test_a_ledger_that_is_gone_is_said_to_be(tmp_path: Path, damage: bytes) -> None:
    folder = folder_in(tmp_path)
    LedgerWriter(folder.ledger_file).close()
    folder.ledger_file.write_bytes(damage)
    with pytest.raises(ClickgenError, match="damaged beyond reading"):
        read_claims(folder, plan_of(1000))


def test_a_full_disk_is_a_ledger_that_cannot_be_written(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    ledger = LedgerWriter(folder.ledger_file)
    ledger.lease([Lease(0, 0, 500)])
    pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
    ledger._database.execute(f"PRAGMA max_page_count={pages}")  # SQLite's own way to run out of room
    with pytest.raises(LedgerFull, match="full"):
        ledger.note([Outcome(0, n, n + 1, State.ACCEPTED, 1, 1, 2) for n in range(500)])
    ledger._database.execute("PRAGMA max_page_count=1000000")
    ledger.note([Outcome(0, 0, 500, State.ACCEPTED, 1, 1, 2)])
    ledger.close()
    assert read_claims(folder, plan_of(1000)).account().accepted == 500
    assert sqlite3.connect(folder.ledger_file).execute("PRAGMA integrity_check").fetchone() == ("ok",)
