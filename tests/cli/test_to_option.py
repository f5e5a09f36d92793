"""`--to`: one run, its account and its proof, wherever the events go. The AWS services are moto's."""

import json
import os
import shlex
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from clickgen.sink.registry import Address, parse_address
from tests.conftest import CREDENTIALS, CommandLine, Said

QUICK = ["--rate", "max", "--events", "600", "--lanes", "2"]
TABLE = {"TableName": "clicks", "BillingMode": "PAY_PER_REQUEST"}


@pytest.fixture
def service(moto: str, credentials: None) -> Callable[[str], Any]:
    """Clients of moto's services."""

    def client(name: str) -> Any:
        make: Any = boto3.client  # the stubs of most services are not installed
        return make(name, endpoint_url=moto)

    return client


def send(clickgen: CommandLine, moto: str, to: str, *more: str) -> Said:
    """600 events to a destination at moto."""
    return clickgen.run("send", "--to", to, "--endpoint-url", moto, *QUICK, "--json", *more, env=CREDENTIALS)


def make_table(service: Callable[[str], Any], **keys: str) -> None:
    """The table `clicks`, its keys in the order of key and sort key."""
    service("dynamodb").create_table(
        **TABLE,
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": kind} for name, kind in keys.items()],
        KeySchema=[
            {"AttributeName": name, "KeyType": kind} for name, kind in zip(keys, ("HASH", "RANGE"), strict=False)
        ],
    )


def stored_in_kinesis(kinesis: Any) -> list[dict[str, Any]]:
    """Every record of the stream `clicks`."""
    records = []
    for shard in kinesis.list_shards(StreamName="clicks")["Shards"]:
        iterator = kinesis.get_shard_iterator(
            StreamName="clicks", ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
        )["ShardIterator"]
        records += kinesis.get_records(ShardIterator=iterator)["Records"]
    return records


@pytest.mark.parametrize("pack", [False, True])
def test_kinesis_has_every_event_under_its_visitors_key(
    clickgen: CommandLine, moto: str, service: Callable[[str], Any], pack: bool
) -> None:
    kinesis = service("kinesis")
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    sent = send(clickgen, moto, "kinesis:clicks", *(["--pack"] if pack else []))
    assert sent.code == 0, sent.err
    assert (sent.json["accepted"], sent.json["destination"]) == (600, "kinesis:clicks")
    assert "Kinesis stream clicks (--to)" in sent.err
    records = stored_in_kinesis(kinesis)
    events = [json.loads(line) for record in records for line in record["Data"].splitlines()]
    assert len({event["event_id"] for event in events}) == len(events) == 600
    assert sent.json["records"] == len(records)
    assert (len(records) < 20) is pack
    for record in records:
        assert record["PartitionKey"] == json.loads(record["Data"].splitlines()[0])["visitor_id"]


def test_a_table_has_an_item_for_each_key_and_the_others_are_overwritten(
    clickgen: CommandLine, moto: str, service: Callable[[str], Any]
) -> None:
    make_table(service, event_type="S", page_number="N")
    sent = send(clickgen, moto, "dynamodb:clicks")
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 600
    assert "with the key event_type and page_number" in sent.err
    stored = service("dynamodb").scan(TableName="clicks")["Items"]
    # the rest was written over by one of another call, which nobody tells
    assert 100 < sent.json["overwritten"] <= 600 - len(stored)
    assert {type(item["page_number"]["N"]) for item in stored} == {str}


def test_events_without_the_tables_key_are_rejected_with_its_name(
    clickgen: CommandLine, moto: str, service: Callable[[str], Any], tmp_path: Path
) -> None:
    make_table(service, user="S", n="N")
    recorded = tmp_path / "recorded.jsonl"
    recorded.write_text('{"user":"ann","n":1}\n{"n":2}\n{"user":"bob","n":3.5}\n')
    sent = clickgen.run(
        *["replay", str(recorded), "--rate", "100", "--to", "dynamodb:clicks", "--endpoint-url", moto, "--json"],
        env=CREDENTIALS,
    )
    assert sent.code == 1, sent.err
    assert (sent.json["accepted"], sent.json["rejected"], sent.json["overwritten"]) == (2, 1, 0)
    (rejected,) = (clickgen.home / "runs").glob("*/rejected.jsonl")
    refusal = json.loads(rejected.read_text())
    assert (refusal["code"], refusal["event"]["n"]) == ("MissingKey", 2)
    assert "'user'" in refusal["message"]


def test_objects_in_a_bucket_are_verified_like_firehoses(
    clickgen: CommandLine, moto: str, service: Callable[[str], Any]
) -> None:
    s3 = service("s3")
    s3.create_bucket(Bucket="lake")
    sent = send(clickgen, moto, "s3://lake/history/")
    assert sent.code == 0, sent.err
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="lake")["Contents"]]
    assert sent.json["batches"] == len(keys) <= 4
    assert all(key.startswith("history/20") for key in keys)
    proof = clickgen.run("verify", "s3", "delivery", "--json", env=CREDENTIALS)
    assert proof.code == 0, proof.err
    assert (proof.json["verdict"], proof.json["delivered"]) == ("verified", 600)


@pytest.mark.parametrize("name", ["clicks.jsonl", "clicks.jsonl.gz"])
def test_a_file_is_verified_by_the_command_that_the_summary_tells(
    clickgen: CommandLine, tmp_path: Path, name: str
) -> None:
    path = tmp_path / "a folder" / name
    path.parent.mkdir()
    sent = clickgen.run("send", "--to", f"file:{path}", *QUICK, "--workers", "2")
    assert sent.code == 0, sent.err
    (hint,) = [line.removeprefix("next").strip() for line in sent.out.splitlines() if line.startswith("next")]
    proof = clickgen.run(*shlex.split(hint)[1:], "--json")
    assert proof.code == 0, proof.err
    assert proof.json["delivered"] == 600


