"""`clickgen compare` of runs that were really sent: a CI job fails when p99 doubles, or was not measured."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from clickgen.ledger.folder import Home
from clickgen.ledger.store import LedgerWriter
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.model.plan import Plan
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.snapshots import a_plan

BASE, SAME, SLOW = "000000000001", "000000000002", "000000000003"
CRASHED, LIVE = "68c1a2b4ffff", "68c1a2b5ffff"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """Three runs against a service with a latency; that of the last one is four times as long."""
    folder = tmp_path_factory.mktemp("runs")
    clickgen = CommandLine(folder / "home")
    with ExitStack() as stack:
        fast, slow = (
            stack.enter_context(CommandLine(folder / latency).serving("--stream", "clicks", "--latency", latency))
            for latency in ("1s", "4s")
        )

        def send(run: str, endpoint: str) -> int:
            words = f"send --stream clicks --endpoint-url {endpoint} --rate 20 --duration 2s --run-id {run}"
            return clickgen.run(*words.split(), env=CREDENTIALS).code

        with ThreadPoolExecutor(3) as pool:
            codes = list(pool.map(send, (BASE, SAME, SLOW), (fast, fast, slow)))
    assert codes == [0, 0, 0]
    return clickgen


def test_a_ci_job_fails_when_p99_doubles(sent: CommandLine) -> None:
    same = sent.run("compare", BASE, SAME, "--threshold", "latency_p99<2x", "--threshold", "rate>.2x")
    assert same.code == 0, same.out
    assert "passed    threshold latency_p99<2x" in same.out
    slow = sent.run("compare", BASE, SLOW, "--threshold", "latency_p99<2x", "--threshold", "accepted==100%")
    assert slow.code == 1
    assert "failed    threshold latency_p99<2x" in slow.out
    assert "passed    threshold accepted==100%" in slow.out


def test_both_runs_are_shown_with_what_differs(sent: CommandLine) -> None:
    said = sent.run("compare", BASE, SLOW)
    assert said.code == 0, said.err
    assert max(map(len, said.out.splitlines())) <= 80
    assert "\x1b" not in said.out
    row = next(line for line in said.out.splitlines() if line.startswith("answer p99"))
    assert row.split()[-1] == "worse"
    assert said.out.count("not verified") == 2
    assert "destination.endpoint_url" in said.out


def test_json_has_every_figure_and_null_for_what_was_not_measured(sent: CommandLine) -> None:
    document = sent.run("compare", BASE, SLOW, "--threshold", "missing==0", "--json")
    assert document.code == 1
    found = document.json
    assert (found["a"]["run"], found["b"]["run"], found["kind"]) == (BASE, SLOW, "runs")
    assert found["figures"]["answer_p50"]["ratio"] == pytest.approx(4, rel=0.5)
    assert found["figures"]["answer_p50"]["mark"] == "worse"
    assert "missing" not in found["figures"]
    assert found["thresholds"] == [{"expression": "missing==0", "value": None, "bound": 0.0, "passed": False}]


def test_a_verified_run_has_what_landed(sent: CommandLine, tmp_path: Path) -> None:
    clickgen = CommandLine(tmp_path / "home")
    for run in (BASE, SAME):
        words = f"send --to file:{tmp_path}/{run}.jsonl --events 50 --rate max --run-id {run}"
        assert clickgen.run(*words.split()).code == 0
    assert clickgen.run("verify", "file", "delivery", BASE).code == 0
    limits = ("--threshold", "missing==0", "--threshold", "delivered==50")
    assert clickgen.run("compare", SAME, BASE, *limits).code == 0
    unverified = clickgen.run("compare", BASE, SAME, *limits)
    assert unverified.code == 1
    assert unverified.out.count("nothing was measured") == 2
    assert "lag" not in unverified.out  # as fast as it goes, there are no due times


def begun(home: Path, plan: Plan, accepted: int) -> None:
    """A run that leased 2,000 events and was killed once some of them were accepted."""
    folder = Home(home).new_run(plan.run)
    folder.write_plan(plan)
    ledger = LedgerWriter(folder.ledger_file)
    ledger.lease([Lease(0, 0, 2_000)])
    if accepted:
        ledger.note([Outcome(0, 0, accepted, State.ACCEPTED, 1, 1, 2)])
    ledger.close()


def test_runs_without_an_end_are_incomplete(sent: CommandLine) -> None:
    begun(sent.home, a_plan(run=CRASHED), 900)
    said = sent.run("compare", BASE, CRASHED)
    assert said.code == 4
    assert "the run crashed or was killed" in said.out
    assert sent.run("compare", BASE, CRASHED, "--threshold", "latency_p99<9x").code == 1
    begun(sent.home, a_plan(run=LIVE, planned=None, duration_s=None), 0)
    with Home(sent.home).find_run(LIVE).held():
        said = sent.run("compare", BASE, LIVE, "--threshold", "rejected==0", "--json")
    assert said.code == 4
    assert said.json["b"]["shortfall"] == "running"


def test_a_run_of_another_home_is_named_by_its_folder(sent: CommandLine, tmp_path: Path) -> None:
    elsewhere = CommandLine(tmp_path / "elsewhere")
    said = elsewhere.run("compare", *(str(sent.home / "runs" / run) for run in (BASE, SAME)), "--json")
    assert said.code == 0, said.err
    assert said.json["a"]["run"] == BASE
