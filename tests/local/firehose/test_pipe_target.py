"""Pipes put records into delivery streams as PutRecordBatch does, within its limits."""

import asyncio

import pytest

from clickgen.local.firehose.control import new_state
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.service import Firehose
from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import FaultBoard, FaultSettings, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import OutgoingRecord
from tests.support.processed_stream import landed

ARN = "arn:aws:firehose:us-east-1:000000000000:deliverystream/clicks"
DESTINATION = {
    "RoleARN": "arn:aws:iam::000000000000:role/r",
    "BucketARN": "arn:aws:s3:::lake",
    "Prefix": "out/",
    "ProcessingConfiguration": {"Enabled": True, "Processors": [{"Type": "AppendDelimiterToRecord"}]},
}


def test_records_are_kept_and_refused_each_for_itself(lake: Lake) -> None:
    board = FaultBoard()

    async def run() -> None:
        pipeline = EmbeddedPipeline(lake)
        firehose = Firehose(pipeline, ServiceFaults(board, "firehose"))
        body = {"DeliveryStreamName": "clicks", "ExtendedS3DestinationConfiguration": DESTINATION}
        pipeline.create(new_state(body, "us-east-1"), at_once=True)
        records = [OutgoingRecord(b"%d" % number) for number in range(5)]
        assert firehose.records.owns(ARN)
        assert not firehose.records.owns(ARN + "2")
        assert firehose.records.put(ARN, []) == []
        assert firehose.records.put(ARN, records) == 5 * [None]
        board.set("firehose:clicks", FaultSettings(throttle=2))
        refused = "ServiceUnavailableException"
        assert firehose.records.put(ARN, records) == [None, None, refused, refused, refused]
        board.set("firehose:clicks", FaultSettings())
        with pytest.raises(ServiceError, match="4 MB"):
            firehose.records.put(ARN, 5 * [OutgoingRecord(b"x" * 1_000_000)])
        assert await firehose.close() == 0

    asyncio.run(run())
    assert landed(lake, "out").split() == [b"0", b"1", b"2", b"3", b"4", b"0", b"1"]
