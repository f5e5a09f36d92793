"""What single examinations make of what services answer: refusals, quotas, functions, shards, metrics."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import ANY, Stubber

from clickgen.doctor.account import examine_account
from clickgen.doctor.catalogue import examine_crawler
from clickgen.doctor.dynamodb import examine_table
from clickgen.doctor.finding import Finding
from clickgen.doctor.firehose import examine_firehose
from clickgen.doctor.functions import examine_function, examine_transform
from clickgen.doctor.kinesis import examine_kinesis
from clickgen.doctor.permissions import probe_writing
from clickgen.doctor.pipes import examine_pipe
from clickgen.doctor.stream_settings import settings_of
from clickgen.doctor.visit import Visit, Wishes
from clickgen.model.errors import EnvironmentProblem
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.pipeline_file import pipeline_of
from clickgen.sink.aws import Access

ALONE = PipelineDescription("clicks", Path(), ())
LONG_AGO, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, tzinfo=UTC)
ARN = "arn:aws:lambda:us-east-1:123456789012:function:mark"


def stubbed(service: str, region: str = "us-east-1") -> tuple[Any, Stubber]:
    make: Any = boto3.client
    unchecked = Config(parameter_validation=False)  # as for the services that records are sent to
    client = make(service, region_name=region, aws_access_key_id="x", aws_secret_access_key="x", config=unchecked)
    stubber = Stubber(client)
    stubber.activate()
    return client, stubber


def visit_of(
    clients: Mapping[str, Any], wishes: Wishes | None = None, description: PipelineDescription = ALONE
) -> Visit:
    s3 = {"s3": stubbed("s3")[0]}
    return Visit(description, str, Access(), wishes or Wishes(None, 420, None), _clients={**s3, **clients})


def said(findings: Iterable[Finding]) -> str:
    return "\n".join(f"{one.severity} {one.station}: {one.what}" for one in findings)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("AccessDeniedException", "problem firehose:clicks: events may not be sent: no"),
        ("ResourceNotFoundException", "problem firehose:clicks: events cannot be sent"),
        ("ValidationException", "fine firehose:clicks: firehose:PutRecordBatch is allowed"),
        ("InvalidArgumentException", "fine firehose:clicks: firehose:PutRecordBatch is allowed"),
        (
            "LimitExceededException",
            "warning firehose:clicks: whether firehose:PutRecordBatch is allowed",
        ),
    ],
)
def test_what_an_empty_put_is_refused_for_says_whether_it_is_allowed(code: str, expected: str) -> None:
    client, stubber = stubbed("firehose")
    stubber.add_client_error("put_record_batch", code, "no")
    visit, one = visit_of({"firehose": client}), [{"Data": b""}]
    found = probe_writing(
        visit, "firehose:clicks", "firehose", "put_record_batch", DeliveryStreamName="clicks", Records=one
    )
    assert said([found]).startswith(expected)


def test_a_description_that_is_denied_is_a_warning_with_the_permission() -> None:
    client, stubber = stubbed("kinesis")
    stubber.add_client_error("describe_stream_summary", "AccessDeniedException", "User x is not authorized")
    found = list(examine_kinesis(visit_of({"kinesis": client}), "kinesis:clicks", "clicks"))
    assert said(found) == (
        "warning kinesis:clicks: Kinesis stream clicks may not be looked at: User x is not authorized"
    )
    assert found[0].next == "allow kinesis:DescribeStreamSummary"


def test_credentials_that_are_not_accepted_end_the_examination() -> None:
    client, stubber = stubbed("sts")
    stubber.add_client_error("get_caller_identity", "ExpiredToken", "expired")
    with pytest.raises(EnvironmentProblem, match="the credentials are not accepted by sts"):
        list(examine_account(visit_of({"sts": client})))


def test_who_asks_is_said() -> None:
    client, stubber = stubbed("sts")
    stubber.add_response("get_caller_identity", {"Account": "123456789012", "Arn": "arn:aws:iam::1:user/me"})
    assert "account 123456789012, arn:aws:iam::1:user/me; region us-east-1" in said(
        examine_account(visit_of({"sts": client}))
    )


def described_stream(**s3: Any) -> dict[str, Any]:
    """A stream as DescribeDeliveryStream has it."""
    destination = {
        "RoleARN": "arn:aws:iam::1:role/firehose-role",
        "BucketARN": "arn:aws:s3:::lake",
        "BufferingHints": {"SizeInMBs": 5, "IntervalInSeconds": 60},
        "CompressionFormat": "UNCOMPRESSED",
        "EncryptionConfiguration": {"NoEncryptionConfig": "NoEncryption"},
        **s3,
    }
    return {
        "DeliveryStreamName": "clicks",
        "DeliveryStreamARN": "arn:aws:firehose:us-east-1:123456789012:deliverystream/clicks",
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamType": "DirectPut",
        "VersionId": "1",
        "Destinations": [{"DestinationId": "1", "ExtendedS3DestinationDescription": destination}],
        "HasMoreDestinations": False,
    }


def looked_at(region: str, rate: float, metrics: Mapping[str, float] | None = None, **s3: Any) -> str:
    """What is said of a direct stream of that region at this rate, without objects."""
    firehose, of_firehose = stubbed("firehose", region)
    of_firehose.add_response("describe_delivery_stream", {"DeliveryStreamDescription": described_stream(**s3)})
    of_firehose.add_client_error("put_record_batch", "ValidationException", "empty")
    objects, of_objects = stubbed("s3", region)
    for _ in range(2):
        of_objects.add_response("list_objects_v2", {"IsTruncated": False, "KeyCount": 0})
    cloudwatch, of_cloudwatch = stubbed("cloudwatch", region)
    results = [{"Id": name, "Values": [value], "Timestamps": []} for name, value in (metrics or {}).items()]
    arguments = {"MetricDataQueries": ANY, "StartTime": ANY, "EndTime": ANY}
    of_cloudwatch.add_response("get_metric_data", {"MetricDataResults": results}, arguments)
    clients = {"firehose": firehose, "s3": objects, "cloudwatch": cloudwatch}
    visit = visit_of(clients, Wishes(rate, 420, None))
    return said(examine_firehose(visit, "firehose:clicks", "clicks"))


def test_a_rate_is_compared_with_the_quota_of_the_region() -> None:
    assert "fine firehose:clicks: 3,000/s of 420 B are 1.2 MiB/s" in looked_at("eu-west-1", 3000)
    assert "problem firehose:clicks: 3,000/s of 420 B are 1.2 MiB/s; a stream takes 1.0 MiB" in looked_at(
        "eu-central-1", 3000
    )


def test_what_cloudwatch_counted_within_an_hour_is_told() -> None:
    counted = {"throttled": 1200.0, "freshness": 900.0, "processed": 0.95}
    told = looked_at("us-east-1", 100, counted)
    assert "warning firehose:clicks: 1,200 records were throttled within an hour" in told
    assert "warning firehose:clicks: records were up to 900 s old when delivered, with a buffer of 60 s" in told
    assert "failed in 5.0 % of the stream's calls" in told
    assert "throttled" not in looked_at("us-east-1", 100, {"freshness": 70.0, "processed": 1.0})


def test_a_stream_that_is_configured_unlike_its_file_is_told() -> None:
    text = '[firehose.clicks]\nto = "s3:lake"\nprefix = "clicks/"\nbuffer = "60s"\ndelimiter = true\n[s3.lake]'
    firehose, of_firehose = stubbed("firehose")
    of_firehose.add_response(
        "describe_delivery_stream", {"DeliveryStreamDescription": described_stream(Prefix="click/")}
    )
    of_firehose.add_client_error("put_record_batch", "ValidationException", "empty")
    visit = visit_of({"firehose": firehose}, description=pipeline_of(text, "mine.toml"))
    found = said(islice(examine_firehose(visit, "firehose:clicks", "clicks"), 3))
    assert "unlike the pipeline file: Prefix is 'click/', not 'clicks/'; AppendDelimiterToRecord is False" in found


@pytest.mark.parametrize(
    ("timeout", "memory", "buffer_mb", "expected"),
    [
        (60, 256, 1.0, "fine"),
        (3, 256, 1.0, "warning lambda:mark: its timeout is 3 s"),
        (900, 256, 1.0, "warning lambda:mark: its timeout is 900 s, and firehose:clicks waits 300 s"),
        (60, 256, 3.0, "warning lambda:mark: 3 MiB of records are 4.0 MiB as base64"),
        (60, 128, 3.5, "warning lambda:mark: it has 128 MB for 3.5 MiB of records a call"),
    ],
)
def test_a_function_is_compared_with_what_it_is_handed(
    timeout: int, memory: int, buffer_mb: float, expected: str
) -> None:
    client, stubber = stubbed("lambda")
    answer = {"FunctionName": "mark", "FunctionArn": ARN, "Timeout": timeout, "MemorySize": memory}
    stubber.add_response("get_function_configuration", answer)
    found = said(examine_transform(visit_of({"lambda": client}), "firehose:clicks", "mark", buffer_mb))
    assert expected in found
    assert ("warning" in found) is (expected != "fine")


def test_a_function_that_cannot_run_and_calls_that_failed_are_told() -> None:
    client, stubber = stubbed("lambda")
    answer = {
        "FunctionName": "mark", "FunctionArn": ARN, "Timeout": 60, "MemorySize": 256, "State": "Failed",
        "StateReason": "the image is gone",
    }  # fmt: skip
    stubber.add_response("get_function_configuration", answer)
    cloudwatch, of_cloudwatch = stubbed("cloudwatch")
    results = [
        {"Id": name, "Values": [value], "Timestamps": []} for name, value in (("errors", 5.0), ("calls", 100.0))
    ]
    of_cloudwatch.add_response("get_metric_data", {"MetricDataResults": results})
    visit = visit_of({"lambda": client, "cloudwatch": cloudwatch})
    found = said(examine_function(visit, "lambda:mark", "mark"))
    assert "problem lambda:mark: it is Failed: the image is gone" in found
    assert "problem lambda:mark: 5.0 % of its calls failed within an hour" in found


@pytest.mark.parametrize(
    ("mode", "shards", "rate", "expected"),
    [
        ("PROVISIONED", 2, 2000.0, "fine kinesis:clicks: 2,000/s of 420 B need 2 shards, and it has 2"),
        ("PROVISIONED", 2, 2001.0, "problem kinesis:clicks: 2,001/s of 420 B need 3 shards, and it has 2"),
        ("ON_DEMAND", 4, 9000.0, "fine kinesis:clicks: active, on demand"),
        ("ON_DEMAND", 4, 11000.0, "warning kinesis:clicks: 11,000/s of 420 B are 4.4 MiB/s"),
    ],
)
def test_shards_are_compared_with_the_rate(mode: str, shards: int, rate: float, expected: str) -> None:
    client, stubber = stubbed("kinesis")
    summary = {
        "StreamName": "clicks", "StreamARN": "arn:aws:kinesis:us-east-1:1:stream/clicks", "StreamStatus": "ACTIVE",
        "StreamModeDetails": {"StreamMode": mode}, "RetentionPeriodHours": 24, "OpenShardCount": shards,
        "StreamCreationTimestamp": "2026-01-01", "EnhancedMonitoring": [],
    }  # fmt: skip
    stubber.add_response("describe_stream_summary", {"StreamDescriptionSummary": summary})
    visit = visit_of({"kinesis": client}, Wishes(rate, 420, None))
    assert expected in said(examine_kinesis(visit, "kinesis:clicks", "clicks"))


def test_a_table_that_is_provisioned_is_compared_with_the_rate() -> None:
    client, stubber = stubbed("dynamodb")
    table = {
        "TableStatus": "ACTIVE", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"WriteCapacityUnits": 100},
    }  # fmt: skip
    stubber.add_response("describe_table", {"Table": table})
    stubber.add_client_error("batch_write_item", "ValidationException", "empty")
    description = pipeline_of('[dynamodb.orders]\nkey = "id"', "mine.toml")
    visit = visit_of({"dynamodb": client}, Wishes(101, 420, None), description)
    found = said(examine_table(visit, "dynamodb:orders", "orders"))
    assert "problem dynamodb:orders: its key is pk, the pipeline file says id" in found
    assert "problem dynamodb:orders: 101/s of 420 B need 101 write units a second, and it has 100" in found


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("RUNNING", "fine pipe:orders: it runs"),
        ("STOPPED", "problem pipe:orders: it is STOPPED: user"),
        ("START_FAILED", "problem pipe:orders: it is START_FAILED: user"),
        ("STARTING", "warning pipe:orders: it is STARTING: user"),
    ],
)
def test_a_pipe_that_does_not_run_is_told(state: str, expected: str) -> None:
    client, stubber = stubbed("pipes")
    stubber.add_response("describe_pipe", {"Name": "orders", "CurrentState": state, "StateReason": "user"})
    assert said(examine_pipe(visit_of({"pipes": client}), "pipe:orders", "orders")).startswith(expected)


def test_a_stream_to_a_warehouse_is_read_where_it_stages() -> None:
    s3 = {"BucketARN": "arn:aws:s3:::stage", "Prefix": "rows/", "BufferingHints": {"IntervalInSeconds": 60}}
    described = {"Destinations": [{"RedshiftDestinationDescription": {"S3DestinationDescription": s3}}]}
    settings = settings_of(described)
    assert (settings.warehouse, settings.bucket, settings.seconds) == (True, "stage", 60)
    assert settings.failed_below == "errors/"


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (None, "problem crawler:views: it has never run"),
        (
            {"Status": "FAILED", "ErrorMessage": "no access"},
            "problem crawler:views: its last run failed: no access",
        ),
        (
            {"Status": "SUCCEEDED", "StartTime": LONG_AGO},
            "warning crawler:views: it last ran at 2026-01-01T00:00:00Z",
        ),
        ({"Status": "SUCCEEDED", "StartTime": LATER}, "fine crawler:views: it last ran at 2026-03-01T00:00:00Z"),
    ],
)
def test_a_crawler_is_compared_with_what_landed(last: dict[str, Any] | None, expected: str) -> None:
    glue, of_glue = stubbed("glue")
    crawler = {"Name": "views", "State": "READY", "Targets": {"S3Targets": [{"Path": "s3://lake/views/"}]}}
    of_glue.add_response("get_crawler", {"Crawler": crawler | ({"LastCrawl": last} if last else {})})
    objects, of_objects = stubbed("s3")
    landed = [{"Key": "views/1", "LastModified": datetime(2026, 2, 1, tzinfo=UTC), "Size": 1}]
    of_objects.add_response("list_objects_v2", {"IsTruncated": False, "Contents": landed})
    visit = visit_of({"glue": glue, "s3": objects})
    assert said(examine_crawler(visit, "crawler:views", "views")).startswith(expected)
