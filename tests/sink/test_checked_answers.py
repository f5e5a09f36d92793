"""Answers to the calls that describe and read: what is missing or of another type is named, with exit code 3."""

import copy
import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from clickgen.cost.prices import load_prices
from clickgen.model.errors import ExitCode, UnusableAnswer
from clickgen.pace.clock import SystemClock
from clickgen.run.targets.registry import find_target
from clickgen.sink.aws import Access, make_client
from clickgen.sink.registry import Address
from clickgen.verify.inspections.cloudwatch import Unasked, stream_metrics
from clickgen.verify.inspections.glue.catalogue import read_table
from clickgen.verify.landings.aws_reads import AwsReads
from clickgen.verify.landings.kinesis.shard import Shard, shards_of
from clickgen.verify.landings.sql.athena import AthenaQuery, Session
from clickgen.verify.landings.sql.redshift import RedshiftQuery, Warehouse
from tests.conftest import CREDENTIALS, CommandLine
from tests.support.hostile_endpoint import hostile_endpoint, http

S3 = {
    "BucketARN": "arn:aws:s3:::lake",
    "Prefix": "clicks/",
    "BufferingHints": {"IntervalInSeconds": 60, "SizeInMBs": 5},
    "CompressionFormat": "GZIP",
}
FIREHOSE = {
    "DeliveryStreamDescription": {
        "DeliveryStreamName": "clicks",
        "DeliveryStreamARN": "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks",
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamType": "DirectPut",
        "Destinations": [{"DestinationId": "1", "ExtendedS3DestinationDescription": S3}],
    }
}
KINESIS = {
    "StreamDescriptionSummary": {
        "StreamARN": "arn:aws:kinesis:us-east-1:123456789012:stream/clicks",
        "StreamStatus": "ACTIVE",
        "MaxRecordSizeInKiB": 1024,
        "StreamModeDetails": {"StreamMode": "ON_DEMAND"},
    }
}
DYNAMODB = {
    "Table": {
        "TableStatus": "ACTIVE",
        "TableArn": "arn:aws:dynamodb:us-east-1:123456789012:table/clicks",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    }
}
GLUE = {
    "Table": {
        "Name": "t",
        "StorageDescriptor": {"Columns": [{"Name": "a", "Type": "int"}], "Location": "s3://lake/t/"},
        "Parameters": {"classification": "json"},
        "PartitionKeys": [],
    }
}
ROWS = {
    "ResultSet": {
        "ResultSetMetadata": {"ColumnInfo": [{"Name": "n", "Type": "bigint"}]},
        "Rows": [{"Data": [{"VarCharValue": "n"}]}, {"Data": [{"VarCharValue": "1"}]}],
    }
}
ATHENA = {
    "StartQueryExecution": {"QueryExecutionId": "q"},
    "GetQueryExecution": {
        "QueryExecution": {"Status": {"State": "SUCCEEDED"}, "Statistics": {"DataScannedInBytes": 1}}
    },
    "GetQueryResults": ROWS,
}
REDSHIFT = {
    "ExecuteStatement": {"Id": "s"},
    "DescribeStatement": {"Status": "FINISHED"},
    "GetStatementResult": {"ColumnMetadata": [{"name": "n"}], "Records": [[{"longValue": 1}]]},
}
SHARDS = {
    "ListShards": {"Shards": [{"ShardId": "s0"}]},
    "GetShardIterator": {"ShardIterator": "i"},
    "GetRecords": {
        "Records": [{"SequenceNumber": "1", "Data": "YQ==", "ApproximateArrivalTimestamp": 1.5}],
        "MillisBehindLatest": 0,
        "NextShardIterator": "i",
    },
}


@contextmanager
def service_of(answers: dict[str, Any]) -> Iterator[Access]:
    """A service that gives these answers by operation; a lone answer is that of every operation."""

    def say(connection: socket.socket, request: bytes) -> None:
        head = request.partition(b"\r\n\r\n")[0].lower()
        target = next(line for line in head.split(b"\r\n") if line.startswith(b"x-amz-target:"))
        operation = target.rpartition(b".")[2].decode()
        named = next((answers[name] for name in answers if name.lower() == operation), answers)
        connection.sendall(http(json.dumps(named).encode()))

    with hostile_endpoint(say) as url:
        yield Access(endpoint_url=url, embedded=True)


