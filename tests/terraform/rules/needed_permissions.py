"""What a role has to allow, by what takes it: a missing permission would show only when events flow."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.terraform.plan import Plan, Planned

_READ_TABLE_STREAM = ("DescribeStream", "GetRecords", "GetShardIterator", "ListStreams")
_READ_KINESIS = ("DescribeStream", "GetRecords", "GetShardIterator", "ListShards")
_DELIVER = ("AbortMultipartUpload", "GetObject", "PutObject")
_OF_BUCKET = ("GetBucketLocation", "ListBucket", "ListBucketMultipartUploads")


@dataclass(frozen=True)
class Need:
    """That somebody needs to do something."""

    who: str
    service: str
    role: str  # its ARN
    action: str
    resource: str


def needed_permissions(plan: Plan) -> Iterator[Need]:
    """What streams, pipes, crawlers and functions of this plan need."""
    for stream in plan.of("aws_kinesis_firehose_delivery_stream"):
        for role, action, resource in _of_stream(stream):
            yield Need(stream.address, "firehose.amazonaws.com", role, action, resource)
    for pipe in plan.of("aws_pipes_pipe"):
        for action, resource in _of_pipe(pipe):
            yield Need(pipe.address, "pipes.amazonaws.com", pipe.values["role_arn"], action, resource)
    for crawler in plan.of("aws_glue_crawler"):
        for action, resource in _of_crawler(crawler, plan):
            yield Need(crawler.address, "glue.amazonaws.com", crawler.values["role"], action, resource)
    for function in plan.of("aws_lambda_function"):
        for action, resource in _of_function(function, plan):
            yield Need(function.address, "lambda.amazonaws.com", function.values["role"], action, resource)


def _of_stream(stream: Planned) -> Iterator[tuple[str, str, str]]:
    values = stream.values
    for source in values["kinesis_source_configuration"]:
        for action in _READ_KINESIS:
            yield source["role_arn"], f"kinesis:{action}", source["kinesis_stream_arn"]
    for settings in values["extended_s3_configuration"]:
        yield from _of_bucket(settings, [settings["prefix"], settings["error_output_prefix"]])
        yield from _of_bucket_blocks(settings["s3_backup_configuration"])
        for function in _functions(settings["processing_configuration"]):
            for action in ("InvokeFunction", "GetFunctionConfiguration"):
                yield settings["role_arn"], f"lambda:{action}", function
        for conversion in settings["data_format_conversion_configuration"]:
            yield from _of_schema(conversion["schema_configuration"][0])
    for settings in values["redshift_configuration"]:
        yield from _of_bucket_blocks(settings["s3_configuration"])
        yield from _of_bucket_blocks(settings["s3_backup_configuration"])
        for secret in settings["secrets_manager_configuration"]:
            yield secret["role_arn"], "secretsmanager:GetSecretValue", secret["secret_arn"]


def _of_schema(schema: Any) -> Iterator[tuple[str, str, str]]:
    role, table = schema["role_arn"], f"table/{schema['database_name']}/{schema['table_name']}"
    for action in ("GetTable", "GetTableVersion", "GetTableVersions"):
        yield role, f"glue:{action}", f"arn:aws:glue:{schema['region']}:{_account(role)}:{table}"


def _account(role: str) -> str:
    return role.split(":")[4]


def _functions(processing: list[Any]) -> list[str]:
    return [
        parameter["parameter_value"]
        for block in processing
        for processor in block["processors"]
        for parameter in processor["parameters"]
        if parameter["parameter_name"] == "LambdaArn"
    ]


def _of_bucket_blocks(blocks: list[Any]) -> Iterator[tuple[str, str, str]]:
    for block in blocks:
        yield from _of_bucket(block, [block["prefix"]])


def _of_bucket(settings: Any, prefixes: list[str | None]) -> Iterator[tuple[str, str, str]]:
    role, bucket = settings["role_arn"], settings["bucket_arn"]
    for action in _OF_BUCKET:
        yield role, f"s3:{action}", bucket
    for prefix in prefixes:
        for action in _DELIVER:
            yield role, f"s3:{action}", f"{bucket}/{(prefix or '').partition('!')[0]}object"


def _of_pipe(pipe: Planned) -> Iterator[tuple[str, str]]:
    for action in _READ_TABLE_STREAM:
        yield f"dynamodb:{action}", pipe.values["source"]
    for action in ("PutRecord", "PutRecords"):
        yield f"kinesis:{action}", pipe.values["target"]


def _of_crawler(crawler: Planned, plan: Plan) -> Iterator[tuple[str, str]]:
    paths = [target["path"] for target in crawler.values["s3_target"]]
    for target in crawler.values["catalog_target"]:
        paths += [
            table.values["storage_descriptor"][0]["location"]
            for table in plan.of("aws_glue_catalog_table")
            if table.values["database_name"] == target["database_name"]
            and table.values["name"] in target["tables"]
        ]
    for path in paths:
        bucket, _, prefix = path.removeprefix("s3://").partition("/")
        yield "s3:ListBucket", f"arn:aws:s3:::{bucket}"
        yield "s3:GetObject", f"arn:aws:s3:::{bucket}/{prefix}object"
    database = next(
        one.values["arn"]
        for one in plan.of("aws_glue_catalog_database")
        if one.values["name"] == crawler.values["database_name"]
    )
    yield "glue:GetDatabase", database
    for action in ("CreateTable", "GetTable", "UpdateTable", "BatchCreatePartition"):
        yield f"glue:{action}", f"{database.replace(':database/', ':table/')}/any"


def _of_function(function: Planned, plan: Plan) -> Iterator[tuple[str, str]]:
    name, arn = function.values["function_name"], function.values["arn"]
    for resource in plan.resources:
        values = resource.values
        if resource.type == "aws_lambda_event_source_mapping" and values["function_name"] == name:
            for action in _READ_TABLE_STREAM:
                yield f"dynamodb:{action}", values["event_source_arn"]
            for destination in values["destination_config"]:
                yield "sqs:SendMessage", destination["on_failure"][0]["destination_arn"]
        if resource.type == "aws_lambda_function_event_invoke_config" and values["function_name"] == name:
            yield "sqs:SendMessage", values["destination_config"][0]["on_failure"][0]["destination"]
        if resource.type == "aws_s3_bucket_notification":
            yield from _of_notification(values, arn)
    group = f"log-group:/aws/lambda/{name}:log-stream:any"
    for action in ("CreateLogStream", "PutLogEvents"):
        yield f"logs:{action}", f"{arn.partition(':function:')[0].replace(':lambda:', ':logs:')}:{group}"


def _of_notification(values: Any, function: str) -> Iterator[tuple[str, str]]:
    for block in values["lambda_function"]:
        if block["lambda_function_arn"] == function:
            yield "s3:GetObject", f"arn:aws:s3:::{values['bucket']}/{block['filter_prefix'] or ''}object"
