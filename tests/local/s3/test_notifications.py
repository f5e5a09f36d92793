"""Object-created notifications that call a function."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from tests.local.functions.conftest import create_function
from tests.support.local_server import LocalServer, client_of, service_client, until

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_NOTING = """
import json, boto3, urllib.parse
def handler(event, context):
    [record] = event["Records"]
    key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
    body = b""
    if record["eventName"].startswith("ObjectCreated"):
        body = boto3.client("s3").get_object(Bucket=record["s3"]["bucket"]["name"], Key=key)["Body"].read()
    with open("FILE", "a") as file:
        file.write(json.dumps([record, body.decode()]) + "\\n")
"""

Noted = Callable[[], list[Any]]


@pytest.fixture
def noting(server: LocalServer, bucket: str, tmp_path: Path) -> tuple[str, Noted]:
    """The ARN of a function that notes what it is given, and what it has noted."""
    file, code = tmp_path / "noted", tmp_path / "code"
    code.mkdir()
    (code / "app.py").write_text(_NOTING.replace("FILE", str(file)))
    client = service_client("lambda", server.endpoint)
    create_function(client, bucket, code)
    arn = client.get_function_configuration(FunctionName=bucket)["FunctionArn"]
    client.close()
    return arn, lambda: [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _configure(s3: "S3Client", bucket: str, arn: str, *events: str, **filters: str) -> None:
    rules = [{"Name": name, "Value": value} for name, value in filters.items()]
    target: Any = {
        "Id": "it",
        "LambdaFunctionArn": arn,
        "Events": list(events),
        "Filter": {"Key": {"FilterRules": rules}},
    }
    s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"LambdaFunctionConfigurations": [target]}
    )


def test_an_object_calls_the_function_that_wants_it(
    s3: "S3Client", bucket: str, noting: tuple[str, Noted]
) -> None:
    arn, noted = noting
    _configure(s3, bucket, arn, "s3:ObjectCreated:*", prefix="in/", suffix=".json")
    put = s3.put_object(Bucket=bucket, Key="in/a b+ü.json", Body=b"{}")
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"1")
    s3.put_object(Bucket=bucket, Key="out/a.json", Body=b"2")
    s3.copy_object(Bucket=bucket, Key="in/copy.json", CopySource=f"{bucket}/out/a.json")
    until(lambda: len(noted()) == 2)
    records = {record["eventName"]: (record, body) for record, body in noted()}
    record, body = records["ObjectCreated:Put"]
    assert body == "{}"
    assert record["s3"]["object"]["key"] == "in/a+b%2B%C3%BC.json"
    assert record["s3"]["object"]["size"] == 2
    assert f'"{record["s3"]["object"]["eTag"]}"' == put["ETag"]
    assert record["s3"]["bucket"]["arn"] == f"arn:aws:s3:::{bucket}"
    assert (record["eventSource"], record["awsRegion"], record["s3"]["configurationId"]) == (
        "aws:s3",
        "eu-west-1",
        "it",
    )
    assert records["ObjectCreated:Copy"][1] == "2"
    kept = s3.get_bucket_notification_configuration(Bucket=bucket)["LambdaFunctionConfigurations"][0]
    assert (kept["LambdaFunctionArn"], kept["Events"]) == (arn, ["s3:ObjectCreated:*"])
    assert [rule["Value"] for rule in kept["Filter"]["Key"]["FilterRules"]] == ["in/", ".json"]


def test_a_removal_is_told_to_those_who_want_it(s3: "S3Client", bucket: str, noting: tuple[str, Noted]) -> None:
    arn, noted = noting
    _configure(s3, bucket, arn, "s3:ObjectRemoved:Delete")
    s3.put_object(Bucket=bucket, Key="a", Body=b"x")
    s3.delete_object(Bucket=bucket, Key="never")
    s3.delete_object(Bucket=bucket, Key="a")
    until(lambda: bool(noted()))
    assert [(record["eventName"], record["s3"]["object"]["key"]) for record, _ in noted()] == [
        ("ObjectRemoved:Delete", "a")
    ]


def test_targets_that_cannot_be_called_are_refused(s3: "S3Client", bucket: str, noting: tuple[str, Noted]) -> None:
    arn, _ = noting
    with pytest.raises(ClientError, match="no function"):
        _configure(s3, bucket, arn + "-not", "s3:ObjectCreated:*")
    with pytest.raises(ClientError, match="does not have the event"):
        _configure(s3, bucket, arn, "s3:ObjectRestore:Post")
    with pytest.raises(ClientError, match="either prefix or suffix"):
        _configure(s3, bucket, arn, "s3:ObjectCreated:*", middle="x")
    queue: Any = {"QueueConfigurations": [{"QueueArn": "arn:aws:sqs:a:0:q", "Events": ["s3:ObjectCreated:*"]}]}
    with pytest.raises(ClientError, match="notifies Lambda functions only"):
        s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration=queue)
    assert "LambdaFunctionConfigurations" not in s3.get_bucket_notification_configuration(Bucket=bucket)


def test_what_firehose_lands_is_told(
    s3: "S3Client", bucket: str, server: LocalServer, noting: tuple[str, Noted]
) -> None:
    arn, noted = noting
    _configure(s3, bucket, arn, "s3:ObjectCreated:*")
    with client_of(server.endpoint) as firehose:
        firehose.create_delivery_stream(
            DeliveryStreamName=bucket,
            ExtendedS3DestinationConfiguration={
                "RoleARN": "arn:aws:iam::000000000000:role/any",
                "BucketARN": f"arn:aws:s3:::{bucket}",
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
            },
        )
        about = firehose.describe_delivery_stream
        until(
            lambda: (
                about(DeliveryStreamName=bucket)["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE"
            )
        )
        firehose.put_record(DeliveryStreamName=bucket, Record={"Data": b"clicked"})
        until(lambda: bool(noted()))
    assert noted()[0][1] == "clicked"
