"""A run that did not end as it meant to is never called verified: by no verdict, JUnit, report or totals."""

import json
import os
import signal
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from clickgen.ledger.ending import Ending, Shortfall, shortfall_of
from clickgen.ledger.folder import Home
from clickgen.ledger.reader import read_claims
from clickgen.ledger.store import LedgerWriter
from clickgen.model.destination import LakeDestination
from clickgen.model.outcome import Account, State
from clickgen.verify.proof.compare.report import DeliveryReport, Verdict
from clickgen.verify.proof.delivery import resume_command
from clickgen.verify.proof.verification_store import KeptVerification, as_of_now
from clickgen.view.junit import junit_xml
from clickgen.view.markdown import verification_markdown
from clickgen.view.states import headline_words, ways_on
from tests.conftest import CommandLine
from tests.support.planted import LANDED_MS, RUN, HeldClock, Planted, crashed, events, lines
from tests.support.under_way import sending_until

RESUME = f"clickgen runs resume {RUN}"


def kept(report: DeliveryReport) -> KeptVerification:
    return KeptVerification(place="s3", where="s3://lake/", when_ms=LANDED_MS, report=report)


@pytest.mark.parametrize(
    ("account", "ending", "live", "expected"),
    [
        ((5, 5, 0, 0, 0), Ending.COMPLETE, False, None),
        ((5, 1, 0, 0, 4), Ending.STOPPED, False, None),
        ((5, 1, 4, 0, 0), Ending.COMPLETE, False, None),
        ((5, 5, 0, 0, 0), Ending.COMPLETE, True, Shortfall.RUNNING),
        ((5, 5, 0, 0, 0), Ending.OPEN, True, Shortfall.RUNNING),
        ((5, 5, 0, 0, 0), Ending.OPEN, False, Shortfall.CRASHED),
        ((0, 0, 0, 0, 0), Ending.OPEN, False, Shortfall.CRASHED),
        ((5, 4, 0, 0, 1), Ending.FAILED, False, Shortfall.FAILED),
        ((0, 0, 0, 0, 0), Ending.STOPPED, False, Shortfall.NOTHING_PLANNED),
        ((5, 0, 5, 0, 0), Ending.COMPLETE, False, Shortfall.NOTHING_ACCEPTED),
        ((5, 0, 0, 0, 5), Ending.STOPPED, False, Shortfall.NOTHING_ACCEPTED),
    ],
)
def test_what_keeps_a_run_from_being_a_success(
    account: tuple[int, int, int, int, int], ending: Ending, live: bool, expected: Shortfall | None
) -> None:
    assert shortfall_of(Account(*account), ending, live=live) is expected


@pytest.mark.parametrize(
    ("claims", "ending", "words"),
    [
        ([], Ending.COMPLETE, "nothing was planned, so nothing is proved"),
        ([(0, 9, State.REJECTED)], Ending.COMPLETE, "nothing was accepted, so nothing is proved"),
        ([(0, 9, State.UNSENT)], Ending.STOPPED, "nothing was accepted, so nothing is proved"),
        (
            [(0, 5, State.ACCEPTED), (5, 9, State.UNSENT)],
            Ending.FAILED,
            "all 5 accepted events arrived, whole; a problem ended the run early, 4 unsent",
        ),
        (
            [(0, 5, State.ACCEPTED), (5, 9, State.UNKNOWN)],
            Ending.OPEN,
            "all 5 accepted events arrived, whole; the run crashed or was killed, 4 unknown; "
            "4 of 4 unknown were not found",
        ),
    ],
)
def test_the_line_says_why_and_no_form_is_green(
    tmp_path: Path, claims: list[tuple[int, int, State]], ending: Ending, words: str
) -> None:
    run = Planted(tmp_path, ending=ending)
    for first, end, state in claims:
        run.claim(first, end, state)
    run.put("1", lines(events(0, 5)) if words.startswith("all") else b"")
    report = run.verify()
    assert (report.verdict, report.verdict.exit_code) == (Verdict.INCOMPLETE, 4)
    assert headline_words(report, exclusive=False) == words
    suite = ET.fromstring(junit_xml([kept(report)]))[0]
    failed = {case.attrib["name"].partition(":")[0] for case in suite if case.find("failure") is not None}
    assert failed == {"sent", "verdict"}
    assert "✅ s3" not in verification_markdown(kept(report))


@pytest.mark.parametrize(
    ("state", "command"),
    [
        (State.UNSENT, RESUME),
        (State.REJECTED, f"{RESUME} --rejected"),
        (State.UNKNOWN, f"{RESUME} --unknown"),
    ],
)
def test_what_sends_something_after_all_is_named(tmp_path: Path, state: State, command: str) -> None:
    run = Planted(tmp_path)
    run.claim(0, 9, state)
    run.put("1", b"")
    assert list(ways_on(run.verify(), "s3")) == [command]


def test_what_was_given_up_on_purpose_is_verified_and_unknown_ones_are_said(tmp_path: Path) -> None:
    run = Planted(tmp_path, planned=40, ending=Ending.STOPPED)
    run.claim(0, 20)
    run.claim(20, 30, State.UNKNOWN)
    run.put("1", lines(events(0, 23)))
    report = run.verify()
    assert report.verdict is Verdict.VERIFIED
    assert (report.recovered, report.unknown_absent, report.account.unsent) == (3, 7, 10)
    words = headline_words(report, exclusive=False)
    assert words == "all 20 accepted events arrived, whole; 7 of 10 unknown were not found"


