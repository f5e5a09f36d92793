"""The names that AWS gives: ARNs and what else of a resource is known before it exists.

A plan in which they are known shows whole policies, and which function a stream's processor means.
"""

from typing import Any

ACCOUNT = "123456789012"

_SUFFIX = "20260101000000000000000001"  # what the provider puts behind a name prefix

_ARNS = {
    "aws_athena_workgroup": "athena:{region}:{account}:workgroup/{name}",
    "aws_cloudwatch_log_group": "logs:{region}:{account}:log-group:{name}",
    "aws_cloudwatch_metric_alarm": "cloudwatch:{region}:{account}:alarm:{alarm_name}",
    "aws_dynamodb_table": "dynamodb:{region}:{account}:table/{name}",
    "aws_glue_catalog_database": "glue:{region}:{account}:database/{name}",
    "aws_glue_catalog_table": "glue:{region}:{account}:table/{database_name}/{name}",
    "aws_glue_crawler": "glue:{region}:{account}:crawler/{name}",
    "aws_iam_role": "iam::{account}:role/{name}",
    "aws_kinesis_firehose_delivery_stream": "firehose:{region}:{account}:deliverystream/{name}",
    "aws_kinesis_stream": "kinesis:{region}:{account}:stream/{name}",
    "aws_lambda_function": "lambda:{region}:{account}:function:{function_name}",
    "aws_pipes_pipe": "pipes:{region}:{account}:pipe/{name}",
    "aws_redshiftserverless_namespace": "redshift-serverless:{region}:{account}:namespace/{namespace_name}",
    "aws_redshiftserverless_workgroup": "redshift-serverless:{region}:{account}:workgroup/{workgroup_name}",
    "aws_s3_bucket": "s3:::{bucket}",
    "aws_secretsmanager_secret": "secretsmanager:{region}:{account}:secret:{name}-AbCdEf",
    "aws_sns_topic": "sns:{region}:{account}:{name}",
    "aws_sqs_queue": "sqs:{region}:{account}:{name}",
}
_IDS = {
    "aws_dynamodb_table": "name",
    "aws_glue_catalog_database": "name",
    "aws_glue_crawler": "name",
    "aws_athena_workgroup": "name",
    "aws_iam_role": "name",
    "aws_lambda_function": "function_name",
    "aws_redshiftserverless_namespace": "namespace_name",
    "aws_redshiftserverless_workgroup": "workgroup_name",
    "aws_s3_bucket": "bucket",
}
_ENDPOINT = b'["list",["object",{"address":"string"}]]'  # a value of dynamic type brings its type along
_READ: dict[str, dict[str, Any]] = {
    "aws_caller_identity": {"account_id": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/someone", "id": ACCOUNT},
    "aws_partition": {"partition": "aws", "dns_suffix": "amazonaws.com", "id": "aws"},
    "aws_vpc": {"id": "vpc-1", "cidr_block": "172.31.0.0/16", "default": True},
    "aws_subnets": {"ids": ["subnet-1", "subnet-2", "subnet-3"]},
    "aws_subnet": {"vpc_id": "vpc-1"},
}


def planned_names(type_name: str, values: dict[str, Any], region: str) -> dict[str, Any]:
    """What is known of a resource with these arguments when it is planned in this region."""
    known: dict[str, Any] = {}
    for key in ("name", "bucket"):
        prefix = values.get(f"{key}_prefix")
        if values.get(key) is None and isinstance(prefix, str):
            known[key] = prefix + _SUFFIX
    values = values | known
    if type_name in _ARNS:
        known["arn"] = _filled(_ARNS[type_name], values, region)
    if type_name in _IDS:
        known["id"] = values.get(_IDS[type_name])
    if type_name == "aws_dynamodb_table" and values.get("stream_enabled"):
        known["stream_arn"] = f"{known['arn']}/stream/2026-01-01T00:00:00.000"
    if type_name == "aws_redshiftserverless_namespace" and values.get("manage_admin_password"):
        secret = "secretsmanager:{region}:{account}:secret:redshift!{namespace_name}-clickgen-AbCdEf"
        known["admin_password_secret_arn"] = _filled(secret, values, region)
    if type_name == "aws_sqs_queue":
        known["url"] = known["id"] = f"https://sqs.{region}.amazonaws.com/{ACCOUNT}/{values.get('name')}"
    known = {key: value for key, value in known.items() if isinstance(value, str)}
    if type_name == "aws_redshiftserverless_workgroup":
        host = f"{values['workgroup_name']}.{ACCOUNT}.{region}.redshift-serverless.amazonaws.com"
        known["endpoint"] = [_ENDPOINT, [{"address": host}]]
    return known


def read_data(type_name: str, configuration: dict[str, Any], region: str) -> dict[str, Any]:
    """What a data source answers in this account and region."""
    answer = _READ.get(type_name, {})
    if type_name == "aws_region":
        answer = {"region": region, "id": region, "name": region}
    return {**configuration, **answer}


def _filled(form: str, values: dict[str, Any], region: str) -> str | None:
    try:
        names = {key: value for key, value in values.items() if isinstance(value, str)}
        return "arn:aws:" + form.format(**{**names, "region": region, "account": ACCOUNT})
    except KeyError:  # the name is not known either
        return None
