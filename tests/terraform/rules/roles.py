"""Roles may do what their service needs and no more, on what this Terraform creates."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase

from tests.terraform.plan import Plan, Planned, Statement
from tests.terraform.rules.needed_permissions import needed_permissions

_MAY = {
    "firehose.amazonaws.com": {
        "glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions",
        "kinesis:DescribeStream", "kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:ListShards",
        "lambda:GetFunctionConfiguration", "lambda:InvokeFunction",
        "logs:PutLogEvents",
        "s3:AbortMultipartUpload", "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket",
        "s3:ListBucketMultipartUploads", "s3:PutObject",
        "secretsmanager:GetSecretValue",
    },
    "glue.amazonaws.com": {
        "glue:BatchCreatePartition", "glue:BatchGetPartition", "glue:CreatePartition", "glue:CreateTable",
        "glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables",
        "glue:UpdatePartition", "glue:UpdateTable",
        "logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents",
        "s3:GetBucketLocation", "s3:GetObject", "s3:ListBucket",
    },
    "lambda.amazonaws.com": {
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        "dynamodb:UpdateItem",
        "firehose:PutRecordBatch",
        "logs:CreateLogStream", "logs:PutLogEvents",
        "s3:AbortMultipartUpload", "s3:GetObject", "s3:ListBucket", "s3:PutObject",
        "sqs:SendMessage",
    },
    "pipes.amazonaws.com": {
        "dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
        "kinesis:PutRecord", "kinesis:PutRecords",
    },
}  # fmt: skip
"""By the service that takes a role, what it may do at most: the lists of its documentation, without other uses."""

_NOT_MADE_HERE = {
    ":log-group:/aws-glue/crawlers:*": "every crawler of an account writes to one log group, which Glue makes",
    ":catalog": "the catalogue is the account's, and reading a table needs it too",
    ":table/": "the crawler makes tables below its database",
}
"""Parts of ARNs of what this Terraform does not create, with the reason why a role needs it."""


def problems(plan: Plan) -> Iterator[str]:
    """Permissions that are too wide or missing."""
    allowed = plan.allowed()
    services = {role.values["name"]: _service(role) for role in plan.of("aws_iam_role")}
    holders = {policy.address: policy.values["role"] for policy in plan.of("aws_iam_role_policy")}
    made = plan.arns()
    for statement in allowed:
        taken_by = services[holders[statement.holder]]
        yield from _too_much(statement, taken_by, made)
    for need in needed_permissions(plan):
        held = [one for one in allowed if need.role.endswith(f":role/{holders[one.holder]}")]
        if not any(_covers(statement, need.action, need.resource) for statement in held):
            yield f"{need.who} needs {need.action} on {need.resource}, which its role {need.role} may not"
        service = services.get(need.role.rpartition("/")[2])
        if service != need.service:
            yield f"{need.who} takes the role {need.role}, which trusts {service}"


def _service(role: Planned) -> str:
    (statement,) = json.loads(role.values["assume_role_policy"])["Statement"]
    service: str = statement["Principal"]["Service"]
    return service


def _too_much(statement: Statement, service: str, made: set[str]) -> Iterator[str]:
    for action in statement.actions:
        if "*" in action:
            yield f"{statement.holder} allows {action}: name the actions"
        elif action not in _MAY[service]:
            yield f"{statement.holder} allows {action}, which {service} does not need"
    for resource in statement.resources:
        if resource == "*" or resource.startswith("arn:aws:*"):
            yield f"{statement.holder} allows {', '.join(statement.actions)} on everything"
        elif not any(resource.startswith(arn) for arn in made) and not any(
            part in resource for part in _NOT_MADE_HERE
        ):
            yield f"{statement.holder} allows {', '.join(statement.actions)} on {resource}, which is not made here"


def _covers(statement: Statement, action: str, resource: str) -> bool:
    return action in statement.actions and any(fnmatchcase(resource, pattern) for pattern in statement.resources)
