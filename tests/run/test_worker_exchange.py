"""What a worker reports in one exchange with the run, and when."""

import time
from pathlib import Path

import pytest

from clickgen.ledger.folder import Home
from clickgen.model.destination import FileDestination
from clickgen.profile.load import load_profile
from clickgen.profile.tables import draw_tables, save_tables
from clickgen.run import worker
from clickgen.run.messages import Assignment, Grant, Start
from tests.support.snapshots import RUN, a_plan

LONG_S = 30.0  # longer than anything here takes


def test_a_few_events_at_full_speed_are_leased_as_soon_as_there_will_be_no_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are far fewer than a worker otherwise gathers for a lease, and nothing is worth waiting for."""
    monkeypatch.setattr(worker, "EXCHANGE_S", LONG_S)
    folder = Home(tmp_path / "home").new_run(RUN)
    sink = FileDestination(stream=str(tmp_path / "events.jsonl"))
    folder.write_plan(a_plan(rate=None, duration_s=None, planned=20, lanes=2, destination=sink, place=None))
    save_tables(draw_tables(load_profile("minimal"), 7), folder.tables_file)
    at_work = worker.Worker(Assignment(folder.path, {0: 0, 1: 0}))
    began = time.monotonic()
    at_work.start(Start(began, 1_767_225_600_000))
    prepared = at_work.exchange(Grant())
    assert prepared.ended == prepared.prepared == {0: 10, 1: 10}
    last = at_work.exchange(Grant(upto=prepared.prepared))
    assert last.done
    assert sum(outcome.end - outcome.first for outcome in last.outcomes) == 20
    assert time.monotonic() - began < LONG_S
