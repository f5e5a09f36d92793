"""CloudWatch metrics through boto3 in each protocol that SDKs speak, and over kill -9."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from clickgen.local.cloudwatch import metrics as metrics_module
from clickgen.local.cloudwatch.limits import SAVE_SECONDS
from clickgen.local.cloudwatch.metrics import MetricName, MetricStore
from tests.support.local_server import LocalServer, client_of, serving, until

CLICKS = [{"Name": "Site", "Value": "a"}, {"Name": "Page", "Value": "/x & y"}]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    with serving(tmp_path_factory.mktemp("cloudwatch") / "lake", "--stream", "clicks") as server:
        yield server


def client_in(server: LocalServer, protocol: str) -> Any:
    """A client that knows this protocol only, as older or other SDKs do."""
    session = botocore.session.get_session()
    loader = session.get_component("data_loader")
    model = loader.load_service_model("cloudwatch", "service-2")
    model["metadata"] = {**model["metadata"], "protocol": protocol, "protocols": [protocol]}
    loader.load_service_model = lambda name, kind, *_, **__: (
        model if kind == "service-2" else type(loader).load_service_model(loader, name, kind)
    )
    return session.create_client(
        "cloudwatch",
        endpoint_url=server.endpoint,
        region_name="eu-west-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


@pytest.fixture(scope="module", params=["smithy-rpc-v2-cbor", "json", "query"])
def cloudwatch(server: LocalServer, request: pytest.FixtureRequest) -> Any:
    client = client_in(server, request.param)
    client.space = f"Test/{request.param}"
    return client


def now() -> float:
    return time.time()


def test_values_come_back_as_statistics(cloudwatch: Any) -> None:
    base = now() // 300 * 300 - 600
    data: list[dict[str, Any]] = [
        {"MetricName": "Clicks", "Dimensions": CLICKS, "Timestamp": base + 5, "Value": 2.0, "Unit": "Count"},
        {
            "MetricName": "Clicks",
            "Dimensions": CLICKS,
            "Timestamp": base + 50,
            "Values": [1.5, 4.0],
            "Counts": [2, 1],
        },
        {
            "MetricName": "Clicks",
            "Dimensions": CLICKS[::-1],
            "Timestamp": base + 70,
            "StatisticValues": {"SampleCount": 4, "Sum": 10, "Minimum": 1, "Maximum": 7},
        },
    ]
    data[1]["Unit"] = data[2]["Unit"] = "Count"
    cloudwatch.put_metric_data(Namespace=cloudwatch.space, MetricData=data)
    found = cloudwatch.get_metric_statistics(
        Namespace=cloudwatch.space,
        MetricName="Clicks",
        Dimensions=CLICKS,
        StartTime=base,
        EndTime=base + 300,
        Period=60,
        Statistics=["SampleCount", "Average", "Sum", "Minimum", "Maximum"],
    )
    first, second = found["Datapoints"]
    assert first["Timestamp"].timestamp() == base
    assert (first["SampleCount"], first["Sum"], first["Minimum"], first["Maximum"]) == (4, 9.0, 1.5, 4.0)
    assert first["Average"] == 2.25
    assert (second["Sum"], second["Maximum"], second["Unit"]) == (10.0, 7.0, "Count")
    stat = {"Metric": {"Namespace": cloudwatch.space, "MetricName": "Clicks", "Dimensions": CLICKS}}
    queries = [
        {"Id": "sums", "MetricStat": {**stat, "Period": 300, "Stat": "Sum"}},
        {"Id": "minutes", "MetricStat": {**stat, "Period": 60, "Stat": "SampleCount"}},
    ]
    sums, minutes = cloudwatch.get_metric_data(MetricDataQueries=queries, StartTime=base, EndTime=base + 300)[
        "MetricDataResults"
    ]
    assert (sums["Values"], sums["StatusCode"]) == ([19.0], "Complete")
    assert minutes["Values"] == [4, 4]
    assert [moment.timestamp() for moment in minutes["Timestamps"]] == [base + 60, base]
    listed = cloudwatch.list_metrics(Namespace=cloudwatch.space, Dimensions=[{"Name": "Page"}])["Metrics"]
    assert [sorted(one["Dimensions"], key=lambda pair: str(pair["Name"])) for one in listed] == [CLICKS[::-1]]
    assert cloudwatch.list_metrics(Namespace=cloudwatch.space, MetricName="Other")["Metrics"] == []


@pytest.mark.parametrize(
    ("operation", "options", "says"),
    [
        ("put_metric_data", {"MetricData": [{"MetricName": "x"}]}, "neither Value nor Values"),
        ("put_metric_data", {"MetricData": [{"MetricName": "x", "Value": 1.0, "Timestamp": 5}]}, "in the past"),
        ("get_metric_statistics", {"Period": 90, "Statistics": ["Sum"]}, "not a multiple of 60"),
        ("get_metric_statistics", {"Period": 60, "ExtendedStatistics": ["p99"]}, "percentiles"),
        (
            "get_metric_statistics",
            {"Period": 60, "Statistics": ["Sum"], "StartTime": 1, "EndTime": 1_000_000},
            "more than 1440 datapoints",
        ),
        ("describe_alarms", None, "puts, gets and lists metrics"),
    ],
)
def test_what_cannot_be_is_refused(
    cloudwatch: Any, operation: str, options: dict[str, Any] | None, says: str
) -> None:
    given: dict[str, Any] = {}
    if options is not None:
        given = {"Namespace": cloudwatch.space, **options}
    if operation == "get_metric_statistics":
        given = {"MetricName": "x", "StartTime": now() - 60, "EndTime": now()} | given
    with pytest.raises(ClientError) as refused:
        getattr(cloudwatch, operation)(**given)
    assert says in str(refused.value)


def test_firehose_publishes_what_it_takes(server: LocalServer) -> None:
    with client_of(server.endpoint) as firehose:
        for _ in range(3):
            firehose.put_record_batch(DeliveryStreamName="clicks", Records=[{"Data": b"x" * 100}] * 50)
    cloudwatch = client_in(server, "smithy-rpc-v2-cbor")
    wanted = {
        "Namespace": "AWS/Firehose",
        "MetricName": "IncomingRecords",
        "Dimensions": [{"Name": "DeliveryStreamName", "Value": "clicks"}],
        "StartTime": now() - 600,
        "EndTime": now() + 60,
        "Period": 60,
        "Statistics": ["Sum"],
    }
    until(lambda: sum(one["Sum"] for one in cloudwatch.get_metric_statistics(**wanted)["Datapoints"]) == 150)


def test_what_was_saved_is_there_after_kill_9(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    options: dict[str, Any] = {"Namespace": "Kept", "MetricData": [{"MetricName": "n", "Value": 3.0}]}
    with serving(lake) as server:
        client_in(server, "json").put_metric_data(**options)
        time.sleep(SAVE_SECONDS + 0.5)
        server.kill()
    with serving(lake) as server:
        client_in(server, "json").put_metric_data(**options)
        assert server.stop() == 0
    with serving(lake) as server:
        client = client_in(server, "json")
        query = {
            "Id": "n",
            "MetricStat": {"Metric": {"Namespace": "Kept", "MetricName": "n"}, "Period": 3600, "Stat": "Sum"},
        }
        found = client.get_metric_data(MetricDataQueries=[query], StartTime=now() - 7200, EndTime=now() + 60)
        assert sum(found["MetricDataResults"][0]["Values"]) == 6.0


def test_only_so_many_minutes_are_kept_the_newest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics_module, "MAX_POINTS", 10)
    moment = [1_800_000_000.0]

    async def life() -> None:
        store = MetricStore(tmp_path, lambda: moment[0])
        for _ in range(30):
            store.add("s", "m", {}, 1)
            moment[0] += 60
        store.close()
        store = MetricStore(tmp_path, lambda: moment[0])
        name = MetricName("s", "m", ())
        kept = [start for start, _ in store.periods(name, 0, moment[0], 60)]
        assert kept == [int(1_800_000_000 + 60 * minute) for minute in range(20, 30)]
        store.close()

    asyncio.run(life())
