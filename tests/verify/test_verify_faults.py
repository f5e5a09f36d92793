"""Every fault class, planted by itself, is named with its exact count and its place."""

import base64
import gzip
import json
from pathlib import Path

import pytest

from clickgen.model.event_id import ID_LENGTH, needle
from clickgen.model.outcome import State
from clickgen.verify.proof.compare.report import Verdict
from tests.support.planted import FOREIGN, ID_AT, OTHER_RUN, RUN, Planted, event, events, found, lines

pytestmark = pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    """A run of 100 accepted events in lane 0."""
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    return planted


def test_all_there_is_verified(run: Planted, packed: bool) -> None:
    run.put("a/1", lines(events(0, 60)), packed=packed)
    run.put("a/2", lines(events(60, 100)), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 100}
    assert (report.verdict, report.objects, report.witnesses) == (Verdict.VERIFIED, 2, {})
    assert report.latencies.sent.largest == 60.0


@pytest.mark.parametrize("ending", [b"", b"\r\n", b"\n\n", b" "], ids=["joined", "crlf", "blank lines", "spaces"])
def test_events_are_found_however_they_are_joined(run: Planted, packed: bool, ending: bytes) -> None:
    run.put("1", b"".join(part + ending for part in events(0, 100)), packed=packed)
    assert found(run.verify()) == {"delivered": 100}


def test_a_deleted_object_is_missing(run: Planted, packed: bool) -> None:
    run.put("1", lines(events(0, 40) + events(75, 100)), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 65, "missing": 35}
    assert report.verdict is Verdict.ANOMALOUS
    assert report.absent == [(0, 40, 74)]
    first = report.witnesses["missing"][0]
    assert first.id == f"{needle(RUN).decode()}000-8000-000028······"
    assert len(report.witnesses["missing"]) == 10


def test_a_doubled_object_is_unexplained_and_placed(run: Planted, packed: bool) -> None:
    run.put("1", lines(events(0, 100)), packed=packed)
    run.put("2", lines(events(90, 100)), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 100, "unexplained": 10}
    witness = report.witnesses["duplicates"][0]
    assert (witness.object, witness.offset) == ("2", 0)
    assert f"the first is in 1 at {len(lines(events(0, 90))):,}" in witness.detail


def test_copies_are_explained_up_to_the_attempts(run: Planted, packed: bool) -> None:
    run.claim(100, 110, attempts=3)
    run.lease(110, 120)
    run.put("1", lines(events(0, 110) + events(100, 110) * 4 + events(110, 120) * 7), packed=packed)
    report = run.verify()
    explained = 10 * 2 + 10 * 6
    assert found(report) == {"delivered": 110, "recovered": 10, "explained": explained, "unexplained": 20}


def test_attempts_of_several_leases_add_up(run: Planted, packed: bool) -> None:
    run.claim(50, 100, State.UNKNOWN)
    run.put("1", lines(events(0, 100) + events(45, 100)), packed=packed)
    assert found(run.verify()) == {"delivered": 100, "explained": 50, "unexplained": 5}


def test_an_event_that_ends_the_object_early_is_truncated(run: Planted, packed: bool) -> None:
    run.put("1", lines(events(0, 99)) + event(99)[:70], packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 99, "missing": 1, "truncated": 1}
    witness = report.witnesses["truncated"][0]
    assert witness.id is not None
    assert witness.id.encode() == event(99)[ID_AT : ID_AT + ID_LENGTH]
    assert (witness.object, witness.offset) == ("1", len(lines(events(0, 99))))


def test_an_event_cut_by_the_start_of_another_is_truncated(run: Planted, packed: bool) -> None:
    run.put("1", lines(events(0, 50)) + event(50)[:-9] + lines(events(51, 100)), packed=packed)
    assert found(run.verify()) == {"delivered": 99, "missing": 1, "truncated": 1}


def test_other_content_under_an_id_is_conflicting_and_not_delivered(run: Planted, packed: bool) -> None:
    changed = event(7).replace(b'"view"', b'"buy!"')
    run.put("1", lines([*events(0, 7), changed, *events(8, 100)]), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 99, "missing": 1, "conflicting": 1}
    assert report.witnesses["conflicting"][0].offset == len(lines(events(0, 7)))


def test_what_the_ledger_never_sent_is_conflicting(run: Planted, packed: bool) -> None:
    run.claim(100, 105, State.UNSENT)
    run.put("1", lines(events(0, 103) + events(500, 502) + events(0, 1, lane=9)), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 100, "conflicting": 6}
    witness = report.witnesses["conflicting"][0]
    assert (witness.object, witness.offset) == ("1", len(lines(events(0, 100))))
    assert "never sent" in witness.detail


@pytest.mark.parametrize("at", [0, 20, ID_AT + 1, ID_AT + 10, ID_AT + 16, ID_AT + 27], ids=str)
def test_a_byte_that_is_no_text_makes_an_event_corrupt(run: Planted, packed: bool, at: int) -> None:
    damaged = event(30)[:at] + b"\xff" + event(30)[at + 1 :]
    run.put("1", lines([*events(0, 30), damaged, *events(31, 100)]), packed=packed)
    assert found(run.verify()) == {"delivered": 99, "missing": 1, "corrupt": 1}


