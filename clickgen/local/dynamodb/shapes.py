"""The shapes of control requests with the constraints of the API models (botocore, 2012-08-10)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from clickgen.local.dynamodb.schema import ProjectionType as Kept
from clickgen.local.dynamodb.schema import ViewType
from clickgen.local.platform.shapes import Shape

Name = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[a-zA-Z0-9_.-]+\z")]
TableRef = Annotated[str, Field(min_length=1, max_length=1024)]
AttributeText = Annotated[str, Field(min_length=1, max_length=255)]
Units = Annotated[int, Field(ge=1)]
PageLimit = Annotated[int, Field(ge=1, le=100)]


class Definition(Shape):
    """One of `AttributeDefinitions`."""

    AttributeName: AttributeText
    AttributeType: Literal["S", "N", "B"]


class KeyElement(Shape):
    """One of `KeySchema`."""

    AttributeName: AttributeText
    KeyType: Literal["HASH", "RANGE"]


Keys = Annotated[list[KeyElement], Field(min_length=1, max_length=2)]


class Throughput(Shape):
    """`ProvisionedThroughput`: accepted and reported, not imposed."""

    ReadCapacityUnits: Units
    WriteCapacityUnits: Units


class ProjectionShape(Shape):
    """What an index has of its items."""

    ProjectionType: Kept
    NonKeyAttributes: Annotated[list[AttributeText], Field(min_length=1, max_length=20)] | None = None


class Index(Shape):
    """A secondary index."""

    IndexName: Name
    KeySchema: Keys
    Projection: ProjectionShape
    ProvisionedThroughput: Throughput | None = None
    OnDemandThroughput: dict[str, Any] | None = None
    WarmThroughput: dict[str, Any] | None = None


class StreamShape(Shape):
    """Whether a table has a stream, and what of items its records have."""

    StreamEnabled: bool
    StreamViewType: ViewType | None = None


class TagPair(Shape):
    """One of `Tags`."""

    Key: Annotated[str, Field(min_length=1, max_length=128)]
    Value: Annotated[str, Field(max_length=256)]


class CreateRequest(Shape):
    """CreateTable."""

    TableName: Name
    AttributeDefinitions: list[Definition]
    KeySchema: Keys
    LocalSecondaryIndexes: list[Index] = Field(default_factory=list)
    GlobalSecondaryIndexes: list[Index] = Field(default_factory=list)
    BillingMode: Literal["PROVISIONED", "PAY_PER_REQUEST"] = "PROVISIONED"
    ProvisionedThroughput: Throughput | None = None
    StreamSpecification: StreamShape | None = None
    SSESpecification: dict[str, Any] | None = None
    Tags: list[TagPair] = Field(default_factory=list)
    TableClass: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] | None = None
    DeletionProtectionEnabled: bool = False
    OnDemandThroughput: dict[str, Any] | None = None
    WarmThroughput: dict[str, Any] | None = None


class DeletedIndex(Shape):
    """An index to delete."""

    IndexName: Name


class IndexUpdate(Shape):
    """One of `GlobalSecondaryIndexUpdates`."""

    Create: Index | None = None
    Delete: DeletedIndex | None = None
    Update: dict[str, Any] | None = None


class UpdateRequest(Shape):
    """UpdateTable."""

    TableName: TableRef
    AttributeDefinitions: list[Definition] = Field(default_factory=list)
    BillingMode: Literal["PROVISIONED", "PAY_PER_REQUEST"] | None = None
    ProvisionedThroughput: Throughput | None = None
    GlobalSecondaryIndexUpdates: list[IndexUpdate] = Field(default_factory=list)
    StreamSpecification: StreamShape | None = None
    SSESpecification: dict[str, Any] | None = None
    TableClass: Literal["STANDARD", "STANDARD_INFREQUENT_ACCESS"] | None = None
    DeletionProtectionEnabled: bool | None = None
    OnDemandThroughput: dict[str, Any] | None = None
    WarmThroughput: dict[str, Any] | None = None


class OfTable(Shape):
    """DescribeTable, DeleteTable, DescribeTimeToLive, DescribeContinuousBackups."""

    TableName: TableRef


class ListRequest(Shape):
    """ListTables."""

    ExclusiveStartTableName: Name | None = None
    Limit: PageLimit = 100


class TimeToLive(Shape):
    """Which attribute says when an item ends."""

    Enabled: bool
    AttributeName: AttributeText


class TimeToLiveRequest(OfTable):
    """UpdateTimeToLive."""

    TimeToLiveSpecification: TimeToLive


class Recovery(Shape):
    """Whether a table could be restored to a point in time."""

    PointInTimeRecoveryEnabled: bool
    RecoveryPeriodInDays: int | None = None


class BackupsRequest(OfTable):
    """UpdateContinuousBackups."""

    PointInTimeRecoverySpecification: Recovery


class ResourceRequest(Shape):
    """TagResource, UntagResource, ListTagsOfResource."""

    ResourceArn: str
    Tags: list[TagPair] = Field(default_factory=list)
    TagKeys: list[str] = Field(default_factory=list)


class StreamsRequest(Shape):
    """ListStreams."""

    TableName: Name | None = None
    Limit: PageLimit = 100
    ExclusiveStartStreamArn: str | None = None


class DescribeStreamRequest(Shape):
    """DescribeStream; a stream here has one shard, so that pages and filters change nothing."""

    StreamArn: str
    Limit: PageLimit = 100
    ExclusiveStartShardId: str | None = None
    ShardFilter: dict[str, Any] | None = None


class IteratorRequest(Shape):
    """GetShardIterator."""

    StreamArn: str
    ShardId: Annotated[str, Field(min_length=28, max_length=65)]
    ShardIteratorType: Literal[
        "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER", "AT_TIMESTAMP"
    ]
    SequenceNumber: Annotated[str, Field(min_length=21, max_length=40)] | None = None
    Timestamp: int | float | None = None


class GetRecordsRequest(Shape):
    """GetRecords."""

    ShardIterator: Annotated[str, Field(min_length=1, max_length=2048)]
    Limit: Annotated[int, Field(ge=1, le=1000)] = 1000
