"""The lease file: a torn end is ordinary, damage before it is told, and only what the ledger lost is lost."""

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clickgen.ledger.claims import LedgerDamage
from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.lease_file import LEASED, ORPHANED, LeaseFile, Unmatched, read_lease_file
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerFull, LedgerWriter, lease_file_of
from clickgen.model.destination import FirehoseDestination
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan

RUN = "0123456789ab"
RECORD = 32
PLAN = Plan(
    run=RUN,
    command="send",
    created_ms=0,
    start_ms=0,
    lanes=2,
    planned=1_000,
    destination=FirehoseDestination(stream="s"),
)
WRITES = [[Lease(0, 0, 10), Lease(1, 0, 20)], [Lease(0, 10, 30)], [Lease(0, 30, 40), Lease(1, 20, 50)]]
leases = st.lists(
    st.builds(
        lambda kind, lane, first: (kind, Lease(lane, first, first + 5)),
        st.sampled_from([LEASED, ORPHANED]),
        st.integers(0, 3),
        st.integers(0, 3),
    ),
    max_size=20,
)


def written(path: Path) -> bytes:
    """A lease file of three writes, five records in all."""
    file = LeaseFile(path)
    for write in WRITES:
        file.append(LEASED, write)
    file.close()
    return path.read_bytes()


def kept(path: Path) -> list[Lease]:
    """The leases of a file, in their order."""
    return list(Unmatched(read_lease_file(path).keys).left())


def test_it_keeps_what_was_written_and_goes_on_there(tmp_path: Path) -> None:
    path = tmp_path / "ledger.leases"
    written(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = LeaseFile(path)
    again.append(ORPHANED, [Lease(1, 50, 60)])
    again.close()
    assert kept(path) == [lease for write in WRITES for lease in write] + [Lease(1, 50, 60)]
    assert read_lease_file(path).damaged == 0


@pytest.mark.parametrize("missing", range(1, 2 * RECORD))
def test_a_torn_end_is_no_damage_and_is_written_over(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "ledger.leases"
    whole = written(path)
    os.truncate(path, len(whole) - missing)
    assert read_lease_file(path).damaged == 0
    assert kept(path)[:3] == [*WRITES[0], *WRITES[1]]
    file = LeaseFile(path)
    file.append(LEASED, WRITES[2])
    file.close()
    assert read_lease_file(path).damaged == 0
    assert kept(path)[-2:] == WRITES[2]


def test_a_last_write_whose_first_half_never_reached_the_disk_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "ledger.leases"
    whole = written(path)
    path.write_bytes(whole[: -2 * RECORD] + bytes(RECORD) + whole[-RECORD:])
    assert read_lease_file(path).damaged == 0
    LeaseFile(path).close()
    file = LeaseFile(path)
    file.append(LEASED, [Lease(1, 50, 51)])
    file.append(LEASED, [Lease(1, 51, 52)])
    file.close()
    assert read_lease_file(path).damaged == 0


@pytest.mark.parametrize("at", range(4 * RECORD))
def test_a_flipped_bit_before_the_last_write_is_told_and_costs_one_record(tmp_path: Path, at: int) -> None:
    path = tmp_path / "ledger.leases"
    raw = bytearray(written(path))
    raw[at] ^= 1 << at % 8
    path.write_bytes(raw)
    assert read_lease_file(path).damaged == 1
    assert len(kept(path)) == (5 if at < RECORD else 4)


def test_records_that_changed_places_are_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "ledger.leases"
    whole = written(path)
    records = [whole[at : at + RECORD] for at in range(0, len(whole), RECORD)]
    records[1], records[3] = records[3], records[1]
    path.write_bytes(b"".join(records))
    assert read_lease_file(path).damaged == 2


@settings(max_examples=25)
@given(leases, leases, st.data())
def test_what_the_ledger_has_not_is_what_it_lost(
    written: list[tuple[str, Lease]], beside: list[tuple[str, Lease]], data: st.DataObject
) -> None:
    there = data.draw(st.lists(st.booleans(), min_size=len(written), max_size=len(written)))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.leases"
        file = LeaseFile(path)
        for kind, lease in written:
            file.append(kind, [lease])
        file.close()
        unmatched = Unmatched(read_lease_file(path).keys)
    for (kind, lease), is_there in zip(written, there, strict=True):
        if is_there:
            unmatched.found(kind, lease)
    lost = [lease for (_, lease), is_there in zip(written, there, strict=True) if not is_there]
    assert sorted(unmatched.left()) == sorted(lost)
    for kind, lease in beside:
        unmatched.found(kind, lease)
    # what only the ledger has is no loss
    assert len(list(unmatched.left())) <= len(lost)


def folder_in(home: Path) -> RunFolder:
    folder = Home(home).new_run(RUN)
    folder.write_plan(PLAN)
    return folder


def test_a_ledger_of_an_earlier_version_has_none_and_is_not_damaged(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    ledger = LedgerWriter(folder.ledger_file)
    ledger.lease([Lease(0, 0, 10)])
    ledger.close()
    lease_file_of(folder.ledger_file).unlink()
    assert not read_claims(folder, PLAN).damage
    ledger = LedgerWriter(folder.ledger_file)  # one that is resumed has it from there on
    ledger.lease([Lease(0, 10, 20)])
    ledger.close()
    claims = read_claims(folder, PLAN)
    assert not claims.damage
    assert len(claims.lanes[0].unknown) == 20


def test_a_damaged_lease_file_is_told_and_the_ledger_stands(tmp_path: Path) -> None:
    folder = folder_in(tmp_path)
    ledger = LedgerWriter(folder.ledger_file)
    for first in range(0, 100, 10):
        ledger.lease([Lease(0, first, first + 10)])
        ledger.note([Outcome(0, first, first + 10, State.ACCEPTED, 1, 5, 6)])
    ledger.close()
    path = lease_file_of(folder.ledger_file)
    path.write_bytes(path.read_bytes()[: 3 * RECORD] + bytes(2 * RECORD) + path.read_bytes()[5 * RECORD :])
    claims = read_claims(folder, PLAN)
    assert claims.damage == LedgerDamage(lease_file=2)
    assert len(claims.lanes[0].accepted) == 100
    path.write_bytes(b"something else")
    assert read_claims(folder, PLAN).damage == LedgerDamage(lease_file=1)


def test_without_room_for_the_second_record_nothing_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_in(tmp_path)
    ledger = LedgerWriter(folder.ledger_file)
    ledger.lease([Lease(0, 0, 10)])
    with monkeypatch.context() as full:
        full.setattr(os, "fdatasync", _full)
        with pytest.raises(LedgerFull, match="No space left"):
            ledger.lease([Lease(0, 10, 30)])
    claims = read_claims(folder, PLAN)
    assert not claims.damage
    assert claims.account().unknown == 10
    assert claims.account().unsent == 990
    ledger.lease([Lease(1, 0, 5)])
    ledger.close()
    claims = read_claims(folder, PLAN)
    assert not claims.damage
    assert claims.account().unknown == 15


def _full(_: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
