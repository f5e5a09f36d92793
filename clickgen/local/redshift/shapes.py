"""The shapes of requests of the Data API and of Redshift Serverless (botocore)."""

from typing import Annotated

from pydantic import Field

from clickgen.local.platform.shapes import Shape

_Sql = Annotated[str, Field(min_length=1, max_length=100_000)]
_Name = Annotated[str, Field(min_length=3, max_length=64, pattern=r"^[a-z0-9-]+\z")]


class Target(Shape):
    """Which database is asked: of a workgroup or a cluster."""

    Database: Annotated[str, Field(min_length=1, max_length=64)]
    WorkgroupName: Annotated[str, Field(min_length=3, max_length=128)] | None = None
    ClusterIdentifier: Annotated[str, Field(max_length=63)] | None = None
    DbUser: str | None = None
    SecretArn: str | None = None


class Parameter(Shape):
    """A value for a `:name`."""

    name: str
    value: Annotated[str, Field(min_length=1)]


class Execute(Target):
    """ExecuteStatement."""

    Sql: _Sql
    Parameters: Annotated[list[Parameter], Field(min_length=1)] | None = None
    StatementName: Annotated[str, Field(max_length=500)] | None = None
    ClientToken: Annotated[str, Field(min_length=1, max_length=64)] | None = None
    ResultFormat: str | None = None
    SessionId: str | None = None
    SessionKeepAliveSeconds: int | None = None


class BatchExecute(Target):
    """BatchExecuteStatement."""

    Sqls: Annotated[list[_Sql], Field(min_length=1, max_length=40)]
    Parameters: Annotated[list[Parameter], Field(min_length=1)] | None = None
    StatementName: Annotated[str, Field(max_length=500)] | None = None
    ClientToken: Annotated[str, Field(min_length=1, max_length=64)] | None = None


class OneStatement(Shape):
    """DescribeStatement and CancelStatement."""

    Id: str


class ReadResult(OneStatement):
    """GetStatementResult."""

    NextToken: str | None = None


class ListStatements(Shape):
    """ListStatements."""

    Status: str | None = None
    StatementName: str | None = None
    MaxResults: Annotated[int, Field(ge=0, le=100)] | None = None
    NextToken: str | None = None


class ListTables(Target):
    """ListTables and ListSchemas."""

    SchemaPattern: str | None = None
    TablePattern: str | None = None


class DescribeTable(Target):
    """DescribeTable."""

    Schema: str | None = None
    Table: str | None = None


class Workgroup(Shape):
    """CreateWorkgroup; what is not named here is kept and reported."""

    name: _Name = Field(alias="workgroupName")


class Namespace(Shape):
    """CreateNamespace; what is not named here is kept and reported."""

    name: _Name = Field(alias="namespaceName")


class Credentials(Shape):
    """GetCredentials."""

    workgroup: str | None = Field(None, alias="workgroupName")
    database: str | None = Field(None, alias="dbName")
