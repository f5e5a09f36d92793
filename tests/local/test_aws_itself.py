"""Sending to AWS itself is priced, bounded and confirmed; what DescribeDeliveryStream says or denies is heeded.

A proxy on loopback stands for AWS: the endpoint is AWS's own name, and nothing leaves this machine.
"""

import json
import os
import pty
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import CREDENTIALS, CommandLine
from tests.support.wire import Wire, wire

ENDPOINT = "http://firehose.us-east-1.amazonaws.com"
PUT = "Firehose_20150804.PutRecordBatch"
S3: dict[str, Any] = {
    "BucketARN": "arn:aws:s3:::lake",
    "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
}
LAMBDA = {"Enabled": True, "Processors": [{"Type": "Lambda"}]}
DENIED = (400, b'{"__type":"AccessDeniedException","message":"not allowed to describe"}')


class Stream:
    """What the stream says of itself; every record of a put is accepted."""

    def __init__(self) -> None:
        self.described: tuple[int, bytes] = self.description()

    def description(self, source: str = "DirectPut", status: str = "ACTIVE", **s3: Any) -> tuple[int, bytes]:
        """The answer of DescribeDeliveryStream."""
        stream = {
            "DeliveryStreamName": "clicks",
            "DeliveryStreamARN": "arn:aws:firehose:us-east-1:111122223333:deliverystream/clicks",
            "DeliveryStreamStatus": status,
            "DeliveryStreamType": source,
            "Destinations": [{"ExtendedS3DestinationDescription": {**S3, **s3}}],
        }
        return 200, json.dumps({"DeliveryStreamDescription": stream}).encode()

    def answer(self, body: bytes) -> tuple[int, bytes]:
        """The answer to a call."""
        records = json.loads(body).get("Records")
        if records is None:
            return self.described
        taken = [{"RecordId": str(n)} for n in range(len(records))]
        return 200, json.dumps({"FailedPutCount": 0, "RequestResponses": taken}).encode()


@pytest.fixture
def stream() -> Stream:
    """A stream as it is by default."""
    return Stream()


@pytest.fixture
def aws(stream: Stream) -> Iterator[Wire]:
    """What stands for AWS."""
    with wire(stream.answer) as server:
        yield server


def proxied(aws: Wire) -> dict[str, str]:
    return {**CREDENTIALS, "HTTP_PROXY": aws.url, "HTTPS_PROXY": "http://127.0.0.1:9"}


def puts(aws: Wire) -> int:
    return sum(headers["X-Amz-Target"] == PUT for headers in aws.headers)


def test_without_a_terminal_it_needs_yes(clickgen: CommandLine, aws: Wire) -> None:
    said = clickgen.run(
        "send", "--stream", "clicks", "--endpoint-url", ENDPOINT, "--events", "5", env=proxied(aws)
    )
    assert said.code == 2
    assert "account 111122223333" in said.err
    assert "costs under $0.0001 for 5 events" in said.err
    assert "add --yes" in said.err
    assert puts(aws) == 0


def test_without_a_terminal_it_needs_a_bound(clickgen: CommandLine, aws: Wire) -> None:
    said = clickgen.run("send", "--stream", "clicks", "--endpoint-url", ENDPOINT, "--yes", env=proxied(aws))
    assert said.code == 2
    assert "--duration or --events" in said.err
    assert puts(aws) == 0


def test_a_deployed_pipeline_is_no_exception(clickgen: CommandLine, aws: Wire, tmp_path: Path) -> None:
    (tmp_path / "pipeline.toml").write_text('[firehose.entry]\nto = "s3:lake"\n[s3.lake]\n')
    saved = tmp_path / "outputs.json"
    saved.write_text(json.dumps({"firehose_entry": {"sensitive": False, "type": "string", "value": "clicks"}}))
    there = ["--pipeline", str(tmp_path), "--from-terraform", str(saved), "--endpoint-url", ENDPOINT]
    said = clickgen.run("send", *there, "--events", "5", env=proxied(aws))
    assert said.code == 2
    assert "stream clicks (--stream), account 111122223333" in said.err
    assert "add --yes" in said.err
    assert puts(aws) == 0
    sent = clickgen.run("send", *there, "--rate", "max", "--events", "5", "--yes", "--json", env=proxied(aws))
    assert (sent.code, sent.json["accepted"]) == (0, 5), sent.err


