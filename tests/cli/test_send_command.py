"""`clickgen send` as users run it: the account, the rate, the bytes, and how it ends."""

import json
import os
import signal
import time
from pathlib import Path

import pytest

from clickgen.model.event_id import parse_id
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.under_way import sending, sending_until

KEYS = [
    "run",
    "destination",
    "account",
    "region",
    "planned",
    "accepted",
    "rejected",
    "unknown",
    "unsent",
    "records",
    "batches",
    "attempts",
    "throttled",
    "bytes",
    "seconds",
    "sending_seconds",
    "rate",
    "wanted_rate",
    "lag_ms",
    "answer_ms",
    "latency_ms",
    "cost_usd",
    "cost_unpacked_usd",
]


def landed(home: Path) -> list[bytes]:
    """The events in the lake, sorted by id."""
    files = [path for path in (home / "lake").rglob("*") if path.is_file() and "/." not in str(path)]
    return sorted(line for path in files for line in path.read_bytes().splitlines())


def closes(account: dict[str, int]) -> bool:
    """Whether the account adds up."""
    return account["planned"] == sum(account[s] for s in ("accepted", "rejected", "unknown", "unsent"))


def test_send_then_verify(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--rate", "500", "--duration", "2s", "--json")
    assert sent.code == 0, sent.err
    assert list(sent.json) == KEYS
    assert sent.json["planned"] == sent.json["accepted"] == 1000
    assert 300 < sent.json["rate"] <= 500 * 1000 / 999  # a thousand events have a gap less
    assert sent.json["rate"] == pytest.approx(sent.json["accepted"] / sent.json["sending_seconds"], rel=1e-5)
    assert sent.json["wanted_rate"] == 500
    assert sent.json["records"] == 1000
    assert sent.json["cost_usd"] == pytest.approx(1000 * 5120 / 2**30 * 0.029, rel=0.01)
    shown, where, *_ = sent.err.splitlines()
    assert shown.startswith("1,000 events: about ")
    assert "embedded pipeline (no --stream)" in where
    events = [json.loads(line) for line in landed(clickgen.home)]
    assert len(events) == 1000
    ids = [parse_id(event["event_id"].encode()) for event in events]
    assert {i.number for i in ids if i is not None} == set(range(1000))
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.code == 0, proof.err
    assert (proof.json["verdict"], proof.json["delivered"]) == ("verified", 1000)


def test_the_same_seed_gives_the_same_bytes_whatever_the_workers(tmp_path: Path) -> None:
    plan = ["--rate", "4000", "--events", "6000", "--lanes", "4", "--seed", "7"]
    plan += ["--start", "2026-01-01T00:00:00Z", "--run-id", "0a1b2c3d4e5f"]
    lakes = []
    for workers in ("1", "2"):
        clickgen = CommandLine(tmp_path / workers)
        sent = clickgen.run("send", *plan, "--workers", workers)
        assert sent.code == 0, sent.err
        lakes.append(landed(clickgen.home))
    assert len(lakes[0]) == 6000
    assert lakes[0] == lakes[1]


def test_packing_sends_the_same_events_in_fewer_records(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--rate", "max", "--events", "20000", "--pack", "--json")
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 20_000
    assert sent.json["records"] < 20_000 / 8
    assert sent.json["cost_usd"] < sent.json["cost_unpacked_usd"] / 8
    assert len(landed(clickgen.home)) == 20_000


@pytest.mark.slow
def test_rate_max_for_a_time(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--rate", "max", "--duration", "2s", "--json")
    assert sent.code == 0, sent.err
    assert sent.json["planned"] == sent.json["accepted"] > 5000
    assert 2 <= sent.json["seconds"] < 10


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_finite_run_that_is_stopped_drains_and_closes_its_account(clickgen: CommandLine, stop: int) -> None:
    running = sending_until(clickgen, 300, "send", "--rate", "300", "--duration", "60s", "--json")
    os.killpg(running.pid, stop)
    out, err = running.communicate(timeout=30)
    account = json.loads(out)
    assert running.returncode == 130, err
    assert account["planned"] == 18_000
    assert closes(account)
    assert account["unknown"] == account["rejected"] == 0
    assert 300 <= account["accepted"] == len(landed(clickgen.home))
    assert clickgen.run("verify", "s3", "delivery").code == 0


def test_ctrl_c_is_the_ordinary_end_of_an_endless_run(clickgen: CommandLine) -> None:
    running = sending_until(clickgen, 300, "send", "--rate", "300", "--json")
    os.killpg(running.pid, signal.SIGINT)
    out, err = running.communicate(timeout=30)
    account = json.loads(out)
    assert running.returncode == 0, err
    assert account["planned"] == account["accepted"] == len(landed(clickgen.home)) >= 300
    assert account["unsent"] == 0


def test_a_second_ctrl_c_leaves_at_once(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks", "--latency", "5s") as endpoint:
        words = ("send", "--stream", "clicks", "--endpoint-url", endpoint, "--rate", "300", "--json")
        running = sending(clickgen, *words, env=CREDENTIALS)
        os.killpg(running.pid, signal.SIGINT)
        time.sleep(0.5)
        os.killpg(running.pid, signal.SIGINT)
        began = time.monotonic()
        out, _ = running.communicate(timeout=30)
        assert time.monotonic() - began < 5
    account = json.loads(out)
    assert running.returncode == 4
    assert closes(account)
    assert account["unknown"] > 0


@pytest.mark.parametrize("moment", [0.3, *(pytest.param(later, marks=pytest.mark.slow) for later in (1.5, 2.5))])
def test_kill_9_loses_nothing(clickgen: CommandLine, moment: float) -> None:
    running = clickgen.start("send", "--rate", "2000", "--duration", "60s")
    runs = clickgen.home / "runs"
    while not any(runs.glob("*/ledger.db")):
        assert running.poll() is None
        time.sleep(0.05)
    time.sleep(moment)
    running.kill()
    running.communicate()
    shown = clickgen.run("runs", "show", "--json").json
    assert closes(shown)
    assert shown["planned"] == 120_000
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert (proof.code, proof.json["verdict"]) == (4, "incomplete"), proof.out
    assert f"clickgen runs resume {shown['run']}" in proof.err
    assert proof.json["missing"] == proof.json["duplicates"]["unexplained"] == 0


FAULTS = ["--fail-records", "0.05", "--fail-calls", "0.02", "--drop-replies", "0.02", "--throttle", "20000"]


def test_a_stream_that_misbehaves_loses_nothing(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks", "--buffer-seconds", "5", "--seed", "3", *FAULTS) as endpoint:
        sent = clickgen.run(
            *["send", "--stream", "clicks", "--endpoint-url", endpoint],
            *["--rate", "max", "--events", "40000", "--json"],
            env=CREDENTIALS,
        )
    assert sent.code == 0, sent.err
    assert closes(sent.json)
    assert sent.json["accepted"] == 40_000
    assert sent.json["throttled"] > 0
    proof = clickgen.run("verify", "s3", "delivery", "--json")
    assert proof.json["verdict"] == "verified", proof.out
    assert proof.json["duplicates"]["explained"] > 0
    assert proof.json["duplicates"]["unexplained"] == 0


def test_a_bound_in_dollars_is_never_passed(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--rate", "max", "--events", "200000", "--max-usd", "0.002", "--json")
    assert sent.code == 4, sent.err
    assert closes(sent.json)
    assert 0.0005 < sent.json["cost_usd"] <= 0.002
    assert sent.json["unsent"] > 0


@pytest.mark.slow
def test_an_endpoint_that_goes_away_ends_the_run_with_its_account_closed(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint:
        there = ("--stream", "clicks", "--endpoint-url", endpoint, "--give-up-after", "3s")
        words = ("send", *there, "--rate", "300", "--duration", "60s", "--json")
        running = sending_until(clickgen, 300, *words, env=CREDENTIALS)
    out, err = running.communicate(timeout=60)
    assert running.returncode == 3, err
    assert b"could not be reached" in err
    assert b"Traceback" not in err
    account = json.loads(out)
    assert closes(account)
    assert account["accepted"] > 0


def test_what_the_service_refuses_for_good_is_kept(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks", "--fail-records", "1") as endpoint:
        sent = clickgen.run(
            *["send", "--stream", "clicks", "--endpoint-url", endpoint, "--rate", "max", "--events", "20"],
            *["--max-attempts", "3", "--json"],
            env=CREDENTIALS,
        )
    assert sent.code == 1, sent.err
    assert sent.json["rejected"] == 20
    kept = clickgen.home / "runs" / sent.json["run"] / "rejected.jsonl"
    lines = [json.loads(line) for line in kept.read_text().splitlines()]
    assert {line["number"] for line in lines if line["code"] == "InternalFailure"} <= set(range(20))
    assert len(lines) == 20
    assert all(line["event"]["event_id"] for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--rate", "0"], 2, "write a number over 0"),
        (["--rate", "-5"], 2, "write a number over 0"),
        (["--rate", "fast"], 2, "or max"),
        (["--profile", "shpo"], 2, "shop"),
        (["--duration", "soon"], 2, "30s"),
        (["--run-id", "XYZ"], 2, "12 lower-case hex digits"),
        (["--region", "eu-west-1"], 2, "without --stream"),
        (["--workers", "2", "--lanes", "1", "--rate", "5"], 2, "a lane cannot be shared"),
        (["--stream", "clicks", "--region", "eu-west-1", "--events", "1"], 3, "credentials"),
        (["--stream", "clicks", "--aws-profile", "nobody"], 2, "nobody"),
        (
            ["--stream", "clicks", "--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9"],
            3,
            "127.0.0.1:9",
        ),
    ],
)
def test_bad_input_is_a_message_with_a_hint(
    clickgen: CommandLine, arguments: list[str], code: int, words: str
) -> None:
    keys = {} if "credentials" in words else {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
    said = clickgen.run("send", *arguments, env=keys)
    assert said.code == code, said.err
    assert words in said.err


def test_an_aws_profile_given_as_a_traffic_profile_is_noticed(clickgen: CommandLine, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("[profile production]\nregion = eu-west-1\n")
    said = clickgen.run("send", "--profile", "production", env={"AWS_CONFIG_FILE": str(config)})
    assert said.code == 2
    assert "did you mean --aws-profile?" in said.err


def test_a_stream_that_does_not_exist(clickgen: CommandLine) -> None:
    with clickgen.serving("--stream", "clicks") as endpoint:
        said = clickgen.run("send", "--stream", "klicks", "--endpoint-url", endpoint, env=CREDENTIALS)
    assert said.code == 3
    assert "there is no stream 'klicks'" in said.err


def test_aws_itself_is_never_sent_to_without_asking(clickgen: CommandLine) -> None:
    """No call leaves: without a terminal the question cannot be asked, and there is no network to resolve AWS."""
    said = clickgen.run("send", "--stream", "clicks", "--rate", "5", "--events", "5", env=CREDENTIALS)
    assert said.code in (2, 3)
    assert "accepted" not in said.out


def test_every_option_comes_from_the_environment_too(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--json", env={"CLICKGEN_SEND_RATE": "100", "CLICKGEN_SEND_EVENTS": "50"})
    assert sent.code == 0, sent.err
    assert sent.json["planned"] == 50
    assert sent.json["seconds"] >= 0.5
