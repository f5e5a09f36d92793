"""A place that a run delivered to and that is gone; and files that are older than the run, by clocks that jump."""

import shutil
from pathlib import Path

import pytest

from clickgen.ledger.claims import CLOCKS_DIFFER_MS, key_times_ms, landed_since_ms
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import FileDestination
from clickgen.model.errors import UsageProblem
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Place
from clickgen.verify.inspections.totals.sources import parquet_query
from clickgen.verify.landings.objects.place import FolderPlace
from clickgen.verify.landings.objects.search_scope import SearchScope
from clickgen.verify.landings.sql.parquet_files import ParquetFiles
from tests.conftest import CommandLine
from tests.support.planted import BUFFER_S, CREATED_MS, LANDED_MS, SENT_MS, Planted, events, lines


def test_a_lake_that_is_gone_is_a_loss_and_a_folder_that_never_was_a_slip(
    tmp_path: Path, clickgen: CommandLine
) -> None:
    lake = tmp_path / "lake"
    place = Place(
        bucket="the-lake", prefix="", error_prefix="", compression="GZIP", buffer_seconds=60, lake=str(lake)
    )
    run = Planted(tmp_path, place=place)
    run.claim(0, 30)
    run.put("the-lake/2026/01/01/00/one", lines(events(0, 30)))
    assert clickgen.run("verify", "s3", "delivery").code == 0
    shutil.rmtree(lake)
    said = clickgen.run("verify", "s3", "delivery", "--json")
    assert said.code == 1, said.err
    assert [said.json[name] for name in ("verdict", "missing", "objects")] == ["anomalous", 30, 0]
    assert f"{lake}/the-lake is not there any more" in said.err
    said = clickgen.run("verify", "s3", "delivery", "--at", str(tmp_path / "lkae"))
    assert said.code == 2
    assert "there is no folder" in said.err


def test_the_file_of_a_run_that_is_gone_is_a_loss(tmp_path: Path, clickgen: CommandLine) -> None:
    run = Planted(tmp_path)
    run.claim(0, 30)
    gone = tmp_path / "gone.jsonl"
    run.run.write_plan(run.plan.model_copy(update={"destination": FileDestination(stream=str(gone))}))
    said = clickgen.run("verify", "file", "delivery", "--json")
    assert said.code == 1, said.err
    assert said.json["missing"] == 30
    assert "gone.jsonl is not there any more" in said.err
    assert clickgen.run("verify", "file", "delivery", "--at", str(gone)).code == 2


STEP_MS = 3_600_000  # an hour back, after the run was created


@pytest.fixture
def stepped(tmp_path: Path) -> Planted:
    """A run whose sender's clock was set back by an hour before it sent."""
    run = Planted(tmp_path)
    ledger = LedgerWriter(run.run.ledger_file)
    ledger.lease([Lease(0, 0, 10)])
    ledger.note([Outcome(0, 0, 10, State.ACCEPTED, 1, SENT_MS - STEP_MS, SENT_MS - STEP_MS)])
    return run


def test_since_when_counts_what_a_clock_that_steps_back_says(stepped: Planted) -> None:
    claims = read_claims(stepped.run, stepped.plan)
    assert landed_since_ms(stepped.plan, claims) == SENT_MS - STEP_MS - CLOCKS_DIFFER_MS
    assert key_times_ms(stepped.plan, claims, LANDED_MS) == (SENT_MS - STEP_MS, SENT_MS - STEP_MS)


def test_parquet_of_a_sender_whose_clock_stepped_back_is_not_left_out(stepped: Planted) -> None:
    earliest_ms = SENT_MS - STEP_MS - CLOCKS_DIFFER_MS
    for name, landed_ms in (("a", earliest_ms - 1), ("b", earliest_ms), ("c", CREATED_MS - STEP_MS)):
        stepped.put(f"{name}.parquet", b"", landed_ms=landed_ms)
    files = ParquetFiles(SearchScope(FolderPlace(stepped.lake), None, BUFFER_S), stepped.run, stepped.plan)
    listed, older = files.listed(LANDED_MS)
    assert ([stored.key for stored in listed], older) == (["b.parquet", "c.parquet"], 1)


def test_objects_of_a_sender_whose_clock_stepped_back_are_not_left_out(stepped: Planted) -> None:
    stepped.put("a", lines(events(0, 10)), landed_ms=SENT_MS - STEP_MS)
    assert stepped.verify().delivered == 10


def test_files_that_are_older_than_the_run_are_not_said_to_be_none(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 10)
    where = SearchScope(FolderPlace(run.lake), None, BUFFER_S)
    files = ParquetFiles(where, run.run, run.plan)
    with pytest.raises(UsageProblem, match="there are no Parquet files"), parquet_query(files, LANDED_MS):
        pass
    run.put("old.parquet", b"", landed_ms=CREATED_MS - CLOCKS_DIFFER_MS - 1)
    with pytest.raises(UsageProblem, match="1 of them, are older than the run"), parquet_query(files, LANDED_MS):
        pass
