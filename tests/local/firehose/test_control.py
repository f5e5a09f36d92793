"""Creating, changing, tagging and describing streams through boto3."""

from typing import TYPE_CHECKING, Any

import pytest

from clickgen.local.firehose.description import describe
from clickgen.local.firehose.requests import UpdateRequest
from clickgen.local.firehose.update import updated_settings
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.shapes import parse
from tests.local.firehose.asked import (
    CONVERSION,
    FUNCTION,
    LAMBDA,
    PARTITIONED,
    PLACE,
    create,
    extended,
    processing,
    refused,
    state_of,
)
from tests.support.local_server import LocalServer, until, until_active

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient

DESTINATION_ID = "destinationId-000000000001"


def described(client: "FirehoseClient", name: str) -> Any:
    return client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]


def code_of(call: Any, **arguments: Any) -> str:
    return refused(call, **arguments)[0]


def test_a_stream_that_is_being_created_takes_nothing_and_cannot_be_changed(firehose: "FirehoseClient") -> None:
    create(firehose, "new")
    assert described(firehose, "new")["DeliveryStreamStatus"] == "CREATING"
    put = {"DeliveryStreamName": "new", "Record": {"Data": b"early"}}
    assert code_of(firehose.put_record, **put) == "ResourceNotFoundException"
    assert code_of(firehose.delete_delivery_stream, DeliveryStreamName="new") == "ResourceInUseException"
    tags = [{"Key": "a", "Value": "b"}]
    assert code_of(firehose.tag_delivery_stream, DeliveryStreamName="new", Tags=tags) == "ResourceInUseException"
    until_active(firehose, "new")
    assert firehose.put_record(**put)["RecordId"]  # type: ignore[arg-type]


def test_an_update_changes_what_it_names_and_the_version_in_the_key(
    server: LocalServer, firehose: "FirehoseClient"
) -> None:
    create(firehose, "changing", Prefix="before/", BufferingHints={"SizeInMBs": 7, "IntervalInSeconds": 600})
    until_active(firehose, "changing")
    firehose.put_record(DeliveryStreamName="changing", Record={"Data": b"old"})
    change: Any = {
        "DeliveryStreamName": "changing",
        "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": DESTINATION_ID,
        "ExtendedS3DestinationUpdate": {"Prefix": "after/", "CompressionFormat": "Snappy"},
    }
    assert (
        code_of(firehose.update_destination, **{**change, "DestinationId": "other"}) == "InvalidArgumentException"
    )
    firehose.update_destination(**change)
    assert code_of(firehose.update_destination, **change) == "ConcurrentModificationException"
    after = described(firehose, "changing")
    (destination,) = after["Destinations"]
    s3 = destination["ExtendedS3DestinationDescription"]
    assert (after["VersionId"], s3["Prefix"], s3["CompressionFormat"]) == ("2", "after/", "Snappy")
    assert s3["BufferingHints"] == {"SizeInMBs": 7, "IntervalInSeconds": 600}
    assert after["LastUpdateTimestamp"] >= after["CreateTimestamp"]
    firehose.put_record(DeliveryStreamName="changing", Record={"Data": b"new"})
    firehose.delete_delivery_stream(DeliveryStreamName="changing")
    bucket = server.lake / PLACE["BucketARN"].rpartition(":")[2]
    until(lambda: len(list(bucket.rglob("changing-*"))) == 2)
    (old,), (new,) = bucket.glob("before/**/changing-1-*"), bucket.glob("after/**/changing-2-*.snappy")
    assert old.read_bytes() == b"old"
    assert new.read_bytes().startswith(b"\x82SNAPPY\x00")


def test_tags_are_added_replaced_listed_in_pages_and_removed(firehose: "FirehoseClient") -> None:
    body: Any = extended()
    firehose.create_delivery_stream(DeliveryStreamName="tagged", Tags=[{"Key": "team", "Value": "shop"}], **body)
    until_active(firehose, "tagged")
    firehose.tag_delivery_stream(
        DeliveryStreamName="tagged", Tags=[{"Key": "team", "Value": "web"}, {"Key": "bare"}, {"Key": "zone"}]
    )
    first = firehose.list_tags_for_delivery_stream(DeliveryStreamName="tagged", Limit=2)
    assert (first["Tags"], first["HasMoreTags"]) == ([{"Key": "bare"}, {"Key": "team", "Value": "web"}], True)
    firehose.untag_delivery_stream(DeliveryStreamName="tagged", TagKeys=["team", "nobody"])
    rest = firehose.list_tags_for_delivery_stream(DeliveryStreamName="tagged", ExclusiveStartTagKey="bare")
    assert (rest["Tags"], rest["HasMoreTags"]) == ([{"Key": "zone"}], False)
    many: Any = [{"Key": f"k{number}"} for number in range(49)]
    assert (
        code_of(firehose.tag_delivery_stream, DeliveryStreamName="tagged", Tags=many) == "LimitExceededException"
    )