def _read_shard(access: Access) -> object:
    service = AwsReads(make_client("kinesis", access), "stream 'clicks'", "")
    (shard,) = shards_of(service, "clicks")
    return Shard(service, "clicks", shard, 0, SystemClock()).next_page()


def _ask_athena(access: Access) -> object:
    answer = AthenaQuery(make_client("athena", access), "t", Session(timeout_s=5), load_prices()).ask("SELECT 1")
    return answer.integers()


def _ask_redshift(access: Access) -> object:
    warehouse = Warehouse("db", cluster="c", timeout_s=5)
    return RedshiftQuery(make_client("redshift-data", access), "t", warehouse).ask("SELECT 1").integers()


Reading = Callable[[Access], object]
READINGS: dict[str, tuple[dict[str, Any], Reading]] = {
    "firehose": (FIREHOSE, lambda access: find_target(Address("firehose", "clicks"), access)),
    "kinesis": (KINESIS, lambda access: find_target(Address("kinesis", "clicks"), access)),
    "dynamodb": (DYNAMODB, lambda access: find_target(Address("dynamodb", "clicks"), access)),
    "glue": (GLUE, lambda access: read_table(make_client("glue", access), "db.t")),
    "athena": (ATHENA, _ask_athena),
    "redshift": (REDSHIFT, _ask_redshift),
    "shards": (SHARDS, _read_shard),
}


@pytest.mark.parametrize("name", READINGS)
def test_answers_as_the_api_has_them_are_taken(name: str) -> None:
    answers, read = READINGS[name]
    with service_of(answers) as access:
        read(access)


MISSHAPEN: list[tuple[str, str, Any, str]] = [
    ("firehose", "DeliveryStreamDescription", None, "without DeliveryStreamDescription"),
    ("firehose", "DeliveryStreamDescription", "x", "DeliveryStreamDescription that is text, not an object"),
    ("firehose", "DeliveryStreamDescription.DeliveryStreamStatus", None, "Description.DeliveryStreamStatus"),
    ("firehose", "DeliveryStreamDescription.DeliveryStreamStatus", 5, "DeliveryStreamStatus that is a number"),
    ("firehose", "DeliveryStreamDescription.DeliveryStreamARN", {"a": 1}, "ARN that is an object, not text"),
    ("firehose", "DeliveryStreamDescription.Destinations", "x", "Destinations that is text, not a list"),
    ("firehose", "DeliveryStreamDescription.Destinations", [None], "a list with an entry that is null"),
    ("firehose", "DeliveryStreamDescription.Destinations", [7], "Destinations that is a number, not an object"),
    ("kinesis", "StreamDescriptionSummary", [], "that is a list, not an object"),
    ("kinesis", "StreamDescriptionSummary.StreamStatus", None, "StreamDescriptionSummary.StreamStatus"),
    ("kinesis", "StreamDescriptionSummary.MaxRecordSizeInKiB", "big", "that is text, not a whole number"),
    ("kinesis", "StreamDescriptionSummary.MaxRecordSizeInKiB", -1, "not from 1 to 10,240"),
    ("kinesis", "StreamDescriptionSummary.MaxRecordSizeInKiB", True, "true or false, not a whole number"),
    ("dynamodb", "Table", None, "without Table"),
    ("dynamodb", "Table.KeySchema", None, "without Table.KeySchema"),
    ("dynamodb", "Table.KeySchema", [{}], "without Table.KeySchema.KeyType"),
    ("dynamodb", "Table.KeySchema", [], "KeySchema that AttributeDefinitions does not explain"),
    ("dynamodb", "Table.AttributeDefinitions", [], "KeySchema that AttributeDefinitions does not explain"),
    ("glue", "Table", None, "without Table"),
    ("glue", "Table.StorageDescriptor.Columns", [{"Type": "int"}], "without Table.StorageDescriptor.Columns.Name"),
    ("glue", "Table.Parameters", {"a": 1}, "an object with an entry that is a number, not text"),
    ("athena", "StartQueryExecution.QueryExecutionId", None, "without QueryExecutionId"),
    ("athena", "GetQueryExecution.QueryExecution", None, "without QueryExecution"),
    ("athena", "GetQueryExecution.QueryExecution.Status.State", 3, "State that is a number, not text"),
    ("athena", "GetQueryResults.ResultSet", None, "without ResultSet"),
    ("athena", "GetQueryResults.ResultSet.ResultSetMetadata", None, "without ResultSet.ResultSetMetadata"),
    ("athena", "GetQueryResults.ResultSet.Rows", [{"Data": [{"VarCharValue": "x"}]}], "whole numbers"),
    ("athena", "GetQueryResults.ResultSet.Rows", [{}], "without ResultSet.Rows.Data"),
    ("redshift", "ExecuteStatement.Id", None, "without Id"),
    ("redshift", "DescribeStatement.Status", None, "without Status"),
    ("redshift", "GetStatementResult.Records", [[{"stringValue": "x"}]], "whole numbers"),
    ("redshift", "GetStatementResult.Records", None, "without Records"),
    ("shards", "ListShards.Shards", None, "without Shards"),
    ("shards", "GetRecords.Records", [{"Data": "YQ=="}], "without Records."),
    ("shards", "GetRecords.Records", [{"Data": "no base64!"}], "without Records."),
]


