"""What a creation settles to, and what the service refuses at creation."""

import json
from pathlib import Path
from typing import Any

import pytest

from clickgen.local.firehose.conversion.settings import HiveJson, OpenX, OrcOutput, ParquetOutput
from clickgen.local.firehose.destination import DeAggregation, LambdaTransform, Partitioning
from clickgen.local.firehose.state import load_state, save_state
from clickgen.local.platform.errors import LocalProblem
from tests.local.firehose.asked import (
    CONVERSION,
    ERRORS,
    FUNCTION,
    LAMBDA,
    PARTITIONED,
    PLACE,
    QUERY,
    destination_of,
    extended,
    processing,
    refusal,
    state_of,
)

KEPT = Path(__file__).parent / "kept" / "stream_before_settings.json"
KINESIS = {"KinesisStreamARN": "arn:aws:kinesis:us-east-1:000000000000:stream/clicks", "RoleARN": PLACE["RoleARN"]}


def test_processors_settle_with_the_defaults_of_the_service() -> None:
    stream = destination_of(
        extended(
            ProcessingConfiguration=processing(
                ("Decompression", {"CompressionFormat": "GZIP"}),
                ("CloudWatchLogProcessing", {"DataMessageExtraction": "true"}),
                ("RecordDeAggregation", {"SubRecordType": "DELIMITED", "Delimiter": "IyMjIw=="}),
                LAMBDA,
                ("AppendDelimiterToRecord", {}),
            )
        ),
    )
    assert (stream.decompress, stream.extract_messages, stream.append_delimiter) == (True, True, True)
    assert stream.deaggregation == DeAggregation(b"####")
    assert stream.transform == LambdaTransform(FUNCTION, retries=3, buffer_mb=1.0, buffer_seconds=60)
    assert (stream.buffer_mb, stream.buffer_seconds) == (5, 300)


@pytest.mark.parametrize("enabled", [False, None])
def test_processing_without_enabled_is_disabled(enabled: bool | None) -> None:
    stream = destination_of(extended(ProcessingConfiguration=processing(LAMBDA, enabled=enabled)))
    assert stream.transform is None


def test_conversion_without_enabled_is_enabled_and_buffers_more() -> None:
    stream = destination_of(extended(DataFormatConversionConfiguration=CONVERSION))
    assert stream.conversion is not None
    assert (stream.conversion.reader, stream.conversion.output) == (OpenX(), ParquetOutput())
    assert (stream.extension, stream.buffer_mb) == (".parquet", 128)
    disabled = destination_of(
        extended(DataFormatConversionConfiguration={**CONVERSION, "Enabled": False}, CompressionFormat="GZIP"),
    )
    assert (disabled.conversion, disabled.extension, disabled.buffer_mb) == (None, ".gz", 5)


def test_orc_and_the_hive_reader_settle_with_their_options() -> None:
    conversion = {
        **CONVERSION,
        "InputFormatConfiguration": {"Deserializer": {"HiveJsonSerDe": {"TimestampFormats": ["millis"]}}},
        "OutputFormatConfiguration": {
            "Serializer": {"OrcSerDe": {"Compression": "ZLIB", "FormatVersion": "V0_11"}}
        },
    }
    settled = destination_of(extended(DataFormatConversionConfiguration=conversion)).conversion
    assert settled is not None
    assert settled.reader == HiveJson(("millis",))
    assert settled.output == OrcOutput(compression="ZLIB", version="V0_11")


def test_partitioning_settles_with_its_query_and_defaults() -> None:
    stream = destination_of(extended(**PARTITIONED))
    assert stream.partitioning == Partitioning("{user:.user}", retry_seconds=300)
    assert (stream.buffer_mb, stream.buffer_seconds) == (128, 300)


@pytest.mark.parametrize(
    ("compression", "extension"),
    [("UNCOMPRESSED", ""), ("GZIP", ".gz"), ("ZIP", ".zip"), ("Snappy", ".snappy"), ("HADOOP_SNAPPY", ".snappy")],
)
def test_the_extension_follows_the_compression_unless_it_is_given(compression: str, extension: str) -> None:
    assert destination_of(extended(CompressionFormat=compression)).extension == extension
    named = destination_of(extended(CompressionFormat=compression, FileExtension=".json.log"))
    assert named.extension == ".json.log"
    assert destination_of(extended(CompressionFormat=compression, FileExtension="")).extension == extension


