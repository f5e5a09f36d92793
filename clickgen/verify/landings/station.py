"""The stations of a pipeline, as a file names them: each a place, with the options of the command line for it."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clickgen.model.amounts import seconds_of
from clickgen.model.errors import UsageProblem
from clickgen.profile.section import Span
from clickgen.sink.aws import Access
from clickgen.verify.proof.content.rules import Rules

Words = Annotated[str, Field(min_length=1, max_length=2000)]


class Station(BaseModel):
    """What every station has. The other keys are the options of `clickgen verify PLACE delivery`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    billed: ClassVar[bool] = False  # whether every look costs money

    place: Words = Field(description="What kind of place it is.")
    name: Annotated[str, Field(min_length=1, max_length=40)] = Field(
        description="What it is called in the funnel."
    )


class OnAws(Station):
    """A station in a service of AWS."""

    aws_profile: Words | None = Field(default=None, description="Profile of the AWS configuration to read with.")
    region: Words | None = Field(default=None, description="AWS region.")
    endpoint_url: Words | None = Field(default=None, description="Endpoint to use instead of AWS.")


def access_of(station: OnAws) -> Access:
    """How to reach the service, as far as the station says."""
    return Access(station.region, station.aws_profile, station.endpoint_url)


class Rewritten(Station):
    """A station that may be filled by way of a transform, which changes the events' fields by rule."""

    content: Literal["check", "fields", "ids"] = Field(
        default="check", description="What is compared of an event."
    )
    added: list[Words] = Field(default=[], description="Fields that the transform adds.")
    dropped: list[Words] = Field(default=[], description="Fields that the transform may leave out.")
    renamed: dict[Words, Words] = Field(
        default={}, description="Fields that it renames: the name as sent, and as landed."
    )
    loose_types: bool = Field(default=False, description="Whether a number equals the text that says it.")

    @model_validator(mode="after")
    def _rules_that_hold(self) -> "Rewritten":
        if self.content != "fields" and (self.added or self.dropped or self.renamed or self.loose_types):
            raise ValueError(
                'added, dropped, renamed and loose_types are rules for content = "fields"'
            ) from UsageProblem(
                "--added, --dropped, --renamed and --loose-types are rules for comparing fields",
                "add --content fields",
            )
        try:
            Rules(tuple(self.added), tuple(self.dropped), tuple(self.renamed.items()), self.loose_types)
        except UsageProblem as problem:
            raise ValueError(problem.message) from problem
        return self


class Delivered(OnAws):
    """A station that a Firehose stream may fill with objects."""

    at: Words | None = Field(
        default=None, description="A folder, a file, or s3://bucket/prefix; else where the run delivers to."
    )
    stream: Words | None = Field(
        default=None,
        description="The Firehose stream that delivers here; its prefixes and its error output are looked at.",
    )
    errors: Words | None = Field(
        default=None,
        description="Where error records in the form of Firehose's are kept: a folder, or s3://bucket/prefix.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> "Delivered":
        if self.at is not None and self.stream is not None:
            raise ValueError("name a place (at) or a stream, not both") from UsageProblem(
                "--at and --stream each say where to look", "leave one of them out"
            )
        return self


class S3Station(Delivered, Rewritten):
    """Objects in S3 or in a folder."""

    workers: int | None = Field(default=None, ge=1, le=64, description="Processes that read; else one a core.")
    fresh: bool = Field(default=False, description="Whether to read what was read before once more.")


class FileStation(Rewritten):
    """A file, or a folder of files."""

    at: Words | None = Field(default=None, description="A file or a folder; else the file that the run wrote.")


class KinesisStation(OnAws, Rewritten):
    """A Kinesis stream."""

    stream: Words | None = Field(default=None, description="The stream's name; else the one that the run sent to.")


class DynamoDbStation(OnAws, Rewritten):
    """A DynamoDB table."""

    table: Words | None = Field(default=None, description="The table's name; else the one that the run sent to.")
    id_attribute: Words | None = Field(
        default=None, description="The attribute that holds the id, dots for nesting."
    )
    content: Literal["fields", "ids"] = Field(default="fields", description="What is compared of an event.")


class ParquetStation(Delivered):
    """Parquet files."""

    id_column: Words | None = Field(default=None, description="The column that holds the id, dots for nesting.")


class TableStation(OnAws):
    """A table in an engine that answers SQL."""

    table: Words = Field(description="The table, with its database or schema before it.")
    id_column: Words | None = Field(default=None, description="The column that holds the id, dots for nesting.")
    where: Words | None = Field(default=None, description="SQL that limits which rows are looked at.")
    query_timeout: Span = Field(default="30m", description="How long a query may take.")

    @property
    def timeout_s(self) -> float:
        return seconds_of(self.query_timeout) or 0.0


class AthenaStation(TableStation):
    """A table that Athena queries."""

    billed: ClassVar = True

    workgroup: Words | None = Field(default=None, description="The workgroup of the queries.")
    output: Words | None = Field(default=None, description="Where results go, s3://bucket/prefix.")
    catalog: Words | None = Field(default=None, description="The data catalogue of the table.")


class RedshiftStation(TableStation):
    """A table in Redshift, by its Data API or over a connection."""

    cluster: Words | None = Field(default=None, description="The cluster to query through the Data API.")
    workgroup: Words | None = Field(
        default=None, description="The serverless workgroup to query through the Data API."
    )
    database: Words | None = Field(default=None, description="The database to query through the Data API.")
    secret_arn: Words | None = Field(default=None, description="The secret of the user to connect as.")
    db_user: Words | None = Field(default=None, description="The database user to connect as.")
    dsn: Words | None = Field(default=None, description="Where to connect to instead of asking by the Data API.")
    stream: Words | None = Field(
        default=None, description="The Firehose stream that loads the table; its error output is looked at too."
    )

    @model_validator(mode="after")
    def _one_way(self) -> "RedshiftStation":
        ways = [way for way in (self.cluster, self.workgroup, self.dsn) if way]
        if len(ways) != 1 or bool(self.database) == bool(self.dsn):
            raise ValueError(
                "name a cluster or a workgroup, each with its database, or a dsn by itself"
            ) from UsageProblem(
                "it is not said which Redshift to ask",
                "--cluster NAME or --workgroup NAME, each with --database NAME; or --dsn by itself",
            )
        return self


KINDS: dict[str, type[Station]] = {
    "s3": S3Station,
    "file": FileStation,
    "kinesis": KinesisStation,
    "dynamodb": DynamoDbStation,
    "parquet": ParquetStation,
    "athena": AthenaStation,
    "redshift": RedshiftStation,
}
"""By the word that the command line has for the place."""
