"""What CloudWatch counted of a stream, from an emulator that others wrote; that it says nothing spoils nothing."""

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from clickgen.sink.aws import Access, make_client
from clickgen.verify.inspections.cloudwatch import Unasked, stream_metrics


@pytest.fixture
def client(moto: str, credentials: None) -> Any:
    return boto3.client("cloudwatch", endpoint_url=moto)


def put(client: Any, at: datetime, stream: str = "clicks", **values: float) -> None:
    data = [
        {
            "MetricName": name.replace("_", "."),
            "Dimensions": [{"Name": "DeliveryStreamName", "Value": stream}],
            "Timestamp": at,
            "Value": value,
        }
        for name, value in values.items()
    ]
    client.put_metric_data(Namespace="AWS/Firehose", MetricData=data)


def test_sums_and_the_worst_age_of_the_runs_span(client: Any) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    begin = now - timedelta(minutes=10)
    for minute in range(3):
        at = begin + timedelta(minutes=minute)
        put(client, at, IncomingRecords=500, DeliveryToS3_Records=400, DeliveryToS3_DataFreshness=60 + minute)
    put(client, begin - timedelta(minutes=30), IncomingRecords=7)
    put(client, begin, stream="other", IncomingRecords=11)
    ms = [int(at.timestamp() * 1000) for at in (begin, begin + timedelta(minutes=3), now)]
    found = stream_metrics(client, "clicks", *ms)
    assert not isinstance(found, Unasked)
    assert {metric.name: (metric.value, metric.unit) for metric in found} == {
        "IncomingRecords": (1500, "records"),
        "ThrottledRecords": (None, "records"),
        "DeliveryToS3.Records": (1200, "records"),
        "DeliveryToS3.DataFreshness": (62, "s"),
    }


@pytest.mark.parametrize(
    ("days_ago", "days", "period"),
    [(1, 1, 60), (20, 1, 300), (100, 1, 3600), (14, 13, 60), (15, 1, 300), (63, 1, 3600), (400, 399, 3600)],
)
def test_periods_are_those_that_cloudwatch_still_has(client: Any, days_ago: int, days: int, period: int) -> None:
    now_ms, day_ms = 1_800_000_000_000, 86_400_000
    asked: list[Any] = []
    client.meta.events.register("before-parameter-build.cloudwatch.*", lambda params, **_: asked.append(params))
    first_ms = now_ms - days_ago * day_ms
    found = stream_metrics(client, "clicks", first_ms, first_ms + days * day_ms, now_ms)
    assert not isinstance(found, Unasked)
    assert {query["MetricStat"]["Period"] for query in asked[0]["MetricDataQueries"]} == {period}
    assert asked[0]["StartTime"].timestamp() * 1000 <= first_ms
    assert asked[0]["EndTime"].timestamp() * 1000 >= first_ms + days * day_ms


def test_all_pages_are_read(client: Any) -> None:
    page = {"MetricDataResults": [{"Id": "m0", "Values": [1.0, 2.0]}]}
    with Stubber(client) as stub:
        stub.add_response("get_metric_data", {**page, "NextToken": "more"})
        stub.add_response("get_metric_data", page)
        found = stream_metrics(client, "clicks", 0, 60_000, 60_000)
    assert not isinstance(found, Unasked)
    assert found[0].value == 6


def test_what_keeps_it_from_answering_is_said_in_words(client: Any) -> None:
    with Stubber(client) as stub:
        stub.add_client_error("get_metric_data", "AccessDenied", "not authorized to perform: GetMetricData", 403)
        found = stream_metrics(client, "clicks", 0, 60_000, 60_000)
    assert found == Unasked("AccessDenied: not authorized to perform: GetMetricData")
    nobody = make_client("cloudwatch", Access(region="us-east-1", endpoint_url="http://127.0.0.1:9"))
    assert isinstance(stream_metrics(nobody, "clicks", 0, 60_000, 60_000), Unasked)
