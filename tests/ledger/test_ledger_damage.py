"""A ledger that a disk has torn, flipped or zeroed: what it claims shrinks, and is never invented."""

import random
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.ledger.claims import Claims
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import FirehoseDestination
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan

RUN = "0123456789ab"
PLANNED = 4_000
PLAN = Plan(
    run=RUN,
    command="send",
    created_ms=0,
    start_ms=0,
    lanes=2,
    planned=PLANNED,
    destination=FirehoseDestination(stream="s"),
)
FATES = (State.ACCEPTED, State.UNKNOWN, State.REJECTED, State.ACCEPTED, State.UNSENT)
FACTS = {"seconds": 12.5, "records": 1_500, "lag_ms": {"p50": 0.4, "p99": 0.6, "max": 0.6}, "text": "x" * 700}


def write_run(folder: RunFolder, *, finished: bool) -> None:
    """A run of two lanes that sent 3,000 of its events, in leases of ten, and perhaps closed its account."""
    folder.write_plan(PLAN)
    ledger = LedgerWriter(folder.ledger_file)
    for first in range(0, 1_500, 10):
        ledger.lease([Lease(lane, first, first + 10) for lane in (0, 1)])
        state = FATES[first // 10 % len(FATES)]
        sent = state is not State.UNSENT
        outcomes = [Outcome(lane, first, first + 10, state, int(sent), 5 * sent, 6 * sent) for lane in (0, 1)]
        ledger.note(outcomes if first % 70 else outcomes[:1])
    if finished:
        ledger.close_run({0: 2_000, 1: 2_000}, FACTS, Ending.COMPLETE)
        ledger.close()


@cache
def files_of(*, finished: bool) -> Mapping[str, bytes]:
    """The ledger's files as such a run leaves them: one when it has ended, with its log when it was killed."""
    with tempfile.TemporaryDirectory() as home:
        folder = Home(Path(home)).new_run(RUN)
        write_run(folder, finished=finished)
        found = sorted(folder.path.glob("ledger.db*"))
        # while the writer is open, these are the bytes that kill -9 would leave
        return {path.name: path.read_bytes() for path in found if not path.name.endswith("-shm")}


@contextmanager
def folder_with(files: Mapping[str, bytes]) -> Iterator[RunFolder]:
    """A run's folder with these files."""
    with tempfile.TemporaryDirectory() as home:
        folder = Home(Path(home)).new_run(RUN)
        folder.write_plan(PLAN)
        for name, content in files.items():
            (folder.path / name).write_bytes(content)
        yield folder


def claims_of(files: Mapping[str, bytes]) -> Claims | None:
    """What is read of these files; None where it is said that they cannot be read."""
    with folder_with(files) as folder:
        try:
            return read_claims(folder, PLAN)
        except EnvironmentProblem:
            return None


@cache
def truth_of(*, finished: bool) -> Claims:
    """What is read where nothing is damaged."""
    claims = claims_of(files_of(finished=finished))
    assert claims is not None
    assert claims.account().accepted == 1_110
    return claims


def torn(content: bytes, at: int) -> bytes:
    """The file ends there."""
    return content[: at % len(content)]


def zero_tailed(content: bytes, at: int) -> bytes:
    """It has its length, but from there on its blocks were never written."""
    at %= len(content)
    return content[:at] + bytes(len(content) - at)


def zero_block(content: bytes, at: int) -> bytes:
    """One block of the disk is gone."""
    at = at % len(content) // 512 * 512
    return content[:at] + bytes(min(512, len(content) - at)) + content[at + 512 :]


def flipped(content: bytes, at: int) -> bytes:
    """One bit is wrong."""
    raw = bytearray(content)
    raw[at // 8 % len(raw)] ^= 1 << at % 8
    return bytes(raw)


def swapped(content: bytes, at: int) -> bytes:
    """Two pages of 4 KiB were written in each other's place."""
    pages = [content[n : n + 4096] for n in range(0, len(content), 4096)]
    one, other = at % len(pages), at // len(pages) % len(pages)
    pages[one], pages[other] = pages[other], pages[one]
    return b"".join(pages)


DAMAGES = (torn, zero_tailed, zero_block, flipped, swapped)


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("finished", [True, False], ids=["ended", "killed"])
@settings(max_examples=25)
@given(seed=st.integers(0, 1 << 32), times=st.integers(1, 4))
def test_nothing_becomes_accepted(
    finished: bool, damage: Callable[[bytes, int], bytes], seed: int, times: int
) -> None:
    chance = random.Random(seed)  # drawn integers would crowd at the small and the round
    truth, damaged = truth_of(finished=finished), dict(files_of(finished=finished))
    for _ in range(times):
        name = chance.choice(sorted(damaged))
        damaged[name] = damage(damaged[name] or b"\0", chance.randrange(1 << 40))
    began = time.monotonic()
    claims = claims_of(damaged)
    assert time.monotonic() - began < 5, "reading must end, whatever the pages point at"
    if claims is None:
        return
    assert claims.account().closed
    for lane, claim in claims.lanes.items():
        known = truth.lanes[lane]
        assert not claim.accepted - known.accepted
        assert not claim.rejected - known.rejected - known.unknown


def test_a_block_that_is_gone_is_never_work_that_was_not_done() -> None:
    """What was attempted and is lost in the middle of the ledger is unknown: resuming must not send it as new."""
    truth, whole = truth_of(finished=True), files_of(finished=True)["ledger.db"]
    for block in range(0, len(whole), 512):
        claims = claims_of({"ledger.db": zero_block(whole, block)})
        for lane, claim in claims.lanes.items() if claims is not None else ():
            attempted = truth.lanes[lane].accepted | truth.lanes[lane].unknown | truth.lanes[lane].rejected
            seen = claim.accepted | claim.unknown | claim.rejected
            lost = attempted & claim.unsent
            assert not lost or (seen and lost.min() > seen.max()), f"the block at {block}"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE closing SET planned = -7",
        "UPDATE closing SET planned = 1 << 60",
        "UPDATE closing SET planned = 'many'",
        "UPDATE facts SET value = NULL WHERE name = 'seconds'",
        "UPDATE facts SET value = 17 WHERE name = 'seconds'",
        "UPDATE facts SET value = '{' WHERE name = 'seconds'",
    ],
)
def test_rows_without_a_crc_are_believed_only_as_far_as_they_can_be_true(change: str) -> None:
    with folder_with(files_of(finished=True)) as folder:
        with closing(sqlite3.connect(folder.ledger_file)) as database:
            database.execute(change)
            database.commit()
        claims = read_claims(folder, PLAN)
    account = claims.account()
    assert account.closed
    assert account.planned == PLANNED
    assert account.accepted == 1_110
    assert claims.facts["records"] == FACTS["records"]


@pytest.mark.parametrize(
    ("word", "bent"), [(b"id INTEGER PRIMARY", b"id INTEGEB PRIMARY"), (b"kind TEXT", b"jind TEXT")]
)
def test_a_ledger_whose_every_row_is_lost_is_not_a_run_that_did_nothing(word: bytes, bent: bytes) -> None:
    whole = files_of(finished=True)["ledger.db"]
    assert word in whole
    assert claims_of({"ledger.db": whole.replace(word, bent)}) is None
