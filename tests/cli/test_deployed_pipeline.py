"""A pipeline under names of a deployment: sent to and verified by what Terraform and CloudFormation say."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CREDENTIALS, CommandLine

LOGICAL = """
name = "views"
[kinesis.clicks]
shards = 2
[s3.lake]
[firehose.views]
from = "kinesis:clicks"
to = "s3:lake"
prefix = "views/!{timestamp:yyyy/MM/dd/HH}/"
buffer = "60s"
verify = { at = "s3:lake/views/" }
"""
OUTPUTS = {"kinesis_clicks": "acme-clicks", "s3_lake": "acme-lake", "firehose_views": "acme-views"}


@pytest.fixture
def deployed(tmp_path: Path, clickgen: CommandLine) -> Iterator[str]:
    """The endpoint of a pipeline of the same shape, whose resources have the names of a deployment."""
    text = LOGICAL
    for logical, physical in (("views", "acme-views"), ("clicks", "acme-clicks"), ("lake", "acme-lake")):
        for kind in ("kinesis", "s3", "firehose"):
            text = text.replace(f"[{kind}.{logical}]", f"[{kind}.{physical}]")
            text = text.replace(f'"{kind}:{logical}', f'"{kind}:{physical}')
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "pipeline.toml").write_text(text)
    (tmp_path / "views" / "terraform").mkdir(parents=True)
    (tmp_path / "views" / "pipeline.toml").write_text(LOGICAL)
    up = clickgen.run("local", "up", str(tmp_path / "there"), "--speedup", "60", "--json")
    yield up.json["endpoint_url"]
    clickgen.run("local", "down", "views")


def save_state(folder: Path, outputs: dict[str, Any]) -> Path:
    file = folder / "terraform.tfstate"
    values = {name: {"value": value, "type": "string"} for name, value in outputs.items()}
    file.write_text(json.dumps({"version": 4, "terraform_version": "1.9.0", "serial": 1, "outputs": values}))
    return file


@pytest.mark.walks
def test_events_go_to_the_names_of_the_state_and_are_verified_there(
    deployed: str, tmp_path: Path, clickgen: CommandLine
) -> None:
    folder = tmp_path / "views"
    save_state(folder / "terraform", OUTPUTS | {"region": "eu-central-1"})
    there = ["--pipeline", str(folder), "--from-terraform", str(folder / "terraform")]
    environment = {**CREDENTIALS, "AWS_ENDPOINT_URL": deployed}
    sent = clickgen.run("send", *there, "--rate", "200", "--events", "300", "--json", env=environment)
    assert sent.code == 0, sent.err
    assert (sent.json["destination"], sent.json["accepted"]) == ("kinesis:acme-clicks", 300)
    assert "region eu-central-1" in sent.err
    verified = clickgen.run("verify", "all", "delivery", *there, "--wait", "20s", "--json", env=environment)
    assert verified.code == 0, verified.err
    places = [(one["name"], one["where"]) for one in verified.json["stations"]]
    assert [name for name, _ in places] == ["kinesis:clicks", "firehose:views"]
    assert "acme-clicks" in places[0][1]
    assert "acme-lake/views/" in places[1][1]

    looked_at = clickgen.run("doctor", *there, "--rate", "200", "--json", env=environment)
    assert looked_at.code == 0, looked_at.out
    assert {one["station"] for one in looked_at.json["findings"]} >= {
        "kinesis:clicks",
        "firehose:views",
        "s3:lake",
    }

    (folder / "clicks.jsonl").write_text('{"page": "/", "time": "2026-01-01T00:00:00Z"}\n' * 20)
    replayed = clickgen.run(
        "replay", str(folder / "clicks.jsonl"), *there, "--region", "us-east-1", "--json", env=environment
    )
    assert (replayed.code, replayed.json["accepted"]) == (0, 20), replayed.err
    assert "region us-east-1 (--region)" in replayed.err


def test_what_is_not_named_is_said_before_anything_is_sent(tmp_path: Path, clickgen: CommandLine) -> None:
    (tmp_path / "pipeline.toml").write_text(LOGICAL)
    file = save_state(tmp_path, {"kinesis_click": "acme-clicks"})
    for command in (["send", "--events", "1"], ["verify", "all", "delivery"]):
        refused = clickgen.run(*command, "--pipeline", str(tmp_path), "--from-terraform", str(file))
        assert refused.code == ExitCode.ENVIRONMENT
        assert 'kinesis:clicks  needs the output kinesis_clicks; did you mean "kinesis_click"?' in refused.err
        assert "firehose:views  needs the output firehose_views" in refused.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("send --from-terraform .", "--from-terraform without --pipeline"),
        ("send --pipeline x --from-terraform . --from-stack acme", "--from-terraform and --from-stack together"),
        ("send --pipeline x --from-stack acme --to kinesis:x", "--to with --pipeline, which says where to send"),
        ("verify all delivery --from-terraform nowhere", "there is no such folder or file"),
    ],
)
def test_what_cannot_be_is_said(words: str, said: str, tmp_path: Path, clickgen: CommandLine) -> None:
    (tmp_path / "pipeline.toml").write_text(LOGICAL)
    done = clickgen.run(*words.replace("delivery", f"delivery --pipeline {tmp_path}").split())
    assert (done.code, said in done.err) == (ExitCode.USAGE, True), done.err


def test_a_stack_says_where_to_send(tmp_path: Path, moto: str, clickgen: CommandLine) -> None:
    (tmp_path / "pipeline.toml").write_text(LOGICAL)
    make: Any = boto3.client
    stacks = make("cloudformation", endpoint_url=moto, region_name="eu-west-1", **KEYS)
    template = {
        "Resources": {"Clicks": {"Type": "AWS::Kinesis::Stream", "Properties": {"Name": "acme", "ShardCount": 1}}},
        "Outputs": {"KinesisClicks": {"Value": {"Ref": "Clicks"}}},
    }
    stacks.create_stack(StackName="views", TemplateBody=json.dumps(template))
    there = ["--pipeline", str(tmp_path), "--from-stack", "views", "--region", "eu-west-1", "--endpoint-url", moto]
    sent = clickgen.run(
        "send", *there, "--rate", "100", "--events", "50", "--lanes", "1", "--json", env=CREDENTIALS
    )
    assert (sent.code, sent.json["destination"]) == (0, "kinesis:acme"), sent.err
    assert "region eu-west-1" in sent.err


KEYS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
