"""The permissions that the reference lists suffice: moto checks each call against a policy of them, as IAM does.

moto knows the buckets and keys of a policy; for the other services it knows only the actions.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import boto3
import pytest

from clickgen.model.errors import ExitCode
from tests.conftest import CREDENTIALS, CommandLine

_REFERENCE = (Path(__file__).resolve().parents[2] / "examples" / "reference.md").read_text("utf-8")
_SECTION = _REFERENCE.partition("## Permissions\n")[2].partition("\n## ")[0]
_POLICY = _SECTION.partition("```json\n")[2].partition("```")[0].replace("BUCKET", "lake")
_POLICY_ACTIONS = re.findall(r'"([a-z0-9]+:[A-Za-z]+)"', _POLICY)
_SEND = "send --rate max --events 100 --yes"


def _row(command: str) -> list[str]:
    """The actions of a row of the table."""
    line = next(line for line in _SECTION.splitlines() if line.startswith(f"| {command} |"))
    return re.findall(r"`([a-z0-9-]+:[A-Za-z]+)`", line)


def _everywhere(actions: Sequence[str]) -> str:
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    )


def _check_permissions(moto: str, calls: str) -> None:
    """From so many calls on moto checks permissions."""
    request = Request(f"{moto}/moto-api/reset-auth", data=calls.encode(), headers={"Content-Type": "text/plain"})
    urlopen(request).close()


@pytest.fixture
def account(moto: str, stream: str) -> Iterator[str]:
    """An account whose stream delivers into the bucket `lake`; it checks permissions once `_user` has made one."""
    client: Any = boto3.client("kinesis", endpoint_url=moto)
    client.create_stream(StreamName=stream, ShardCount=1)
    client = boto3.client("dynamodb", endpoint_url=moto)
    client.create_table(
        TableName=stream,
        KeySchema=[{"AttributeName": "event_id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "event_id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    yield moto
    _check_permissions(moto, "inf")


def _user(clickgen: CommandLine, moto: str, policy: str) -> CommandLine:
    """The command line of a user who may do what the policy says, and nothing else."""
    iam: Any = boto3.client("iam", endpoint_url=moto)
    iam.create_user(UserName="sender")
    iam.put_user_policy(UserName="sender", PolicyName="sends", PolicyDocument=policy)
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    _check_permissions(moto, "0")
    keys = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    clickgen.environment.update({**CREDENTIALS, **keys, "AWS_ENDPOINT_URL": moto})
    return clickgen


def _codes(clickgen: CommandLine, *commands: str) -> list[int]:
    return [clickgen.run(*command.split()).code for command in commands]


def _policy_without(action: str) -> str:
    policy = json.loads(_POLICY)
    for statement in policy["Statement"]:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        statement["Action"] = [kept for kept in actions if kept != action] or ["iam:GetUser"]
        if not str(statement["Resource"]).startswith("arn:aws:s3"):
            statement["Resource"] = "*"
    return json.dumps(policy)


@pytest.mark.parametrize(
    ("missing", "codes"),
    [
        ("", [ExitCode.OK, ExitCode.OK]),
        ("firehose:PutRecordBatch", [ExitCode.ENVIRONMENT, ExitCode.INCOMPLETE]),
        ("firehose:DescribeDeliveryStream", [ExitCode.OK, ExitCode.ENVIRONMENT]),
        ("s3:ListBucket", [ExitCode.OK, ExitCode.ENVIRONMENT]),
        ("s3:GetObject", [ExitCode.OK, ExitCode.ENVIRONMENT]),
    ],
)
def test_the_policy_allows_what_a_job_does_and_nothing_else(
    clickgen: CommandLine, account: str, missing: str, codes: list[int]
) -> None:
    assert missing in ["", *_POLICY_ACTIONS]
    user = _user(clickgen, account, _policy_without(missing))
    assert _codes(user, f"{_SEND} --stream clicks", "verify s3 delivery --wait 1s") == codes


@pytest.mark.parametrize(
    ("rows", "commands"),
    [
        (
            ["… to Kinesis", "`verify kinesis`"],
            [f"{_SEND} --to kinesis:clicks", "verify kinesis delivery --stream clicks"],
        ),
        (["… to DynamoDB", "`verify dynamodb`"], [f"{_SEND} --to dynamodb:clicks", "verify dynamodb delivery"]),
        (["… to S3", "`verify s3`, `verify parquet`"], [f"{_SEND} --to s3://lake/more", "verify s3 delivery"]),
    ],
)
def test_the_rows_of_the_table_suffice(
    clickgen: CommandLine, account: str, rows: list[str], commands: list[str]
) -> None:
    user = _user(clickgen, account, _everywhere([action for row in rows for action in _row(row)]))
    assert _codes(user, *commands) == [ExitCode.OK, ExitCode.OK]
