"""One flipped bit anywhere in a killed run's write-ahead log: no event that left is called unsent, and it is told.

SQLite drops what follows the first damaged page of its log; the lease file still knows what may have left.
"""

import shutil
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from clickgen.ledger.claims import LedgerDamage
from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import FirehoseDestination
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan
from clickgen.verify.proof.compare.attempts import Attempts
from tests.conftest import CommandLine
from tests.support.under_way import sending_until

RUN = "0123456789ab"
PLANNED = 6_000
PLAN = Plan(
    run=RUN,
    command="send",
    created_ms=0,
    start_ms=0,
    lanes=2,
    planned=2 * PLANNED,
    destination=FirehoseDestination(stream="s"),
)
LOG_HEADER, FRAME_HEADER = 32, 24
FATES = (State.ACCEPTED, State.UNKNOWN, State.REJECTED, State.ACCEPTED, State.UNSENT)


def copies(folder: RunFolder, to: Path) -> RunFolder:
    """The folder as kill -9 would leave it now. SQLite's shared memory does not outlive a machine."""
    shutil.copytree(folder.path, to, ignore=shutil.ignore_patterns("*-shm"))
    return RunFolder(to)


def killed_run(home: Path) -> RunFolder:
    """A run of two sessions of which the second was killed: it had what was unknown sent again."""
    folder = Home(home).new_run(RUN)
    folder.write_plan(PLAN)
    ledger = LedgerWriter(folder.ledger_file)
    for first in range(0, 1_500, 100):
        ledger.lease([Lease(lane, first, first + 100) for lane in (0, 1)])
        state = FATES[first // 100 % len(FATES)]
        sent = int(state is not State.UNSENT)
        outcomes = [Outcome(lane, first, first + 100, state, sent, 5 * sent, 6 * sent) for lane in (0, 1)]
        ledger.note(outcomes if first % 300 else outcomes[:1])
    ledger.orphan([Lease(0, 1_490, 1_500)])
    for first in (100, 600, 1_100):
        assert FATES[first // 100 % len(FATES)] is State.UNKNOWN
        ledger.lease([Lease(0, first, first + 100)])
        ledger.note([Outcome(0, first, first + 50, State.ACCEPTED, 1, 7, 8)])
    ledger.lease([Lease(1, 1_500, 2_000)])
    return copies(folder, home / "killed")


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    return killed_run(tmp_path_factory.mktemp("killed"))


def flips(log: bytes) -> Iterator[int]:
    """Bytes of the log's header, and of each frame's header and page."""
    page = struct.unpack(">I", log[8:12])[0]
    assert (len(log) - LOG_HEADER) % (FRAME_HEADER + page) == 0
    yield from (0, 9, 17, 25)
    for frame in range(LOG_HEADER, len(log), FRAME_HEADER + page):
        yield from (frame + byte for byte in (3, 9, 21))
        yield from (frame + FRAME_HEADER + byte for byte in (0, page // 2, page - 1))


def with_flip(folder: RunFolder, at: int, to: Path) -> RunFolder:
    damaged = copies(folder, to)
    log = Path(f"{damaged.ledger_file}-wal")
    raw = bytearray(log.read_bytes())
    raw[at] ^= 1 << at % 8
    log.write_bytes(raw)
    return damaged


def test_no_flipped_bit_makes_what_left_unsent(killed: RunFolder, tmp_path: Path) -> None:
    truth = read_claims(copies(killed, tmp_path / "whole"), PLAN)
    assert not truth.damage
    log = Path(f"{killed.ledger_file}-wal").read_bytes()
    tried = 0
    for at in flips(log):
        damaged = with_flip(killed, at, tmp_path / "damaged")
        claims = read_claims(damaged, PLAN)
        assert claims.account().closed
        assert claims.damage.lost_leases or claims.account() == truth.account(), at
        for lane, known in truth.lanes.items():
            found = claims.lanes[lane]
            left = known.accepted | known.unknown | known.rejected
            assert not left & found.unsent, at
            assert not found.accepted - known.accepted, at
            assert not found.rejected - known.rejected - known.unknown, at
            for times in (1, 2):  # so that every copy is explained
                assert not Attempts(known).at_least(times) - Attempts(found).at_least(times), at
        shutil.rmtree(damaged.path)
        tried += 1
    assert tried > 200


def test_attempts_of_a_second_session_that_are_lost_stay_open(killed: RunFolder, tmp_path: Path) -> None:
    claims = read_claims(with_flip(killed, 9, tmp_path / "damaged"), PLAN)
    assert claims.lanes[1].open.contains_range(1_500, 2_000)
    assert claims.lanes[0].open.contains_range(100, 200)
    assert claims.damage == LedgerDamage(lost_leases=30 + 1 + 3 + 1)


def test_resuming_goes_on_where_the_lease_file_ends(killed: RunFolder, tmp_path: Path) -> None:
    damaged = with_flip(killed, 9, tmp_path / "damaged")
    before = read_claims(damaged, PLAN)
    ledger = LedgerWriter(damaged.ledger_file)
    ledger.lease([Lease(0, 0, 10), Lease(1, 2_000, 2_100)])
    ledger.note([Outcome(0, 0, 10, State.ACCEPTED, 1, 7, 8)])
    ledger.close()
    after = read_claims(damaged, PLAN)
    assert after.damage == before.damage, "what was lost stays lost, and told"
    assert after.lanes[0].accepted.contains_range(0, 10)
    assert after.lanes[0].open.contains_range(0, 10), "its earlier attempts are not known"
    assert after.lanes[1].unknown.contains_range(2_000, 2_100)


@pytest.mark.walks
def test_a_killed_run_is_resumed_and_verified_over_a_torn_log(clickgen: CommandLine) -> None:
    running = sending_until(clickgen, 6_000, "send", "--rate", "4000", "--events", "30000", "--workers", "1")
    running.send_signal(signal.SIGKILL)
    running.communicate(timeout=60)
    [folder] = (clickgen.home / "runs").iterdir()
    log = folder / "ledger.db-wal"
    raw = bytearray(log.read_bytes())
    raw[len(raw) // 3] ^= 1
    log.write_bytes(raw)

    shown = clickgen.run("runs", "show", "--json").json
    assert shown["ledger_damage"]["lost_leases"] > 0
    assert shown["accepted"] + shown["unknown"] >= 6_000
    assert "ledger   damaged: " in clickgen.run("runs", "show").out

    resumed = clickgen.run("runs", "resume", "--json")
    assert resumed.code == 4, resumed.err
    assert "warning: the ledger of run" in resumed.err
    assert resumed.json["ledger_damage"] == shown["ledger_damage"]
    assert resumed.json["unknown"] == shown["unknown"], "what may have left is not sent again"

    whole = clickgen.run("runs", "resume", "--unknown", "--json")
    assert whole.code == 0, whole.err
    assert whole.json["accepted"] == 30_000
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.err
    assert proof.json["duplicates"]["explained"] > 0
    assert proof.json["duplicates"]["unexplained"] == 0
    assert proof.json["ledger_damage"] == shown["ledger_damage"]
    assert "ledger   damaged: " in clickgen.run("verify", "s3", "delivery").out
