"""What a stream's configuration has to do with its bill, read from what AWS takes and answers."""

import json
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.session import Session

from clickgen.cost.stream import LAMBDA, BufferHints, StreamConfiguration, load_stream
from clickgen.model.errors import ExitCode, UsageProblem
from tests.conftest import CommandLine

ROLE, BUCKET = "arn:aws:iam::123456789012:role/firehose", "arn:aws:s3:::lake"


def created(**destination: Any) -> dict[str, Any]:
    """What CreateDeliveryStream takes."""
    members = {"RoleARN": ROLE, "BucketARN": BUCKET, **destination}
    return {"DeliveryStreamName": "clicks", "ExtendedS3DestinationConfiguration": members}


def processing(*processors: dict[str, Any], enabled: bool = True) -> dict[str, Any]:
    return {"ProcessingConfiguration": {"Enabled": enabled, "Processors": list(processors)}}


def lambda_with(**parameters: str) -> dict[str, Any]:
    named = [{"ParameterName": name, "ParameterValue": value} for name, value in parameters.items()]
    return {"Type": "Lambda", "Parameters": named}


def read(tmp_path: Path, document: Any) -> StreamConfiguration:
    (tmp_path / "stream.json").write_text(json.dumps(document))
    return load_stream(tmp_path / "stream.json")


HINTS = {"BufferingHints": {"SizeInMBs": 64, "IntervalInSeconds": 60}}


@pytest.mark.parametrize(
    ("destination", "stream"),
    [
        ({}, StreamConfiguration()),
        ({"BufferingHints": None}, StreamConfiguration()),
        (HINTS, StreamConfiguration(buffer=BufferHints(64, 60))),
        ({"CompressionFormat": "GZIP"}, StreamConfiguration(compression="GZIP")),
        # left out, Enabled means on for conversion and off for all else
        (
            {"DataFormatConversionConfiguration": {"SchemaConfiguration": {}}},
            StreamConfiguration(conversion=True, buffer=BufferHints(128, 300)),
        ),
        ({"DataFormatConversionConfiguration": {"Enabled": False}}, StreamConfiguration()),
        ({"DynamicPartitioningConfiguration": {"RetryOptions": {}}}, StreamConfiguration()),
        ({"ProcessingConfiguration": {"Processors": [lambda_with()]}}, StreamConfiguration()),
        (processing(lambda_with(), enabled=False), StreamConfiguration()),
        (processing({"Type": "AppendDelimiterToRecord"}), StreamConfiguration()),
        ({"S3BackupMode": "Enabled"}, StreamConfiguration(backup=BufferHints(5, 300))),
        (
            {"S3BackupMode": "Enabled", "S3BackupConfiguration": {**HINTS, "CompressionFormat": "GZIP"}},
            StreamConfiguration(backup=BufferHints(64, 60), backup_compression="GZIP"),
        ),
        ({"S3BackupMode": "Disabled", "S3BackupConfiguration": HINTS}, StreamConfiguration()),
    ],
)
def test_what_counts_is_read(tmp_path: Path, destination: dict[str, Any], stream: StreamConfiguration) -> None:
    assert read(tmp_path, created(**destination)) == stream


def test_a_lambda_has_a_buffer_and_takes_no_packed_records(tmp_path: Path) -> None:
    stream = read(tmp_path, created(**processing(lambda_with(LambdaArn="arn:x"))))
    assert stream.transform == LAMBDA
    assert stream.packing_forbidden_because is not None
    given = lambda_with(BufferSizeInMBs="0.2", BufferIntervalInSeconds="30")
    several = read(tmp_path, created(**processing({"Type": "RecordDeAggregation"}, given)))
    assert (several.transform, several.packing_forbidden_because) == (BufferHints(0.2, 30), None)


def test_partitioning_by_jq(tmp_path: Path) -> None:
    members = {"DynamicPartitioningConfiguration": {"Enabled": True}, **processing({"Type": "MetadataExtraction"})}
    stream = read(tmp_path, created(**members))
    assert (stream.partitioning, stream.jq, stream.buffer) == (True, True, BufferHints(128, 300))
    assert stream.packing_forbidden_because is not None


def test_the_answer_of_a_service_is_read_as_it_comes(moto: str, stream: str, tmp_path: Path) -> None:
    client: Any = boto3.client("firehose", endpoint_url=moto)
    answer = client.describe_delivery_stream(DeliveryStreamName=stream)
    (tmp_path / "answer.json").write_text(json.dumps(answer, default=str))
    expected = StreamConfiguration("us-east-1", BufferHints(1, 60), "GZIP")
    assert load_stream(tmp_path / "answer.json") == expected
    inner = answer["DeliveryStreamDescription"]
    (tmp_path / "inner.json").write_text(json.dumps(inner, default=str))
    assert load_stream(tmp_path / "inner.json") == expected


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ({"DeliveryStreamName": "x"}, "it has no destination in S3"),
        (
            {"extendedS3DestinationConfiguration": {}},
            "extendedS3DestinationConfiguration: unknown key; did you mean",
        ),
        (
            created(BufferingHint={"SizeInMBs": 1}),
            'ExtendedS3DestinationConfiguration.BufferingHint: unknown key; did you mean "BufferingHints"?',
        ),
        (
            created(BufferingHints={"SizeInMB": 1}),
            "ExtendedS3DestinationConfiguration.BufferingHints.SizeInMB: unknown key; did you mean",
        ),
        (
            created(BufferingHints={"SizeInMBs": 500}),
            "ExtendedS3DestinationConfiguration.BufferingHints.SizeInMBs: input should be less than or equal",
        ),
        (
            created(CompressionFormat="gzip"),
            "ExtendedS3DestinationConfiguration.CompressionFormat: input should be",
        ),
        (
            created(**processing(lambda_with(BufferSizeInMBs="much"))),
            "ExtendedS3DestinationConfiguration.ProcessingConfiguration.Processors: BufferSizeInMBs of the Lambda",
        ),
        (
            created(**processing(lambda_with(BufferSizeInMBs="nan"))),
            "ExtendedS3DestinationConfiguration.Processing",
        ),
        ({**created(), "DeliveryStreamType": "MSKAsSource"}, "DeliveryStreamType: 'MSKAsSource' is not billed"),
        ({**created(), "DeliveryStreamType": ["DirectPut"]}, "DeliveryStreamType: ['DirectPut'] is not billed"),
        ([], "not a JSON object"),
    ],
)
def test_each_mistake_names_its_place(tmp_path: Path, document: Any, line: str) -> None:
    with pytest.raises(UsageProblem) as caught:
        read(tmp_path, document)
    assert caught.value.message.startswith(f"{tmp_path / 'stream.json'}: {line}")
    assert caught.value.hint