def test_a_short_run_at_full_speed_takes_some_time(clickgen: CommandLine, tmp_path: Path) -> None:
    to = f"file:{tmp_path / 'clicks.jsonl'}"
    sent = clickgen.run("send", "--to", to, "--rate", "max", "--events", "5", "--lanes", "64", "--json")
    assert sent.code == 0, sent.err
    assert sent.json["seconds"] > 0


def test_standard_output_has_the_events_and_nothing_else(clickgen: CommandLine) -> None:
    sent = clickgen.run("send", "--to", "-", *QUICK, "--workers", "2")
    assert sent.code == 0, sent.err
    events = [json.loads(line) for line in sent.out.splitlines()]
    assert len({event["event_id"] for event in events}) == len(events) == 600
    assert "accepted 600 + rejected 0" in sent.err


def test_a_reader_that_goes_away_ends_the_run_with_its_account_closed(clickgen: CommandLine) -> None:
    running = clickgen.start("send", "--to", "-", "--rate", "2000", "--lanes", "4", "--grace", "5s")
    assert running.stdout is not None
    assert running.stderr is not None
    for _ in range(600):  # more than the first batch
        running.stdout.readline()
    running.stdout.close()
    try:
        assert running.wait(60) == 141  # as a shell shows what SIGPIPE ended
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        said = running.stderr.read().decode()
        running.stderr.close()
    assert "standard output (--to -), a line an event; free" in said.splitlines()
    assert not any(word in said for word in ("EPIPE", "account", "hint", "Traceback"))
    shown = clickgen.run("runs", "show", "--json").json
    states = [shown[name] for name in ("accepted", "rejected", "unknown", "unsent")]
    assert shown["state"] == "finished"
    assert shown["planned"] == sum(states)
    assert shown["accepted"] > 0


def test_to_firehose_is_what_stream_means(clickgen: CommandLine, moto: str, stream: str) -> None:
    sent = send(clickgen, moto, f"firehose:{stream}")
    assert sent.code == 0, sent.err
    assert (sent.json["accepted"], sent.json["destination"]) == (600, "firehose:clicks")


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("kinesis:gone", "there is no stream 'gone' in us-east-1"),
        ("dynamodb:gone", "there is no table 'gone' in us-east-1"),
        ("s3://gone-bucket/", "there is no bucket 'gone-bucket'"),
        ("firehose:gone", "there is no stream 'gone' in us-east-1"),
        ("file:/nowhere/at/all.jsonl", "cannot write to /nowhere/at/all.jsonl"),
    ],
)
def test_what_is_not_there_is_named(clickgen: CommandLine, moto: str, to: str, words: str) -> None:
    at = [] if to.startswith("file") else ["--endpoint-url", moto]
    said = clickgen.run("send", "--to", to, *at, *QUICK, env=CREDENTIALS)
    assert said.code == 3
    assert words in said.err
    assert "hint:" in said.err


def test_a_bucket_of_another_region_is_told_apart(
    clickgen: CommandLine, moto: str, service: Callable[[str], Any]
) -> None:
    service("s3").create_bucket(Bucket="far-lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    said = send(clickgen, moto, "s3://far-lake/", "--region", "us-east-1")
    assert said.code == 3
    assert "is in eu-west-1, not in us-east-1" in said.err
    sent = send(clickgen, moto, "s3://far-lake/")
    assert sent.code == 0, sent.err
    assert "region eu-west-1 (the bucket's)" in sent.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--to", "kinesis:clicks", "--stream", "clicks"], "--stream and --to together"),
        (["--to", "-", "--json"], "--json with --to -"),
        (["--to", "clicks"], "does not name a destination"),
        (["--to", "sqs:clicks"], "does not name a destination"),
        (["--to", "kinesis:no such name"], "is not a valid name there"),
        (["--to", "s3://Bucket_/x"], "does not name a bucket"),
        (["--to", "s3://lake/!{timestamp:yyyy}/"], "expressions in a prefix are Firehose's"),
        (["--to", "file:x.jsonl", "--region", "eu-west-1"], "--region with --to file:x.jsonl"),
        (["--to", "-", "--max-usd", "1"], "--max-usd with --to -"),
        (["--to", "-", "--pack"], "--pack does not fit -"),
        (["--to", "file:/"], "is not a file to append to"),
    ],
)
def test_what_cannot_go_together_is_refused(clickgen: CommandLine, options: list[str], words: str) -> None:
    said = clickgen.run("send", *QUICK, *options)
    assert said.code == 2
    assert words in said.err


def test_a_table_takes_no_packed_records(clickgen: CommandLine, moto: str, service: Callable[[str], Any]) -> None:
    make_table(service, event_id="S")
    said = send(clickgen, moto, "dynamodb:clicks", "--pack", "--force")
    assert said.code == 2
    assert "an item is one event" in said.err


def test_addresses_read_back_as_they_are_written() -> None:
    texts = ["firehose:a", "kinesis:a.b-c_1", "dynamodb:abc", "s3://lake/", "s3://lake/a b/", "file:/tmp/a:b", "-"]
    addresses = [parse_address(text) for text in texts]
    assert [str(address) for address in addresses] == texts
    assert Counter(address.kind for address in addresses)["s3"] == 2
    assert parse_address("s3://lake") == Address("s3", "lake/")
    assert parse_address("s3://lake/hist") == parse_address("s3://lake/hist/") == Address("s3", "lake/hist/")
