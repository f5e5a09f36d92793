"""What the embedded Firehose refuses, in the codes and words of the service."""

import http.client
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.local.firehose.asked import ERRORS, PLACE, create, refused
from tests.support.local_server import LocalServer

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

ERRORS_TOO = {"ErrorOutputPrefix": ERRORS}


@pytest.mark.parametrize(
    ("operation", "arguments", "code", "words"),
    [
        (
            "put_record",
            {"DeliveryStreamName": "nobody", "Record": {"Data": b"x"}},
            "ResourceNotFoundException",
            "Firehose nobody under account 000000000000 not found.",
        ),
        (
            "put_record",
            {"DeliveryStreamName": "no/name", "Record": {"Data": b"x"}},
            "ValidationException",
            "regular expression pattern: [a-zA-Z0-9_.-]",
        ),
        ("describe_delivery_stream", {"DeliveryStreamName": "nobody"}, "ResourceNotFoundException", "nobody"),
        ("delete_delivery_stream", {"DeliveryStreamName": "nobody"}, "ResourceNotFoundException", "nobody"),
        (
            "create_delivery_stream",
            {"DeliveryStreamName": "clicks", "ExtendedS3DestinationConfiguration": PLACE},
            "ResourceInUseException",
            "clicks",
        ),
        (
            "create_delivery_stream",
            {"DeliveryStreamName": "x" * 65, "S3DestinationConfiguration": PLACE},
            "ValidationException",
            "'deliveryStreamName' failed to satisfy constraint: Member must have length less than or equal to 64",
        ),
        (
            "create_delivery_stream",
            {"DeliveryStreamName": "nowhere"},
            "InvalidArgumentException",
            "one destination",
        ),
        ("list_delivery_streams", {"Limit": 10_001}, "ValidationException", "less than or equal to 10000"),
    ],
)
def test_errors_carry_the_codes_and_words_of_the_service(
    firehose: "FirehoseClient", operation: str, arguments: dict[str, Any], code: str, words: str
) -> None:
    got, message, status = refused(getattr(firehose, operation), **arguments)
    assert (got, status) == (code, 400)
    assert words in message


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"CompressionFormat": "SNAPPY"}, "compressionFormat' failed"),
        ({"BufferingHints": {"SizeInMBs": 5}}, "both SizeInMBs and IntervalInSeconds"),
        ({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 901}}, "2 validation errors detected"),
        ({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 1}}, "bufferingHints.sizeInMBs' failed"),
        ({"BucketARN": "arn:aws:s3:::.."}, "does not name a bucket"),
        ({"BucketARN": "a-bucket"}, "bucketARN' failed to satisfy constraint"),
        ({"Prefix": "../outside/"}, "'../'"),
        ({"Prefix": "/rooted/"}, "'/'"),
        ({"Prefix": "!{timestamp:'..'}/", **ERRORS_TOO}, "'../'"),
        ({"Prefix": "!{timestamp:yyyy}/"}, "ErrorOutputPrefix cannot be null"),
        ({"Prefix": "!{timestamp:yyyy/LLL}/", **ERRORS_TOO}, "'LLL'"),
        ({"Prefix": "!{timestamp:yyyy/", **ERRORS_TOO}, "not closed"),
        ({"Prefix": "!{partitionKeyFromQuery:k}/", **ERRORS_TOO}, "dynamic partitioning"),
        ({"Prefix": "a", "ErrorOutputPrefix": "!{timestamp:yyyy}/"}, "error-output-type"),
        ({"Prefix": "x" * 200 + "!{timestamp:yyyy}", **ERRORS_TOO}, "too long for files"),
        ({"FileExtension": "json"}, "fileExtension' failed"),
        ({"CustomTimeZone": "Mars/Olympus"}, "not a time zone"),
        ({"S3BackupMode": "Enabled"}, "S3BackupConfiguration is required"),
        ({"DynamicPartitioningConfiguration": {"Enabled": True}}, "Processing Configuration is not enabled"),
        ({"DataFormatConversionConfiguration": {}}, "SchemaConfiguration is required"),
        ({"ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "Lambda"}]}}, "LambdaArn"),
    ],
)
def test_settings_it_cannot_honour_are_refused(
    firehose: "FirehoseClient", settings: dict[str, Any], words: str
) -> None:
    code, message, _ = refused(lambda: create(firehose, "refused", **settings))
    assert code in {"InvalidArgumentException", "ValidationException"}
    assert words in message
    assert "refused" not in firehose.list_delivery_streams(Limit=100)["DeliveryStreamNames"]


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"DeliveryStreamType": "KinesisStreamAsSource"},
        {
            "SplunkDestinationConfiguration": {
                "HECEndpoint": "x",
                "HECEndpointType": "Raw",
                "S3Configuration": PLACE,
            }
        },
        {"S3DestinationConfiguration": PLACE},
    ],
)
def test_other_sources_and_destinations_are_refused(firehose: "FirehoseClient", elsewhere: dict[str, Any]) -> None:
    code, _, _ = refused(
        firehose.create_delivery_stream,
        DeliveryStreamName="refused",
        ExtendedS3DestinationConfiguration=PLACE,
        **elsewhere,
    )
    assert code == "InvalidArgumentException"


@pytest.mark.parametrize(
    ("target", "body", "code"),
    [
        ("Firehose_20150804.TagEverything", b"{}", "UnknownOperationException"),
        ("", b"{}", "UnknownOperationException"),
        ("Firehose_20150804.PutRecord", b"{", "SerializationException"),
        ("Firehose_20150804.PutRecord", b"[]", "SerializationException"),
        ("Firehose_20150804.PutRecord", b'{"DeliveryStreamName":"clicks"}', "ValidationException"),
        (
            "Firehose_20150804.PutRecord",
            b'{"DeliveryStreamName":"clicks","Record":{"Data":"%%%"}}',
            "SerializationException",
        ),
        (
            "Firehose_20150804.PutRecordBatch",
            b'{"DeliveryStreamName":"clicks","Records":[]}',
            "ValidationException",
        ),
        (
            "Firehose_20150804.PutRecordBatch",
            b'{"DeliveryStreamName":"clicks","Records":[{"Data":"eA=="},{"Data":7}]}',
            "SerializationException",
        ),
        (
            "Firehose_20150804.PutRecordBatch",
            b'{"DeliveryStreamName":"clicks","Records":[{"Data":"eA=="},{}]}',
            "ValidationException",
        ),
        ("Firehose_20150804.DescribeDeliveryStream", b"{}", "ValidationException"),
    ],
)
def test_requests_no_sdk_would_make_are_answered_in_the_protocol(
    server: LocalServer, target: str, body: bytes, code: str
) -> None:
    connection = http.client.HTTPConnection(server.endpoint.removeprefix("http://"), timeout=10)
    try:
        connection.request(
            "POST", "/", body, {"x-amz-target": target, "Content-Type": "application/x-amz-json-1.1"}
        )
        answer = connection.getresponse()
        content = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 400
    assert re.search(rf'"__type":"{code}","message":"[^"]', content)
    assert answer.headers["x-amzn-RequestId"]