def test_redshift_and_http_destinations_settle() -> None:
    redshift = destination_of(
        {
            "RedshiftDestinationConfiguration": {
                "RoleARN": PLACE["RoleARN"],
                "ClusterJDBCURL": "jdbc:redshift://shop.x.eu-west-1.redshift.amazonaws.com:5439/analytics",
                "CopyCommand": {"DataTableName": "clicks", "CopyOptions": "JSON 'auto'"},
                "S3Configuration": {**PLACE, "Prefix": "staged/"},
            }
        },
    )
    assert redshift.redshift is not None
    assert (redshift.redshift.database, redshift.redshift.retry_seconds) == ("shop/analytics", 3600)
    assert redshift.prefix == "staged/"
    http = destination_of(
        {
            "HttpEndpointDestinationConfiguration": {
                "EndpointConfiguration": {"Url": "http://127.0.0.1:8080/in", "AccessKey": "secret"},
                "RequestConfiguration": {
                    "ContentEncoding": "GZIP",
                    "CommonAttributes": [{"AttributeName": "env", "AttributeValue": "test"}],
                },
                "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0},
                "S3BackupMode": "AllData",
                "S3Configuration": PLACE,
            }
        },
    )
    assert http.http is not None
    assert (http.http.gzip, dict(http.http.attributes), http.http.backs_up_all) == (True, {"env": "test"}, True)
    assert (http.buffer_mb, http.buffer_seconds) == (1, 0)


HINTS = {"SizeInMBs": 64, "IntervalInSeconds": 60}
DELIMITED = {"SubRecordType": "DELIMITED"}
TWO_READERS: dict[str, Any] = {"Deserializer": {"OpenXJsonSerDe": {}, "HiveJsonSerDe": {}}}
BACKUP: dict[str, Any] = {"S3BackupMode": "Enabled", "S3BackupConfiguration": PLACE}


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (
            {"DataFormatConversionConfiguration": CONVERSION, "BufferingHints": {**HINTS, "SizeInMBs": 63}},
            "at least 64 when Data Format Conversion is enabled",
        ),
        (
            {"DataFormatConversionConfiguration": CONVERSION, "CompressionFormat": "GZIP"},
            "CompressionFormat must be UNCOMPRESSED",
        ),
        (
            {"DataFormatConversionConfiguration": {**CONVERSION, "InputFormatConfiguration": TWO_READERS}},
            "Exactly one deserializer",
        ),
        (
            {"DataFormatConversionConfiguration": {**CONVERSION, "OutputFormatConfiguration": {}}},
            "Exactly one serializer",
        ),
        (
            {**PARTITIONED, "BufferingHints": {**HINTS, "SizeInMBs": 63}},
            "SizeInMBs must be at least 64 when Dynamic Partitioning is enabled",
        ),
        (
            {**PARTITIONED, "BufferingHints": {**HINTS, "IntervalInSeconds": 59}},
            "IntervalInSeconds must be at least 60 seconds",
        ),
        ({**PARTITIONED, "Prefix": "plain/"}, "should contain Dynamic Partitioning namespaces"),
        ({**PARTITIONED, "ErrorOutputPrefix": None}, "ErrorOutputPrefix cannot be null"),
        (
            {**PARTITIONED, "ErrorOutputPrefix": ERRORS + "!{partitionKeyFromQuery:user}/"},
            "is not an expression that can be used in it",
        ),
        (
            {**PARTITIONED, "Prefix": "!{partitionKeyFromLambda:user}/"},
            "Lambda should be present when S3 Prefix contains keys",
        ),
        (
            {**PARTITIONED, "ProcessingConfiguration": processing(LAMBDA)},
            "MetadataExtraction processor should be present",
        ),
        ({**PARTITIONED, "Prefix": "!{partitionKeyFromQuery:page}/"}, "partition key page"),
        ({"ProcessingConfiguration": processing(QUERY)}, "only when Dynamic Partitioning is enabled"),
        (
            {"Prefix": "!{partitionKeyFromQuery:user}/", "ErrorOutputPrefix": ERRORS},
            "only when dynamic partitioning is enabled",
        ),
        (BACKUP, "only with a Lambda transform or Data Format Conversion"),
        (
            {
                "ProcessingConfiguration": processing(LAMBDA),
                "S3BackupMode": "Enabled",
                "S3BackupConfiguration": {**PLACE, "BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 0}},
            },
            "cannot be 0",
        ),
        ({"ProcessingConfiguration": processing(LAMBDA, LAMBDA)}, "only one processor of the type Lambda"),
        ({"ProcessingConfiguration": processing(("Lambda", {}))}, "needs the parameter LambdaArn"),
        ({"ProcessingConfiguration": processing(("Lambda", {"LambdaArn": "f"}))}, "not the ARN of a function"),
        (
            {"ProcessingConfiguration": processing(("Lambda", {"LambdaArn": FUNCTION, "BufferSizeInMBs": "4"}))},
            "a number from 0.2 to 3",
        ),
        ({"ProcessingConfiguration": processing(("Lambda", {"Speed": "1"}))}, "parameterName' failed"),
        ({"ProcessingConfiguration": processing(("Upper", {}))}, "type' failed"),
        (
            {"ProcessingConfiguration": processing(("RecordDeAggregation", DELIMITED))},
            "the parameter Delimiter",
        ),
        (
            {"ProcessingConfiguration": processing(("RecordDeAggregation", {**DELIMITED, "Delimiter": "####"}))},
            "is not base64",
        ),
        (
            {"ProcessingConfiguration": processing(("CloudWatchLogProcessing", {}))},
            "enabled with Decompression",
        ),
        ({"CompressionFormat": "SNAPPY"}, "compressionFormat' failed"),
        ({"Colour": "red"}, "does not support Colour"),
        ({"BufferingHints": {**HINTS, "Colour": "red"}}, "does not support Colour"),
    ],
)
def test_what_the_service_refuses_at_creation(members: dict[str, Any], words: str) -> None:
    given = {member: value for member, value in members.items() if value is not None}
    assert words in refusal(extended(**given))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {"DeliveryStreamType": "KinesisStreamAsSource", **extended()},
            "KinesisStreamSourceConfiguration is required",
        ),
        ({"KinesisStreamSourceConfiguration": KINESIS, **extended()}, "only applicable"),
        ({"DeliveryStreamType": "MSKAsSource", **extended()}, "does not support MSKAsSource"),
        (
            {
                "DeliveryStreamType": "KinesisStreamAsSource",
                "KinesisStreamSourceConfiguration": KINESIS,
                "DeliveryStreamEncryptionConfigurationInput": {"KeyType": "AWS_OWNED_CMK"},
                **extended(),
            },
            "only for DeliveryStreamType DirectPut",
        ),
        (
            {"DeliveryStreamEncryptionConfigurationInput": {"KeyType": "CUSTOMER_MANAGED_CMK"}, **extended()},
            "KeyARN is needed",
        ),
        ({"Tags": [{"Key": "aws:mine"}], **extended()}, "reserved"),
        ({}, "Exactly one destination configuration"),
        ({"S3DestinationConfiguration": PLACE, **extended()}, "Exactly one destination configuration"),
        (
            {
                "HttpEndpointDestinationConfiguration": {
                    "EndpointConfiguration": {"Url": "http://example.com/"},
                    "S3Configuration": PLACE,
                }
            },
            "must be https://",
        ),
    ],
)
def test_sources_keys_and_destinations_that_are_refused(body: dict[str, Any], words: str) -> None:
    assert words in refusal(body)


