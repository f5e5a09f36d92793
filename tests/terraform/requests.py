"""What Terraform's arguments become: the requests that the provider sends to create a resource.

The provider's arguments are the members of the service's request in another spelling (`kinesis_stream_arn`,
`KinesisStreamARN`), but for a few that are named here. So values can be held against the service's own model, and
against the requests that start a pipeline on a laptop.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from botocore.model import ListShape, MapShape, Shape, StructureShape

from tests.terraform.plan import Planned

Json = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A call of a service."""

    service: str
    operation: str
    arguments: Json


_CREATED_BY = {
    "aws_athena_workgroup": ("athena", "CreateWorkGroup"),
    "aws_cloudwatch_log_group": ("logs", "CreateLogGroup"),
    "aws_cloudwatch_metric_alarm": ("cloudwatch", "PutMetricAlarm"),
    "aws_dynamodb_table": ("dynamodb", "CreateTable"),
    "aws_glue_crawler": ("glue", "CreateCrawler"),
    "aws_iam_role": ("iam", "CreateRole"),
    "aws_kinesis_firehose_delivery_stream": ("firehose", "CreateDeliveryStream"),
    "aws_kinesis_stream": ("kinesis", "CreateStream"),
    "aws_lambda_event_source_mapping": ("lambda", "CreateEventSourceMapping"),
    "aws_lambda_function": ("lambda", "CreateFunction"),
    "aws_pipes_pipe": ("pipes", "CreatePipe"),
    "aws_redshiftserverless_namespace": ("redshift-serverless", "CreateNamespace"),
    "aws_redshiftserverless_workgroup": ("redshift-serverless", "CreateWorkgroup"),
    "aws_s3_bucket": ("s3", "CreateBucket"),
    "aws_s3_bucket_notification": ("s3", "PutBucketNotificationConfiguration"),
    "aws_sqs_queue": ("sqs", "CreateQueue"),
}

_SPELT = {
    "AssumeRolePolicyDocument": "assume_role_policy",
    "BucketName": "bucket",
    "DeliveryStreamName": "name",
    "ExtendedS3DestinationConfiguration": "extended_s3_configuration",
    "Filters": "filter",
    "KinesisStreamSourceConfiguration": "kinesis_source_configuration",
    "QueueName": "name",
    "RedshiftDestinationConfiguration": "redshift_configuration",
    "RoleName": "name",
    "StreamName": "name",
    "TableName": "name",
    "AttributeDefinitions": "attribute",
    "AttributeName": "name",
    "AttributeType": "type",
    "DeliveryStreamEncryptionConfigurationInput": "server_side_encryption",
    "LambdaFunctionConfigurations": "lambda_function",
    "S3Targets": "s3_target",
    "CatalogTargets": "catalog_target",
    "logGroupName": "name",
}
"""Members whose argument is called something else."""

_WITHIN = {
    "BufferingHints": {"SizeInMBs": "buffering_size", "IntervalInSeconds": "buffering_interval"},
    "CopyCommand": {"DataTableName": "data_table_name", "CopyOptions": "copy_options"},
    "RetryOptions": {"DurationInSeconds": "retry_duration"},
    "StreamSpecification": {"StreamEnabled": "stream_enabled", "StreamViewType": "stream_view_type"},
    "Targets": {"S3Targets": "s3_target", "CatalogTargets": "catalog_target"},
    "NotificationConfiguration": {"LambdaFunctionConfigurations": "lambda_function"},
}
"""Structures whose members are arguments beside the others."""


def request_of(planned: Planned) -> Request | None:
    """The request that creates this resource; None for a type that is not looked at."""
    if planned.type not in _CREATED_BY:
        return None
    service, operation = _CREATED_BY[planned.type]
    arguments: Json = _value(input_shape(service, operation), planned.values)
    if planned.type == "aws_dynamodb_table":
        keys = [(planned.values["hash_key"], "HASH"), (planned.values.get("range_key"), "RANGE")]
        arguments["KeySchema"] = [{"AttributeName": name, "KeyType": kind} for name, kind in keys if name]
    if planned.type == "aws_kinesis_firehose_delivery_stream":
        reads = "KinesisStreamSourceConfiguration" in arguments
        arguments["DeliveryStreamType"] = "KinesisStreamAsSource" if reads else "DirectPut"
    if planned.type == "aws_s3_bucket_notification":
        pairs = zip(
            planned.values["lambda_function"], arguments["NotificationConfiguration"].popitem()[1], strict=True
        )
        with_filters = [made | _filter(block) for block, made in pairs]
        arguments["NotificationConfiguration"] = {"LambdaFunctionConfigurations": with_filters}
    return Request(service, operation, arguments)


def _filter(block: Json) -> Json:
    rules = [
        {"Name": name, "Value": block[f"filter_{name}"]}
        for name in ("prefix", "suffix")
        if block.get(f"filter_{name}") is not None
    ]
    return {"Filter": {"Key": {"FilterRules": rules}}} if rules else {}


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def input_shape(service: str, operation: str) -> StructureShape:
    """The shape of the arguments of an operation."""
    shape: StructureShape = _model(service).operation_model(operation).input_shape
    return shape


def _value(shape: Shape, value: Any) -> Any:
    if isinstance(shape, StructureShape):
        return _structure(shape, value)
    if isinstance(shape, ListShape):
        if isinstance(value, dict):  # tags and dimensions are maps in Terraform
            name, content = list(_members(shape.member))[:2]
            return [{name: key, content: one} for key, one in value.items()]
        return [_value(shape.member, one) for one in value]
    if isinstance(shape, MapShape):
        return dict(value)
    return value


def _structure(shape: StructureShape, values: Json) -> Json:
    by_spelling = {_plain(name): value for name, value in values.items()}
    found: Json = {}
    for name, member in shape.members.items():
        if name in _WITHIN:
            value: Any = {inner: values.get(argument) for inner, argument in _WITHIN[name].items()}
            value = {inner: one for inner, one in value.items() if one not in (None, [])} or None
        elif _plain(name) in by_spelling:
            value = by_spelling[_plain(name)]
        else:
            value = values.get(_SPELT.get(name, ""))
        if isinstance(value, list) and isinstance(member, StructureShape):
            value = value[0] if value else None  # a block that may be there once
        if value is None or (value in ([], {}, "") and not isinstance(member, StructureShape)):
            continue
        found[name] = _value(member, value)
    return found


def _members(shape: Shape) -> Mapping[str, Shape]:
    assert isinstance(shape, StructureShape)
    return shape.members


def _plain(name: str) -> str:
    return name.replace("_", "").lower()
