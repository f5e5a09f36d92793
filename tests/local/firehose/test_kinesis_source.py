"""A delivery stream reads a Kinesis stream from when it is active on, also after a kill."""

import asyncio
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.surroundings import Surroundings
from clickgen.local.kinesis.control import StreamControl
from clickgen.local.kinesis.links import KinesisRecords
from clickgen.local.kinesis.puts import Puts as KinesisPuts
from clickgen.local.kinesis.reads import Reads
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import OutgoingRecord
from clickgen.local.platform.service import Call
from tests.local.firehose.test_deaggregation import aggregated
from tests.support.local_server import client_of, report_of, service_client, serving, until, until_active
from tests.support.processed_stream import InProcess, each, loud, settings_of
from tests.support.processed_stream import landed as landed_bytes

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


def test_a_lambda_sees_where_records_come_from_and_aggregates_taken_apart(lake: Lake) -> None:
    functions = InProcess(each(loud))
    arn = "arn:aws:kinesis:us-east-1:000000000000:stream/raw"
    body = {
        "DeliveryStreamName": "clicks",
        "DeliveryStreamType": "KinesisStreamAsSource",
        "KinesisStreamSourceConfiguration": {"KinesisStreamARN": arn, "RoleARN": ROLE},
        "ExtendedS3DestinationConfiguration": settings_of(),
    }

    async def run() -> None:
        clock = ServiceClock(1000)
        streams, faults = Streams(lake, clock, time.time), ServiceFaults(FaultBoard(), "kinesis")
        kinesis = KinesisRecords(streams, KinesisPuts(streams, faults), Reads(streams, faults))
        StreamControl(streams).create(Call("CreateStream", {"StreamName": "raw", "ShardCount": 1}, "us-east-1"))
        await asyncio.sleep(0.1)
        pipeline = EmbeddedPipeline(lake, Surroundings(clock, functions=functions, streams=kinesis))
        pipeline.create(new_state(body, "us-east-1"), at_once=True)
        records = [
            OutgoingRecord(aggregated([("k1", b"one"), ("k2", b"two")]), "a"),
            OutgoingRecord(b"three", "b"),
        ]
        assert kinesis.put(arn, records) == [None, None]
        while pipeline.find("clicks").report().left < 3:
            await asyncio.sleep(0.01)
        await pipeline.close()
        streams.close()

    asyncio.run(run())
    assert landed_bytes(lake, "out") == b"ONETWOTHREE"
    assert {event["sourceKinesisStreamArn"] for event in functions.events} == {arn}
    given = [record for event in functions.events for record in event["records"]]
    sources = [record["kinesisRecordMetadata"] for record in given]
    assert [(one["partitionKey"], one["subsequenceNumber"]) for one in sources] == [("k1", 0), ("k2", 1), ("b", 0)]
    assert sources[0]["sequenceNumber"] == sources[1]["sequenceNumber"] < sources[2]["sequenceNumber"]
    assert {one["shardId"] for one in sources} == {"shardId-000000000000"}
    arrivals = [one["approximateArrivalTimestamp"] for one in sources]
    assert [record["approximateArrivalTimestamp"] for record in given] == arrivals
