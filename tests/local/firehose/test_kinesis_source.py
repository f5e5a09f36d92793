"""A delivery stream reads a Kinesis stream from when it is active on, also after a kill."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.local_server import client_of, report_of, service_client, serving, until, until_active

ROLE = "arn:aws:iam::000000000000:role/r"
SPEED = ("--speedup", "60")


def source(endpoint: str) -> Any:
    kinesis = service_client("kinesis", endpoint)
    kinesis.create_stream(StreamName="raw", ShardCount=2)
    until(lambda: summary(kinesis)["StreamStatus"] == "ACTIVE")
    return kinesis


def summary(kinesis: Any) -> Any:
    return kinesis.describe_stream_summary(StreamName="raw")["StreamDescriptionSummary"]


def create(client: Any, kinesis: Any, **destination: Any) -> None:
    arn = summary(kinesis)["StreamARN"]
    client.create_delivery_stream(
        DeliveryStreamName="clicks",
        DeliveryStreamType="KinesisStreamAsSource",
        KinesisStreamSourceConfiguration={"KinesisStreamARN": arn, "RoleARN": ROLE},
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "out/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
            "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
        }
        | destination,
    )
    until_active(client, "clicks")


def put(kinesis: Any, *events: str) -> None:
    records = [{"Data": event.encode(), "PartitionKey": event} for event in events]
    assert kinesis.put_records(StreamName="raw", Records=records)["FailedRecordCount"] == 0


def landed(lake: Path) -> Counter[str]:
    return Counter(line for path in (lake / "lake").rglob("clicks-*") for line in path.read_text().splitlines())


def test_records_are_read_from_latest_on_and_over_a_kill_and_a_split(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    events = [f"event-{number}" for number in range(300)]
    with serving(lake, *SPEED) as server, client_of(server.endpoint) as client:
        kinesis = source(server.endpoint)
        put(kinesis, "too early")
        create(client, kinesis)
        put(kinesis, *events[:100])
        until(lambda: report_of(server, "firehose:clicks")["arrived"] == 100)
        with pytest.raises(ClientError, match="not permitted on KinesisStreamAsSource"):
            client.put_record(DeliveryStreamName="clicks", Record={"Data": b"x"})
        server.kill()
    with serving(lake, *SPEED) as server:
        kinesis = service_client("kinesis", server.endpoint)
        kinesis.split_shard(StreamName="raw", ShardToSplit="shardId-000000000000", NewStartingHashKey=str(2**126))
        until(
            lambda: (
                kinesis.describe_stream_summary(StreamName="raw")["StreamDescriptionSummary"]["StreamStatus"]
                == "ACTIVE"
            )
        )
        put(kinesis, *events[100:])
        until(lambda: sum(landed(lake).values()) >= 300)
        assert server.stop() == 0
    assert landed(lake) == Counter(events)
