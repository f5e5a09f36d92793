"""The shapes of Kinesis requests with the constraints of the API model (botocore, kinesis 2013-12-02)."""

from typing import Annotated, Literal

from pydantic import Field

from clickgen.local.kinesis.limits import DEFAULT_RECORD_KIB, MAX_PAGE_RECORDS
from clickgen.local.platform.shapes import Shape

Name = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z0-9_.-]+\z")]
Shard = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[a-zA-Z0-9_.-]+\z")]
HashKeyText = Annotated[str, Field(pattern=r"^(0|([1-9][0-9]{0,38}))\z")]
RecordKib = Annotated[int, Field(ge=DEFAULT_RECORD_KIB, le=10_240)]
PageLimit = Annotated[int, Field(ge=1, le=MAX_PAGE_RECORDS)]
Count = Annotated[int, Field(ge=1)]
TagKey = Annotated[str, Field(min_length=1, max_length=128)]
TagMap = Annotated[dict[TagKey, Annotated[str, Field(max_length=256)]], Field(min_length=1)]
Seconds = int | float


class Mode(Shape):
    """`StreamModeDetails`."""

    StreamMode: Literal["PROVISIONED", "ON_DEMAND"]


class OfStream(Shape):
    """What names a stream; the registry asks for one of the two."""

    StreamName: Name | None = None
    StreamARN: str | None = None


class CreateRequest(Shape):
    """CreateStream."""

    StreamName: Name
    ShardCount: Count | None = None
    StreamModeDetails: Mode | None = None
    Tags: TagMap | None = None
    MaxRecordSizeInKiB: RecordKib = DEFAULT_RECORD_KIB


class DescribeRequest(OfStream):
    """DescribeStream."""

    Limit: PageLimit = 100
    ExclusiveStartShardId: Shard | None = None


class ListStreamsRequest(Shape):
    """ListStreams."""

    Limit: PageLimit = 100
    ExclusiveStartStreamName: Name | None = None
    NextToken: str | None = None


class Filter(Shape):
    """Which shards ListShards gives."""

    Type: Literal[
        "AFTER_SHARD_ID", "AT_TRIM_HORIZON", "FROM_TRIM_HORIZON", "AT_LATEST", "AT_TIMESTAMP", "FROM_TIMESTAMP"
    ]
    ShardId: Shard | None = None
    Timestamp: Seconds | None = None


class ListShardsRequest(OfStream):
    """ListShards."""

    NextToken: str | None = None
    ExclusiveStartShardId: Shard | None = None
    MaxResults: PageLimit = 1000
    ShardFilter: Filter | None = None


class RetentionRequest(OfStream):
    """IncreaseStreamRetentionPeriod, DecreaseStreamRetentionPeriod."""

    RetentionPeriodHours: int


class EncryptionRequest(OfStream):
    """StartStreamEncryption, StopStreamEncryption."""

    EncryptionType: Literal["NONE", "KMS"]
    KeyId: Annotated[str, Field(min_length=1, max_length=2048)]


class ModeRequest(OfStream):
    """UpdateStreamMode."""

    StreamModeDetails: Mode


class RecordSizeRequest(OfStream):
    """UpdateMaxRecordSize."""

    MaxRecordSizeInKiB: RecordKib


class SplitRequest(OfStream):
    """SplitShard."""

    ShardToSplit: Shard
    NewStartingHashKey: HashKeyText


class MergeRequest(OfStream):
    """MergeShards."""

    ShardToMerge: Shard
    AdjacentShardToMerge: Shard


class ShardCountRequest(OfStream):
    """UpdateShardCount."""

    TargetShardCount: Count
    ScalingType: Literal["UNIFORM_SCALING"]


class AddTagsRequest(OfStream):
    """AddTagsToStream."""

    Tags: TagMap


class RemoveTagsRequest(OfStream):
    """RemoveTagsFromStream."""

    TagKeys: Annotated[list[TagKey], Field(min_length=1, max_length=50)]


class ListTagsRequest(OfStream):
    """ListTagsForStream."""

    ExclusiveStartTagKey: TagKey | None = None
    Limit: Annotated[int, Field(ge=1, le=50)] = 50


class ResourceRequest(Shape):
    """TagResource, UntagResource, ListTagsForResource."""

    ResourceARN: str
    Tags: TagMap | None = None
    TagKeys: list[TagKey] | None = None


class IteratorRequest(OfStream):
    """GetShardIterator."""

    ShardId: Shard
    ShardIteratorType: Literal[
        "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "TRIM_HORIZON", "LATEST", "AT_TIMESTAMP"
    ]
    StartingSequenceNumber: str | None = None
    Timestamp: Seconds | None = None


class GetRecordsRequest(OfStream):
    """GetRecords."""

    ShardIterator: Annotated[str, Field(min_length=1, max_length=512)]
    Limit: PageLimit = MAX_PAGE_RECORDS
