"""Faults planted at buckets, tables, pipes, crawlers and warehouses: what clients see, and what is reported."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.dynamodb.test_tables import all_items, items, puts
from tests.local.functions.conftest import create_function
from tests.local.pipes.conftest import Place
from tests.support.local_server import (
    LocalServer,
    client_of,
    report_of,
    service_client,
    serving,
    set_faults,
    until,
    until_active,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("faults") / "lake", "--speedup", "60") as server:
        yield server


@pytest.fixture(scope="module")
def place(server: LocalServer) -> Place:
    return Place(server)


def refused(call: Any, **arguments: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_paused_bucket_refuses_objects_and_is_still_read(server: LocalServer) -> None:
    s3 = service_client("s3", server.endpoint)
    s3.create_bucket(Bucket="paused")
    s3.put_object(Bucket="paused", Key="before", Body=b"1")
    set_faults(server, "s3:paused", pause=True)
    assert refused(s3.put_object, Bucket="paused", Key="meanwhile", Body=b"2") == ("SlowDown", 503)
    assert [found["Key"] for found in s3.list_objects_v2(Bucket="paused")["Contents"]] == ["before"]
    report = report_of(server, "s3:paused")
    assert (report["failed"], report["faults"]) == (1, {"pause": True})
    assert report["last_error"] == "SlowDown: Please reduce your request rate."
    set_faults(server, "s3:paused")
    s3.put_object(Bucket="paused", Key="meanwhile", Body=b"2")


def test_firehose_delivers_to_a_paused_bucket_once_it_takes_objects_again(server: LocalServer) -> None:
    service_client("s3", server.endpoint).create_bucket(Bucket="target")
    with client_of(server.endpoint) as firehose:
        firehose.create_delivery_stream(
            DeliveryStreamName="waits",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/r",
                "BucketARN": "arn:aws:s3:::target",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 1},
            },
        )
        until_active(firehose, "waits")
        set_faults(server, "s3:target", pause=True)
        firehose.put_record(DeliveryStreamName="waits", Record={"Data": b"kept\n"})
    until(lambda: report_of(server, "firehose:waits")["last_error"] is not None)
    waiting = report_of(server, "firehose:waits")
    assert "SlowDown" in waiting["last_error"]
    assert (waiting["waiting"], waiting["left"]) == (1, 0)
    set_faults(server, "s3:target")
    until(lambda: report_of(server, "firehose:waits")["left"] == 1)
    [landed] = (server.lake / "target").rglob("waits-*")
    assert landed.read_bytes() == b"kept\n"


def test_a_poisoned_bucket_keeps_damaged_objects_under_the_tag_of_what_was_sent(server: LocalServer) -> None:
    s3 = service_client("s3", server.endpoint)
    s3.create_bucket(Bucket="poisoned")
    set_faults(server, "s3:poisoned", poison=1)
    tag = s3.put_object(Bucket="poisoned", Key="a", Body=b"x" * 1000)["ETag"]
    found = s3.get_object(Bucket="poisoned", Key="a")
    assert found["ETag"] == tag
    assert found["Body"].read() == b"x" * 400 + bytes(200) + b"x" * 400
    assert report_of(server, "s3:poisoned")["damaged"] == 1


def test_a_poisoned_table_keeps_its_keys_and_half_of_the_other_attributes(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    place.pipe(source, target)
    set_faults(place.server, f"dynamodb:{table}", poison=1)
    whole = {"id": {"S": "k"}, "a": {"S": "1"}, "b": {"S": "2"}, "c": {"S": "3"}}
    place.dynamodb.put_item(TableName=table, Item=whole)
    place.dynamodb.batch_write_item(RequestItems=puts(table, [whole | {"id": {"S": "l"}}]))
    place.dynamodb.update_item(
        TableName=table,
        Key={"id": {"S": "m"}},
        UpdateExpression="SET a = :v, b = :v",
        ExpressionAttributeValues={":v": {"S": "9"}},
    )
    kept = {item["id"]["S"]: sorted(item) for item in all_items(place.dynamodb, table)}
    assert kept == {key: ["a", "id"] for key in "klm"}
    changes = [json.loads(record["Data"])["dynamodb"]["NewImage"] for record in place.landed(stream, 3)]
    assert [sorted(change) for change in changes] == [["a", "id"]] * 3
    assert report_of(place.server, f"dynamodb:{table}")["damaged"] == 3


def test_a_poisoned_pipe_cuts_records_in_half_and_the_same_ones_each_time(place: Place) -> None:
    table, source = place.table()
    first, target = place.stream()
    again, other = place.stream()
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(25)))
    pipes = [place.pipe(source, arn, DesiredState="STOPPED") for arn in (target, other)]
    for pipe in pipes:
        set_faults(place.server, f"pipe:{pipe}", poison=0.4)
        place.pipes.start_pipe(Name=pipe)
    found = [[record["Data"] for record in place.landed(stream, 25)] for stream in (first, again)]
    torn = [data for data in found[0] if not data.endswith(b"}")]
    assert 2 < len(torn) < 20
    assert found[0] == [data.replace(pipes[1].encode(), pipes[0].encode()) for data in found[1]]
    assert report_of(place.server, f"pipe:{pipes[0]}")["damaged"] == len(torn)


def test_a_throttled_pipe_is_late_and_loses_nothing(place: Place) -> None:
    table, source = place.table()
    stream, target = place.stream()
    pipe = place.pipe(source, target, DesiredState="STOPPED", SourceParameters=batches_of(5))
    set_faults(place.server, f"pipe:{pipe}", throttle=20)
    place.dynamodb.batch_write_item(RequestItems=puts(table, items(25)))
    for first in (25, 50):
        place.dynamodb.batch_write_item(RequestItems=puts(table, items(25, first)))
    begin = time.monotonic()
    place.pipes.start_pipe(Name=pipe)
    assert len(place.landed(stream, 75)) == 75
    assert time.monotonic() - begin > 2.5  # 20 at once, then 55 at 20 a second
    report = report_of(place.server, f"pipe:{pipe}")
    assert (report["left"], report["failed"], report["faults"]) == (75, 0, {"throttle": 20})


def batches_of(size: int) -> dict[str, Any]:
    return {"DynamoDBStreamParameters": {"StartingPosition": "TRIM_HORIZON", "BatchSize": size}}


def test_a_crawler_fails_and_a_paused_one_runs_until_it_is_let_go(server: LocalServer) -> None:
    service_client("s3", server.endpoint).create_bucket(Bucket="crawled")
    glue = service_client("glue", server.endpoint)
    glue.create_database(DatabaseInput={"Name": "shop"})
    glue.create_crawler(
        Name="finds", Role="r", DatabaseName="shop", Targets={"S3Targets": [{"Path": "s3://crawled/"}]}
    )

    def crawl() -> Any:
        glue.start_crawler(Name="finds")
        until(lambda: glue.get_crawler(Name="finds")["Crawler"]["State"] == "READY")
        return glue.get_crawler(Name="finds")["Crawler"]["LastCrawl"]

    set_faults(server, "crawler:finds", fail_calls=1)
    failed = crawl()
    assert (failed["Status"], failed["ErrorMessage"]) == ("FAILED", "Internal Service Exception")
    set_faults(server, "crawler:finds", fail_calls=0, pause=True)
    glue.start_crawler(Name="finds")
    time.sleep(0.3)
    running = report_of(server, "crawler:finds")
    assert (running["state"], running["waiting"], running["failed"]) == ("RUNNING", 1, 1)
    glue.stop_crawler(Name="finds")
    until(lambda: glue.get_crawler(Name="finds")["Crawler"]["State"] == "READY")
    set_faults(server, "crawler:finds")
    assert crawl()["Status"] == "SUCCEEDED"
    report = report_of(server, "crawler:finds")
    assert (report["arrived"], report["left"], report["failed"], report["last_error"]) == (3, 1, 1, None)


def test_a_warehouse_that_is_down_refuses_statements_and_says_so(server: LocalServer) -> None:
    pytest.importorskip("duckdb")
    service_client("redshift-serverless", server.endpoint).create_workgroup(
        workgroupName="warehouse", namespaceName="warehouse"
    )
    data = service_client("redshift-data", server.endpoint)

    def run(sql: str) -> Any:
        started = data.execute_statement(WorkgroupName="warehouse", Database="dev", Sql=sql)
        until(lambda: data.describe_statement(Id=started["Id"])["Status"] in {"FINISHED", "FAILED"}, 30)
        return data.describe_statement(Id=started["Id"])

    assert run("CREATE TABLE clicks (id VARCHAR(64))")["Status"] == "FINISHED"
    set_faults(server, "redshift:warehouse", pause=True)
    down = run("SELECT 1")
    assert (down["Status"], down["Error"]) == ("FAILED", "ERROR: The workgroup warehouse is not available.")
    report = report_of(server, "redshift:warehouse")
    assert (report["failed"], report["last_error"]) == (1, down["Error"])
    set_faults(server, "redshift:warehouse", pause=False, fail_calls=1)
    assert run("SELECT 1")["Status"] == "FAILED"
    set_faults(server, "redshift:warehouse")
    (server.lake / "loaded").mkdir()
    (server.lake / "loaded" / "a.json").write_text('{"id": "a"}\n{"id": "b"}\n')
    assert run("COPY clicks FROM 's3://loaded/a.json' IAM_ROLE 'r' JSON 'auto'")["Status"] == "FINISHED"
    assert report_of(server, "redshift:warehouse")["left"] == 2


def test_a_function_behind_a_poisoned_pipe_gets_a_torn_text(place: Place, tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text(
        "def handler(event, context):\n    print('got', [type(e).__name__ for e in event])\n"
    )
    functions = service_client("lambda", place.server.endpoint)
    create_function(functions, "torn", tmp_path)
    table, source = place.table()
    function = "arn:aws:lambda:eu-west-1:000000000000:function:torn"
    pipe = place.pipe(source, function, TargetParameters={}, DesiredState="STOPPED")
    set_faults(place.server, f"pipe:{pipe}", poison=1)
    place.pipes.start_pipe(Name=pipe)
    place.dynamodb.put_item(TableName=table, Item={"id": {"S": "k"}})
    until(lambda: report_of(place.server, f"pipe:{pipe}")["damaged"] == 1)
    assert report_of(place.server, f"pipe:{pipe}")["left"] == 1
