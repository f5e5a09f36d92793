"""The shapes of Athena's requests (botocore, athena 2017-05-18)."""

from typing import Annotated, Any

from pydantic import Field

from clickgen.local.platform.shapes import Shape

Id = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^\S+\z")]
GroupName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9._-]{1,128}\z")]
Sql = Annotated[str, Field(min_length=1, max_length=262_144)]
TagList = list[dict[str, str]]


class Context(Shape):
    """`QueryExecutionContext`: where names without a database are."""

    Database: Annotated[str, Field(min_length=1, max_length=255)] | None = None
    Catalog: Annotated[str, Field(min_length=1, max_length=256)] | None = None


class ResultPlace(Shape):
    """`ResultConfiguration`; encryption and the like are kept and reported."""

    OutputLocation: str | None = None


class Start(Shape):
    """StartQueryExecution."""

    QueryString: Sql
    ClientRequestToken: Annotated[str, Field(min_length=32, max_length=128)] | None = None
    QueryExecutionContext: Context | None = None
    ResultConfiguration: ResultPlace | None = None
    WorkGroup: GroupName | None = None
    ExecutionParameters: Annotated[list[str], Field(min_length=1)] | None = None


class OneExecution(Shape):
    """GetQueryExecution and StopQueryExecution."""

    QueryExecutionId: Id


class ReadResults(OneExecution):
    """GetQueryResults."""

    MaxResults: Annotated[int, Field(ge=1, le=100_000)] | None = None
    NextToken: Annotated[str, Field(min_length=1, max_length=1024)] | None = None


class SomeExecutions(Shape):
    """BatchGetQueryExecution."""

    QueryExecutionIds: Annotated[list[Id], Field(min_length=1, max_length=50)]


class Page(Shape):
    """A page of any list."""

    MaxResults: Annotated[int, Field(ge=0, le=50)] | None = None
    NextToken: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    WorkGroup: GroupName | None = None


class CreateGroup(Shape):
    """CreateWorkGroup."""

    Name: GroupName
    Configuration: dict[str, Any] | None = None
    Description: Annotated[str, Field(max_length=1024)] | None = None
    Tags: TagList | None = None


class OneGroup(Shape):
    """GetWorkGroup and DeleteWorkGroup."""

    WorkGroup: GroupName
    RecursiveDeleteOption: bool | None = None


class UpdateGroup(Shape):
    """UpdateWorkGroup."""

    WorkGroup: GroupName
    Description: Annotated[str, Field(max_length=1024)] | None = None
    ConfigurationUpdates: dict[str, Any] | None = None
    State: Annotated[str, Field(pattern=r"^(ENABLED|DISABLED)\z")] | None = None


class CreateNamed(Shape):
    """CreateNamedQuery."""

    Name: Annotated[str, Field(min_length=1, max_length=128)]
    Database: Annotated[str, Field(min_length=1, max_length=255)]
    QueryString: Sql
    Description: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    WorkGroup: GroupName | None = None


class OneNamed(Shape):
    """GetNamedQuery and DeleteNamedQuery."""

    NamedQueryId: Id


class SomeNamed(Shape):
    """BatchGetNamedQuery."""

    NamedQueryIds: Annotated[list[Id], Field(min_length=1, max_length=50)]


class OneTable(Shape):
    """GetTableMetadata."""

    CatalogName: str
    DatabaseName: str
    TableName: str


class ListTables(Page):
    """ListTableMetadata."""

    CatalogName: str
    DatabaseName: str
    Expression: str | None = None


class OneDatabase(Shape):
    """GetDatabase."""

    CatalogName: str
    DatabaseName: str


class OneResource(Shape):
    """ListTagsForResource."""

    ResourceARN: str


class TagResource(OneResource):
    """TagResource."""

    Tags: TagList


class UntagResource(OneResource):
    """UntagResource."""

    TagKeys: list[str]
