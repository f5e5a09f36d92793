"""`clickgen.send` and its kin return what `--json` prints, in any thread, and raise clickgen's own errors."""

import inspect
import json
import os
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import clickgen as api
from clickgen.api.words import duration_word, option_words
from clickgen.model.document import document_of, report_of
from tests.conftest import CommandLine

PROMISED = Path(api.__file__).with_name("__init__.pyi").read_text()


def test_a_run_and_its_proof_are_those_of_the_command_line(
    clickgen: CommandLine, capfd: pytest.CaptureFixture[str]
) -> None:
    told: list[str] = []
    run = api.send(rate="max", events=300, home=clickgen.home, threshold=["accepted>=100%"], tell=told.append)
    assert (run.planned, run.accepted, run.ok) == (300, 300, True)
    assert run.thresholds is not None
    assert [one.passed for one in run.thresholds] == [True]
    assert told == run.text.splitlines()
    shown = clickgen.run("runs", "show", "--json").json
    assert document_of(run) == {key: shown[key] for key in shown if key not in ("state", "plan")} | {
        "thresholds": [{"expression": "accepted>=100%", "value": 100.0, "passed": True}]
    }
    proof = api.verify(run, home=clickgen.home)
    assert (proof.verdict, proof.delivered, proof.ok) == ("verified", 300, True)
    assert f"run {run.run} verified: all 300 accepted events arrived, whole" in proof.text
    assert document_of(proof) == clickgen.run("verify", "s3", "delivery", run.run, "--json").json
    assert capfd.readouterr() == ("", "")


def test_events_that_are_gone_are_a_result_with_witnesses_in_any_thread(clickgen: CommandLine) -> None:
    run = api.send(rate="max", events=50, duration=timedelta(minutes=5), home=clickgen.home)
    for found in (clickgen.home / "lake").rglob("clicks-*"):
        found.unlink()
    proofs: list[api.VerifyReport] = []
    thread = threading.Thread(target=lambda: proofs.append(api.verify(run.run, home=clickgen.home, wait=0)))
    thread.start()
    thread.join()
    (proof,) = proofs
    assert (proof.verdict, proof.missing, proof.ok) == ("anomalous", 50, False)
    assert len(proof.witnesses["missing"]) == 10
    assert document_of(report_of(api.VerifyReport, document_of(proof))) == document_of(proof)


