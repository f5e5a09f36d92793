"""`clickgen runs`: every run is listed whatever state it is in, and shown with an account that adds up."""

import json
import re
import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clickgen.cli.commands.runs import runs
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import Home, RunFolder
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import FileDestination
from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.outcome import Account, Lease, Outcome, State
from clickgen.model.plan import Plan
from clickgen.view.runs import KnownRun, RunState, render_list
from clickgen.view.summary import summary_json
from tests.support.snapshots import a_finish, a_plan, a_replay, shown, some_figures

FINISHED, CRASHED, LIVE = "68c1a2b3d4e5", "68c1a2b4ffff", "68c1a2b5ffff"


def begun(home: Path, plan: Plan, *entries: Lease | Outcome) -> RunFolder:
    """A run with a plan and a ledger that was never closed."""
    folder = Home(home).new_run(plan.run)
    folder.write_plan(plan)
    ledger = LedgerWriter(folder.ledger_file)
    for entry in entries:
        if isinstance(entry, Lease):
            ledger.lease([entry])
        else:
            ledger.note([entry])
    ledger.close()
    return folder


def finished(home: Path, plan: Plan | None = None) -> RunFolder:
    """A run that sent all of its 15,000 events."""
    plan = plan or a_plan()
    folder = begun(home, plan, Lease(0, 0, 15_000), Outcome(0, 0, 15_000, State.ACCEPTED, 1, 1, 2))
    ledger = LedgerWriter(folder.ledger_file)
    ledger.close_run({0: 15_000}, a_finish().figures.facts(), Ending.COMPLETE)
    ledger.close()
    return folder


def crashed(home: Path) -> RunFolder:
    """A run that was killed: of 2,000 leased events 1,000 have outcomes."""
    outcomes = (Outcome(0, 0, 900, State.ACCEPTED, 1, 1, 2), Outcome(0, 900, 1_000, State.REJECTED, 3, 1, 2))
    return begun(home, a_plan(run=CRASHED), Lease(0, 0, 2_000), *outcomes)


def live(home: Path) -> AbstractContextManager[None]:
    """A run that this process holds for as long as the context lasts."""
    return begun(home, a_plan(run=LIVE, planned=None, duration_s=None), Lease(0, 0, 700)).held()


