"""Servers killed at any moment with every kind of stream at work lose and double nothing acknowledged."""

import gzip
import json
import random
import re
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.local.firehose.test_converted_streams import prepare
from tests.support.local_server import client_of, serving, until_active

KILLS = 12
ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:mark"
SMALL = {"SizeInMBs": 1, "IntervalInSeconds": 30}
LARGE = {"SizeInMBs": 64, "IntervalInSeconds": 60}
QUERY = {"MetadataExtractionQuery": "{site:.site}", "JsonParsingEngine": "JQ-1.6"}


def processor(kind: str, **given: str) -> dict[str, Any]:
    return {
        "Type": kind,
        "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in given.items()],
    }


NEWLINE = processor("AppendDelimiterToRecord")
MARK = processor("Lambda", LambdaArn=FUNCTION, BufferIntervalInSeconds="6", BufferSizeInMBs="0.2")
STREAMS: dict[str, dict[str, Any]] = {
    "plain": {"CompressionFormat": "GZIP", "BufferingHints": SMALL, "processors": [NEWLINE]},
    "transformed": {"BufferingHints": SMALL, "processors": [MARK, NEWLINE]},
    "partitioned": {
        "BufferingHints": LARGE,
        "processors": [processor("MetadataExtraction", **QUERY), NEWLINE],
        "Prefix": "partitioned/!{partitionKeyFromQuery:site}/",
        "DynamicPartitioningConfiguration": {"Enabled": True},
    },
}
"""The kinds of streams, each with its records in `lake/NAME/`."""


def create(client: Any, name: str, processors: list[dict[str, Any]], **settings: Any) -> None:
    client.create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": f"{name}/",
            "ErrorOutputPrefix": f"bad/{name}/!{{firehose:error-output-type}}/",
            "ProcessingConfiguration": {"Enabled": True, "Processors": processors},
        }
        | settings,
    )
    until_active(client, name)


class Producer(threading.Thread):
    """Puts numbered records into one stream until the server is gone."""

    def __init__(self, endpoint: str, stream: str, life: int) -> None:
        super().__init__()
        self.stream = stream
        self.acknowledged: set[str] = set()
        self.attempted: set[str] = set()
        self._endpoint = endpoint
        self._life = life
        self._chance = random.Random(f"{stream} {life}")
        self.start()

    def run(self) -> None:
        number = 0
        with client_of(self._endpoint) as client:
            while True:
                ids = [f"{self._life}-{number + index}" for index in range(self._chance.randint(1, 200))]
                number += len(ids)
                events = [{"n": 1, "id": one, "site": f"s{len(one) % 3}", "pad": "x" * 300} for one in ids]
                self.attempted.update(ids)
                try:
                    self.put(client, events)
                except (BotoCoreError, ClientError):
                    return

    def put(self, client: Any, events: list[dict[str, Any]]) -> None:
        """Put some, and note those that are acknowledged."""
        records = [{"Data": json.dumps(event).encode()} for event in events]
        client.put_record_batch(DeliveryStreamName=self.stream, Records=records)
        self.acknowledged.update(event["id"] for event in events)


def landed(lake: Path, stream: str) -> Counter[str]:

    contents = [path.read_bytes() for path in (lake / "lake" / stream).rglob(f"{stream}-*")]
    text = b"".join(gzip.decompress(one) if one.startswith(b"\x1f\x8b") else one for one in contents)
    return Counter(match.decode() for match in re.findall(rb'"id": "([0-9-]+)"', text))


@pytest.mark.slow
def test_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    chance = random.Random("kills")
    producers: list[Producer] = []
    for life in range(KILLS):
        with serving(lake, "--speedup", "60") as server:
            if life == 0:
                prepare(server, tmp_path / "code")
                with client_of(server.endpoint) as client:
                    for name, settings in STREAMS.items():
                        create(client, name, **settings)
            now = [Producer(server.endpoint, name, life) for name in STREAMS]
            time.sleep(chance.uniform(0.2, 3.0))
            server.kill()
        for producer in now:
            producer.join()
        producers += now
    with serving(lake, "--speedup", "60") as server:
        assert server.stop() == 0
    for name in STREAMS:
        found = landed(lake, name)
        mine = [producer for producer in producers if producer.stream == name]
        acknowledged = set().union(*(producer.acknowledged for producer in mine))
        attempted = set().union(*(producer.attempted for producer in mine))
        lost, copies = len(acknowledged - set(found)), found.total() - len(found)
        print(f"{name}: {len(acknowledged)} acknowledged, {lost} lost, {copies} copies")  # noqa: T201  # of this run
        assert len(acknowledged) > 100
        assert not acknowledged - set(found), name
        assert set(found) <= attempted
        assert {one: count for one, count in found.items() if count > 1} == {}, name
