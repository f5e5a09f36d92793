"""Objects of a bucket and records of a stream as sources, at an emulator that others wrote."""

import gzip
import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.conftest import CommandLine

SESSION = boto3.Session(aws_access_key_id="any", aws_secret_access_key="any", region_name="us-east-1")


@pytest.fixture
def with_keys(clickgen: CommandLine) -> CommandLine:
    """The command line with credentials that no emulator checks."""
    clickgen.environment |= {
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    return clickgen


def sent(path: Path) -> list[dict[str, Any]]:
    return sorted(map(json.loads, path.read_text().splitlines()), key=lambda event: int(event["n"]))


def test_objects_are_replayed_in_order_of_their_keys(with_keys: CommandLine, moto: str, tmp_path: Path) -> None:
    s3 = SESSION.client("s3", endpoint_url=moto)
    s3.create_bucket(Bucket="lake")
    for hour in range(4):
        lines = "".join(f'{{"t":{1_700_000_000 + 3600 * hour + n},"n":{10 * hour + n}}}' for n in range(10))
        s3.put_object(Bucket="lake", Key=f"clicks/{hour:02d}/stream-1", Body=gzip.compress(lines.encode()))
    s3.put_object(Bucket="lake", Key="clicks/05/", Body=b"")
    words = ("s3://lake/clicks/", "--from-endpoint-url", moto)
    said = with_keys.run("replay", *words, "--speed", "1e5", "--limit", "35", "--to", f"file:{tmp_path}/out")
    assert said.code == 0, said.err
    assert "reading 4 sources" in said.err
    assert [event["n"] for event in sent(tmp_path / "out")] == list(range(35))
    assert with_keys.run("inspect", *words, "--json").json["events"] == 40
    gone = with_keys.run("replay", "s3://nolake/clicks/", "--from-endpoint-url", moto)
    assert (gone.code, "there is no such bucket" in gone.err) == (2, True)


def test_a_stream_is_replayed_up_to_now(with_keys: CommandLine, moto: str, tmp_path: Path) -> None:
    kinesis = SESSION.client("kinesis", endpoint_url=moto)
    kinesis.create_stream(StreamName="clicks", ShardCount=2)
    kinesis.get_waiter("stream_exists").wait(StreamName="clicks")
    for n in range(12):
        kinesis.put_record(StreamName="clicks", PartitionKey=str(n), Data=b'{"n":%d}' % n)
    words = ("kinesis:clicks", "--from-endpoint-url", moto, "--rate", "5000")
    said = with_keys.run("replay", *words, "--to", f"file:{tmp_path}/out", "--json")
    assert said.code == 0, said.err
    assert [event["n"] for event in sent(tmp_path / "out")] == list(range(12))
    kept = with_keys.home / "runs" / said.json["run"] / "recording.jsonl"
    assert len(kept.read_text().splitlines()) == 12