def test_stations_of_a_pipeline_have_their_reports_and_their_funnel(
    clickgen: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [one for one in os.environ if one.startswith("AWS_")]:  # as the command line of the tests has none
        monkeypatch.delenv(name)
    run = api.send(rate="max", events=50, home=clickgen.home)
    file = tmp_path / "pipeline.toml"
    curated = (
        '[[station]]\nname = "curated"\nplace = "s3"\nat = "s3://away/"\nendpoint_url = "http://127.0.0.1:9"\n'
    )
    file.write_text(f'[[station]]\nname = "raw"\nplace = "s3"\n\n{curated}')
    passage = api.verify_pipeline(file, run, home=clickgen.home)
    said = clickgen.run("verify", "all", "delivery", "--pipeline", str(file), "--json")
    assert passage.to_json() == said.json
    raw, gone = passage.stations
    assert raw.report is not None
    assert (raw.report.delivered, gone.report, passage.ok) == (50, None, False)
    assert gone.problem is not None
    assert [row.station for row in passage.funnel] == ["raw"]


def test_the_ids_of_another_producer_may_be_any_text(tmp_path: Path) -> None:
    ids: list[object] = ["a", "{", " two\nlines ", 5]
    (tmp_path / "sent.jsonl").write_text("".join(json.dumps({"meta": {"id": each}}) + "\n" for each in ids))
    report = api.verify_ids(ids, id_field="meta.id", at=tmp_path / "sent.jsonl")
    assert (report.verdict, report.found, report.ok) == ("verified", 4, True)
    lost = api.verify_ids([*ids, "b"], id_field="meta.id", at=tmp_path / "sent.jsonl")
    assert (lost.missing, lost.missing_ids, lost.ok) == (1, ("b",), False)
    assert api.verify_ids([], id_field="meta.id", at=tmp_path / "sent.jsonl").verdict == "incomplete"


def test_a_run_that_ends_early_has_its_account_in_the_error(clickgen: CommandLine) -> None:
    with clickgen.serving("--throttle", "5", "--stream", "clicks") as endpoint:
        keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
        with pytest.raises(api.RunEndedEarly, match="behind") as raised:
            api.send(
                rate=200,
                duration="30s",
                stream="clicks",
                endpoint_url=endpoint,
                region="us-east-1",
                max_lag="1s",
                grace="0s",
                home=clickgen.home,
                environment=keys,
            )
    report = raised.value.report
    assert report is not None
    assert report.accepted < report.planned
    assert not report.ok


@pytest.mark.parametrize(
    ("call", "kind", "message", "hint"),
    [
        (lambda: api.send(rate=5), "UsageProblem", "without a bound", "give events, duration or stage"),
        (lambda: api.send(events=5, to="-"), "UsageProblem", "no standard output", "to='file:PATH'"),
        (lambda: api.send(events=5, colour="red"), "UsageProblem", "send has no option --colour", "--help"),
        (lambda: api.send(events=5, profile="shp"), "UsageProblem", 'no profile "shp"', "come with clickgen"),
        (lambda: api.verify("0a1b2c3d4e5f"), "UsageProblem", "there are no runs in", "clickgen send"),
        (lambda: api.verify_ids("abc", id_field="id", at="."), "UsageProblem", "ids is one text", "list of ids"),
        (lambda: api.verify_pipeline("no.toml"), "UsageProblem", "no.toml", None),
        (lambda: api.verify_ids(["a"], id_field="id", at="nowhere"), "UsageProblem", "nowhere", None),
        (lambda: api.send(events=5, home="/dev/null/x"), "EnvironmentProblem", "/dev/null/x", None),
    ],
)
def test_errors_are_exceptions_with_a_message_and_a_hint(
    call: Callable[[], object],
    kind: str,
    message: str,
    hint: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CLICKGEN_HOME", str(tmp_path / "home"))
    with pytest.raises(api.ClickgenError) as raised:
        call()
    assert type(raised.value).__name__ == kind
    assert message in str(raised.value)
    if hint is not None:
        assert hint in str(raised.value.hint)
        assert raised.value.__notes__ == [f"hint: {raised.value.hint}"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"rate": 500, "events": None, "pack": True, "force": False}, ["--rate=500", "--pack"]),
        ({"rate": 1e6, "max_usd": 0.5, "x": 1e-7}, ["--rate=1000000", "--max-usd=0.5", "--x=0.0000001"]),
        ({"added": ["a", "b"], "renamed": {"c": "d"}}, ["--added=a", "--added=b", "--renamed=c=d"]),
        ({"linger": timedelta(milliseconds=50)}, ["--linger=0.05s"]),
        ({"start": datetime(2026, 1, 1, tzinfo=UTC)}, ["--start=2026-01-01T00:00:00+00:00"]),
        ({"home": Path("-x"), "stage": ()}, ["--home=-x"]),
    ],
)
def test_values_of_python_become_words_of_the_command_line(options: dict[str, Any], words: list[str]) -> None:
    assert option_words(options) == words


def test_durations_are_text_seconds_or_a_timedelta() -> None:
    given = [None, "5m", 30, 0.25, timedelta(minutes=1)]
    assert [duration_word(value) for value in given] == [None, "5m", "30s", "0.25s", "60s"]


def test_what_is_promised_is_there_with_its_types() -> None:
    names = [name for name in dir(api) if not name.startswith("_")]
    assert all(f" as {name}\n" in PROMISED for name in names)
    assert PROMISED.count(" as ") == len(names)
    assert all(getattr(api, name).__doc__ for name in names)


def test_verify_is_the_function_whatever_of_its_package_is_imported() -> None:
    import clickgen.verify.proof.delivery  # noqa: F401, PLC0415  # it would take the name

    assert inspect.isfunction(api.verify)
    assert api.verify.__module__ == "clickgen.api.verifying"
