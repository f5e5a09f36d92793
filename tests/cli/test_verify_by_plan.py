"""`clickgen verify [RUN]` looks where the run delivered, as its plan says."""

from pathlib import Path

import pytest

from tests.conftest import CREDENTIALS, CommandLine
from tests.support.collector import collector


def sent(clickgen: CommandLine, *words: str) -> str:
    """Send some events with these options; the run's id."""
    said = clickgen.run("send", "--rate", "max", "--events", "50", "--json", *words, env=CREDENTIALS)
    assert said.code == 0, said.err
    return str(said.json["run"])


def test_the_lake_of_the_latest_run_of_one_named_and_of_the_last(clickgen: CommandLine) -> None:
    first, second = sent(clickgen), sent(clickgen)
    for words, run in (
        ((), second), ((first,), first), ((first[:11],), first), (("last",), second), (("--json",), second),
    ):  # fmt: skip
        said = clickgen.run("verify", *words)
        assert said.code == 0, said.err
        assert run in said.out
    assert clickgen.run("verify", "--json").json["delivered"] == 50
    assert clickgen.run("runs", "show", "last", "--json").json["run"] == second


def test_a_file_and_generated_parquet(clickgen: CommandLine, tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    sent(clickgen, "--to", f"file:{tmp_path / 'clicks.jsonl'}")
    assert clickgen.run("verify").code == 0
    made = clickgen.run("generate", "-n", "0.2k", "-d", "10m", "-o", str(tmp_path / "visits.parquet"))
    assert made.code == 0, made.err
    assert f"clickgen verify {made.out.split()[1]}" in made.out
    verified = clickgen.run("verify")
    assert verified.code == 0, verified.err
    (tmp_path / "clicks.jsonl").write_text("")
    first = clickgen.run("runs", "list").out.splitlines()[1].split()[0]
    lost = clickgen.run("verify", first, env={"CLICKGEN_VERIFY_WAIT": "0s"})
    assert (lost.code, "50 of 50 accepted events are not there yet" in lost.out) == (4, True), lost.out


def test_a_bucket_that_a_stream_delivers_to(clickgen: CommandLine, moto: str, stream: str) -> None:
    run = sent(clickgen, "--stream", stream, "--endpoint-url", moto, "--region", "us-east-1")
    said = clickgen.run("verify", run, "--json", env=CREDENTIALS)
    assert said.code == 0, said.err
    assert said.json["delivered"] == 50


def test_what_the_plan_does_not_say_is_asked_for(clickgen: CommandLine) -> None:
    run = clickgen.run("send", "--rate", "max", "--events", "5", "--to", "-")
    assert run.code == 0
    said = clickgen.run("verify")
    assert said.code == 2
    assert "went to standard output" in said.err
    assert "clickgen verify file delivery" in said.err
    with collector() as posting:
        posted = clickgen.run("send", "--rate", "max", "--events", "5", "--to", posting.url, "--yes")
        assert posted.code == 0, posted.err
    said = clickgen.run("verify")
    assert said.code == 2
    assert f"was posted to {posting.url}" in said.err
    assert "--at s3://BUCKET/PREFIX" in said.err


def test_csv_cannot_be_verified(clickgen: CommandLine, tmp_path: Path) -> None:
    assert clickgen.run("generate", "-n", "50", "-d", "1m", "-o", str(tmp_path / "visits.csv")).code == 0
    said = clickgen.run("verify")
    assert said.code == 2
    assert "as CSV, which cannot be verified" in said.err


def test_options_come_from_the_environment_of_verify(clickgen: CommandLine) -> None:
    sent(clickgen)
    said = clickgen.run("verify", env={"CLICKGEN_VERIFY_WAIT": "soon"})
    assert said.code == 2
    assert "CLICKGEN_VERIFY_WAIT, which is --wait: 'soon' is not a duration" in said.err
