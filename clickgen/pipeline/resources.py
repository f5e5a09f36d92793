"""The resources of a pipeline as `pipeline.toml` names them: one class for each kind of table.

A resource is written `[kind.name]` and referred to as "kind:name". Its keys are few and in plain words; what they
become is said where it is created.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from clickgen.profile.section import Chance, Span

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Reference = Annotated[str, Field(pattern=r"^[a-z0-9]+:[A-Za-z0-9_.-]+$")]
Template = Annotated[str, Field(max_length=8192)]


class Faults(BaseModel):
    """What goes wrong at a resource of the embedded pipeline from its start on; `local fault` changes it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    throttle: Annotated[float, Field(gt=0)] | None = Field(
        default=None, description="Records a second let through."
    )
    fail_records: Chance = Field(default=0.0, description="Share of records that fail.")
    fail_calls: Chance = Field(default=0.0, description="Share of calls refused whole.")
    drop_replies: Chance = Field(default=0.0, description="Share of calls carried out but never answered.")
    latency: Span | None = Field(default=None, description="Time before every answer.")
    lambda_error: Chance = Field(default=0.0, description="Share of invocations that fail.")
    poison: Chance = Field(default=0.0, description="Share of records, items or objects damaged on their way in.")
    pause: bool = Field(default=False, description="Whether it stands still.")


class Resource(BaseModel):
    """What every resource has."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    LINKS: ClassVar[dict[str, tuple[str, ...]]] = {}
    """Keys that refer to other resources, with the kinds that they may be of."""

    faults: Faults = Field(default=Faults(), description="What goes wrong in the embedded pipeline.")


class Verified(Resource):
    """A resource whose content can be compared with the account."""

    verify: bool | dict[str, Any] = Field(
        default=True,
        description="Whether `verify all` looks here, or a table of options of `clickgen verify PLACE delivery`.",
    )


class BucketVerification(BaseModel):
    """How `verify all` looks at a bucket; other keys are options of `clickgen verify PLACE delivery`."""

    model_config = ConfigDict(extra="allow", frozen=True, strict=True)

    place: Literal["s3", "parquet"] = Field(default="s3", description="What is there.")
    prefix: str = Field(default="", description="What the keys start with.")
    errors: Words | None = Field(default=None, description="The same of what the function could not process.")


class Bucket(Resource):
    """`[s3.NAME]`: a bucket."""

    bucket: Words | None = Field(default=None, description="The bucket's name, if it is not the resource's.")
    verify: bool | BucketVerification = Field(
        default=False,
        description="Whether, and how, `verify all` looks here; Firehose's own output is seen anyway.",
    )


class Trigger(BaseModel):
    """What calls a function: objects that appear in a bucket, or records of a stream."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    source: Reference = Field(description="A bucket, a table with a stream, or a Kinesis stream.")
    prefix: Words | None = Field(default=None, description="Only objects whose keys start so.")
    suffix: Words | None = Field(default=None, description="Only objects whose keys end so.")
    batch_size: Annotated[int, Field(ge=1, le=10_000)] = Field(default=100, description="Records a call.")
    window: Span = Field(default="1s", description="How long records are gathered.")
    retries: Annotated[int, Field(ge=-1, le=10_000)] = Field(
        default=-1, description="How often a call is repeated."
    )
    bisect: bool = Field(default=False, description="Whether a batch that fails is halved.")
    report_failures: bool = Field(
        default=False, description="Whether the function's answer says which records of a batch failed."
    )


class Function(Resource):
    """`[lambda.NAME]`: a Python function."""

    code: Words = Field(description="The folder with the code, beside this file.")
    handler: Annotated[str, Field(pattern=r"^[\w.]+\.\w+$")] = Field(description="module.function.")
    timeout: Span = Field(default="60s", description="How long a call may take.")
    memory_mb: Annotated[int, Field(ge=128, le=10_240)] = Field(default=256, description="Memory of a call.")
    environment: dict[str, str] = Field(
        default={}, description='Environment variables; one like "s3:lake" is the name of that resource.'
    )
    on: list[Trigger] = Field(default=[], description="What calls it.")


class Table(Verified):
    """`[dynamodb.NAME]`: a table."""

    key: Words = Field(description="The attribute of the partition key, a string.")
    sort_key: Words | None = Field(default=None, description="The attribute of the sort key, a string.")
    stream: Literal["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"] | None = Field(
        default=None, description="What its stream shows; without this it has none."
    )


class KinesisStream(Verified):
    """`[kinesis.NAME]`: a Kinesis stream."""

    shards: Annotated[int, Field(ge=1, le=500)] | None = Field(
        default=None, description="Shards; without this the stream is on demand."
    )


