"""What an emulator's Firehose does where emulators are known to differ, each in a few words."""

import base64
import json
import time
from typing import Any

from botocore.exceptions import ClientError

from tests.local.blackbox.emulators import Emulator

SEPARATE = "an object for each record"
_FAILING = """
def handler(event, context):
    return {"records": [{**r, "result": "ProcessingFailed"} for r in event["records"]]}
"""
_FAILURE_FIELDS = {
    *("attemptsMade", "arrivalTimestamp", "errorCode", "errorMessage", "attemptEndingTimestamp", "rawData"),
    "lambdaArn",
}


class Stream:
    """A stream into a bucket of its own, which does not buffer unless an interval is given."""

    def __init__(self, at: Emulator, interval: int = 0, size: int = 5, **settings: Any) -> None:
        self._at = at
        self._firehose = at.client("firehose")
        self.name, self.bucket = at.new_name("stream"), at.bucket()
        self._firehose.create_delivery_stream(
            DeliveryStreamName=self.name,
            ExtendedS3DestinationConfiguration={
                "RoleARN": at.role(),
                "BucketARN": f"arn:aws:s3:::{self.bucket}",
                "BufferingHints": {"SizeInMBs": size, "IntervalInSeconds": interval},
                **settings,
            },
        )

    def _active(self) -> bool:
        described = self._firehose.describe_delivery_stream(DeliveryStreamName=self.name)
        return bool(described["DeliveryStreamDescription"]["DeliveryStreamStatus"] == "ACTIVE")

    def put(self, *records: bytes) -> None:
        assert self._at.happens(self._active)
        answer = self._firehose.put_record_batch(
            DeliveryStreamName=self.name, Records=[{"Data": record} for record in records]
        )
        assert answer["FailedPutCount"] == 0

    def landed(self) -> dict[str, bytes]:
        """The bucket's objects, once there are some or the wait is over."""
        self._at.happens(lambda: self._at.objects(self.bucket))
        return self._at.objects(self.bucket)


def between(right: dict[str, Any], wrong: dict[str, Any], at: Emulator) -> str:
    """Whether a creation with the wrong settings is refused, where one with the right settings is not."""
    Stream(at, **right)
    try:
        Stream(at, **wrong)
    except ClientError:
        return "refused"
    return "accepted"


def buffering(at: Emulator) -> str:
    stream = Stream(at, interval=2)
    stream.put(b"a", b"b")
    if at.objects(stream.bucket):
        return "lands at once"
    return "waits for the interval" if stream.landed() else "never lands"


def delimiter(at: Emulator) -> str:
    stream = Stream(at)
    stream.put(b"abc", b"abc", b"abc")
    contents = list(stream.landed().values())
    outcomes = {b"abcabcabc": "nothing", b"abc\n" * 3: "a newline", b"abc": SEPARATE}
    return outcomes.get(contents[0], f"{contents}")


def oldest_record(at: Emulator) -> str:
    """The second in the prefix of an object with records that arrived 1.1 seconds apart."""
    stream = Stream(at, interval=3, Prefix="at=!{timestamp:yyyyMMddHHmmss}/", ErrorOutputPrefix="errors/")
    before = time.time()
    stream.put(b"first")
    after = time.time()
    time.sleep(1.1)
    stream.put(b"second")
    key, content = next(iter(sorted(stream.landed().items(), key=lambda item: b"first" not in item[1])))
    if "!{" in key:
        return "not evaluated"
    if content == b"first":
        return SEPARATE
    earliest, latest = (time.strftime("%Y%m%d%H%M%S", time.gmtime(moment)) for moment in (before, after))
    return "the oldest record's" if earliest <= key.removeprefix("at=")[:14] <= latest else "another"


def enabled_omitted(at: Emulator) -> str:
    """A processor that appends a newline, without and with `Enabled`."""
    processors = [{"Type": "AppendDelimiterToRecord"}]
    streams = [
        Stream(at, ProcessingConfiguration={**enabled, "Processors": processors})
        for enabled in ({}, {"Enabled": True})
    ]
    for stream in streams:
        stream.put(b"abc")
    omitted, on = (b"".join(stream.landed().values()) for stream in streams)
    return {
        (b"abc", b"abc\n"): "not carried out",
        (b"abc\n", b"abc\n"): "carried out",
        (b"abc", b"abc"): "never carried out",
    }[omitted, on]