def test_losses_of_a_crashed_run_are_anomalous_and_the_crash_is_said(tmp_path: Path) -> None:
    run = crashed(tmp_path)
    run.put("1", lines(events(0, 15)))
    report = run.verify()
    assert report.verdict is Verdict.ANOMALOUS
    assert "5 missing; the run crashed or was killed, 20 unsent and 10 unknown" in headline_words(
        report, exclusive=False
    )


def test_a_run_that_is_held_by_a_process_is_still_going(tmp_path: Path) -> None:
    run = crashed(tmp_path)
    with run.run.held():
        report = run.verify(clock=HeldClock(LANDED_MS), wait=0.0)
    assert (report.verdict, report.shortfall) == (Verdict.INCOMPLETE, Shortfall.RUNNING)
    assert headline_words(report, exclusive=False).endswith("; the run is still going")


def test_a_pipeline_is_no_better_than_its_run(tmp_path: Path, clickgen: CommandLine) -> None:
    run = crashed(tmp_path)
    file = tmp_path / "pipeline.toml"
    file.write_text(f'[[station]]\nname = "raw"\nplace = "s3"\nat = {json.dumps(str(run.lake))}\n')
    said = clickgen.run("verify", "all", "delivery", "--pipeline", str(file))
    assert said.code == 4
    assert said.out.splitlines()[-1].startswith(f"run {RUN} incomplete: the run crashed or was killed, 20 unsent")


def test_a_report_does_not_call_a_run_verified_that_has_gone_on_since(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    run.claim(0, 20)
    run.put("1", lines(events(0, 20)))
    one = kept(run.verify())
    assert as_of_now(one, read_claims(run.run, run.plan)) == one
    run.end(Ending.OPEN)
    now = as_of_now(one, read_claims(run.run, run.plan)).report
    assert (now.verdict, now.shortfall) == (Verdict.INCOMPLETE, Shortfall.OUTDATED)
    assert "the run has gone on since this look" in headline_words(now, exclusive=False)
    with run.run.held():
        assert as_of_now(one, read_claims(run.run, run.plan)).report.shortfall is Shortfall.RUNNING


def test_the_command_that_goes_on_fits_the_run(tmp_path: Path) -> None:
    plan = Planted(tmp_path).plan
    assert resume_command(plan) == RESUME
    generated = {"command": "generate", "destination": LakeDestination(stream=str(tmp_path))}
    assert resume_command(plan.model_copy(update=generated)) == f"clickgen generate --resume {RUN}"
    os.mkfifo(tmp_path / "pipe")
    for source in ("-", str(tmp_path / "pipe")):
        piped = plan.model_copy(update={"command": "replay", "sources": (source,)})
        assert resume_command(piped) is None


def test_a_killed_run_is_incomplete_until_it_was_resumed_to_its_end(clickgen: CommandLine) -> None:
    sender = sending_until(clickgen, 200, "send", "--rate", "300", "--events", "3000")
    sender.send_signal(signal.SIGKILL)
    sender.communicate(timeout=60)
    said = clickgen.run("verify", "s3", "delivery", "--wait", "20s", "--json")
    assert (said.code, said.json["verdict"], said.json["shortfall"]) == (4, "incomplete", "crashed"), said.err
    assert said.json["resume"] == f"clickgen runs resume {said.json['run']}"
    resumed = clickgen.run("runs", "resume", "--unknown")
    assert resumed.code == 0, resumed.err
    said = clickgen.run("verify", "s3", "delivery", "--json")
    assert (said.code, said.json["verdict"], said.json["unsent"]) == (0, "verified", 0), said.err
    assert said.json["resume"] is None


def test_resuming_what_has_nothing_left_closes_its_account(tmp_path: Path, clickgen: CommandLine) -> None:
    run = crashed(tmp_path, planned=30)
    arguments = ("verify", "s3", "delivery", "--at", str(run.lake))
    assert "the run crashed or was killed, 10 unknown" in " ".join(clickgen.run(*arguments).out.split())
    said = clickgen.run("runs", "resume")
    assert (said.code, said.out) == (4, "")
    assert "has no unsent events, but 10 unknown (--unknown)" in said.err
    said = clickgen.run(*arguments)
    assert said.code == 0
    assert "10 of 10 unknown were not found" in said.out
    claims = read_claims(run.run, run.plan)
    assert (claims.ending, claims.account().unknown) == (Ending.COMPLETE, 10)


def test_totals_that_agree_count_for_nothing_where_the_run_crashed(clickgen: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "events.parquet"
    assert clickgen.run("generate", "--events", "200", "--duration", "10m", "--to", str(file)).code == 0
    folder = Home(clickgen.home).find_run(None)
    arguments = ("verify", "parquet", "totals", "--at", str(file), "--json")
    said = clickgen.run(*arguments)
    assert (said.code, said.json["verdict"], said.json["resume"]) == (0, "counted", None), said.err
    writer = LedgerWriter(folder.ledger_file)
    writer.reopen()
    writer.close()
    said = clickgen.run(*arguments)
    assert (said.code, said.json["verdict"], said.json["differences"]) == (4, "incomplete", []), said.err
    assert "agree in total; the run crashed or was killed\n" in said.err
    assert f"hint     clickgen generate --resume {folder.run}" in said.err
    assert "note: the run crashed or was killed" in clickgen.run("expect").out
