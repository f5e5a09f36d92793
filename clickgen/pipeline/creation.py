"""Creating what a pipeline describes, by the SDK calls that anybody would make.

What is there already is kept, so that starting a pipeline again changes nothing; only a function gets the code
that its folder has now.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.model.amounts import seconds_of
from clickgen.model.errors import EnvironmentProblem
from clickgen.pipeline.description import PipelineDescription, named_in_environment, sql_with_names
from clickgen.pipeline.firehose_settings import (
    ROLE,
    delivery_stream_arguments,
    function_arn,
    kinesis_arn,
)
from clickgen.pipeline.physical_names import bucket_name, local_names
from clickgen.pipeline.resources import (
    Bucket,
    Crawler,
    Database,
    DeliveryStream,
    Function,
    KinesisStream,
    Pipe,
    Resource,
    Table,
    Warehouse,
)
from clickgen.pipeline.statements import run_in_athena, run_in_redshift, statements_of
from clickgen.pipeline.triggers import connect_triggers

_ORDER = ("s3", "dynamodb", "kinesis", "glue", "redshift", "lambda", "firehose", "pipe", "crawler")
_THERE_ALREADY = frozenset(
    [
        "ResourceInUseException", "BucketAlreadyOwnedByYou", "BucketAlreadyExists", "AlreadyExistsException",
        "ResourceConflictException", "ConflictException",
    ]
)  # fmt: skip
_OFTEN = {"Delay": 0.1, "MaxAttempts": 600}  # of a waiter: what is created on this machine is there at once
_PYTHON = "python3.12"
_DESCRIBE = "aws firehose describe-delivery-stream --delivery-stream-name"
_IGNORED_FOLDERS = ("__pycache__",)

# of a crawler for a table that is there: it adds partitions and leaves the columns as they are
_FOR_PARTITIONS = {
    "SchemaChangePolicy": {"UpdateBehavior": "LOG", "DeleteBehavior": "LOG"},
    "Configuration": json.dumps(
        {
            "Version": 1.0,
            "Grouping": {"TableGroupingPolicy": "CombineCompatibleSchemas"},
            "CrawlerOutput": {"Partitions": {"AddOrUpdateBehavior": "InheritFromTable"}},
        }
    ),
}

MakeClient = Callable[[str], Any]
"""A boto3 client for a service."""


def create(description: PipelineDescription, client: MakeClient) -> None:
    """Create all resources, each after those that it needs. Raises EnvironmentProblem naming the resource."""
    creator = _Creator(description, client)
    resources = sorted(description.resources.items(), key=lambda item: _ORDER.index(item[0].partition(":")[0]))
    for address, resource in resources:
        try:
            creator.create(address, resource)
        except (ClientError, BotoCoreError) as problem:
            raise EnvironmentProblem(
                f"{address} could not be created: {problem}", "change it in the pipeline file and try again"
            ) from problem


class _Creator:
    def __init__(self, description: PipelineDescription, client: MakeClient) -> None:
        self._description = description
        self._client = client
        self._name_of = local_names(description.resources)
        self._by_kind: dict[type[Resource], Callable[[str, Any], None]] = {
            Bucket: self._bucket,
            Table: self._table,
            KinesisStream: self._kinesis,
            Database: self._database,
            Warehouse: self._warehouse,
            Function: self._function,
            DeliveryStream: self._delivery_stream,
            Pipe: self._pipe,
            Crawler: self._crawler,
        }

    def create(self, address: str, resource: Resource) -> None:
        self._by_kind[type(resource)](address.partition(":")[2], resource)

    def _once(self, make: Callable[..., Any], **arguments: Any) -> bool:
        """Whether it was made; not if it is there already."""
        try:
            make(**arguments)
        except ClientError as problem:
            if problem.response["Error"]["Code"] not in _THERE_ALREADY:
                raise
            return False
        return True

    def _bucket(self, name: str, bucket: Bucket) -> None:
        self._once(self._client("s3").create_bucket, Bucket=bucket_name(f"s3:{name}", bucket))

    def _table(self, name: str, table: Table) -> None:
        keys = [(table.key, "HASH")] + ([(table.sort_key, "RANGE")] if table.sort_key is not None else [])
        arguments: dict[str, Any] = {
            "TableName": name,
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in keys],
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
            "BillingMode": "PAY_PER_REQUEST",
        }
        if table.stream is not None:
            arguments["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": table.stream}
        self._once(self._client("dynamodb").create_table, **arguments)
        self._client("dynamodb").get_waiter("table_exists").wait(TableName=name, WaiterConfig=_OFTEN)

    def _kinesis(self, name: str, stream: KinesisStream) -> None:
        size: dict[str, Any] = {"ShardCount": stream.shards}
        if stream.shards is None:
            size = {"StreamModeDetails": {"StreamMode": "ON_DEMAND"}}
        self._once(self._client("kinesis").create_stream, StreamName=name, **size)
        self._client("kinesis").get_waiter("stream_exists").wait(StreamName=name, WaiterConfig=_OFTEN)

    def _database(self, name: str, database: Database) -> None:
        self._once(self._client("glue").create_database, DatabaseInput={"Name": name})
        if database.setup:
            statements = self._statements(database.setup)
            run_in_athena(self._client("athena"), name, statements, self._results())

    def _warehouse(self, name: str, warehouse: Warehouse) -> None:
        serverless = self._client("redshift-serverless")
        self._once(serverless.create_namespace, namespaceName=name, dbName=warehouse.database)
        self._once(serverless.create_workgroup, workgroupName=name, namespaceName=name)
        if warehouse.setup:
            statements = self._statements(warehouse.setup)
            run_in_redshift(self._client("redshift-data"), name, warehouse.database, statements)

    def _function(self, name: str, function: Function) -> None:
        code = _zipped(self._description.folder / function.code)
        client = self._client("lambda")
        settings = {
            "Runtime": _PYTHON,
            "Role": ROLE,
            "Handler": function.handler,
            "Timeout": max(1, round(seconds_of(function.timeout) or 1)),
            "MemorySize": function.memory_mb,
            "Environment": {"Variables": self._environment(function)},
        }
        made = self._once(client.create_function, FunctionName=name, Code={"ZipFile": code}, **settings)
        if not made:
            client.update_function_code(FunctionName=name, ZipFile=code)
            client.get_waiter("function_updated").wait(FunctionName=name, WaiterConfig=_OFTEN)
            client.update_function_configuration(FunctionName=name, **settings)
        client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=_OFTEN)
        connect_triggers(name, function, self._description, self._client)

    def _environment(self, function: Function) -> dict[str, str]:
        named = named_in_environment(function)
        return function.environment | {variable: self._name_of(address) for variable, address in named.items()}

    def _delivery_stream(self, name: str, stream: DeliveryStream) -> None:
        arguments = delivery_stream_arguments(name, stream, self._description)
        client = self._client("firehose")
        self._once(client.create_delivery_stream, **arguments)
        for _ in range(int(_OFTEN["MaxAttempts"])):  # boto3 has no waiter for it
            described = client.describe_delivery_stream(DeliveryStreamName=name)["DeliveryStreamDescription"]
            if described["DeliveryStreamStatus"] != "CREATING":
                return
            time.sleep(_OFTEN["Delay"])
        raise EnvironmentProblem(
            f"firehose:{name} is still being created", f"try again, or look at it with: {_DESCRIBE} {name}"
        )

    def _pipe(self, name: str, pipe: Pipe) -> None:
        source_kind, _, source = pipe.source.partition(":")
        target_kind, _, target = pipe.to.partition(":")
        reading = {
            "StartingPosition": "TRIM_HORIZON",
            "BatchSize": pipe.batch_size,
            "MaximumBatchingWindowInSeconds": int(seconds_of(pipe.window) or 0),
        }
        if source_kind == "dynamodb":
            table = self._client("dynamodb").describe_table(TableName=source)["Table"]
            source_arn, source_key = table["LatestStreamArn"], "DynamoDBStreamParameters"
        else:
            source_arn, source_key = kinesis_arn(source), "KinesisStreamParameters"
        source_parameters: dict[str, Any] = {source_key: reading}
        if pipe.filter:
            patterns = [{"Pattern": json.dumps(pattern)} for pattern in pipe.filter]
            source_parameters["FilterCriteria"] = {"Filters": patterns}
        target_parameters: dict[str, Any] = {}
        if target_kind == "kinesis":
            target_arn = kinesis_arn(target)
            target_parameters["KinesisStreamParameters"] = {"PartitionKey": pipe.partition_key or "$.eventID"}
        elif target_kind == "firehose":
            described = self._client("firehose").describe_delivery_stream(DeliveryStreamName=target)
            target_arn = described["DeliveryStreamDescription"]["DeliveryStreamARN"]
        else:
            target_arn = function_arn(target)
        if pipe.template is not None:
            target_parameters["InputTemplate"] = pipe.template
        self._once(
            self._client("pipes").create_pipe,
            Name=name,
            RoleArn=ROLE,
            Source=source_arn,
            SourceParameters=source_parameters,
            Target=target_arn,
            TargetParameters=target_parameters,
        )

    def _crawler(self, name: str, crawler: Crawler) -> None:
        database = crawler.database.partition(":")[2]
        settings: dict[str, Any] = {"TablePrefix": crawler.table_prefix}
        if crawler.path is not None:
            bucket, _, prefix = crawler.path.partition("/")
            settings["Targets"] = {"S3Targets": [{"Path": f"s3://{self._name_of(bucket)}/{prefix}"}]}
        else:
            settings = _FOR_PARTITIONS | {
                "Targets": {"CatalogTargets": [{"DatabaseName": database, "Tables": [crawler.table]}]}
            }
        self._once(self._client("glue").create_crawler, Name=name, Role=ROLE, DatabaseName=database, **settings)

    def _statements(self, names: list[str]) -> list[tuple[Path, str]]:
        """Every statement of these files, each with its file, and with the names of the resources it refers to."""
        files = [self._description.folder / name for name in names]
        texts = ((file, sql_with_names(file.read_text(), self._name_of)) for file in files)
        return [(file, statement) for file, text in texts for statement in statements_of(text)]

    def _results(self) -> str:
        """Where Athena writes the results of the statements that set a pipeline up."""
        buckets = [address for address in self._description.resources if address.startswith("s3:")]
        name = bucket_name(buckets[0], self._description.resources[buckets[0]]) if buckets else "athena-results"
        return f"s3://{name}/athena-results/"


def _zipped(folder: Path) -> bytes:
    """A folder of code as CreateFunction takes it, with fixed times so that equal code is an equal archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for path in sorted(folder.rglob("*")):
            inside = path.relative_to(folder)
            if path.is_file() and not any(part in _IGNORED_FOLDERS for part in inside.parts):
                packed.writestr(zipfile.ZipInfo(str(inside)), path.read_bytes())
    return archive.getvalue()
