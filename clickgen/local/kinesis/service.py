"""Kinesis Data Streams as a service of the endpoint."""

import time
from collections.abc import Callable

from clickgen.local.kinesis.control import StreamControl
from clickgen.local.kinesis.links import KinesisRecords
from clickgen.local.kinesis.puts import Puts, throttled
from clickgen.local.kinesis.reads import Reads
from clickgen.local.kinesis.report import report_of
from clickgen.local.kinesis.shards import ShardControl
from clickgen.local.kinesis.streams import Streams, stream_name
from clickgen.local.kinesis.tags import Tagging
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.service import Call, JsonService, StationReport


class Kinesis(JsonService):
    """All Kinesis streams of one lake behind the endpoint. `records` serves the other services."""

    def __init__(
        self, lake: Lake, clock: ServiceClock, board: FaultBoard, now: Callable[[], float] = time.time
    ) -> None:
        """Load the streams; `now` gives times of day. LocalProblem if their state cannot be read."""
        self._streams = Streams(lake, clock, now)
        faults = ServiceFaults(board, "kinesis", throttled=throttled)
        control, shards = StreamControl(self._streams), ShardControl(self._streams)
        tags = Tagging(self._streams)
        puts, reads = Puts(self._streams, faults), Reads(self._streams, faults)
        self.records = KinesisRecords(self._streams, puts, reads)
        super().__init__(
            "kinesis",
            "Kinesis_20131202",
            {
                "AddTagsToStream": tags.add,
                "CreateStream": control.create,
                "DecreaseStreamRetentionPeriod": control.decrease_retention,
                "DeleteStream": control.delete,
                "DescribeLimits": control.limits,
                "DescribeStream": control.describe,
                "DescribeStreamSummary": control.summary,
                "GetRecords": reads.get_records,
                "GetShardIterator": reads.iterator,
                "IncreaseStreamRetentionPeriod": control.increase_retention,
                "ListShards": shards.list,
                "ListStreams": control.list,
                "ListTagsForResource": tags.list_of_resource,
                "ListTagsForStream": tags.list_page,
                "MergeShards": shards.merge,
                "PutRecord": puts.put_record,
                "PutRecords": puts.put_records,
                "RemoveTagsFromStream": tags.remove,
                "SplitShard": shards.split,
                "StartStreamEncryption": control.start_encryption,
                "StopStreamEncryption": control.stop_encryption,
                "TagResource": tags.tag,
                "UntagResource": tags.untag,
                "UpdateMaxRecordSize": control.set_record_size,
                "UpdateShardCount": shards.set_count,
                "UpdateStreamMode": control.set_mode,
            },
            faults=faults,
            faulty=dict.fromkeys(("PutRecord", "PutRecords"), "StreamName"),
        )

    def station_of(self, call: Call) -> str:
        """The name of the stream, also where a call gives its ARN."""
        return stream_name(call.body)

    def reports(self) -> list[StationReport]:
        """What each stream has taken, given and refused."""
        return [report_of(self._streams.find(name)) for name in self._streams.names]

    async def close(self) -> int:
        """Let go of the files; everything acknowledged is in them."""
        self._streams.close()
        return 0
