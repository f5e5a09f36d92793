"""Calls that read a service of AWS: what may pass is waited for, and what will not is said in words."""

import os
from collections.abc import Mapping
from typing import Any, NoReturn

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Plan
from clickgen.sink.address import address_text
from clickgen.sink.answers import EXPIRED_CODES, LOGGED_OUT, THROTTLE_CODES, TRANSIENT_CODES
from clickgen.sink.aws import Access, is_aws

_ATTEMPTS = 12  # about half a minute of waiting
_MOST_WAIT_S = 5.0
_OUTDATED = frozenset(["ExpiredIteratorException", "ExpiredNextTokenException"])


class OutdatedError(Exception):
    """The place to go on reading from was given out too long ago; there is a newer one to be had."""


class AwsReads:
    """A service's client whose reading calls are patient.

    it: what is read, `table 'clicks'`. permissions: what reading it takes, told where it is denied.
    """

    def __init__(self, client: Any, it: str, permissions: str) -> None:
        # Any: the stubs of most services are an extra of their own
        self._client = client
        self._it = it
        self._permissions = permissions

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of an operation; OutdatedError, or EnvironmentProblem where there will be none to use."""
        method = getattr(self._client, operation)
        try:
            answer: dict[str, Any] = _patient()(method, **arguments)
        except ClientError as problem:
            self._explain(problem)
        except (NoCredentialsError, PartialCredentialsError, *LOGGED_OUT) as problem:
            raise EnvironmentProblem(
                f"there are no credentials to read {self._where}: {problem}",
                "name a profile with --aws-profile, or run `aws configure` or `aws sso login`",
            ) from problem
        except BotoCoreError as problem:
            raise EnvironmentProblem(
                f"{self._where} cannot be reached: {problem}",
                "check --endpoint-url, the network and the proxy settings",
            ) from problem
        return answer

    @property
    def _where(self) -> str:
        return f"{self._it} at {self._client.meta.endpoint_url}"

    def _explain(self, problem: ClientError) -> NoReturn:
        error = problem.response.get("Error", {})
        code, message = str(error.get("Code", "")), str(error.get("Message", ""))
        if code in _OUTDATED:
            raise OutdatedError(message) from problem
        if code == "ResourceNotFoundException":
            hint = "check its name, --region, --aws-profile and the account"
            raise EnvironmentProblem(f"there is no {self._where}", hint) from problem
        if "AccessDenied" in code:
            raise EnvironmentProblem(
                f"no permission to read {self._where}: {message or code}",
                f"reading takes {self._permissions}; name another account's profile with --aws-profile",
            ) from problem
        if code in EXPIRED_CODES:
            raise EnvironmentProblem(
                f"the credentials to read {self._where} have expired: {message or code}",
                "renew them and try again",
            ) from problem
        if code in THROTTLE_CODES:
            raise EnvironmentProblem(
                f"{self._where} has no room for more reads: {code}: {message}",
                "others read it too; try again when they are done, or give it more read capacity",
            ) from problem
        raise EnvironmentProblem(
            f"{self._where} cannot be read: {code}: {message}",
            "check the credentials (aws sts get-caller-identity), --aws-profile and --region",
        ) from problem


def reading_access(service: str, plan: Plan, access: Access) -> Access:
    """How to read a service after a run: as the user said, else as the sender reached it.

    What was sent to an emulator is looked for at the same emulator, unless the environment names an endpoint: a
    bucket, a table or a stream of that name at AWS may be a stranger's. service: as boto3 calls it.
    """
    sender = plan.destination.endpoint_url
    endpoint = access.endpoint_url
    own_variable = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
    chosen = any(os.environ.get(name) for name in (own_variable, "AWS_ENDPOINT_URL"))
    if endpoint is None and not chosen and sender is not None and not plan.destination.embedded:
        endpoint = None if is_aws(sender) else sender
    region = access.region or plan.destination.region
    return Access(region, access.aws_profile or plan.destination.aws_profile, endpoint)


def name_at(plan: Plan, kind: str, named: str | None) -> str:
    """The stream or table of this kind to look at: the one that was named, else the run's destination."""
    option = {"kinesis": "--stream", "dynamodb": "--table"}[kind]
    if named == "":
        raise UsageProblem(f"{option} without a name", f"write {option} NAME")
    if named is not None:
        return named
    destination = plan.destination
    if destination.kind != kind:
        raise UsageProblem(
            f"run {plan.run} went to {address_text(destination.kind, destination.stream)}, not to {kind}",
            f"if something delivers there, say where: {option} NAME",
        )
    return destination.stream


def _patient() -> Retrying:
    return Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.1, max=_MOST_WAIT_S),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    )


def _may_pass(problem: BaseException) -> bool:
    if isinstance(problem, ClientError):
        status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
        code = str(problem.response.get("Error", {}).get("Code", ""))
        return status >= 500 or status == 429 or code in THROTTLE_CODES | TRANSIENT_CODES
    return isinstance(problem, HTTPClientError) and not isinstance(problem, EndpointConnectionError)
