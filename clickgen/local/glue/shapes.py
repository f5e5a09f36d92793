"""The shapes of Glue's requests that the embedded pipeline reads (botocore, glue 2017-03-31).

A table is kept as it was given, with members that are not named here. Names become lower case, as in Glue.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from clickgen.local.platform.shapes import Shape

AnyName = Annotated[str, Field(min_length=1, max_length=255)]
EntityName = Annotated[AnyName, AfterValidator(str.lower)]
ParameterMap = dict[str, str]
PageSize = Annotated[int, Field(ge=1, le=1000)] | None
ValueTexts = list[Annotated[str, Field(max_length=1024)]]
Behaviour = Literal["LOG", "UPDATE_IN_DATABASE", "DELETE_FROM_DATABASE", "DEPRECATE_IN_DATABASE"]
TagMap = Annotated[dict[str, str], Field(max_length=50)]


class Column(Shape):
    """A column, or a key of partitions."""

    Name: AnyName
    Type: str | None = None


class Storage(Shape):
    """`StorageDescriptor`; what is not named here is kept and given back."""

    Columns: list[Column] | None = None
    Location: Annotated[str, Field(max_length=2056)] | None = None
    InputFormat: str | None = None
    OutputFormat: str | None = None
    Compressed: bool | None = None
    SerdeInfo: dict[str, Any] | None = None
    Parameters: ParameterMap | None = None


class DatabaseGiven(Shape):
    """What is given of a database."""

    Name: EntityName
    Description: str | None = None
    LocationUri: str | None = None
    Parameters: ParameterMap | None = None


class CreateDatabase(Shape):
    """CreateDatabase."""

    DatabaseInput: DatabaseGiven
    Tags: TagMap | None = None


class UpdateDatabase(Shape):
    """UpdateDatabase."""

    Name: EntityName
    DatabaseInput: DatabaseGiven


class OneDatabase(Shape):
    """GetDatabase and DeleteDatabase."""

    Name: EntityName


class Page(Shape):
    """A page of any list."""

    NextToken: str | None = None
    MaxResults: PageSize = None


class TableGiven(Shape):
    """What is given of a table."""

    Name: EntityName
    StorageDescriptor: Storage | None = None
    PartitionKeys: list[Column] | None = None
    Parameters: ParameterMap | None = None
    TableType: str | None = None


class WriteTable(Shape):
    """CreateTable and UpdateTable."""

    DatabaseName: EntityName
    TableInput: TableGiven
    SkipArchive: bool | None = None


class OneTable(Shape):
    """GetTable and DeleteTable."""

    DatabaseName: EntityName
    Name: EntityName


class ListTables(Page):
    """GetTables; `Expression` is a pattern of names."""

    DatabaseName: EntityName
    Expression: str | None = None


class DeleteTables(Shape):
    """BatchDeleteTable."""

    DatabaseName: EntityName
    TablesToDelete: Annotated[list[EntityName], Field(max_length=100)]


class OfTable(Page):
    """What belongs to one table: its versions, its partition indexes."""

    DatabaseName: EntityName
    TableName: EntityName


class PartitionGiven(Shape):
    """What is given of a partition."""

    Values: ValueTexts
    StorageDescriptor: Storage | None = None
    Parameters: ParameterMap | None = None


class CreatePartition(OfTable):
    """CreatePartition."""

    PartitionInput: PartitionGiven


class CreatePartitions(OfTable):
    """BatchCreatePartition."""

    PartitionInputList: Annotated[list[PartitionGiven], Field(max_length=100)]


class OnePartition(OfTable):
    """GetPartition and DeletePartition."""

    PartitionValues: ValueTexts


class UpdatePartition(OfTable):
    """UpdatePartition; the values may change."""

    PartitionValueList: Annotated[ValueTexts, Field(max_length=100)]
    PartitionInput: PartitionGiven


class ValueList(Shape):
    """The values of one partition among several."""

    Values: ValueTexts


class DeletePartitions(OfTable):
    """BatchDeletePartition."""

    PartitionsToDelete: Annotated[list[ValueList], Field(max_length=25)]


class SomePartitions(OfTable):
    """BatchGetPartition."""

    PartitionsToGet: Annotated[list[ValueList], Field(max_length=1000)]


class ScanSegment(Shape):
    """A share of the partitions, for clients that read several at once."""

    SegmentNumber: Annotated[int, Field(ge=0)]
    TotalSegments: Annotated[int, Field(ge=1, le=10)]


class ListPartitions(OfTable):
    """GetPartitions."""

    Expression: Annotated[str, Field(max_length=2048)] | None = None
    Segment: ScanSegment | None = None
    ExcludeColumnSchema: bool | None = None


class OneResource(Shape):
    """GetTags."""

    ResourceArn: str


class TagResource(OneResource):
    """TagResource."""

    TagsToAdd: TagMap


class UntagResource(OneResource):
    """UntagResource."""

    TagsToRemove: Annotated[list[str], Field(max_length=50)]


CrawlerName = Annotated[str, Field(min_length=1, max_length=255)]


class OneCrawler(Shape):
    """GetCrawler, StartCrawler, StopCrawler, DeleteCrawler."""

    Name: CrawlerName


class CrawlerNames(Page):
    """BatchGetCrawlers and GetCrawlerMetrics."""

    CrawlerNames: list[CrawlerName] | None = None
    CrawlerNameList: list[CrawlerName] | None = None


class CrawlerSettings(OneCrawler):
    """What CreateCrawler and UpdateCrawler take alike."""

    Role: str | None = None
    DatabaseName: EntityName | None = None
    Description: Annotated[str, Field(max_length=2048)] | None = None
    Targets: dict[str, list[dict[str, Any]]] | None = None
    Schedule: str | None = None
    Classifiers: list[str] | None = None
    TablePrefix: Annotated[str, Field(max_length=128)] | None = None
    SchemaChangePolicy: dict[str, Behaviour] | None = None
    RecrawlPolicy: dict[str, str] | None = None
    Configuration: str | None = None
    Tags: TagMap | None = None


class CreateCrawler(CrawlerSettings):
    """CreateCrawler."""

    Role: str
    Targets: dict[str, list[dict[str, Any]]]


class UpdateCrawler(CrawlerSettings):
    """UpdateCrawler: only what is given changes."""