class Pipe(Resource):
    """`[pipe.NAME]`: an EventBridge pipe."""

    LINKS: ClassVar = {"source": ("dynamodb", "kinesis"), "to": ("kinesis", "firehose", "lambda")}

    source: Reference = Field(alias="from", description="A table with a stream, or a Kinesis stream.")
    to: Reference = Field(description="A Kinesis stream, a Firehose stream or a function.")
    partition_key: Words | None = Field(
        default=None, description="Of a Kinesis target: text, or a path like $.id."
    )
    filter: list[dict[str, Any]] = Field(default=[], description="Event patterns; one of them has to match.")
    template: Template | None = Field(default=None, description="What the target gets, with <$.path>.")
    batch_size: Annotated[int, Field(ge=1, le=10_000)] = Field(default=100, description="Records a batch.")
    window: Span = Field(default="1s", description="How long records are gathered.")


class Backup(BaseModel):
    """Where the records of a Firehose stream are kept as they came."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    to: Reference = Field(description="A bucket.")
    prefix: Words = Field(default="source/", description="What its keys start with.")


class Conversion(BaseModel):
    """The table whose columns the records are converted to."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    table: Annotated[str, Field(pattern=r"^\w+\.\w+$")] = Field(description="database.table of the catalogue.")
    format: Literal["parquet", "orc"] = Field(default="parquet", description="The format of the objects.")


class DeliveryStream(Verified):
    """`[firehose.NAME]`: a Firehose stream."""

    LINKS: ClassVar = {
        "source": ("kinesis",),
        "to": ("s3", "redshift"),
        "transform": ("lambda",),
    }

    source: Reference | None = Field(default=None, alias="from", description="A Kinesis stream; else direct puts.")
    to: Reference = Field(description="A bucket, or a Redshift warehouse.")
    prefix: Words | None = Field(default=None, description="What keys start with, with !{...} expressions.")
    error_prefix: Words | None = Field(default=None, description="The same for what could not be processed.")
    buffer_mb: Annotated[int, Field(ge=1, le=128)] | None = Field(default=None, description="Size of a delivery.")
    buffer: Span | None = Field(default=None, description="How long records are gathered, up to 15m.")
    compression: Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"] | None = Field(
        default=None, description="How objects are compressed."
    )
    delimiter: bool = Field(default=False, description="Whether a line break is put behind each record.")
    transform: Reference | None = Field(default=None, description="The function that transforms records.")
    transform_buffer_mb: Annotated[float, Field(ge=0.2, le=3)] | None = Field(
        default=None, description="Size of a call of the function."
    )
    transform_buffer: Span | None = Field(default=None, description="How long records are gathered for a call.")
    backup: Backup | None = Field(default=None, description="Where records are kept as they came.")
    partition_by: Words | None = Field(default=None, description="A jq query: {page: .page}.")
    convert: Conversion | None = Field(default=None, description="The table whose format objects get.")
    file_extension: Words | None = Field(default=None, description="What keys end with, like .json.")
    table: Words | None = Field(default=None, description="Of a warehouse: the table that is loaded.")
    copy_options: Words | None = Field(default=None, description="Of a warehouse: options of COPY.")
    copy_retry: Span | None = Field(
        default=None, description="Of a warehouse: how long a COPY that fails is tried again, up to 2h."
    )
    staging: Backup | None = Field(default=None, description="Of a warehouse: the bucket that it is loaded from.")


class Database(Resource):
    """`[glue.NAME]`: a database of the catalogue."""

    setup: list[Words] = Field(default=[], description="Files of SQL that Athena runs when the pipeline starts.")


class Crawler(Resource):
    """`[crawler.NAME]`: a crawler."""

    LINKS: ClassVar = {"database": ("glue",)}

    path: Annotated[str, Field(pattern=r"^s3:[A-Za-z0-9_.-]+/.*$")] | None = Field(
        default=None, description="Where it looks, s3:BUCKET/prefix/; it makes tables of what it finds."
    )
    table: Words | None = Field(
        default=None, description="Instead: a table of the database that is there, whose new partitions it finds."
    )
    database: Reference = Field(description="The database that it fills.")
    table_prefix: str = Field(default="", description="What the names of tables that it makes start with.")

    @model_validator(mode="after")
    def _one_target(self) -> "Crawler":
        if (self.path is None) == (self.table is None):
            raise ValueError('say where it looks: path = "s3:BUCKET/prefix/", or table = "NAME"')
        return self


class Warehouse(Resource):
    """`[redshift.NAME]`: a serverless workgroup."""

    database: Words = Field(default="dev", description="Its database.")
    setup: list[Words] = Field(default=[], description="Files of SQL that it runs when the pipeline starts.")


RESOURCES: dict[str, type[Resource]] = {
    "s3": Bucket,
    "lambda": Function,
    "dynamodb": Table,
    "kinesis": KinesisStream,
    "pipe": Pipe,
    "firehose": DeliveryStream,
    "glue": Database,
    "crawler": Crawler,
    "redshift": Warehouse,
}
"""By the word that the file and `kind:name` have for the kind."""
