"""Kept verifications: what is read back is what was found, whatever the names, and damage is left out."""

from pathlib import Path

import pytest

from clickgen.ledger.store import LedgerWriter
from clickgen.model.outcome import Lease, Outcome, State
from clickgen.verify.proof.compare.report import DeliveryReport
from clickgen.verify.proof.verification_store import (
    KeptFunnel,
    KeptStation,
    KeptVerification,
    keep_stations,
    keep_verification,
    read_stations,
    read_verifications,
)
from tests.conftest import CommandLine
from tests.support.planted import FOREIGN, LANDED_MS, RUN, SENT_MS, Planted, event, events, lines


@pytest.fixture
def run(tmp_path: Path) -> Planted:
    planted = Planted(tmp_path)
    planted.claim(0, 100)
    planted.put("1", lines(events(0, 60)))
    planted.put("2", lines([*events(60, 90), event(3), FOREIGN]) + b'{"cut', landed_ms=LANDED_MS + 9_000)
    return planted


def kept(report: DeliveryReport, **changes: object) -> KeptVerification:
    return KeptVerification(place="s3", where="s3://lake/", when_ms=LANDED_MS, report=report).model_copy(
        update=changes
    )


def test_what_is_read_back_is_the_same_report(run: Planted) -> None:
    report = run.verify()
    keep_verification(run.run, kept(report))
    [back] = read_verifications(run.run)
    assert back.report.to_json() == report.to_json()
    assert back.report.latencies.landed == report.latencies.landed
    for since, histogram in report.latencies.histograms().items():
        assert (back.report.latencies.histograms()[since].counts == histogram.counts).all()
    assert back.report.verdict is report.verdict


def test_one_is_kept_of_each_place_and_station_the_latest_last(run: Planted) -> None:
    report = run.verify()
    keep_verification(run.run, kept(report))
    keep_verification(run.run, kept(report, station="raw", where="s3://raw/", when_ms=LANDED_MS + 5))
    keep_verification(run.run, kept(report, station="../../raw", where="s3://raw/", when_ms=LANDED_MS + 3))
    keep_verification(run.run, kept(report, when_ms=LANDED_MS + 9))
    assert [one.title for one in read_verifications(run.run)] == ["../../raw", "raw", "s3"]
    assert sorted(path.name for path in run.run.path.glob("**/*.json")) == [
        "plan.json",
        "s3-______raw.json",
        "s3-raw.json",
        "s3.json",
    ]


def test_looking_again_at_the_same_place_puts_an_end_to_what_was_seen_before(run: Planted) -> None:
    report = run.verify()
    keep_verification(run.run, kept(report))
    keep_verification(run.run, kept(report, where="s3://elsewhere/", place="file"))
    keep_verification(run.run, kept(report, station="raw", when_ms=LANDED_MS + 1))
    assert [one.title for one in read_verifications(run.run)] == ["file", "raw"]


def test_stations_are_kept_beside(run: Planted) -> None:
    assert read_stations(run.run) is None
    stations = (KeptStation(name="raw", place="s3", found=99, lost=1, witnesses=("a",)),)
    funnel = KeptFunnel(when_ms=LANDED_MS, accepted=100, stations=stations)
    keep_stations(run.run, funnel)
    assert read_stations(run.run) == funnel
    assert read_verifications(run.run) == []


@pytest.mark.parametrize(
    "damage", [b"", b"{}", b'{"place":', b'{"place":"s3","where":"x","when_ms":1,"report":3}']
)
def test_a_damaged_file_is_left_out(run: Planted, damage: bytes) -> None:
    keep_verification(run.run, kept(run.verify()))
    file = run.run.verifications / "s3.json"
    file.write_bytes(damage)
    assert read_verifications(run.run) == []


def test_damaged_bins_are_left_out(run: Planted) -> None:
    keep_verification(run.run, kept(run.verify()))
    file = run.run.verifications / "s3.json"
    text = file.read_text()
    assert '"bins":[[' in text
    file.write_text(text.replace('"bins":[[', '"bins":[[99999999,5],['))
    assert read_verifications(run.run) == []


def test_the_latest_objects_and_the_rate_of_landing(run: Planted) -> None:
    document = run.verify().to_json()
    assert [late["object"] for late in document["slowest"]] == ["2", "1"]
    assert [late["seconds"] for late in document["slowest"]] == [69.0, 60.0]
    assert document["throughput"] == pytest.approx(30 / 9, abs=0.001)


def test_lateness_counts_from_the_answers_that_are_known(tmp_path: Path) -> None:
    run = Planted(tmp_path)
    ledger = LedgerWriter(run.run.ledger_file)
    ledger.lease([Lease(0, 0, 30)])
    ledger.note([Outcome(0, 0, 10, State.ACCEPTED, 1, SENT_MS, SENT_MS + 20_000)])
    ledger.note([Outcome(0, 10, 20, State.ACCEPTED, 1, SENT_MS, 0)])
    ledger.note([Outcome(0, 20, 30, State.ACCEPTED, 1, SENT_MS, SENT_MS + 15_000)])
    ledger.close()
    run.put("both", lines(events(0, 20)))
    run.put("late", lines(events(20, 30)))
    latencies = run.verify().latencies
    seconds = (LANDED_MS - SENT_MS) / 1000
    assert [(late.object, late.seconds) for late in latencies.slowest] == [
        ("late", seconds - 15),
        ("both", seconds - 20),
    ]
    assert (latencies.accepted.total, latencies.sent.total) == (20, 30)


def test_the_five_latest_are_told_of_whatever_their_order(tmp_path: Path) -> None:
    run = Planted(tmp_path, lanes=2)
    run.claim(0, 20)
    run.claim(0, 20, lane=1)
    waits = [5, 90, 3, 60, 60, 7, 80, 1, 2, 70]
    for number, wait in enumerate(waits):
        both = [event(number), event(number, lane=1)]
        run.put(f"o{number}", lines(both), landed_ms=LANDED_MS + wait * 1000)
    slowest = run.verify().latencies.slowest
    assert [late.object for late in slowest] == ["o1", "o6", "o9", "o3", "o4"]


def test_the_command_keeps_it_and_not_being_able_to_is_no_error(run: Planted, clickgen: CommandLine) -> None:
    said = clickgen.run("verify", "s3", "delivery", "--at", str(run.lake), "--json")
    [back] = read_verifications(run.run)
    assert (said.code, back.report.to_json()) == (1, said.json)
    assert back.where == str(run.lake)
    (run.run.verifications / "s3.json").unlink()
    run.run.verifications.rmdir()
    run.run.verifications.write_text("a file where the folder should be")
    again = clickgen.run("verify", "s3", "delivery", RUN, "--at", str(run.lake), "--json")
    assert again.code == 1
    assert "is not kept" in again.err
