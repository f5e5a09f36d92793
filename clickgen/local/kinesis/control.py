"""The actions that create, describe, change and delete Kinesis streams."""

from bisect import bisect_right
from typing import Any

from clickgen.local.kinesis.limits import (
    DEFAULT_RETENTION_HOURS,
    MAX_RETENTION_HOURS,
    MAX_STREAM_SHARDS,
    ON_DEMAND_SHARDS,
)
from clickgen.local.kinesis.shapes import (
    CreateRequest,
    DescribeRequest,
    EncryptionRequest,
    ListStreamsRequest,
    ModeRequest,
    OfStream,
    RecordSizeRequest,
    RetentionRequest,
)
from clickgen.local.kinesis.shards import check_shard_count, described_shards
from clickgen.local.kinesis.stream import Stream, StreamState
from clickgen.local.kinesis.streams import Streams
from clickgen.local.platform.errors import invalid_argument, validation_errors
from clickgen.local.platform.service import Answer, Call
from clickgen.local.platform.shapes import Shape, parse


class StreamControl:
    """The control plane of one lake's streams."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams

    def create(self, call: Call) -> Answer:
        """CreateStream."""
        request = parse(CreateRequest, call.body)
        _refuse_others(request)
        mode = request.StreamModeDetails.StreamMode if request.StreamModeDetails else "PROVISIONED"
        if mode == "PROVISIONED" and request.ShardCount is None:
            raise validation_errors(
                ["ShardCount is required for a stream in PROVISIONED mode; give one, or the mode ON_DEMAND"]
            )
        count = request.ShardCount or ON_DEMAND_SHARDS
        check_shard_count(count)
        state = StreamState(
            name=request.StreamName,
            region=call.region,
            folder="",
            created=self._streams.now(),
            mode=mode,
            record_kib=request.MaxRecordSizeInKiB,
            tags=request.Tags or {},
            shards=[],
        )
        self._streams.create(state, count)
        return {}

    def delete(self, call: Call) -> Answer:
        """DeleteStream; there are no consumers that could forbid it."""
        stream = self._streams.named(call.body)
        if stream.state.status != "DELETING":
            self._streams.delete(stream)
        return {}

    def describe(self, call: Call) -> Answer:
        """DescribeStream: status, settings and a page of shards."""
        request = parse(DescribeRequest, call.body)
        stream = self._streams.named(call.body)
        shards = described_shards(stream.shards.values())
        after = request.ExclusiveStartShardId
        if after is not None:
            shards = [shard for shard in shards if shard["ShardId"] > after]
        page = shards[: request.Limit]
        return {
            "StreamDescription": _described(stream) | {"Shards": page, "HasMoreShards": len(page) < len(shards)}
        }

    def summary(self, call: Call) -> Answer:
        """DescribeStreamSummary: status and settings."""
        parse(OfStream, call.body)
        stream = self._streams.named(call.body)
        counts = {
            "OpenShardCount": len(stream.open_shards),
            "ConsumerCount": 0,
            "MaxRecordSizeInKiB": stream.state.record_kib,
        }
        return {"StreamDescriptionSummary": _described(stream) | counts}

    def list(self, call: Call) -> Answer:
        """ListStreams: names in alphabetical order, a page at a time."""
        request = parse(ListStreamsRequest, call.body)
        names = self._streams.names
        after = request.NextToken or request.ExclusiveStartStreamName
        begin = bisect_right(names, after) if after is not None else 0
        page = names[begin : begin + request.Limit]
        more = begin + len(page) < len(names)
        answer: dict[str, Any] = {
            "StreamNames": page,
            "HasMoreStreams": more,
            "StreamSummaries": [
                {
                    "StreamName": stream.state.name,
                    "StreamARN": stream.state.arn,
                    "StreamStatus": stream.state.status,
                    "StreamModeDetails": {"StreamMode": stream.state.mode},
                    "StreamCreationTimestamp": stream.state.created,
                }
                for stream in map(self._streams.find, page)
            ],
        }
        return answer | ({"NextToken": page[-1]} if more else {})

    def limits(self, _call: Call) -> Answer:
        """DescribeLimits."""
        streams = [self._streams.find(name) for name in self._streams.names]
        return {
            "ShardLimit": MAX_STREAM_SHARDS,
            "OpenShardCount": sum(len(stream.open_shards) for stream in streams),
            "OnDemandStreamCount": sum(stream.state.mode == "ON_DEMAND" for stream in streams),
            "OnDemandStreamCountLimit": MAX_STREAM_SHARDS,
        }

    def increase_retention(self, call: Call) -> Answer:
        """IncreaseStreamRetentionPeriod."""
        return self._set_retention(call, 1)

    def decrease_retention(self, call: Call) -> Answer:
        """DecreaseStreamRetentionPeriod."""
        return self._set_retention(call, -1)

    def _set_retention(self, call: Call, direction: int) -> Answer:
        hours = parse(RetentionRequest, call.body).RetentionPeriodHours
        stream = self._streams.active(call.body)
        now = stream.state.retention_hours
        if not DEFAULT_RETENTION_HOURS <= hours <= MAX_RETENTION_HOURS:
            raise invalid_argument(
                f"Retention period must be from {DEFAULT_RETENTION_HOURS} to {MAX_RETENTION_HOURS} hours,"
                f" not {hours}."
            )
        if (hours - now) * direction < 0:
            wanted = "longer" if direction > 0 else "shorter"
            raise invalid_argument(
                f"Requested retention period ({hours} hours) for stream {stream.state.name} must be {wanted} than"
                f" its existing retention period ({now} hours)."
            )
        stream.state.retention_hours = hours
        self._streams.updating(stream)
        return {}

    def start_encryption(self, call: Call) -> Answer:
        """StartStreamEncryption: accepted and reported; the logs stay readable."""
        request = parse(EncryptionRequest, call.body)
        stream = self._streams.active(call.body)
        stream.state.key_id = request.KeyId if request.EncryptionType == "KMS" else None
        self._streams.updating(stream)
        return {}

    def stop_encryption(self, call: Call) -> Answer:
        """StopStreamEncryption."""
        parse(EncryptionRequest, call.body)
        stream = self._streams.active(call.body)
        stream.state.key_id = None
        self._streams.updating(stream)
        return {}

    def set_mode(self, call: Call) -> Answer:
        """UpdateStreamMode; the shards stay as they are."""
        request = parse(ModeRequest, call.body)
        _refuse_others(request)
        stream = self._streams.active(call.body)
        stream.state.mode = request.StreamModeDetails.StreamMode
        self._streams.updating(stream)
        return {}

    def set_record_size(self, call: Call) -> Answer:
        """UpdateMaxRecordSize."""
        request = parse(RecordSizeRequest, call.body)
        stream = self._streams.active(call.body)
        stream.state.record_kib = request.MaxRecordSizeInKiB
        self._streams.updating(stream)
        return {}


def _described(stream: Stream) -> dict[str, Any]:
    state = stream.state
    return {
        "StreamName": state.name,
        "StreamARN": state.arn,
        "StreamStatus": state.status,
        "StreamModeDetails": {"StreamMode": state.mode},
        "RetentionPeriodHours": state.retention_hours,
        "StreamCreationTimestamp": state.created,
        "EnhancedMonitoring": [{"ShardLevelMetrics": []}],
        "EncryptionType": "KMS" if state.key_id else "NONE",
    } | ({"KeyId": state.key_id} if state.key_id else {})


def _refuse_others(request: Shape) -> None:
    """InvalidArgumentException if the request has members that would be ignored."""
    others = sorted(request.model_extra or {})
    if others:
        raise invalid_argument(f"The embedded pipeline does not do {', '.join(others)}.")
