"""Records are taken apart and go to the partition that a query or a Lambda names, or to the error output."""

import gzip
import json
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any

import pytest

from clickgen.local.firehose import inbound
from clickgen.local.platform.lake import Lake
from tests.support.processed_stream import Answer, deliver, each, failures, landed, loud, ok, processor

BY_QUERY = processor("MetadataExtraction", MetadataExtractionQuery="{user:.user}", JsonParsingEngine="JQ-1.6")
NEWLINES = processor("AppendDelimiterToRecord")
GATHERED = {"SizeInMBs": 64, "IntervalInSeconds": 60}


def partitioned(lake: Lake, records: list[bytes], prefix: str, *processors: Answer, **more: Any) -> None:
    deliver(
        lake,
        more.pop("handler", each(loud)),
        records,
        processors=list(processors),
        Prefix=prefix,
        BufferingHints=GATHERED,
        DynamicPartitioningConfiguration={"Enabled": True},
        **more,
    )


def clicks(*users: str) -> list[bytes]:
    return [json.dumps({"user": user, "n": number}).encode() for number, user in enumerate(users)]


def numbers(text: bytes) -> list[int]:
    return [json.loads(line)["n"] for line in text.splitlines()]


def test_a_query_names_the_partition(lake: Lake) -> None:
    records = [*clicks("ann", "bob", "ann"), b'{"n": 9}', b"no json"]
    partitioned(
        lake, records, "user=!{partitionKeyFromQuery:user}/!{timestamp:yyyy}/", BY_QUERY, NEWLINES, transform=False
    )
    assert numbers(landed(lake, "user=ann")) == [0, 2]
    assert numbers(landed(lake, "user=bob")) == [1]
    failed = {b64decode(line["rawData"]): line for line in failures(lake)}
    assert set(failed) == {b'{"n": 9}', b"no json"}
    assert {line["errorCode"] for line in failed.values()} == {"DynamicPartitioning.MetadataExtractionFailed"}
    assert all("lambdaArn" not in line for line in failed.values())


def test_a_lambda_names_the_partition_beside_a_query(lake: Lake) -> None:
    def change(data: bytes) -> Answer:
        event = json.loads(data)
        keys = {} if event["n"] == 1 else {"parity": "even" if event["n"] % 2 == 0 else "odd"}
        return ok(data, metadata={"partitionKeys": keys})

    partitioned(
        lake,
        clicks("ann", "ann", "bob", "ann"),
        "!{partitionKeyFromLambda:parity}/!{partitionKeyFromQuery:user}/",
        BY_QUERY,
        NEWLINES,
        handler=each(change),
    )
    assert numbers(landed(lake, "even/ann")) == [0]
    assert numbers(landed(lake, "even/bob")) == [2]
    assert numbers(landed(lake, "odd/ann")) == [3]
    assert [json.loads(b64decode(line["rawData"]))["n"] for line in failures(lake)] == [1]


def test_a_key_that_would_leave_the_lake_fails_its_record(lake: Lake, tmp_path: Path) -> None:
    partitioned(
        lake,
        clicks("../../..", "ann", "a//b"),
        "!{partitionKeyFromQuery:user}/",
        BY_QUERY,
        NEWLINES,
        transform=False,
    )
    assert numbers(landed(lake, "ann")) == [1]
    assert len(failures(lake)) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"lake"}


def test_partitions_over_the_limit_go_to_the_error_output(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbound, "MAX_ACTIVE_PARTITIONS", 3)
    users = ["a", "b", "c", "d", "a", "e", "c"]
    partitioned(lake, clicks(*users), "!{partitionKeyFromQuery:user}/", BY_QUERY, NEWLINES, transform=False)
    assert [numbers(landed(lake, user)) for user in "abc"] == [[0, 4], [1], [2, 6]]
    refused = failures(lake, "activePartitionExceeded")
    assert sorted(json.loads(b64decode(line["rawData"]))["n"] for line in refused) == [3, 5]


def test_more_partitions_than_a_process_may_usually_open_files(lake: Lake) -> None:
    users = [f"user-{number}" for number in range(500)]
    partitioned(lake, clicks(*users), "!{partitionKeyFromQuery:user}/", BY_QUERY, NEWLINES, transform=False)
    assert len(list((lake.root / "lake").glob("user-*/clicks-*"))) == 500
    assert not (lake.root / "lake" / "bad").exists()


def test_aggregates_are_taken_apart_before_the_lambda(lake: Lake) -> None:
    splitting = processor("RecordDeAggregation", SubRecordType="JSON")
    functions = deliver(
        lake, each(loud), [b'{"a":1}{"b":2}', b'{"c":3}\n{"d":4}\n'], processors=[splitting, NEWLINES]
    )
    assert sum(len(event["records"]) for event in functions.events) == 4
    assert landed(lake, "out").splitlines() == [b'{"A":1}', b'{"B":2}', b'{"C":3}', b'{"D":4}']


def test_delimited_aggregates(lake: Lake) -> None:
    delimiter = b64encode(b"##").decode()
    splitting = processor("RecordDeAggregation", SubRecordType="DELIMITED", Delimiter=delimiter)
    deliver(lake, each(loud), [b"a##b##", b"c"], processors=[splitting, NEWLINES])
    assert landed(lake, "out") == b"A\nB\nC\n"


def test_compressed_logs_are_unpacked_to_their_messages(lake: Lake) -> None:
    def logs(kind: str, *messages: str) -> bytes:
        events = [{"id": "1", "timestamp": 1, "message": message} for message in messages]
        return gzip.compress(json.dumps({"messageType": kind, "logEvents": events}).encode())

    records = [
        logs("DATA_MESSAGE", "one", "two"),
        logs("CONTROL_MESSAGE", "is it you?"),
        b"not packed",
        gzip.compress(b"no logs"),
        logs("DATA_MESSAGE", "three")[:-9],
    ]
    unpacking = [processor("Decompression"), processor("CloudWatchLogProcessing", DataMessageExtraction="true")]
    deliver(lake, each(loud), records, processors=unpacking, transform=False)
    assert landed(lake, "out") == b"one\ntwo\n"
    assert len(failures(lake)) == 3
