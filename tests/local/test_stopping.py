"""A server that stops delivers what it holds while its functions still reach it, and tells of every object."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clickgen.local.platform.faults import FaultBoard
from clickgen.local.platform.lake import Lake
from clickgen.local.s3.service import S3
from tests.local.dynamodb.conftest import make_table
from tests.local.dynamodb.test_tables import all_items
from tests.local.functions.conftest import create_function
from tests.support.local_server import client_of, objects_in, service_client, serving, until_active

COUNTING = """
import boto3, time
table = boto3.client("dynamodb")
def handler(event, context):
    time.sleep(0.5)
    for one in event["records"]:
        table.put_item(TableName="counted", Item={"id": {"S": one["recordId"]}})
    return {"records": [one | {"result": "Ok"} for one in event["records"]]}
"""
NOTING = """
import boto3
def handler(event, context):
    key = event["Records"][0]["s3"]["object"]["key"]
    boto3.client("dynamodb").put_item(TableName="counted", Item={"id": {"S": key}})
"""


def test_functions_reach_the_server_until_all_is_delivered(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for name, code in (("count", COUNTING), ("note", NOTING)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(code)
    with serving(lake) as server, client_of(server.endpoint) as firehose:
        make_table(service_client("dynamodb", server.endpoint), "counted")
        functions, s3 = service_client("lambda", server.endpoint), service_client("s3", server.endpoint)
        for name in ("count", "note"):
            create_function(functions, name, tmp_path / name)
        s3.create_bucket(Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        notified = functions.get_function_configuration(FunctionName="note")["FunctionArn"]
        target: Any = {"Id": "it", "LambdaFunctionArn": notified, "Events": ["s3:ObjectCreated:*"]}
        s3.put_bucket_notification_configuration(
            Bucket="lake", NotificationConfiguration={"LambdaFunctionConfigurations": [target]}
        )
        arn = functions.get_function_configuration(FunctionName="count")["FunctionArn"]
        parameters: Any = [{"ParameterName": "LambdaArn", "ParameterValue": arn}]
        processors: Any = [{"Type": "Lambda", "Parameters": parameters}]
        firehose.create_delivery_stream(
            DeliveryStreamName="clicks",
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/r",
                "BucketARN": "arn:aws:s3:::lake",
                "Prefix": "clicks/",
                "ProcessingConfiguration": {"Enabled": True, "Processors": processors},
            },
        )
        until_active(firehose, "clicks")
        for number in range(3):
            firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"%d\n" % number})
        server.process.terminate()
        time.sleep(0.3)  # the handler is at work
        with pytest.raises(ClientError, match="is stopping") as caught:
            firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"late\n"})
        answer: Any = caught.value.response
        assert answer["Error"]["Code"] == "ServiceUnavailableException"
        assert server.process.wait(20) == 0
    [landed] = objects_in(lake, "lake")
    assert landed.read_bytes() == b"0\n1\n2\n"
    with serving(lake) as server:
        dynamodb = service_client("dynamodb", server.endpoint)
        key = landed.relative_to(lake / "lake").as_posix()
        deadline = time.monotonic() + 10  # the function is called by this server if the first had no time for it
        while len(all_items(dynamodb, "counted")) < 4 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert key in {item["id"]["S"] for item in all_items(dynamodb, "counted")}
        assert len(all_items(dynamodb, "counted")) == 4


class Called:
    """Functions that note what they are called with."""

    def __init__(self) -> None:
        self.events: list[bytes] = []

    def has(self, function: str) -> bool:
        return bool(function)

    def send(self, function: str, payload: bytes) -> str:
        del function
        self.events.append(payload)
        return "1"


def test_an_object_that_a_killed_server_did_not_tell_of_is_told_of_by_the_next(tmp_path: Path) -> None:
    (tmp_path / "lake" / "in").mkdir(parents=True)

    async def live(*, die: bool) -> list[bytes]:
        lake = Lake(tmp_path / "lake")
        s3, called = S3(lake, FaultBoard()), Called()
        s3._store.set("in", "notification", {"targets": [TARGET]})
        s3.notify(called)
        await s3.settle()
        if die:
            for name in ("a", "never"):
                s3.expect("in", name)
            (lake.root / "in" / "a").write_bytes(b"x")  # renamed to its key; then the server is killed
            s3._store.close()
        else:
            await s3.close()
        return called.events

    assert asyncio.run(live(die=True)) == []
    [event] = asyncio.run(live(die=False))
    assert b'"key":"a"' in event
    assert asyncio.run(live(die=False)) == []


TARGET = {"id": "it", "function": "arn", "events": ["s3:ObjectCreated:*"]}