def test_encryption_is_reported_as_it_was_set(firehose: "FirehoseClient") -> None:
    create(firehose, "secret")
    until_active(firehose, "secret")
    key = "arn:aws:kms:eu-west-1:000000000000:key/k"
    firehose.start_delivery_stream_encryption(
        DeliveryStreamName="secret",
        DeliveryStreamEncryptionConfigurationInput={"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key},
    )
    encryption = described(firehose, "secret")["DeliveryStreamEncryptionConfiguration"]
    assert encryption == {"Status": "ENABLED", "KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": key}
    assert firehose.put_record(DeliveryStreamName="secret", Record={"Data": b"x"})["Encrypted"] is True
    firehose.stop_delivery_stream_encryption(DeliveryStreamName="secret")
    assert firehose.put_record_batch(DeliveryStreamName="secret", Records=[{"Data": b"x"}])["Encrypted"] is False
    assert described(firehose, "secret")["DeliveryStreamEncryptionConfiguration"] == {"Status": "DISABLED"}


def update_of(**members: Any) -> UpdateRequest:
    named = {
        "DeliveryStreamName": "clicks",
        "CurrentDeliveryStreamVersionId": "1",
        "DestinationId": DESTINATION_ID,
    }
    return parse(UpdateRequest, {**named, **members})


def test_an_update_merges_conversion_and_replaces_processing() -> None:
    state = state_of(
        extended(
            DataFormatConversionConfiguration=CONVERSION,
            ProcessingConfiguration=processing(LAMBDA, ("AppendDelimiterToRecord", {})),
        ),
    )
    update = {
        "DataFormatConversionConfiguration": {
            "SchemaConfiguration": {"TableName": "visits"},
            "OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {}}},
        },
        "ProcessingConfiguration": {"Enabled": False},
    }
    changed = state.with_changes(settings=updated_settings(state, update_of(ExtendedS3DestinationUpdate=update)))
    conversion = changed.destination.conversion
    assert conversion is not None
    assert (conversion.table.database, conversion.table.table, conversion.extension) == ("shop", "visits", ".orc")
    assert changed.destination.transform is None
    assert changed.settings["ExtendedS3DestinationConfiguration"]["ProcessingConfiguration"] == {"Enabled": False}


BACKED_UP = {
    "ProcessingConfiguration": processing(LAMBDA),
    "S3BackupMode": "Enabled",
    "S3BackupConfiguration": {**PLACE, "Prefix": "raw/"},
}


@pytest.mark.parametrize(
    ("before", "update"),
    [
        (BACKED_UP, {"S3BackupMode": "Disabled"}),
        (PARTITIONED, {"DynamicPartitioningConfiguration": {"Enabled": False}}),
        ({}, {member: PARTITIONED[member] for member in PARTITIONED}),
    ],
)
def test_backup_and_partitioning_cannot_be_switched_by_an_update(
    before: dict[str, Any], update: dict[str, Any]
) -> None:
    state = state_of(extended(**before))
    with pytest.raises(ServiceError, match=r"cannot be disabled|neither enabled nor disabled"):
        updated_settings(state, update_of(ExtendedS3DestinationUpdate=update))


def test_another_kind_of_destination_is_not_merged() -> None:
    state = state_of(extended(Prefix="before/"))
    http = {"EndpointConfiguration": {"Url": "https://example.com/"}, "S3Update": PLACE}
    changed = state.with_changes(settings=updated_settings(state, update_of(HttpEndpointDestinationUpdate=http)))
    assert changed.destination.http is not None
    assert changed.destination.prefix is None


def test_a_lambda_and_a_backup_are_described_with_every_default() -> None:
    state = state_of(extended(**BACKED_UP))
    ((destination,),) = (describe(state)["Destinations"],)
    s3 = destination["ExtendedS3DestinationDescription"]
    (processor,) = s3["ProcessingConfiguration"]["Processors"]
    assert [(one["ParameterName"], one["ParameterValue"]) for one in processor["Parameters"]] == [
        ("LambdaArn", FUNCTION),
        ("NumberOfRetries", "3"),
        ("RoleArn", PLACE["RoleARN"]),
        ("BufferSizeInMBs", "1"),
        ("BufferIntervalInSeconds", "60"),
    ]
    assert (s3["S3BackupMode"], s3["S3BackupDescription"]["Prefix"]) == ("Enabled", "raw/")
    assert s3["S3BackupDescription"]["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert "S3BackupConfiguration" not in s3


def test_other_sources_and_destinations_are_described_without_secrets() -> None:
    kinesis = {"KinesisStreamARN": "arn:aws:kinesis:eu-west-1:000000000000:stream/s", "RoleARN": PLACE["RoleARN"]}
    state = state_of(
        {
            "DeliveryStreamType": "KinesisStreamAsSource",
            "KinesisStreamSourceConfiguration": kinesis,
            "RedshiftDestinationConfiguration": {
                "RoleARN": PLACE["RoleARN"],
                "ClusterJDBCURL": "jdbc:postgresql://127.0.0.1:5432/shop",
                "CopyCommand": {"DataTableName": "clicks"},
                "Username": "loader",
                "Password": "not to be shown",
                "S3Configuration": PLACE,
            },
        },
    )
    whole = describe(state)
    assert whole["Source"]["KinesisStreamSourceDescription"]["KinesisStreamARN"] == kinesis["KinesisStreamARN"]
    redshift = whole["Destinations"][0]["RedshiftDestinationDescription"]
    assert redshift["S3DestinationDescription"]["CompressionFormat"] == "UNCOMPRESSED"
    assert (redshift["Username"], redshift["RetryOptions"]) == ("loader", {"DurationInSeconds": 3600})
    assert "not to be shown" not in str(whole)
    http = state_of(
        {
            "HttpEndpointDestinationConfiguration": {
                "EndpointConfiguration": {"Url": "https://example.com/", "AccessKey": "not to be shown"},
                "S3Configuration": PLACE,
            }
        },
    )
    endpoint = describe(http)["Destinations"][0]["HttpEndpointDestinationDescription"]
    assert endpoint["EndpointConfiguration"] == {"Url": "https://example.com/"}
    assert (endpoint["S3BackupMode"], endpoint["RetryOptions"]) == ("FailedDataOnly", {"DurationInSeconds": 300})