@pytest.mark.parametrize("destination", ["Splunk", "Redshift", "HttpEndpoint", "Snowflake", "Iceberg"])
def test_a_stream_that_delivers_elsewhere_is_refused(tmp_path: Path, destination: str) -> None:
    with pytest.raises(UsageProblem, match="it has no destination in S3"):
        read(tmp_path, {f"{destination}DestinationConfiguration": {"RoleARN": ROLE}})


def test_no_name_of_the_api_is_taken_for_a_slip(tmp_path: Path) -> None:
    service: Any = Session().get_service_model("firehose")
    for outer, inner in (
        ("CreateDeliveryStreamInput", "ExtendedS3DestinationConfiguration"),
        ("DeliveryStreamDescription", "ExtendedS3DestinationDescription"),
    ):
        document: dict[str, Any] = dict.fromkeys(service.shape_for(outer).members)
        document |= {inner: dict.fromkeys(service.shape_for(inner).members)}
        assert len(document) > 5
        assert read(tmp_path, document) == StreamConfiguration()


def test_the_command_prices_the_stream(clickgen: CommandLine, tmp_path: Path) -> None:
    members = {
        **HINTS,
        "DynamicPartitioningConfiguration": {"Enabled": True},
        "DataFormatConversionConfiguration": {"Enabled": True},
        **processing({"Type": "MetadataExtraction"}, lambda_with()),
    }
    file = tmp_path / "stream.json"
    file.write_text(json.dumps(created(**members)))
    arguments = ("cost", "--rate", "100", "--stream-config", str(file))
    found = clickgen.run(*arguments, "--json").json
    names = [line["name"] for line in found["firehose"]["lines"]]
    assert names == [
        "ingestion",
        "format conversion",
        "partitioning",
        "partitioned objects",
        "Lambda requests",
        "S3 PUT and LIST",
        "S3 GET",
        "S3 storage",
    ]
    assert found["extras"] == []
    assert found["unpackable"].startswith("its transform Lambda")
    assert [note.partition(" is not ")[0] for note in found["notes"][1:]] == ["jq", "the Lambda's run time"]
    known = clickgen.run(*arguments, "--json", "--jq-hours", "3", "--lambda-gb-seconds", "0.1").json
    dearer = known["total_usd"] - found["total_usd"]
    calls = next(line["unpacked"] for line in found["firehose"]["lines"] if line["name"] == "Lambda requests")
    assert dearer == pytest.approx(3 * 0.07 + calls * 0.1 * 0.0000166667)
    assert len(known["notes"]) == 1
    split = clickgen.run(*arguments, "--json", "--partitions", "8").json
    objects = [
        next(line["unpacked"] for line in one["firehose"]["lines"] if line["name"] == "partitioned objects")
        for one in (found, split)
    ]
    assert objects[1] == 8 * objects[0]


@pytest.mark.parametrize("option", ["--partitions", "--jq-hours", "--lambda-gb-seconds"])
def test_an_option_that_the_stream_has_no_use_for_is_refused(
    clickgen: CommandLine, tmp_path: Path, option: str
) -> None:
    (tmp_path / "stream.json").write_text(json.dumps(created()))
    said = clickgen.run("cost", "--events", "5", "--stream-config", str(tmp_path / "stream.json"), option, "2")
    assert said.code == ExitCode.USAGE
    assert f"{option} is about" in said.err


def test_the_region_of_a_described_stream_is_believed(clickgen: CommandLine, tmp_path: Path) -> None:
    document = created() | {"DeliveryStreamARN": "arn:aws:firehose:eu-west-1:123456789012:deliverystream/clicks"}
    (tmp_path / "stream.json").write_text(json.dumps(document))
    arguments = ("cost", "--events", "5", "--stream-config", str(tmp_path / "stream.json"))
    said = clickgen.run(*arguments)
    assert (said.code, said.err) == (0, "warning: the prices are those of us-east-1; eu-west-1 may be dearer\n")
    assert clickgen.run(*arguments, "--region", "us-east-1").err == ""


def test_a_bad_file_is_a_usage_error(clickgen: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "stream.json").write_text("{")
    said = clickgen.run("cost", "--events", "5", "--stream-config", str(tmp_path / "stream.json"))
    assert said.code == ExitCode.USAGE
    assert "not a JSON file" in said.err
