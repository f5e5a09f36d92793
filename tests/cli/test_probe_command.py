"""`clickgen probe` finds the highest rate that a stream holds, and what it sent is accounted for like any run."""

import signal

import pytest

from tests.conftest import CREDENTIALS, CommandLine
from tests.support.local_server import until
from tests.support.wire import wire

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}


def at(endpoint: str) -> list[str]:
    """The options that name the stream there."""
    return ["probe", "--stream", "slow", "--endpoint-url", endpoint, "--region", "eu-west-1", "--step", "2s"]


@pytest.mark.slow
def test_the_rate_that_a_throttled_stream_takes_is_found(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "slow", "--throttle", "4000") as endpoint:
        probed = clickgen.run(*at(endpoint), "--from", "2050", "--json", env=KEYS)
    found = probed.json
    assert probed.code == 0
    assert found["ended"] == "found"
    # a second's worth that was saved up carries half as much again for two seconds
    assert 3_000 <= found["holds"] <= 6_000
    assert 4_000 < found["fails"] <= 1.16 * found["holds"]
    assert "step 1 of at most " in probed.err
    assert {step["seconds"] for step in found["steps"]} == {2.0}
    assert "may find up to 50 % too much" in probed.err
    assert found["trouble"] == "throttled"
    assert found["holds_bytes"] == pytest.approx(400 * found["holds"], rel=0.1)
    assert f"holds {found['holds']:,.0f}/s (1." in probed.err
    for step in found["steps"]:
        assert step["held"] == (step["trouble"] is None)
        assert step["throttled"] <= 0.001 or not step["held"]
        if step["held"]:
            assert step["accepted"] == pytest.approx(step["offered"], rel=0.4)
        assert 0 < step["latency_ms"]["p50"] <= step["latency_ms"]["p99"]
    listed = clickgen.run("runs", "list", "--json").json["runs"]
    assert [run["run"] for run in listed] == found["runs"]
    assert all(run["accepted"] == run["planned"] > 0 for run in listed)


@pytest.mark.slow
def test_an_embedded_pipeline_holds_the_most_that_is_tried_and_everything_arrives(clickgen: CommandLine) -> None:
    probed = clickgen.run("probe", "--from", "200", "--most", "300", "--step", "2s")
    assert probed.code == 0
    *table, answer, short = probed.out.splitlines()
    assert short == "steps of 2s may find up to 50 % too much (--step 10s: 10 %)"
    assert answer.startswith("holds 300/s (")
    assert "--most" in answer
    assert [line.split()[0] for line in table[2:]] == ["200", "300"]
    assert max(len(line) for line in probed.out.splitlines()) <= 80
    assert "\x1b" not in probed.out + probed.err
    assert "Ctrl-C" not in probed.err  # it ended by itself
    assert clickgen.run("verify", "s3", "delivery").code == 0


def test_a_stream_that_does_not_even_hold_the_first_rate(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "slow", "--fail-records", "0.2") as endpoint:
        probed = clickgen.run(*at(endpoint), "--from", "2000", "--json", env=KEYS)
    assert probed.code == 1
    assert probed.json["holds"] is None
    assert probed.json["fails"] == 2_000
    assert 0.001 < probed.json["steps"][0]["failed"] < 0.5
    assert "does not hold even 2,000/s: errors" in probed.err


@pytest.mark.slow
def test_a_budget_bounds_the_whole_probe(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "slow") as endpoint:
        probed = clickgen.run(*at(endpoint), "--from", "2000", "--max-usd", "0.0008", "--json", env=KEYS)
    assert probed.code == 4
    assert probed.json["ended"] == "budget"
    assert probed.json["holds"] == 2_000
    assert 0 < probed.json["cost_usd"] <= 0.0008


def test_ctrl_c_ends_the_probe_and_not_only_its_run(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "slow") as endpoint:
        probing = clickgen.start(*at(endpoint), env=KEYS)
        until(lambda: any(line.stat().st_size for line in clickgen.home.glob("runs/*/timeline.jsonl")))
        probing.send_signal(signal.SIGINT)
        out, _ = probing.communicate(timeout=60)
    assert probing.returncode == 130
    assert "no answer yet: interrupted" in out.decode()
    (run,) = clickgen.run("runs", "list", "--json").json["runs"]
    assert run["accepted"] == run["planned"]


def test_a_probe_of_aws_itself_is_priced_and_asked_for_first(clickgen: CommandLine) -> None:
    asked = ["probe", "--stream", "clicks", "--endpoint-url", "http://firehose.eu-west-1.amazonaws.com"]
    denied = (400, b'{"__type":"AccessDeniedException","message":"not allowed to describe"}')
    with wire(lambda _: denied) as aws:
        proxied = {**CREDENTIALS, "HTTP_PROXY": aws.url, "HTTPS_PROXY": "http://127.0.0.1:9"}
        said = clickgen.run(*asked, "--region", "eu-west-1", env=proxied)
    assert said.code == 2
    assert "at most " in said.err.splitlines()[0]
    assert " steps of 10s, " in said.err.splitlines()[0]
    assert "events ($0.029/GB" in said.err
    assert "default quota of 5 MiB/s" in said.err
    assert "--yes" in said.err
    assert "--max-usd" in said.err
    assert not any("PutRecordBatch" in headers["X-Amz-Target"] for headers in aws.headers)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--from", "900", "--most", "100"], "--from 900 is above --most 100"),
        (["--step", "500ms"], "too short"),
        (["--throttled", "5"], "is not a percentage"),
        (["--to", "-"], "not a stream to probe"),
        (["--threshold", "rejected==0"], "has no option"),
        (["--run-id", "0a1b2c3d4e5f"], "has no option"),
    ],
)
def test_what_cannot_be_probed_is_refused(clickgen: CommandLine, words: list[str], told: str) -> None:
    refused = clickgen.run("probe", *words)
    assert refused.code == 2
    assert told in refused.err
    assert not (clickgen.home / "runs").exists()
