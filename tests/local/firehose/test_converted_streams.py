"""A stream with every kind of processing, created by plain boto3 calls, delivers all records or says why not."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from botocore.exceptions import ClientError

from tests.support.local_server import (
    LocalServer,
    client_of,
    report_of,
    service_client,
    serving,
    until,
    until_active,
)

ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:mark"
HANDLER = """
import base64, json

def handler(event, context):
    records = []
    for record in event["records"]:
        click = json.loads(base64.b64decode(record["data"]))
        if click.get("poison") == "lambda":
            records.append({"recordId": record["recordId"], "result": "ProcessingFailed", "data": record["data"]})
            continue
        click["marked"] = True
        data = base64.b64encode(json.dumps(click).encode()).decode()
        keys = {"site": click["site"]}
        records.append(
            {"recordId": record["recordId"], "result": "Ok", "data": data, "metadata": {"partitionKeys": keys}}
        )
    return {"records": records}
"""


def parameters(**values: str) -> list[dict[str, str]]:
    return [{"ParameterName": name, "ParameterValue": value} for name, value in values.items()]


def conversion(table: str = "clicks") -> dict[str, Any]:
    return {
        "SchemaConfiguration": {"RoleARN": ROLE, "DatabaseName": "shop", "TableName": table},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }


def destination(**more: Any) -> dict[str, Any]:
    return {
        "RoleARN": ROLE,
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": "out/site=!{partitionKeyFromLambda:site}/",
        "ErrorOutputPrefix": "bad/!{firehose:error-output-type}/",
        "BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60},
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "DataFormatConversionConfiguration": conversion(),
        "ProcessingConfiguration": {
            "Enabled": True,
            "Processors": [
                {"Type": "Lambda", "Parameters": parameters(LambdaArn=FUNCTION, BufferIntervalInSeconds="6")}
            ],
        },
        "S3BackupMode": "Enabled",
        "S3BackupConfiguration": {
            "RoleARN": ROLE,
            "BucketARN": "arn:aws:s3:::lake",
            "Prefix": "source/",
            "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
        },
    } | more


def create_table(server: LocalServer) -> None:
    glue = service_client("glue", server.endpoint)
    columns = [
        {"Name": "n", "Type": "int"},
        {"Name": "site", "Type": "string"},
        {"Name": "marked", "Type": "boolean"},
    ]
    glue.create_table(
        DatabaseName="shop", TableInput={"Name": "clicks", "StorageDescriptor": {"Columns": columns}}
    )


def prepare(server: LocalServer, code: Path) -> None:
    """The table, and the function."""
    service_client("glue", server.endpoint).create_database(DatabaseInput={"Name": "shop"})
    create_table(server)
    code.mkdir()
    (code / "app.py").write_text(HANDLER)
    functions = service_client("lambda", server.endpoint)
    functions.create_function(
        FunctionName="mark",
        Runtime="python3.12",
        Role=ROLE,
        Handler="app.handler",
        Code={"S3Bucket": "hot-reload", "S3Key": str(code)},
        Timeout=30,
    )


def create(client: Any, **more: Any) -> None:
    client.create_delivery_stream(
        DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=destination(**more)
    )
    until_active(client, "clicks")


def click(number: int) -> bytes:
    """One in ten fails in the Lambda, and one in ten has a number that is none."""
    event: dict[str, Any] = {"n": number, "site": f"s{number % 3}"}
    if number % 10 == 3:
        event["poison"] = "lambda"
    if number % 10 == 7:
        event["n"] = f"no number: {number}"
    return json.dumps(event).encode() + b"\n"


def put(client: Any, numbers: Iterable[int]) -> None:
    records = [{"Data": click(number)} for number in numbers]
    assert client.put_record_batch(DeliveryStreamName="clicks", Records=records)["FailedPutCount"] == 0


def rows(lake: Path) -> Counter[int]:
    files = [str(path) for path in (lake / "lake" / "out").rglob("*.parquet")]
    with duckdb.connect() as connection:
        found = connection.execute(
            "SELECT n, site, marked FROM read_parquet(?, hive_partitioning=false)", [files]
        ).fetchall()
    assert all(site == f"s{number % 3}" and marked for number, site, marked in found)
    return Counter(number for number, _, _ in found)


def failed(lake: Path, error_type: str) -> list[dict[str, Any]]:
    files = (lake / "lake" / "bad" / error_type).rglob("clicks-*")
    return [json.loads(line) for path in files for line in path.read_text().splitlines()]


def raw_numbers(lines: list[dict[str, Any]]) -> Counter[int]:
    events = [json.loads(b64decode(line["rawData"])) for line in lines]
    return Counter(int(str(event["n"]).removeprefix("no number: ")) for event in events)


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake in which 600 records were processed and delivered by two servers, the first of which was killed."""
    folder = tmp_path_factory.mktemp("converted")
    lake = folder / "lake"
    with serving(lake, "--speedup", "60") as server, client_of(server.endpoint) as client:
        prepare(server, folder / "code")
        create(client)
        put(client, range(300))
        until(lambda: report_of(server, "firehose:clicks")["failed"] > 0)
        server.kill()
    with serving(lake, "--speedup", "60") as server, client_of(server.endpoint) as client:
        put(client, range(300, 600))
        assert server.stop() == 0
    return lake