def error_record(at: Emulator) -> str:
    """The line of a record that the transform failed."""
    parameters = {"LambdaArn": at.function(_FAILING), "BufferIntervalInSeconds": "0"}
    processor = {
        "Type": "Lambda",
        "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()],
    }
    stream = Stream(
        at,
        Prefix="good/",
        ErrorOutputPrefix="failed/!{firehose:error-output-type}/",
        ProcessingConfiguration={"Enabled": True, "Processors": [processor]},
    )
    stream.put(b"abc")
    found = stream.landed()
    if not found:
        return "lost without a trace"
    [(key, content)] = found.items()
    if not key.startswith("failed/processing-failed/"):
        return "delivered as if it were good"
    line = json.loads(content)
    assert base64.b64decode(line["rawData"]) == b"abc"
    return "all seven fields" if set(line) == _FAILURE_FIELDS else "other fields"


def snappy_case(at: Emulator) -> str:
    return between({"CompressionFormat": "Snappy"}, {"CompressionFormat": "SNAPPY"}, at)


def unknown_expression(at: Emulator) -> str:
    known, unknown = (
        {"Prefix": f"{text}/", "ErrorOutputPrefix": "e/"} for text in ("!{timestamp:yyyy}", "!{time:y}")
    )
    return between(known, unknown, at)


def small_buffer_with_conversion(at: Emulator) -> str:
    conversion = {"DataFormatConversionConfiguration": _conversion(at)}
    return between({**conversion, "size": 64}, {**conversion, "size": 63}, at)


def small_buffer_with_partitions(at: Emulator) -> str:
    query = {"MetadataExtractionQuery": "{user: .user}", "JsonParsingEngine": "JQ-1.6"}
    processor = {
        "Type": "MetadataExtraction",
        "Parameters": [{"ParameterName": name, "ParameterValue": value} for name, value in query.items()],
    }
    partitioned = {
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "ProcessingConfiguration": {"Enabled": True, "Processors": [processor]},
        "Prefix": "user=!{partitionKeyFromQuery:user}/",
        "ErrorOutputPrefix": "errors/",
        "interval": 60,
    }
    return between({**partitioned, "size": 64}, {**partitioned, "size": 63}, at)


def content_encoding_of_parquet(at: Emulator) -> str:
    stream = Stream(at, size=64, DataFormatConversionConfiguration=_conversion(at))
    stream.put(b'{"user": "u1"}')
    found = stream.landed()
    if not found:
        return "never lands"
    [(key, content)] = found.items()
    if not content.startswith(b"PAR1"):
        return "JSON, not Parquet"
    encoding = at.client("s3").head_object(Bucket=stream.bucket, Key=key).get("ContentEncoding")
    return f"`{encoding}`" if encoding else "none"


def batch_of_501(at: Emulator) -> str:
    stream = Stream(at)
    stream.put(*[b"a"] * 500)
    try:
        stream.put(*[b"a"] * 501)
    except ClientError:
        return "refused"
    return "accepted"


def _conversion(at: Emulator) -> dict[str, Any]:
    """A conversion to Parquet with the schema of a new table of one column."""
    glue, database = at.client("glue"), at.new_name("shop")
    glue.create_database(DatabaseInput={"Name": database})
    columns = [{"Name": "user", "Type": "string"}]
    table = {"Name": "clicks", "StorageDescriptor": {"Columns": columns, "Location": "s3://x/"}}
    glue.create_table(DatabaseName=database, TableInput=table)
    return {
        "SchemaConfiguration": {"RoleARN": at.role(), "DatabaseName": database, "TableName": "clicks"},
        "InputFormatConfiguration": {"Deserializer": {"OpenXJsonSerDe": {}}},
        "OutputFormatConfiguration": {"Serializer": {"ParquetSerDe": {}}},
    }
