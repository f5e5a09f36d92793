"""JUnit and Markdown of a verification: a test case a promise, and nobody's names are taken for markup."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clickgen.ledger.claims import LedgerDamage
from clickgen.ledger.reader import read_claims
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.found.findings import Witness
from clickgen.verify.proof.verification_store import KeptFunnel, KeptStation, KeptVerification
from clickgen.view.junit import junit_xml
from clickgen.view.markdown import run_markdown, verification_markdown
from clickgen.view.runs import KnownRun, RunState
from tests.conftest import CommandLine
from tests.support.planted import FOREIGN, LANDED_MS, RUN, SENT_MS, HeldClock, Planted, event, events, lines

EVIL = "<script>alert(1)</script>`|*[x](http://y)\x00\x1b[31m\n| a | b |"


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def kept(report: DeliveryReport, **changes: Any) -> KeptVerification:
    return KeptVerification(place="s3", where="s3://lake/", when_ms=LANDED_MS, report=report).model_copy(
        update=changes
    )


def outcomes(document: bytes) -> dict[str, str]:
    """What became of each test case, by the promise's name."""
    cases = ET.fromstring(document).iter("testcase")
    return {case.attrib["name"].partition(":")[0]: case[0].tag if len(case) else "passed" for case in cases}


def test_all_promises_of_a_verified_delivery_pass(run: Planted) -> None:
    run.put("1", lines(events(0, 100)))
    document = junit_xml([kept(run.verify())])
    assert set(outcomes(document).values()) == {"passed"}
    suite = ET.fromstring(document)[0]
    assert (suite.attrib["tests"], suite.attrib["failures"]) == (str(len(outcomes(document))), "0")
    assert "nothing_of_others" not in outcomes(document)


def test_a_damaged_ledger_is_named_beside_the_verdict(run: Planted) -> None:
    run.put("1", lines(events(0, 100)))
    sound = kept(run.verify())
    damaged = kept(replace(sound.report, ledger_damage=LedgerDamage(rows=2, lease_file=1)))
    words = "damaged: 2 entries unreliable, whose events are unknown, 1 record of its lease file unreliable"
    assert f'<property name="ledger" value="{words}" />' in junit_xml([damaged]).decode()
    assert f"The ledger is {words}.\n" in verification_markdown(damaged)
    known = KnownRun(run.plan, damaged.report.account, RunState.FINISHED, {}, damaged.report.ledger_damage)
    assert f"The ledger is {words}.\n" in run_markdown(known, [], None)
    assert b'"ledger"' not in junit_xml([sound])
    assert "ledger" not in verification_markdown(sound)


def test_each_broken_promise_fails_with_its_witnesses(run: Planted) -> None:
    torn = [*events(0, 90), event(3), FOREIGN]
    run.put("1", lines(torn) + event(95)[:40])
    report = run.verify(exclusive=True)
    document = junit_xml([kept(report, exclusive=True)])
    failed = {name for name, outcome in outcomes(document).items() if outcome == "failure"}
    expected = {
        "nothing_missing",
        "no_unexplained_duplicates",
        "nothing_truncated",
        "nothing_of_others",
        "verdict",
    }
    assert failed == expected
    suite = ET.fromstring(document)[0]
    assert suite.attrib["failures"] == "5"
    [missing] = [failure for failure in suite.iter("failure") if failure.attrib["type"] == "nothing_missing"]
    assert missing.attrib["message"] == "10 missing"
    assert missing.text is not None
    assert len(missing.text.splitlines()) == 10
    assert missing.text.startswith("67404b1c-9d2e-8000-8000-00005a")


def test_pending_is_skipped_but_never_passes_the_verdict(run: Planted) -> None:
    run.put("1", lines(events(0, 50)))
    report = run.verify(clock=HeldClock(SENT_MS + 1000), wait=0.0)
    seen = outcomes(junit_xml([kept(report)]))
    assert (seen["nothing_missing"], seen["verdict"]) == ("skipped", "failure")
    assert [name for name, outcome in seen.items() if outcome == "failure"] == ["verdict"]


def test_several_places_are_suites_of_one_document(run: Planted) -> None:
    run.put("1", lines(events(0, 90)))
    report = run.verify()
    root = ET.fromstring(junit_xml([kept(report, station="raw"), kept(report, station="curated")]))
    assert [suite.attrib["name"].split()[2] for suite in root] == ["raw", "curated"]
    assert int(root.attrib["failures"]) == 2 * int(root[0].attrib["failures"]) == 4


def test_names_of_others_do_not_break_the_documents(run: Planted) -> None:
    run.put("1", lines(events(0, 90)))
    report = replace(
        run.verify(),
        witnesses={"missing": [Witness(EVIL, EVIL, 5, EVIL)], EVIL: [Witness(None, EVIL, None)]},
        failed_codes={EVIL: 5},
    )
    strange = kept(report, where=EVIL, station=EVIL)
    assert outcomes(junit_xml([strange]))["nothing_missing"] == "failure"
    text = verification_markdown(strange)
    tags = set(re.findall(r"<(/?\w+)", text))
    assert tags == {"code", "/code", "details", "/details", "summary", "/summary"}
    assert "\x1b" not in text
    assert "[x]" not in text
    tables = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.count("|") for line in tables} <= {3, 4, 7}


def test_markdown_says_the_verdict_the_counts_and_the_codes(run: Planted) -> None:
    run.put("1", lines(events(0, 90)))
    report = replace(run.verify(), failed_codes={"Lambda.Timeout": 3, "Other": 7})
    text = verification_markdown(kept(report))
    assert "### ❌ s3: anomalous" in text
    assert "| 90 | delivered | of 100 accepted |" in text
    assert "| ❌ | every accepted event is there | 10 missing |" in text
    assert "| landed | p50 | p90 | p99 | p99.9 | max |" in text
    assert text.index("| 7 | <code>Other</code> |") < text.index("| 3 | <code>Lambda.Timeout</code> |")


def test_markdown_of_a_run_has_its_account_and_the_funnel(run: Planted) -> None:
    claims = read_claims(run.run, run.plan)
    known = KnownRun(run.plan, claims.account(), RunState.CRASHED, claims.facts)
    assert f"<code>clickgen verify {RUN}</code>" in run_markdown(known, [], None)
    stations = (KeptStation(name="raw", place="s3", found=97, lost=3),)
    text = run_markdown(known, [], KeptFunnel(when_ms=1, accepted=100, stations=stations))
    assert "| 100 | 100 | 0 | 0 | 0 |" in text
    assert "| raw | 97 | 3 lost here |" in text


def test_the_command_writes_both_and_appends_the_summary(
    run: Planted, clickgen: CommandLine, tmp_path: Path
) -> None:
    run.put("1", lines(events(0, 100)))
    summary, junit = tmp_path / "summary.md", tmp_path / "junit.xml"
    summary.write_text("before\n")
    arguments = ("verify", "s3", "delivery", "--at", str(run.lake), "--summary", str(summary))
    assert clickgen.run(*arguments, "--junit", str(junit)).code == 0
    assert outcomes(junit.read_bytes())["verdict"] == "passed"
    assert summary.read_text().startswith("before\n### ✅ s3: verified\n")
    said = clickgen.run(*arguments, "--junit", str(tmp_path / "no" / "junit.xml"))
    assert said.code == 2
    assert "there is no folder" in said.err