@pytest.mark.parametrize("stands", [b"X7404b1c", b"6740zb1d"], ids=["one byte", "two bytes"])
def test_a_damaged_run_in_an_id_is_seen_and_mended_for_the_witness(
    run: Planted, packed: bool, stands: bytes
) -> None:
    damaged = event(30).replace(needle(RUN)[:8], stands)
    run.put("1", lines([*events(0, 30), damaged, *events(31, 100)]), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 99, "missing": 1, "corrupt": 1}
    witness = report.witnesses["corrupt"][0]
    assert witness.detail == "damaged id"
    assert witness.id is not None
    assert witness.id.encode() == event(30)[ID_AT : ID_AT + ID_LENGTH]


def test_other_runs_and_foreign_events_only_inform(run: Planted, packed: bool) -> None:
    strangers = lines([*events(0, 3, run=OTHER_RUN), FOREIGN, FOREIGN])
    run.put("1", lines(events(0, 100)) + strangers, packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 100, "other_runs": 3, "foreign": 2}
    assert report.verdict is Verdict.VERIFIED
    assert run.verify(exclusive=True).verdict is Verdict.ANOMALOUS


def test_events_of_other_runs_that_a_transform_rewrote_are_theirs(run: Planted, packed: bool) -> None:
    rewritten = [one.replace(b'"page"', b'"seen":true,"page"') for one in events(0, 3, run=OTHER_RUN)]
    assert rewritten[0] != event(0, run=OTHER_RUN)
    run.put("1", lines(events(0, 100)) + lines([*rewritten, FOREIGN]), packed=packed)
    assert found(run.verify(ids_only=True)) == {"delivered": 100, "other_runs": 3, "foreign": 1}
    assert found(run.verify()) == {"delivered": 100, "foreign": 4}


def test_other_producers_broken_lines_in_their_own_objects_do_not_spoil(run: Planted, packed: bool) -> None:
    run.put("1", lines(events(0, 100)), packed=packed)
    run.put("2", lines([FOREIGN, b'{"user":1,', b"\x00\xff", FOREIGN]), packed=packed)
    report = run.verify()
    assert report.verdict is Verdict.VERIFIED
    assert (report.corrupt, report.truncated) == (0, 0)
    assert report.foreign >= 3


def test_broken_lines_beside_events_of_the_run_spoil(run: Planted, packed: bool) -> None:
    run.put("1", lines([*events(0, 100), b"\x00\xff"]), packed=packed)
    assert found(run.verify()) == {"delivered": 100, "corrupt": 1}


def test_an_unreadable_object_counts_while_events_are_missing(run: Planted, packed: bool) -> None:
    path = run.put("1", lines(events(0, 100)), packed=packed)
    run.put("2", b"\x00\xff nothing that could be read", packed=packed)
    assert run.verify().verdict is Verdict.VERIFIED
    path.write_bytes(gzip.compress(lines(events(0, 99))))
    report = run.verify()
    assert found(report) == {"delivered": 99, "missing": 1, "corrupt": 1}


@pytest.mark.parametrize("code", ["errorCode", "ErrorCode", "lastErrorCode"])
def test_error_records_are_failed_unless_delivered_too(run: Planted, packed: bool, code: str) -> None:
    raw = lines([*events(90, 93), FOREIGN, event(4, run=OTHER_RUN)])
    failure = {
        "attemptsMade": 4,
        "arrivalTimestamp": "1767225601000",
        code: "Lambda.FunctionError",
        "rawData": base64.b64encode(raw).decode(),
    }
    run.put("errors/1", json.dumps(failure).encode() + b"\n", packed=packed)
    run.put("1", lines(events(0, 91) + events(93, 100)), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 98, "failed": 2, "foreign": 1, "other_runs": 1}
    assert report.verdict is Verdict.ANOMALOUS
    assert report.witnesses["failed"][0].detail == "Lambda.FunctionError"


def test_unknown_and_rejected_events_that_are_found_are_recovered(run: Planted, packed: bool) -> None:
    run.claim(100, 110, State.UNKNOWN)
    run.claim(110, 115, State.REJECTED)
    run.put("1", lines(events(0, 105) + events(110, 111)), packed=packed)
    report = run.verify()
    assert found(report) == {"delivered": 100, "recovered": 6}
    assert report.verdict is Verdict.VERIFIED


def test_events_that_a_transform_rewrote_are_found_by_id(run: Planted, packed: bool) -> None:
    run.put("1", lines(part[:-1] + b',"enriched":1}' for part in events(0, 100)), packed=packed)
    assert found(run.verify()) == {"missing": 100, "conflicting": 100}
    assert found(run.verify(ids_only=True)) == {"delivered": 100}


def test_a_pretty_printed_event_is_conflicting_and_found_by_id(run: Planted, packed: bool) -> None:
    pretty = json.dumps(json.loads(event(99)), indent=2).encode()
    run.put("1", lines([*events(0, 50), pretty, *events(50, 99)]), packed=packed)
    assert found(run.verify()) == {"delivered": 99, "missing": 1, "conflicting": 1}
    assert found(run.verify(ids_only=True)) == {"delivered": 100}
