"""What a stream says of itself: its report, its counts in CloudWatch, and the objects that S3 learns of."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.local_server import (
    LocalServer,
    client_of,
    report_of,
    run_local,
    service_client,
    serving,
    set_faults,
    until,
    until_active,
)

ROLE = "arn:aws:iam::000000000000:role/r"
FUNCTION = "arn:aws:lambda:eu-west-1:000000000000:function:f"


def transform(function: str, seconds: str = "6") -> dict[str, Any]:
    given = {"LambdaArn": function, "BufferIntervalInSeconds": seconds, "NumberOfRetries": "0"}
    parameters = [{"ParameterName": name, "ParameterValue": value} for name, value in given.items()]
    return {"Enabled": True, "Processors": [{"Type": "Lambda", "Parameters": parameters}]}


def create(client: Any, name: str, **destination: Any) -> None:
    settings = {
        "RoleARN": ROLE,
        "BucketARN": "arn:aws:s3:::lake",
        "Prefix": f"{name}/",
        "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 60},
    } | destination
    client.create_delivery_stream(DeliveryStreamName=name, ExtendedS3DestinationConfiguration=settings)
    until_active(client, name)


def put(client: Any, name: str, *records: bytes) -> None:
    client.put_record_batch(DeliveryStreamName=name, Records=[{"Data": record} for record in records])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("watching") / "lake", "--speedup", "60") as running:
        yield running


def test_a_paused_stream_takes_records_and_delivers_none(server: LocalServer, firehose: Any) -> None:
    create(firehose, "paused")
    set_faults(server, "firehose:paused", pause=True)
    put(firehose, "paused", b"one", b"two")
    time.sleep(1.5)  # one interval and a half
    report = report_of(server, "firehose:paused")
    assert (report["arrived"], report["left"], report["waiting"]) == (2, 0, 2)
    assert report["lag_s"] > 1
    set_faults(server, "firehose:paused", pause=False)
    until(lambda: report_of(server, "firehose:paused")["left"] == 2)
    report = report_of(server, "firehose:paused")
    assert (report["waiting"], report["lag_s"]) == (0, None)


def test_why_records_failed_is_reported(server: LocalServer, firehose: Any) -> None:
    create(firehose, "failing", ProcessingConfiguration=transform(FUNCTION))
    put(firehose, "failing", b"one", b"two")
    until(lambda: report_of(server, "firehose:failing")["failed"] == 2)
    assert "Lambda.ResourceNotFound" in report_of(server, "firehose:failing")["last_error"]


def test_counts_are_published_under_the_names_of_the_service(server: LocalServer, firehose: Any) -> None:
    create(firehose, "counted", CompressionFormat="GZIP")
    put(firehose, "counted", b"one", b"three")
    until(lambda: report_of(server, "firehose:counted")["left"] == 2)
    cloudwatch = service_client("cloudwatch", server.endpoint)
    now = datetime.now(UTC)

    def total(metric: str, statistic: str = "Sum") -> float:
        points = cloudwatch.get_metric_statistics(
            Namespace="AWS/Firehose",
            MetricName=metric,
            Dimensions=[{"Name": "DeliveryStreamName", "Value": "counted"}],
            StartTime=now - timedelta(minutes=5),
            EndTime=now + timedelta(minutes=5),
            Period=60,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(point[statistic] for point in points))

    until(lambda: total("IncomingRecords") == 2)
    assert total("IncomingBytes") == 8
    assert total("IncomingPutRequests") == total("PutRecordBatch.Requests") == 1
    until(lambda: total("DeliveryToS3.Records") == 2)
    assert total("DeliveryToS3.ObjectCount") == total("DeliveryToS3.Success") == 1
    assert 0 < total("DeliveryToS3.DataFreshness", "Maximum") < 60


def test_s3_knows_how_an_object_is_encoded(server: LocalServer, firehose: Any) -> None:
    create(firehose, "encoded", CompressionFormat="GZIP")
    put(firehose, "encoded", b"one")
    s3 = service_client("s3", server.endpoint)
    until(lambda: s3.list_objects_v2(Bucket="lake", Prefix="encoded/").get("KeyCount", 0) == 1)
    (found,) = s3.list_objects_v2(Bucket="lake", Prefix="encoded/")["Contents"]
    assert s3.head_object(Bucket="lake", Key=found["Key"])["ContentEncoding"] == "gzip"


def test_records_that_wait_for_their_processing_are_not_drained(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake) as server, client_of(server.endpoint) as client:
        create(client, "waiting", ProcessingConfiguration=transform(FUNCTION, "900"))
        put(client, "waiting", b"one")
        server.kill()
    drained = run_local("drain", "--dir", str(lake))
    assert drained.returncode == 3
    assert "clickgen local serve --dir" in drained.stderr
    with serving(lake) as server:
        assert server.stop() == 0
    (failed,) = (path for path in (lake / "lake").rglob("waiting-*") if path.is_file())
    assert json.loads(failed.read_bytes())["errorCode"] == "Lambda.ResourceNotFound"
    assert run_local("drain", "--dir", str(lake)).returncode == 0


def test_more_gathers_while_a_delivery_falls_behind(server: LocalServer, firehose: Any) -> None:
    create(firehose, "behind")
    set_faults(server, "firehose:behind", pause=True)
    for number in range(6):
        put(firehose, "behind", b"%d" % number)
        time.sleep(0.7)  # four intervals in all
    set_faults(server, "firehose:behind", pause=False)
    until(lambda: report_of(server, "firehose:behind")["left"] == 6)
    contents = [path.read_bytes() for path in (server.lake / "lake").rglob("behind-*") if path.is_file()]
    assert sorted(b"".join(contents)) == sorted(b"012345")
    assert len(contents) == 2