def _changed(answers: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(answers)
    *way, last = path.split(".")
    held = changed
    for name in way:
        held = held[name]
    if value is None:
        del held[last]
    else:
        held[last] = value
    return changed


@pytest.mark.parametrize(("name", "path", "value", "words"), MISSHAPEN)
def test_a_member_that_is_missing_or_wrong_is_named(name: str, path: str, value: Any, words: str) -> None:
    answers, read = READINGS[name]
    with service_of(_changed(answers, path, value)) as access, pytest.raises(UnusableAnswer) as told:
        read(access)
    assert words in told.value.message
    assert told.value.exit_code is ExitCode.ENVIRONMENT
    assert told.value.hint


@pytest.mark.parametrize("body", [b"[]", b'"x"', b"[" * 9999, b'{"a":', b"\xff\xfe", b"<html></html>", b"", b"5"])
@pytest.mark.parametrize("name", READINGS)
def test_what_is_no_answer_at_all_is_told(name: str, body: bytes) -> None:
    _, read = READINGS[name]
    with (
        hostile_endpoint(lambda connection, _: connection.sendall(http(body))) as url,
        pytest.raises(UnusableAnswer) as told,
    ):
        read(Access(endpoint_url=url, embedded=True))
    assert f"at {url} answered" in told.value.message


@pytest.mark.parametrize(
    "answer", [{}, {"MetricDataResults": [{}]}, {"MetricDataResults": [{"Id": "zz", "Values": ["x"]}]}, []]
)
def test_the_verdict_does_not_depend_on_what_cloudwatch_makes_up(answer: Any) -> None:
    with hostile_endpoint(lambda connection, _: connection.sendall(http(json.dumps(answer).encode()))) as url:
        client = make_client("cloudwatch", Access(endpoint_url=url, embedded=True))
        found = stream_metrics(client, "clicks", 0, 60_000, 120_000)
    assert isinstance(found, Unasked) or all(metric.value is None for metric in found)


@pytest.mark.parametrize("interval", [-1, 901, 10**30, "x", 1e300])
def test_a_run_does_not_begin_with_hints_that_no_stream_has(clickgen: CommandLine, interval: Any) -> None:
    path = "DeliveryStreamDescription.Destinations"
    hints = {**S3, "BufferingHints": {"IntervalInSeconds": interval}}
    answers = _changed(FIREHOSE, path, [{"DestinationId": "1", "ExtendedS3DestinationDescription": hints}])
    with service_of(answers) as access:
        options = ["--stream", "clicks", "--endpoint-url", str(access.endpoint_url), "--events", "5"]
        said = clickgen.run("send", "--rate", "max", *options, env=CREDENTIALS)
    assert said.code == 3, said.err
    assert "BufferingHints.IntervalInSeconds" in said.err
    assert "Traceback" not in said.err
