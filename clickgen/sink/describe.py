"""Asking a service about a stream, a table or a bucket, and the words for what keeps it from answering."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, PartialCredentialsError

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.sink.answers import EXPIRED_CODES, LOGGED_OUT

_MISSING = frozenset(["ResourceNotFoundException", "NoSuchBucket", "404"])
_DENIED = frozenset(["UnauthorizedOperation", "403"])
_MISNAMED = frozenset(["ValidationException", "InvalidArgumentException"])


class LoggedOut(EnvironmentProblem):
    """The credentials have expired; a login makes fresh ones."""


@dataclass(frozen=True, slots=True)
class Undescribed:
    """Describe was denied: sending may still be allowed. `reason` is the service's."""

    reason: str


def describe_or_explain(
    call: Callable[[], Any], client: Any, what: str, name: str
) -> dict[str, Any] | Undescribed:
    """The answer of a describing call. what: stream, table, bucket; name: of the one that is asked about.

    Raises UsageProblem where the name is none, EnvironmentProblem where there is no such thing, the endpoint
    cannot be reached or the credentials are not taken, LoggedOut where those have expired, UnusableAnswer.
    """
    endpoint, region = client.meta.endpoint_url, client.meta.region_name
    it = f"{what} {name!r}"
    try:
        answer: dict[str, Any] = call()
    except ClientError as problem:
        error = problem.response.get("Error", {})
        code, message = error.get("Code", ""), error.get("Message", "")
        if code in _MISSING:
            raise EnvironmentProblem(
                f"there is no {it} in {region} at {endpoint}",
                "check its name, --region, --aws-profile and the account",
            ) from problem
        if code in EXPIRED_CODES:
            raise LoggedOut(f"the credentials for {it} have expired: {message or code}") from problem
        if "AccessDenied" in code or code in _DENIED:
            return Undescribed(message or code)
        if code in _MISNAMED:
            raise UsageProblem(f"{name!r} is no name of a {what}: {message}", "see --to") from problem
        raise EnvironmentProblem(
            f"{it} at {endpoint} cannot be described: {code}: {message}",
            "check the credentials (aws sts get-caller-identity), --aws-profile and --region",
        ) from problem
    except LOGGED_OUT as problem:
        raise LoggedOut(f"the login for {it} has expired: {problem}") from problem
    except (NoCredentialsError, PartialCredentialsError) as problem:
        raise EnvironmentProblem(
            f"there are no AWS credentials for {it}: {problem}",
            "configure some (aws configure, aws sso login), or name a profile with --aws-profile",
        ) from problem
    except BotoCoreError as problem:
        raise EnvironmentProblem(
            f"{it} at {endpoint} cannot be reached: {problem}",
            "check the endpoint, the network and the proxy settings",
        ) from problem
    return answer


def account_in(arn: str) -> str | None:
    """The account of an ARN; None where it names none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None
