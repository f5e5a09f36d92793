"""EventBridge Pipes, from their streams to their targets through boto3: once each, in order, over kill -9."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from tests.local.dynamodb.test_tables import items, puts
from tests.local.functions.conftest import create_function
from tests.local.kinesis.test_records import read_all
from tests.local.pipes.conftest import FROM_START, NUMBERS, ROLE, Place
from tests.support.local_server import report_of, service_client, serving, set_faults, until


def numbers(records: list[Any]) -> list[int]:
    events = [json.loads(record["Data"]) for record in records]
    return [int(event["dynamodb"]["NewImage"]["n"]["N"]) for event in events]


def test_changes_of_a_table_arrive_in_a_stream_once_and_in_order(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(25)))
    pipe = place.pipe(source, target)
    for first in range(25, 100, 25):
        place.dynamodb.batch_write_item(RequestItems=puts(table, items(25, first)))
    found = place.landed(stream, 100)
    assert numbers(found) == list(range(100))
    event = json.loads(found[0]["Data"])
    assert (event["eventSourceARN"], event["eventName"]) == (source, "INSERT")
    assert found[7]["PartitionKey"] == "key-7"
    report = report_of(place.server, f"pipe:{pipe}")
    assert (report["state"], report["arrived"], report["left"], report["failed"]) == ("RUNNING", 100, 100, 0)


def test_a_pipe_filters_and_reshapes(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"n": {"N": [{"prefix": "1"}]}}}}
    place.pipe(
        source,
        target,
        SourceParameters={**FROM_START, "FilterCriteria": {"Filters": [{"Pattern": json.dumps(pattern)}]}},
        TargetParameters={
            "InputTemplate": '{"id": <$.dynamodb.Keys.id.S>, "n": "no. <$.dynamodb.NewImage.n.N>"}\n',
            "KinesisStreamParameters": {"PartitionKey": "fixed"},
        },
    )
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(20)))
    found = place.landed(stream, 11)
    assert [json.loads(record["Data"])["n"] for record in found] == ["no. 1", *(f"no. {n}" for n in range(10, 20))]
    assert found[0]["Data"] == b'{"id": "key-1", "n": "no. 1"}\n'
    assert {record["PartitionKey"] for record in found} == {"fixed"}


def test_a_stream_passes_through_a_stream(place: Place) -> None:
    first, source = place.stream(2)
    stream, target = place.stream()
    place.pipe(
        source,
        target,
        SourceParameters={
            "KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": 10},
            "FilterCriteria": {"Filters": [{"Pattern": '{"data": {"page": ["/a"]}}'}]},
        },
        TargetParameters={
            "InputTemplate": "<$.data.n>",
            "KinesisStreamParameters": {"PartitionKey": "$.partitionKey"},
        },
    )
    sent = [
        {"Data": json.dumps({"n": n, "page": "/a" if n % 2 else "/b"}), "PartitionKey": f"k{n % 5}"}
        for n in range(100)
    ]
    place.kinesis.put_records(StreamName=first, Records=sent)
    found = place.landed(stream, 50)
    assert sorted(int(record["Data"]) for record in found) == list(range(1, 100, 2))
    for key in range(5):  # in order for each key
        mine = [int(record["Data"]) for record in found if record["PartitionKey"] == f"k{key}"]
        assert mine == sorted(mine)


def test_changes_of_a_table_land_by_firehose(place: Place) -> None:
    table, source = place.table()
    firehose = service_client("firehose", place.server.endpoint)
    name = f"delivery-{next(NUMBERS)}"
    target = firehose.create_delivery_stream(
        DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration={
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::landed",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
        },
    )["DeliveryStreamARN"]
    until(
        lambda: (
            firehose.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"][
                "DeliveryStreamStatus"
            ]
            == "ACTIVE"
        )
    )
    place.pipe(source, target, TargetParameters={"InputTemplate": "<$.dynamodb.NewImage.n.N>\n"})
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(25)))

    def landed() -> list[str]:
        files = sorted(path for path in (place.server.lake / "landed").rglob("*") if path.is_file())
        return [line for file in files for line in file.read_text().splitlines()]

    until(lambda: len(landed()) == 25, 20)
    assert sorted(map(int, landed())) == list(range(25))


def test_a_throttled_target_gets_everything_in_order(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(25)))
    for first in range(25, 100, 25):
        place.dynamodb.batch_write_item(RequestItems=puts(table, items(25, first)))
    set_faults(place.server, f"kinesis:{stream}", throttle=60)
    place.pipe(source, target)
    assert numbers(place.landed(stream, 100)) == list(range(100))


def test_a_pipe_that_fails_tries_again_as_often_as_it_may(place: Place) -> None:
    table, source = place.table()
    _, target = place.stream()
    reading = {"StartingPosition": "TRIM_HORIZON", "MaximumRetryAttempts": 0}
    pipe = place.pipe(
        source,
        target,
        SourceParameters={"DynamoDBStreamParameters": reading},
        TargetParameters={"KinesisStreamParameters": {"PartitionKey": "$.dynamodb.nowhere"}},
    )
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(3)))
    until(lambda: report_of(place.server, f"pipe:{pipe}")["failed"] == 3)
    assert "leads to nothing" in report_of(place.server, f"pipe:{pipe}")["last_error"]


def test_a_pause_holds_a_pipe(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    pipe = place.pipe(source, target)
    set_faults(place.server, f"pipe:{pipe}", pause=True)
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(3)))
    until(lambda: report_of(place.server, f"pipe:{pipe}")["arrived"] == 3)
    time.sleep(0.3)
    assert read_all(place.kinesis, stream) == []
    set_faults(place.server, f"pipe:{pipe}", pause=False)
    place.landed(stream, 3)


HANDLER = """
import json

