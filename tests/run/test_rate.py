"""The rate that a run says: accepted events over the seconds from the first release to the last answer."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from clickgen.cost.bill import load_prices
from clickgen.deliver.sender_context import SendCounts
from clickgen.deliver.timings import Durations
from clickgen.feed.due_times import schedule_of
from clickgen.ledger.folder import RunFolder
from clickgen.model.histogram import Histogram
from clickgen.model.outcome import Account, Outcome, State
from clickgen.run.events import Figures
from clickgen.run.fleet import Fleet
from clickgen.run.leases import Left
from clickgen.run.linger import PackedLanes
from clickgen.run.messages import WorkerReport
from clickgen.run.run_totals import RunTotals
from clickgen.run.targets.registry import tariff_of
from clickgen.sink.registry import limits_of
from clickgen.view.runs import true_facts
from tests.conftest import CommandLine
from tests.support.snapshots import a_plan, some_figures

KEYS = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}


def a_report(accepted: int, first_due: float | None, answered: float | None, **changes: Any) -> WorkerReport:
    """What a worker says that had so many events accepted."""
    outcomes = [Outcome(0, 0, accepted, State.ACCEPTED, 1, 1, 2)] if accepted else []
    report = WorkerReport(
        outcomes=outcomes, prepared={}, read={}, ended={}, tally=SendCounts(), billed=0,
        durations=Durations(Histogram(), Histogram(), Histogram()), course=Counter(), rejected=[],
        skipped=[], out_of_order=0, without_time=0,
        first_due=first_due, answered=answered, backlog_s=0.0, done=False, budget_exhausted=False, problem=None,
    )  # fmt: skip
    for name, value in changes.items():
        setattr(report, name, value)
    return report


def books(tmp_path: Path) -> RunTotals:
    plan = a_plan()
    return RunTotals(
        RunFolder(tmp_path),
        limits_of(plan.destination),
        tariff_of(plan.destination, load_prices()),
        planned=plan.planned,
        ending_lanes=None,
        schedule=schedule_of(plan),
        packed=PackedLanes(plan.lanes, plan.linger_s),
    )


def figures(books: RunTotals, elapsed: float, *, ended: bool) -> Figures:
    return books.figures(elapsed, Fleet(0), stopping=False, ended=ended)


def test_is_of_all_workers_from_the_earliest_release_to_the_latest_answer(tmp_path: Path) -> None:
    kept = books(tmp_path)
    kept.take(a_report(600, 2.0, 4.0))
    kept.take(a_report(0, None, None))
    kept.take(a_report(400, 1.5, 6.5))
    kept.take(a_report(0, 1.5, 6.0))  # one that took over from a worker that died knows less
    ended = figures(kept, 60.0, ended=True)
    assert (ended.sending, ended.rate) == (5.0, 200.0)
    assert ended.facts()["rate"] == 200.0
    assert ended.facts()["sending_seconds"] == 5.0
    assert ended.facts()["seconds"] == 60.0


def test_falls_while_a_stream_that_took_events_is_silent(tmp_path: Path) -> None:
    kept = books(tmp_path)
    kept.take(a_report(1_000, 0.0, 10.0))
    assert figures(kept, 10.5, ended=False).rate == 100.0
    assert figures(kept, 21.0, ended=False).rate == 50.0


@pytest.mark.parametrize(("first_due", "answered"), [(None, None), (0.1, None), (0.1, 30.0)])
def test_is_nothing_where_nothing_was_accepted(
    tmp_path: Path, first_due: float | None, answered: float | None
) -> None:
    kept = books(tmp_path)
    assert figures(kept, -0.1, ended=False).rate == 0.0
    kept.take(a_report(0, first_due, answered))
    assert figures(kept, 40.0, ended=False).rate == 0.0
    ended = figures(kept, 40.0, ended=True)
    assert ended.rate == 0.0
    assert ended.sending >= 0.0


def test_the_present_pace_is_that_of_accepted_events(tmp_path: Path) -> None:
    """Whatever was released: 300 events are accepted every second, seen every quarter of one."""
    kept = books(tmp_path)
    for quarter in range(1, 41):
        kept.take(a_report(75, 0.0, quarter / 4, tally=SendCounts(released=2_000 * quarter)))
        seen = figures(kept, quarter / 4 + 0.03, ended=False)
    assert seen.history == pytest.approx([300] * 10, abs=12)


def test_sessions_add_up() -> None:
    """1,000 events in 10 s and 500 in 20 s are 50 a second, however long nobody resumed the run."""
    first = some_figures(accepted=1_000, sending=10.0).facts()
    second = some_figures(accepted=500, sending=20.0).facts()
    whole = Left({}, {}, facts=first).add_up(second)
    assert (whole["rate"], whole["sending_seconds"], whole["seconds"]) == (50.0, 30.0, 24.0)
    died = Left({}, {}, facts={}).add_up(second)
    assert (died["rate"], died["sending_seconds"]) == (25.0, 20.0)
    third = Left({}, {}, facts=whole).add_up(first)
    assert third["rate"] == pytest.approx(2_500 / 40)


def test_what_an_earlier_version_noted_is_put_right() -> None:
    """It noted the rate that the schedule had wanted."""
    noted = some_figures(elapsed=34.0).facts() | {"rate": 2_000.0}
    del noted["sending_seconds"]
    facts = true_facts(noted, Account(10_000, 10_000, 0, 0, 0))
    assert (facts["rate"], facts["sending_seconds"]) == (pytest.approx(294.118), 34.0)
    new = some_figures().facts()
    assert true_facts(new, Account(1, 1, 0, 0, 0)) == new
    assert true_facts({}, Account(1, 0, 0, 0, 1)) == {}


def test_a_throttled_run_says_what_was_accepted_and_fails_its_threshold(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks", "--throttle", "500") as endpoint:
        there = ["--stream", "clicks", "--endpoint-url", endpoint]
        sent = clickgen.run(
            *["send", *there, "--rate", "2000", "--events", "2000", "--json"],
            *["--threshold", "rate>=1900", "--threshold", "rate<1000"],
            env=KEYS,
        )
    assert sent.code == 1
    assert (sent.json["accepted"], sent.json["wanted_rate"]) == (2_000, 2_000)
    assert 50 < sent.json["rate"] < 1_000
    assert [one["passed"] for one in sent.json["thresholds"]] == [False, True]
    assert {one["value"] for one in sent.json["thresholds"]} == {sent.json["rate"]}
    shown = clickgen.run("runs", "show", "--json").json
    assert (shown["rate"], shown["wanted_rate"]) == (sent.json["rate"], 2_000)
    assert f"{sent.json['rate']:,.1f}/s, wanted 2,000/s" in clickgen.run("runs", "show").out
    assert f"{sent.json['rate']:,.1f} events/s" in clickgen.run("report", "--markdown").out


def test_a_replay_at_a_rate_beyond_all_means_says_what_it_was(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "clicks.jsonl"
    file.write_text("".join(json.dumps({"n": n}) + "\n" for n in range(3_000)))
    sent = clickgen.run("replay", str(file), "--rate", "1000000", "--json")
    assert (sent.code, sent.json["accepted"]) == (0, 3_000)
    assert sent.json["rate"] == pytest.approx(3_000 / sent.json["sending_seconds"], rel=1e-3)
    assert sent.json["rate"] < 900_000
    assert sent.json["sending_seconds"] <= sent.json["seconds"]