def invoked(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(runs, [*arguments, "--home", str(home)])


def listed(home: Path) -> list[dict[str, Any]]:
    result = invoked(home, "list", "--json")
    assert result.exit_code == 0
    found: list[dict[str, Any]] = json.loads(result.stdout)["runs"]
    return found


def shown_json(home: Path, run: str) -> dict[str, Any]:
    result = invoked(home, "show", run, "--json")
    assert result.exit_code == 0
    document: dict[str, Any] = json.loads(result.stdout)
    return document


def test_runs_in_every_state_are_listed_the_newest_last(tmp_path: Path) -> None:
    finished(tmp_path)
    crashed(tmp_path)
    with live(tmp_path):
        found = listed(tmp_path)
    assert found[0] == {
        "run": FINISHED,
        "when": "2025-12-31T23:59:59.800Z",
        "command": "send",
        "destination": "embedded:clicks",
        "planned": 15_000,
        "accepted": 15_000,
        "rejected": 0,
        "unknown": 0,
        "unsent": 0,
        "state": "finished",
    }
    assert [(run["run"], run["state"]) for run in found[1:]] == [(CRASHED, "crashed"), (LIVE, "running")]
    assert [found[1][name] for name in ("accepted", "rejected", "unknown", "unsent")] == [900, 100, 1_000, 13_000]
    assert listed(tmp_path)[2]["state"] == "crashed"  # nobody holds it any more


def test_piped_it_is_one_whole_line_a_run(tmp_path: Path) -> None:
    destination = a_plan().destination.model_copy(update={"stream": "clicks-of-a-" + "very-" * 20 + "long-name"})
    finished(tmp_path, a_plan(destination=destination))
    crashed(tmp_path)
    lines = invoked(tmp_path, "list").stdout.splitlines()
    header = "run when command destination planned accepted rejected unknown unsent state"
    assert " ".join(lines[0].split()) == header
    assert lines[1].split() == [
        FINISHED, "2025-12-31T23:59:59Z", "send", f"embedded:{destination.stream}",
        "15,000", "15,000", "0", "0", "0", "finished",
    ]  # fmt: skip
    assert lines[2].split()[-6:] == ["15,000", "900", "100", "1,000", "13,000", "crashed"]
    assert len(lines) == 3


def test_a_narrow_terminal_gets_one_line_a_run_with_fewer_columns() -> None:
    account = Account(15_000, 900, 100, 1_000, 13_000)
    entries = [KnownRun(a_plan(run=CRASHED), account, RunState.CRASHED, {})]
    head, line = shown(render_list(entries, 80), 80).splitlines()
    assert head.split() == ["run", "when", "command", "destination", "accepted", "short", "state"]
    assert line.split() == [CRASHED, "12-31", "23:59", "send", "embedded:clicks", "900", "14,100", "crashed"]
    assert len(shown(render_list(entries, 140), 140).splitlines()) == 2
    long = a_plan(run=CRASHED, destination=FileDestination(stream="/a/long/way/to/a/file/of/clicks.jsonl"))
    entries = [KnownRun(long, Account(10**9, 10**9, 0, 0, 0), RunState.FINISHED, {})]
    assert [len(line) for line in shown(render_list(entries, 80), 200).splitlines()][1] <= 80
    assert ".." in shown(render_list(entries, 80), 200)


def test_only_the_newest_are_listed_if_so_many_are_wanted(tmp_path: Path) -> None:
    finished(tmp_path)
    crashed(tmp_path)
    assert [
        run["run"] for run in json.loads(invoked(tmp_path, "list", "--limit", "1", "--json").stdout)["runs"]
    ] == [CRASHED]
    assert len(invoked(tmp_path, "list", "--limit", "7").stdout.splitlines()) == 3


def test_runs_are_removed_whole_once_that_is_confirmed(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    crashed(tmp_path)
    refused = invoked(tmp_path, "remove", FINISHED).exception
    assert isinstance(refused, UsageProblem)
    assert "without a terminal to ask at" in refused.message
    assert folder.path.is_dir()
    said = invoked(tmp_path, "remove", FINISHED[:8], FINISHED, "last", "--yes")
    assert f"run {FINISHED}: what landed in" in said.stderr
    assert f"clickgen clean {FINISHED} --yes" in said.stderr
    assert FINISHED in said.stdout
    assert CRASHED in said.stdout
    assert Home(tmp_path).all_runs() == []


def test_a_run_that_goes_on_is_not_removed_and_neither_is_another_with_it(tmp_path: Path) -> None:
    finished(tmp_path)
    with live(tmp_path):
        refused = invoked(tmp_path, "remove", FINISHED, LIVE, "--yes").exception
    assert isinstance(refused, EnvironmentProblem)
    assert "is going on" in refused.message
    assert len(Home(tmp_path).all_runs()) == 2
    (Home(tmp_path).runs / FINISHED / "plan.json").write_text("{")
    assert "is damaged" in invoked(tmp_path, "remove", FINISHED, "--yes", "--json").stderr
    assert len(Home(tmp_path).all_runs()) == 1


def test_damaged_runs_do_not_hide_the_others(tmp_path: Path) -> None:
    finished(tmp_path).plan_file.write_text("{")
    crashed(tmp_path).ledger_file.write_bytes(b"no database" * 1_000)
    begun(tmp_path, a_plan(run=LIVE))
    plan, ledger, whole = listed(tmp_path)
    assert (plan["state"], plan["when"], plan["planned"]) == ("damaged", None, None)
    assert (ledger["state"], ledger["command"], ledger["planned"]) == ("damaged", "send", None)
    assert "ledger.db" in ledger["problem"]
    assert (whole["state"], whole["unsent"]) == ("crashed", 15_000)
    result = invoked(tmp_path, "list")
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 4
    assert f"run {CRASHED} is damaged: the ledger of run" in result.stderr


def test_no_runs_is_no_error(tmp_path: Path) -> None:
    assert listed(tmp_path) == []
    result = invoked(tmp_path, "list")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "clickgen send" in result.stderr


def test_show_says_the_same_as_the_run_itself_did(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    document = shown_json(tmp_path, FINISHED)
    plan = document.pop("plan")
    assert document.pop("state") == "finished"
    assert document == summary_json(a_finish())
    assert Plan.model_validate(plan) == folder.read_plan() == a_plan()


def test_show_of_a_replay_has_the_keys_of_replay(tmp_path: Path) -> None:
    finished(tmp_path, a_replay())
    document = shown_json(tmp_path, FINISHED)
    assert list(document)[-4:] == ["skipped", "out_of_order", "state", "plan"]
    assert document["skipped"] == some_figures().skipped


def test_what_a_crashed_run_could_not_note_is_null(tmp_path: Path) -> None:
    crashed(tmp_path)
    document = shown_json(tmp_path, CRASHED[:9])
    states = [document[name] for name in ("accepted", "rejected", "unknown", "unsent")]
    assert document["planned"] == sum(states) == 15_000
    assert document["state"] == "crashed"
    assert list(document)[:-2] == list(summary_json(a_finish()))
    assert {document[name] for name in ("records", "attempts", "rate", "lag_ms", "cost_usd")} == {None}


def test_show_takes_the_latest_and_tells_how_to_repeat_it(tmp_path: Path) -> None:
    crashed(tmp_path)
    folder = finished(tmp_path, a_plan(created_ms=1_767_225_700_000))
    folder.rejected_file.write_text("{}\n")
    text = invoked(tmp_path, "show").stdout
    for line in (
        f"run {FINISHED} finished",
        "account  planned 15,000 = accepted 15,000 + rejected 0 + unknown 0 + unsent 0",
        "bill     would cost $0.00076 on AWS; packing would save $0.0007 (92 %)",
        f"rejected {folder.rejected_file}",
        "plan     send, 500/s, 15,000 events, for 30s",
        "traffic  profile shop, schema flat, seed 7",
        "created  2026-01-01T00:01:40Z, second 0 at 2026-01-01T00:00:00.250Z",
        "to       embedded:clicks, region us-east-1, endpoint http://127.0.0.1:4573",
        "place    /home/me/.clickgen/lake/lake/, UNCOMPRESSED, buffered for 60 s or 5 MiB",
        f"folder   {folder.path}",
    ):
        assert line in text.splitlines(), line
    assert re.search(
        rf"^repeat   clickgen send .* --run-id {FINISHED} --home {tmp_path}-again$", text, re.MULTILINE
    )


def test_show_of_a_running_run_does_not_call_its_work_lost(tmp_path: Path) -> None:
    with live(tmp_path):
        text = invoked(tmp_path, "show").stdout
    assert f"run {LIVE} running" in text
    assert "700 unknown: leased to be sent, or sent and not answered yet" in text
    assert "rate     " not in text


def test_show_says_what_of_a_ledger_cannot_be_believed(tmp_path: Path) -> None:
    folder = crashed(tmp_path)
    with sqlite3.connect(folder.ledger_file) as database:
        database.execute("UPDATE entries SET end = end + 1 WHERE kind = 'rejected'")
    database.close()
    result = invoked(tmp_path, "show")
    assert "unknown 1,100" in result.stdout
    assert "ledger   damaged: 1 entry unreliable, whose events are unknown" in result.stdout


def test_bad_input_is_explained(tmp_path: Path) -> None:
    assert isinstance(invoked(tmp_path, "show").exception, UsageProblem)
    finished(tmp_path)
    problem = invoked(tmp_path, "show", "0a1b2c3d4e5f").exception
    assert isinstance(problem, UsageProblem)
    assert "0a1b2c3d4e5f" in problem.message
    crashed(tmp_path).plan_file.write_bytes(b"\x00")
    assert isinstance(invoked(tmp_path, "show", CRASHED).exception, EnvironmentProblem)


@pytest.mark.parametrize("command", [["list"], ["show"], []])
def test_help_has_examples(command: list[str]) -> None:
    result = CliRunner().invoke(runs, [*command, "--help"])
    assert result.exit_code == 0
    assert "Examples:\n    clickgen runs" in result.stdout