def handler(event, context):
    with open({file!r}, "a") as seen:
        seen.write(json.dumps(event) + "\\n")
    return {answer}
"""


@pytest.mark.parametrize("invocation", ["REQUEST_RESPONSE", "FIRE_AND_FORGET"])
def test_a_function_gets_the_records_as_a_list(place: Place, tmp_path: Path, invocation: str) -> None:
    functions = service_client("lambda", place.server.endpoint)
    name, seen = f"f{next(NUMBERS)}", tmp_path / "seen"
    (tmp_path / "app.py").write_text(HANDLER.format(file=str(seen), answer="None"))
    create_function(functions, name, tmp_path)
    table, source = place.table()
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(10)))
    place.pipe(
        source,
        f"arn:aws:lambda:eu-west-1:000000000000:function:{name}",
        TargetParameters={"LambdaFunctionParameters": {"InvocationType": invocation}},
    )
    until(seen.exists, 20)
    until(lambda: seen.read_text().endswith("\n"))
    [batch] = map(json.loads, seen.read_text().splitlines())
    assert [event["dynamodb"]["NewImage"]["n"]["N"] for event in batch] == list(map(str, range(10)))


def test_records_that_a_function_reports_as_failed_come_again(place: Place, tmp_path: Path) -> None:
    functions = service_client("lambda", place.server.endpoint)
    name, seen = f"f{next(NUMBERS)}", tmp_path / "seen"
    failing = '{"batchItemFailures": [{"itemIdentifier": event[3]["dynamodb"]["SequenceNumber"]}]}'
    answer = f"{failing} if len(event) == 10 else None"
    (tmp_path / "app.py").write_text(HANDLER.format(file=str(seen), answer=answer))
    create_function(functions, name, tmp_path)
    table, source = place.table()
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(10)))
    place.pipe(source, f"arn:aws:lambda:eu-west-1:000000000000:function:{name}", TargetParameters={})
    until(lambda: seen.exists() and seen.read_text().count("\n") == 2, 20)
    first, second = map(json.loads, seen.read_text().splitlines())
    assert second == first[3:]


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
def test_nothing_is_lost_when_the_server_is_killed(tmp_path: Path, kills: int) -> None:
    lake = tmp_path / "lake"
    table = stream = ""
    for life in range(kills + 1):
        with serving(lake) as server:
            place = Place(server)
            if life == 0:
                table, source = place.table()
                stream, target = place.stream()
                place.pipe(source, target)
            for first in range(0, 100, 25):
                place.dynamodb.batch_write_item(RequestItems=puts(table, items(25, 100 * life + first)))
            if life < kills:
                time.sleep(0.05 * life)
                server.kill()
            else:
                deadline = time.monotonic() + 30
                found: list[int] = []
                while set(found) != set(range(100 * (kills + 1))):
                    assert time.monotonic() < deadline, f"{len(set(found))} of {100 * (kills + 1)} arrived"
                    found = numbers(place.landed(stream, 0))
    firsts = list(dict.fromkeys(found))
    assert firsts == list(range(100 * (kills + 1)))  # doubles come from batches that a kill cut short


def test_a_stream_says_what_each_consumer_has_taken_and_waits_for_the_slowest(place: Place) -> None:
    first, source = place.stream()
    targets = [place.stream()[1] for _ in range(2)]
    fixed = {
        "SourceParameters": {"KinesisStreamParameters": {"StartingPosition": "TRIM_HORIZON"}},
        "TargetParameters": {"KinesisStreamParameters": {"PartitionKey": "k"}},
    }
    quick, slow = [place.pipe(source, target, **fixed) for target in targets]
    set_faults(place.server, f"pipe:{slow}", pause=True)
    until(lambda: len(report_of(place.server, f"kinesis:{first}")["consumers"]) == 2)
    for number in range(300):
        place.kinesis.put_record(StreamName=first, Data=b"%d" % number, PartitionKey="k")
    assert len(read_all(place.kinesis, first)) == 300  # as one that verifies does
    until(lambda: report_of(place.server, f"kinesis:{first}")["consumers"][f"pipe:{quick}"] == 300)
    report = report_of(place.server, f"kinesis:{first}")
    taken = report["consumers"][f"pipe:{slow}"]
    assert taken < 300
    assert report["consumers"]["outside"] == 300
    assert (report["left"], report["waiting"]) == (taken, 300 - taken)
    place.pipes.delete_pipe(Name=slow)
    until(lambda: f"pipe:{slow}" not in report_of(place.server, f"kinesis:{first}")["consumers"])
    assert report_of(place.server, f"kinesis:{first}")["left"] == 300
