"""The same send, replay and verify through an emulator that others wrote: moto's server for Firehose and S3."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.conftest import CREDENTIALS, CommandLine


def test_send_and_verify(clickgen: CommandLine, moto: str, stream: str) -> None:
    sent = clickgen.run(
        *["send", "--stream", stream, "--endpoint-url", moto, "--rate", "500", "--duration", "3s", "--json"],
        env=CREDENTIALS,
    )
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 1500
    assert sent.json["account"] == "123456789012"
    assert "(--endpoint-url)" in sent.err
    proof = clickgen.run("verify", "s3", "delivery", "--endpoint-url", moto, "--json", env=CREDENTIALS)
    assert proof.code == 0, proof.err
    assert (proof.json["verdict"], proof.json["delivered"]) == ("verified", 1500)


@pytest.mark.slow
def test_an_object_that_is_deleted_is_missed(clickgen: CommandLine, moto: str, stream: str) -> None:
    where = {**CREDENTIALS, "AWS_ENDPOINT_URL": moto}
    sent = clickgen.run("send", "--stream", stream, "--rate", "500", "--duration", "3s", "--json", env=where)
    assert sent.code == 0, sent.err
    assert "(AWS_ENDPOINT_URL)" in sent.err
    s3: Any = boto3.client("s3", endpoint_url=moto)
    doomed = s3.list_objects_v2(Bucket="lake")["Contents"][0]["Key"]
    s3.delete_object(Bucket="lake", Key=doomed)
    # the stream's buffer hints would have verification wait for it
    proof = clickgen.run("verify", "s3", "delivery", "--wait", "1s", "--json", env=where)
    assert proof.code == 4, proof.err
    assert proof.json["verdict"] == "incomplete"
    assert proof.json["delivered"] + proof.json["pending"] == 1500
    assert proof.json["pending"] > 0


def test_replay_and_verify(clickgen: CommandLine, moto: str, stream: str, tmp_path: Path) -> None:
    recorded = tmp_path / "recorded.json"
    recorded.write_text("".join(json.dumps({"user": n, "ts": 1_700_000_000 + n}, indent=2) for n in range(40)))
    sent = clickgen.run(
        *["replay", str(recorded), "--speed", "60", "--stream", stream, "--endpoint-url", moto, "--json"],
        env=CREDENTIALS,
    )
    assert sent.code == 0, sent.err
    proof = clickgen.run("verify", "s3", "delivery", "--endpoint-url", moto, "--json", env=CREDENTIALS)
    assert proof.code == 0, proof.err
    assert proof.json["delivered"] == 40
