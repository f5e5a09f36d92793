"""Outputs of a CloudFormation or SAM stack."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.model.errors import EnvironmentProblem
from clickgen.pipeline.outputs import Output, Outputs
from clickgen.sink.aws import Access, make_client
from clickgen.sink.call_failures import code_and_message
from clickgen.sink.describe import unanswered

_DECLARE = (
    "add it under Outputs of the template, with the name as its value (Value: !Ref ...), and deploy the stack"
)
_USABLE = frozenset(
    [
        "CREATE_COMPLETE",
        "UPDATE_IN_PROGRESS",
        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    ]
)
"""States in which outputs hold [CloudFormation User Guide, stack status codes]; an update keeps the old ones."""


def stack_outputs(name: str, access: Access) -> Outputs:
    """The outputs of a stack. Raises UsageProblem, or EnvironmentProblem if there is no such stack, say."""
    client = make_client("cloudformation", access)
    where = f"the stack {name!r} in {client.meta.region_name}"
    try:
        stack: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError as problem:
        code, message = code_and_message(problem)
        if "does not exist" in message:
            raise EnvironmentProblem(
                f"there is no stack {name!r} in {client.meta.region_name}",
                "check its name, the region and the account",
            ) from problem
        raise EnvironmentProblem(
            f"{where} cannot be described: {code}: {message}",
            "check the credentials (aws sts get-caller-identity) and the permission cloudformation:DescribeStacks",
        ) from problem
    except BotoCoreError as problem:
        raise unanswered(problem, where) from problem
    if stack["StackStatus"] not in _USABLE:
        raise EnvironmentProblem(
            f"{where} is {stack['StackStatus']}", "wait until it is complete, or deploy it again"
        )
    found = {one["OutputKey"]: Output(one.get("OutputValue")) for one in stack.get("Outputs", [])}
    if not found:
        raise EnvironmentProblem(f"{where} has no outputs", _DECLARE)
    return Outputs(f"the stack {name}", found, _DECLARE, spelt_freely=True, region=client.meta.region_name)
