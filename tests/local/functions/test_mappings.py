"""Event source mappings: batches of a Kinesis stream for a function, on a server with fast clocks."""

import json
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests
from botocore.exceptions import ClientError

from tests.local.functions.conftest import create_function
from tests.support.local_server import LocalServer, service_client, serving, until

if TYPE_CHECKING:
    from types_boto3_kinesis import KinesisClient
    from types_boto3_lambda import LambdaClient

# notes the numbers of each batch, and fails as the numbers say
_NOTING = """
import base64, json, os
def handler(event, context):
    numbers = [int(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]]
    with open("FILE", "a") as file:
        file.write(json.dumps(numbers) + "\\n")
    POISON
"""
_RAISE = "if 13 in numbers: raise ValueError('thirteen')"
_REPORT = """
    wrong = [r for r, n in zip(event["Records"], numbers) if n == 13]
    return {"batchItemFailures": [{"itemIdentifier": r["kinesis"]["sequenceNumber"]} for r in wrong]}
"""
_SEEING = """
import json
def handler(event, context):
    with open("FILE", "a") as file:
        file.writelines(json.dumps(record) + "\\n" for record in event["Records"])
"""
_SPEEDUP = "100"


class Streaming:
    """A server, a stream, and a function that notes the batches it is given."""

    def __init__(self, server: LocalServer, folder: Path) -> None:
        self.server = server
        self.functions: LambdaClient = service_client("lambda", server.endpoint)
        self.kinesis: KinesisClient = service_client("kinesis", server.endpoint)
        self.file = folder / "batches"
        self._code = folder / "code"

    def make(self, poison: str = "") -> None:
        self._code.mkdir(exist_ok=True)
        (self._code / "app.py").write_text(_NOTING.replace("FILE", str(self.file)).replace("POISON", poison))
        self.kinesis.create_stream(StreamName="clicks", ShardCount=1)
        self.kinesis.get_waiter("stream_exists").wait(StreamName="clicks", WaiterConfig={"Delay": 1})
        create_function(self.functions, "noting", self._code)

    @property
    def arn(self) -> str:
        return self.kinesis.describe_stream_summary(StreamName="clicks")["StreamDescriptionSummary"]["StreamARN"]

    def map(self, **settings: Any) -> str:
        given: dict[str, Any] = {"FunctionName": "noting", "EventSourceArn": self.arn}
        given |= {"StartingPosition": "TRIM_HORIZON"}
        return self.functions.create_event_source_mapping(**(given | settings))["UUID"]

    def put(self, numbers: range) -> None:
        records: Any = [{"Data": str(number).encode(), "PartitionKey": "a"} for number in numbers]
        self.kinesis.put_records(StreamName="clicks", Records=records)

    @property
    def batches(self) -> list[list[int]]:
        return [json.loads(line) for line in self.file.read_text().splitlines()] if self.file.exists() else []

    @property
    def numbers(self) -> list[int]:
        return [number for batch in self.batches for number in batch]

    def close(self) -> None:
        self.functions.close()
        self.kinesis.close()


@pytest.fixture
def streaming(tmp_path: Path) -> Iterator[Streaming]:
    with serving(tmp_path / "lake", "--speedup", _SPEEDUP) as server:
        streaming = Streaming(server, tmp_path)
        yield streaming
        streaming.close()


def test_batches_come_in_order_by_size_and_window_with_the_records_of_lambda(streaming: Streaming) -> None:
    streaming.make()
    streaming.put(range(25))
    mapping = streaming.map(BatchSize=10, MaximumBatchingWindowInSeconds=60)
    until(lambda: len(streaming.numbers) == 25)
    assert streaming.batches == [list(range(10)), list(range(10, 20)), list(range(20, 25))]
    streaming.put(range(25, 28))
    streaming.put(range(28, 30))
    until(lambda: len(streaming.numbers) == 30)
    assert streaming.numbers == list(range(30))
    _pause(streaming, pause=True)
    streaming.put(range(30, 32))
    time.sleep(0.2)  # 20 seconds of the service
    assert streaming.numbers == list(range(30))
    _pause(streaming, pause=False)
    until(lambda: streaming.numbers == list(range(32)))
    found = streaming.functions.get_event_source_mapping(UUID=mapping)
    assert (found["State"], found["LastProcessingResult"], found["BatchSize"]) == ("Enabled", "OK", 10)
    assert found["FunctionArn"].endswith(":function:noting")


def _pause(streaming: Streaming, *, pause: bool) -> None:
    body: Any = {"station": "mapping:noting", "faults": {"pause": pause}}
    url, headers = f"{streaming.server.endpoint}/_clickgen/faults", {"x-clickgen-admin": "1"}
    assert requests.post(url, json=body, headers=headers, timeout=10).status_code == 200