@pytest.mark.parametrize(
    ("s3", "words"),
    [
        ({"CompressionFormat": "Snappy"}, "Snappy is not supported for Redshift"),
        ({"Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": ERRORS}, "must not contain expressions"),
        ({"ErrorOutputPrefix": "bad/"}, "ErrorOutputPrefix must be null"),
    ],
)
def test_redshift_takes_only_what_copy_can_load(s3: dict[str, Any], words: str) -> None:
    redshift = {
        "RoleARN": PLACE["RoleARN"],
        "ClusterJDBCURL": "jdbc:postgresql://127.0.0.1:5432/shop",
        "CopyCommand": {"DataTableName": "clicks"},
        "S3Configuration": {**PLACE, **s3},
    }
    assert words in refusal({"RedshiftDestinationConfiguration": redshift})


def test_a_stream_kept_by_an_older_version_is_what_it_was(tmp_path: Path) -> None:
    (tmp_path / "stream.json").write_bytes(KEPT.read_bytes())
    state = load_state(tmp_path)
    stream = state.destination
    assert (state.version, stream.bucket, stream.prefix) == (1, "clickgen-lake", "clicks/!{timestamp:yyyy/MM/dd}/")
    assert (stream.buffer_mb, stream.buffer_seconds, stream.compression) == (7, 600, "GZIP")
    assert (stream.extension, stream.time_zone, stream.delimiter) == (".json.gz", "Europe/Berlin", b"\n")
    save_state(tmp_path, state)
    assert load_state(tmp_path) == state


def test_a_kept_stream_that_no_client_could_have_created_is_not_served(tmp_path: Path) -> None:
    save_state(tmp_path, state_of(extended()))
    kept = json.loads((tmp_path / "stream.json").read_bytes())
    kept["settings"]["ExtendedS3DestinationConfiguration"]["Prefix"] = "../../outside/"
    (tmp_path / "stream.json").write_text(json.dumps(kept))
    with pytest.raises(LocalProblem, match="does not hold the settings of a stream"):
        load_state(tmp_path)
