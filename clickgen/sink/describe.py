"""Asking a service about a stream, a table or a bucket, and the words for what keeps it from answering."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.sink.answers import EXPIRED_CODES

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError

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
    """The answer of a describing call. what: stream, table, bucket; name: the one that is asked about.

    Raises UsageProblem for an invalid name, EnvironmentProblem if there is no such thing, the endpoint cannot be
    reached or the credentials are not accepted, LoggedOut if those have expired, UnusableAnswer.
    """
    from botocore.exceptions import BotoCoreError, ClientError

    from clickgen.sink.call_failures import code_and_message

    endpoint, it = client.meta.endpoint_url, f"{what} {name!r}"
    try:
        answer: dict[str, Any] = call()
    except ClientError as problem:
        code, message = code_and_message(problem)
        if code in _MISSING:
            raise EnvironmentProblem(
                f"there is no {it} in {client.meta.region_name} at {endpoint}",
                "check its name, --region, --aws-profile and the account",
            ) from problem
        if code in EXPIRED_CODES:
            raise LoggedOut(f"the credentials for {it} have expired: {message or code}") from problem
        if "AccessDenied" in code or code in _DENIED:
            return Undescribed(message or code)
        if code in _MISNAMED:
            raise UsageProblem(f"{name!r} is not a valid name of a {what}: {message}", "see --to") from problem
        raise EnvironmentProblem(
            f"{it} at {endpoint} cannot be described: {code}: {message}",
            "check the credentials (aws sts get-caller-identity), --aws-profile and --region",
        ) from problem
    except BotoCoreError as problem:
        raise unanswered(problem, f"{it} at {endpoint}") from problem
    return answer


def unanswered(problem: "BotoCoreError", it: str) -> EnvironmentProblem:
    """Why a call came back without a service's answer. it: what was asked about, with its endpoint."""
    from botocore.exceptions import NoCredentialsError, PartialCredentialsError

    from clickgen.sink.call_failures import LOGGED_OUT

    if isinstance(problem, LOGGED_OUT):
        return LoggedOut(f"the login for {it} has expired: {problem}", "renew it, `aws sso login` for example")
    if isinstance(problem, NoCredentialsError | PartialCredentialsError):
        return EnvironmentProblem(
            f"there are no AWS credentials for {it}: {problem}",
            "configure some (aws configure, aws sso login), or name a profile with --aws-profile",
        )
    return EnvironmentProblem(
        f"{it} cannot be reached: {problem}", "check --endpoint-url, the network and the proxy settings"
    )


def account_in(arn: str) -> str | None:
    """The account that an ARN names, or None if it names none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else None