def test_every_record_is_delivered_once_or_failed_at_the_station_where_it_did(lake: Path) -> None:
    fine = [number for number in range(600) if number % 10 not in {3, 7}]
    assert rows(lake) == Counter(fine)
    assert raw_numbers(failed(lake, "processing-failed")) == Counter(range(3, 600, 10))
    assert raw_numbers(failed(lake, "format-conversion-failed")) == Counter(range(7, 600, 10))


def test_partitions_have_an_object_each_with_their_own_records(lake: Path) -> None:
    assert {path.name for path in (lake / "lake" / "out").iterdir()} == {"site=s0", "site=s1", "site=s2"}


def test_the_backup_has_every_record_as_it_came(lake: Path) -> None:
    lines = b"".join(path.read_bytes() for path in (lake / "lake" / "source").rglob("clicks-*")).splitlines(
        keepends=True
    )
    assert sorted(lines) == sorted(map(click, range(600)))


def test_a_line_about_a_failed_conversion_is_that_of_the_service(lake: Path) -> None:
    line = failed(lake, "format-conversion-failed")[0]
    assert set(line) == {
        "attemptsMade", "arrivalTimestamp", "lastErrorCode", "lastErrorMessage", "attemptEndingTimestamp",
        "rawData", "sequenceNumber", "subSequenceNumber", "dataCatalogTable",
    }  # fmt: skip
    assert line["lastErrorCode"].startswith("DataFormatConversion.")
    assert line["dataCatalogTable"]["databaseName"] == "shop"
    assert line["dataCatalogTable"]["tableName"] == "clicks"


def test_parquet_is_labelled_as_the_service_labels_it(lake: Path) -> None:
    with serving(lake) as server:
        s3 = service_client("s3", server.endpoint)
        found = s3.list_objects_v2(Bucket="lake", Prefix="out/")["Contents"]
        head = s3.head_object(Bucket="lake", Key=found[0]["Key"])
    assert head["ContentEncoding"] == "hadoop-snappy"


def test_a_table_that_is_not_there_is_refused_at_creation(tmp_path: Path) -> None:
    with serving(tmp_path / "lake") as server, client_of(server.endpoint) as client:
        with pytest.raises(ClientError, match=r"InvalidArgument.*shop"):
            create(client)
        prepare(server, tmp_path / "code")
        with pytest.raises(ClientError, match=r"InvalidArgument.*Table orders"):
            create(client, DataFormatConversionConfiguration=conversion("orders"))


def test_an_update_holds_for_what_arrives_later(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    plain: Any = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::lake", "Prefix": "out/"}
    with serving(lake, "--speedup", "60") as server, client_of(server.endpoint) as client:
        prepare(server, tmp_path / "code")
        client.create_delivery_stream(DeliveryStreamName="clicks", ExtendedS3DestinationConfiguration=plain)
        until_active(client, "clicks")
        put(client, [1])
        client.update_destination(
            DeliveryStreamName="clicks",
            CurrentDeliveryStreamVersionId="1",
            DestinationId="destinationId-000000000001",
            ExtendedS3DestinationUpdate={"ProcessingConfiguration": destination()["ProcessingConfiguration"]},
        )
        put(client, [2])
        assert server.stop() == 0
    objects = {path.name.split("-")[1]: json.loads(path.read_text()) for path in (lake / "lake").rglob("clicks-*")}
    assert objects == {"1": {"n": 1, "site": "s1"}, "2": {"n": 2, "site": "s2", "marked": True}}


def test_a_table_that_is_gone_holds_its_stream_up(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake, "--speedup", "60") as server, client_of(server.endpoint) as client:
        prepare(server, tmp_path / "code")
        create(client)
        service_client("glue", server.endpoint).delete_table(DatabaseName="shop", Name="clicks")
        put(client, [1])
        until(lambda: "Table clicks not found" in (report_of(server, "firehose:clicks")["last_error"] or ""))
        create_table(server)
        until(lambda: report_of(server, "firehose:clicks")["left"] == 1)
        assert server.stop() == 0
    assert rows(lake) == Counter([1])