def test_a_batch_that_fails_is_halved_until_the_poison_is_alone(streaming: Streaming, tmp_path: Path) -> None:
    streaming.make(_RAISE)
    streaming.put(range(20))
    streaming.map(
        BatchSize=100,
        MaximumRetryAttempts=2,
        BisectBatchOnFunctionError=True,
        DestinationConfig={"OnFailure": {"Destination": "arn:aws:s3:::failures"}},
    )
    until(lambda: [15, 16, 17, 18, 19] in streaming.batches)  # the last of the halves
    well = [number for batch in streaming.batches if 13 not in batch for number in batch]
    assert sorted(well) == [number for number in range(20) if number != 13]
    assert streaming.batches.count([13]) == 3
    (record,) = _records(streaming)
    assert record["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == 3
    assert record["KinesisBatchInfo"]["batchSize"] == 1
    assert record["KinesisBatchInfo"]["streamArn"] == streaming.arn
    (lost,) = json.loads(record["payload"])["Records"]
    assert lost["kinesis"]["sequenceNumber"] == record["KinesisBatchInfo"]["startSequenceNumber"]


def _records(streaming: Streaming) -> list[Any]:
    folder = streaming.server.lake / "failures"
    return [json.loads(path.read_bytes()) for path in folder.rglob("*") if path.is_file()]


def test_records_before_a_reported_failure_are_not_handed_over_again(streaming: Streaming) -> None:
    streaming.make(_REPORT)
    streaming.put(range(20))
    streaming.map(MaximumRetryAttempts=1, FunctionResponseTypes=["ReportBatchItemFailures"])
    until(lambda: len(streaming.batches) >= 2)
    assert streaming.batches[0] == list(range(20))
    assert streaming.batches[1] == list(range(13, 20))


def test_what_the_filter_refuses_is_passed_over(streaming: Streaming) -> None:
    streaming.make()
    streaming.put(range(30))
    wanted = json.dumps({"data": [{"numeric": [">=", 27]}]})
    streaming.map(FilterCriteria={"Filters": [{"Pattern": wanted}]})
    until(lambda: len(streaming.numbers) == 3)
    assert streaming.numbers == [27, 28, 29]


def test_a_mapping_is_paused_changed_listed_and_deleted(streaming: Streaming) -> None:
    streaming.make()
    mapping = streaming.map(StartingPosition="LATEST", Enabled=False)
    functions = streaming.functions
    assert functions.get_event_source_mapping(UUID=mapping)["State"] == "Disabled"
    functions.update_event_source_mapping(UUID=mapping, Enabled=True, BatchSize=7)
    streaming.put(range(3))
    until(lambda: streaming.numbers == [0, 1, 2])
    listed = functions.list_event_source_mappings(FunctionName="noting", EventSourceArn=streaming.arn)
    assert [one["BatchSize"] for one in listed["EventSourceMappings"]] == [7]
    with pytest.raises(ClientError, match="mapping already exists"):
        streaming.map()
    functions.delete_event_source_mapping(UUID=mapping)
    streaming.put(range(3, 6))
    with pytest.raises(ClientError, match="does not exist"):
        functions.get_event_source_mapping(UUID=mapping)
    assert streaming.numbers == [0, 1, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"FunctionName": "none"}, "Function not found"),
        ({"EventSourceArn": "arn:aws:sqs:eu-west-1:000000000000:queue"}, "no Kinesis or DynamoDB stream"),
        ({"StartingPosition": "AT_TIMESTAMP"}, "not at a time"),
        ({"ParallelizationFactor": 2}, "ParallelizationFactor must be 1"),
        ({"TumblingWindowInSeconds": 30}, "no tumbling windows"),
        ({"FilterCriteria": {"Filters": [{"Pattern": "{"}]}}, "Invalid filter pattern definition"),
        ({"DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:a:0:q"}}}, "has no SQS"),
        ({"BatchSize": 10_001}, "less than or equal to 10000"),
        ({"Topics": ["a"]}, "does not have"),
    ],
)
def test_what_cannot_be_is_refused(shared: Streaming, settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        shared.map(**settings)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Streaming]:
    folder = tmp_path_factory.mktemp("shared")
    with serving(folder / "lake", "--speedup", _SPEEDUP) as server:
        streaming = Streaming(server, folder)
        streaming.make()
        yield streaming
        streaming.close()


def test_a_killed_server_goes_on_where_it_was(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    with serving(lake, "--speedup", _SPEEDUP) as server:
        streaming = Streaming(server, tmp_path)
        streaming.make()
        streaming.map(BatchSize=5)
        for start in range(0, 200, 50):
            streaming.put(range(start, start + 50))
        until(lambda: len(streaming.numbers) >= 60)
        server.stop(signal.SIGKILL)
        streaming.close()
    with serving(lake, "--speedup", _SPEEDUP) as server:
        again = Streaming(server, tmp_path)
        again.put(range(200, 210))
        until(lambda: 209 in again.numbers)
        again.close()
    assert set(again.numbers) == set(range(210))
    repeated = len(again.numbers) - 210
    assert repeated <= 5, "only the batch under way is handed over again"


def test_changes_of_a_table_call_a_function(shared: Streaming, tmp_path: Path) -> None:
    tables = service_client("dynamodb", shared.server.endpoint)
    tables.create_table(
        TableName="visits",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    tables.get_waiter("table_exists").wait(TableName="visits", WaiterConfig={"Delay": 1})
    arn = tables.describe_table(TableName="visits")["Table"]["LatestStreamArn"]
    seen = tmp_path / "seen"
    (tmp_path / "app.py").write_text(_SEEING.replace("FILE", str(seen)))
    create_function(shared.functions, "seeing", tmp_path)
    inserted = json.dumps({"eventName": ["INSERT", "REMOVE"]})
    shared.map(FunctionName="seeing", EventSourceArn=arn, FilterCriteria={"Filters": [{"Pattern": inserted}]})
    for page in ("a", "b"):
        tables.put_item(TableName="visits", Item={"id": {"S": "1"}, "page": {"S": page}})
    tables.delete_item(TableName="visits", Key={"id": {"S": "1"}})
    until(lambda: seen.exists() and len(seen.read_text().splitlines()) == 2)
    records = [json.loads(line) for line in seen.read_text().splitlines()]
    assert [record["eventName"] for record in records] == ["INSERT", "REMOVE"]
    assert {record["eventSourceARN"] for record in records} == {arn}
    assert records[0]["dynamodb"]["NewImage"]["page"] == {"S": "a"}
    tables.close()