def test_with_both_it_sends(clickgen: CommandLine, aws: Wire) -> None:
    sent = clickgen.run(
        *["send", "--stream", "clicks", "--endpoint-url", ENDPOINT, "--rate", "max", "--events", "700"],
        *["--max-usd", "1", "--yes", "--json"],
        env=proxied(aws),
    )
    assert sent.code == 0, sent.err
    assert sent.json["accepted"] == 700
    assert sent.json["cost_usd"] == pytest.approx(700 * 5120 / 2**30 * 0.029)
    assert puts(aws) >= 2


@pytest.mark.parametrize(("reply", "sends"), [(b"n\n", False), (b"y\n", True)])
def test_at_a_terminal_it_asks(clickgen: CommandLine, aws: Wire, reply: bytes, sends: bool) -> None:
    terminal, theirs = pty.openpty()
    running = subprocess.Popen(
        clickgen.command(
            ["send", "--stream", "clicks", "--endpoint-url", ENDPOINT, "--rate", "max", "--events", "5"]
        ),
        env={**clickgen.environment, **proxied(aws)},
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    os.write(terminal, reply)
    _, err = running.communicate(timeout=60)
    os.close(terminal)
    assert b"This sends to AWS itself. Go on?" in err
    assert running.returncode == (0 if sends else 130)
    assert bool(puts(aws)) is sends


def test_an_endpoint_that_a_file_names_is_not_aws(clickgen: CommandLine, aws: Wire) -> None:
    clickgen.home.mkdir()
    (clickgen.home / "no-config").write_text(f"[default]\nendpoint_url = {aws.url}\n")
    sent = clickgen.run("send", "--stream", "clicks", "--rate", "max", "--events", "5", env=CREDENTIALS)
    assert sent.code == 0, sent.err
    assert f"endpoint {aws.url} (AWS configuration)" in sent.err


def test_another_partition_is_aws_too(clickgen: CommandLine) -> None:
    """No call can leave: the proxy refuses it. What is looked at is that the plain name counts as AWS."""
    said = clickgen.run(
        *["send", "--stream", "clicks", "--region", "eusc-de-east-1", "--events", "5"],
        env={**CREDENTIALS, "HTTPS_PROXY": "http://127.0.0.1:9"},
    )
    assert said.code == 3
    assert "amazonaws.eu" in said.err


def send_packed(clickgen: CommandLine, aws: Wire, *more: str) -> tuple[int, str]:
    said = clickgen.run(
        *["send", "--stream", "clicks", "--endpoint-url", aws.url, "--rate", "max", "--events", "50", "--pack"],
        *more,
        env=CREDENTIALS,
    )
    return said.code, said.err


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"ProcessingConfiguration": LAMBDA}, "one event a record"),
        ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "dynamically"),
    ],
)
def test_packing_is_refused_where_it_breaks_the_stream(
    clickgen: CommandLine, stream: Stream, aws: Wire, settings: dict[str, Any], reason: str
) -> None:
    stream.described = stream.description(**settings)
    code, err = send_packed(clickgen, aws)
    assert code == 2
    assert reason in err
    assert puts(aws) == 0
    code, err = send_packed(clickgen, aws, "--force")
    assert code == 0, err
    assert puts(aws) > 0


def test_packing_is_taken_where_the_stream_takes_records_apart(
    clickgen: CommandLine, stream: Stream, aws: Wire
) -> None:
    both = {"Enabled": True, "Processors": [{"Type": "RecordDeAggregation"}, {"Type": "Lambda"}]}
    stream.described = stream.description(ProcessingConfiguration=both)
    code, err = send_packed(clickgen, aws)
    assert code == 0, err


def test_a_denied_describe_warns_and_no_more(clickgen: CommandLine, stream: Stream, aws: Wire) -> None:
    stream.described = DENIED
    sent = clickgen.run(
        *["send", "--stream", "clicks", "--endpoint-url", aws.url, "--rate", "max", "--events", "50", "--json"],
        env=CREDENTIALS,
    )
    assert sent.code == 0, sent.err
    assert "warning: the stream cannot be described (not allowed to describe)" in sent.err
    assert sent.json["accepted"] == 50


@pytest.mark.parametrize(
    ("settings", "words"),
    [({"source": "KinesisStreamAsSource"}, "takes no direct puts"), ({"status": "CREATING"}, "not ACTIVE")],
)
def test_a_stream_that_takes_no_puts_is_refused(
    clickgen: CommandLine, stream: Stream, aws: Wire, settings: dict[str, str], words: str
) -> None:
    stream.described = stream.description(**settings)
    said = clickgen.run("send", "--stream", "clicks", "--endpoint-url", aws.url, env=CREDENTIALS)
    assert said.code == 3
    assert words in said.err
    assert puts(aws) == 0
