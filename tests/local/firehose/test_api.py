"""The embedded Firehose answers as the service does: boto3 against `clickgen local serve`."""

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clickgen.local.firehose import limits, pipeline
from clickgen.local.firehose.control import new_state
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.lake import Lake
from clickgen.sink.firehose import LIMITS
from tests.local.firehose.asked import PLACE, create, refused
from tests.support.local_server import LocalServer, client_of, objects_in, serving, until, until_active

if TYPE_CHECKING:
    from types_boto3_firehose import FirehoseClient


def test_a_new_stream_is_described_as_the_service_would(firehose: "FirehoseClient") -> None:
    arn = create(
        firehose,
        "described",
        Prefix="clicks/",
        ErrorOutputPrefix="bad/",
        BufferingHints={"SizeInMBs": 7, "IntervalInSeconds": 60},
        CompressionFormat="GZIP",
        CustomTimeZone="Europe/Berlin",
        FileExtension=".json.gz",
    )
    assert arn == "arn:aws:firehose:eu-west-1:000000000000:deliverystream/described"
    described = firehose.describe_delivery_stream(DeliveryStreamName="described")["DeliveryStreamDescription"]
    assert described["DeliveryStreamARN"] == arn
    assert (described["DeliveryStreamStatus"], described["DeliveryStreamType"]) == ("CREATING", "DirectPut")
    assert (described["VersionId"], described["HasMoreDestinations"]) == ("1", False)
    assert abs(described["CreateTimestamp"].timestamp() - time.time()) < 60
    (destination,) = described["Destinations"]
    for member in ("S3DestinationDescription", "ExtendedS3DestinationDescription"):
        s3: Any = destination[member]
        assert s3["BufferingHints"] == {"SizeInMBs": 7, "IntervalInSeconds": 60}
        assert (s3["Prefix"], s3["ErrorOutputPrefix"], s3["CompressionFormat"]) == ("clicks/", "bad/", "GZIP")
        assert s3["EncryptionConfiguration"] == {"NoEncryptionConfig": "NoEncryption"}
    extended = destination["ExtendedS3DestinationDescription"]
    assert (extended["CustomTimeZone"], extended["FileExtension"]) == ("Europe/Berlin", ".json.gz")


def test_defaults_are_those_of_the_service(firehose: "FirehoseClient") -> None:
    firehose.create_delivery_stream(DeliveryStreamName="plain", S3DestinationConfiguration=PLACE)  # type: ignore[arg-type]
    (destination,) = firehose.describe_delivery_stream(DeliveryStreamName="plain")["DeliveryStreamDescription"][
        "Destinations"
    ]
    extended = destination["ExtendedS3DestinationDescription"]
    assert extended["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert extended["CompressionFormat"] == "UNCOMPRESSED"
    assert "Prefix" not in extended


def test_streams_are_listed_in_pages(tmp_path: Path) -> None:
    names = [f"stream-{number:02d}" for number in range(12)]
    options = [word for name in reversed(names) for word in ("--stream", name)]
    with serving(tmp_path / "lake", *options) as server, client_of(server.endpoint) as client:
        first = client.list_delivery_streams()
        assert (first["DeliveryStreamNames"], first["HasMoreDeliveryStreams"]) == (names[:10], True)
        rest = client.list_delivery_streams(ExclusiveStartDeliveryStreamName=names[9], Limit=2)
        assert (rest["DeliveryStreamNames"], rest["HasMoreDeliveryStreams"]) == (names[10:], False)
        assert client.list_delivery_streams(DeliveryStreamType="MSKAsSource")["DeliveryStreamNames"] == []


def test_a_deleted_stream_delivers_what_it_took_and_its_name_is_free_again(
    server: LocalServer, firehose: "FirehoseClient"
) -> None:
    create(firehose, "leaving", Prefix="leaving/")
    until_active(firehose, "leaving")
    firehose.put_record(DeliveryStreamName="leaving", Record={"Data": b"last words"})
    firehose.delete_delivery_stream(DeliveryStreamName="leaving")
    until(lambda: "leaving" not in firehose.list_delivery_streams(Limit=100)["DeliveryStreamNames"])
    (path,) = (server.lake / "lake").glob("leaving*/**/leaving-*")
    assert path.read_bytes() == b"last words"
    create(firehose, "leaving")


def test_an_account_has_so_many_streams_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "MAX_STREAMS", 1)
    first, second = (
        new_state({"DeliveryStreamName": name, "S3DestinationConfiguration": PLACE}, "us-east-1")
        for name in ("a", "b")
    )

    async def create_two() -> None:
        lake = Lake(tmp_path)
        lake.hold()
        streams = pipeline.EmbeddedPipeline(lake)
        streams.create(first)
        with pytest.raises(ServiceError) as caught:
            streams.create(second)
        assert caught.value.code == "LimitExceededException"
        await streams.close()
        lake.release()

    asyncio.run(create_two())


def test_every_record_of_a_batch_is_acknowledged_with_an_id_of_its_own(firehose: "FirehoseClient") -> None:
    answer = firehose.put_record_batch(
        DeliveryStreamName="clicks", Records=[{"Data": b"%d\n" % number} for number in range(500)]
    )
    assert answer["FailedPutCount"] == 0
    assert len({response["RecordId"] for response in answer["RequestResponses"]}) == 500
    single = firehose.put_record(DeliveryStreamName="clicks", Record={"Data": b"x"})
    assert single["RecordId"]
    assert single["ResponseMetadata"]["RequestId"]


def test_the_largest_call_passes_and_one_byte_or_record_more_fails_whole(tmp_path: Path) -> None:
    with serving(tmp_path / "lake", "--stream", "clicks") as server, client_of(server.endpoint) as client:

        def put(*sizes: int) -> Any:
            return client.put_record_batch(
                DeliveryStreamName="clicks", Records=[{"Data": bytes(size)} for size in sizes]
            )

        largest = limits.MAX_RECORD_BYTES
        rest = limits.MAX_CALL_BYTES - 4 * largest
        assert put(largest, largest, largest, largest, rest)["FailedPutCount"] == 0
        assert refused(put_of(put, largest, largest, largest, largest, rest + 1)) == (
            "InvalidArgumentException",
            "Records size exceeds 4 MB limit",
            400,
        )
        code, message, _ = refused(put_of(put, 1, largest + 1))
        assert code == "ValidationException"
        assert "'records.2.member.data'" in message
        assert "length less than or equal to 1024000" in message
        assert put(*[0] * 500)["FailedPutCount"] == 0
        code, message, _ = refused(put_of(put, *[1] * 501))
        assert code == "ValidationException"
        assert (
            "'records' failed to satisfy constraint: Member must have length less than or equal to 500" in message
        )
        assert refused(put_of(put, *[largest] * 26))[:2] == (
            "InvalidArgumentException",
            "Records size exceeds 4 MB limit",
        )
        assert server.stop() == 0
        (path,) = objects_in(server.lake)
        assert path.stat().st_size == limits.MAX_CALL_BYTES


def put_of(put: Any, *sizes: int) -> Any:
    return lambda: put(*sizes)


def test_the_sender_and_the_witness_agree_on_the_limits() -> None:
    assert (LIMITS.records, LIMITS.record_bytes, LIMITS.call_bytes) == (
        limits.MAX_RECORDS_A_CALL,
        limits.MAX_RECORD_BYTES,
        limits.MAX_CALL_BYTES,
    )
