"""Calling a service that answers SQL: what may pass is tried again, and what does not is told in words."""

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, ParamValidationError
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_delay,
    wait_exponential,
    wait_random_exponential,
)

from clickgen.model.errors import EnvironmentProblem, UsageProblem

# botocore's models of athena and redshift-data, and the codes that every service may answer with
_PASSING = frozenset(
    {
        "TooManyRequestsException",
        "ThrottlingException",
        "Throttling",
        "ActiveStatementsExceededException",
        "ActiveSessionsExceededException",
        "ActiveWaitingRequestsExceededException",
        "InternalServerException",
        "InternalFailure",
        "ServiceUnavailable",
    }
)
_DENIED = frozenset(
    {"AccessDeniedException", "AccessDenied", "UnrecognizedClientException", "ExpiredTokenException"}
)
_FIRST_POLL_S, _LONGEST_POLL_S = 0.1, 5.0


class SqlService:
    """A service whose client's own retries are off.

    name: what people call it. patience_s: how long a call that is throttled is tried again. permissions: what its
    calls need. options: which of the command say what is asked.
    """

    def __init__(self, name: str, patience_s: float, permissions: str, options: str) -> None:
        self._name = name
        self._patience_s = patience_s
        self._permissions = permissions
        self._options = options

    def call(self, function: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:
        """The answer to one call. UsageProblem where it is refused as it is put, else EnvironmentProblem."""
        patient = Retrying(
            stop=stop_after_delay(self._patience_s),
            wait=wait_random_exponential(multiplier=0.2, max=max(0.2, self._patience_s / 6)),
            retry=retry_if_exception(_may_pass),
            reraise=True,
        )
        try:
            return patient(function, **arguments)
        except (ClientError, BotoCoreError) as problem:
            self._explain(problem)

    def until(
        self, done: Callable[[Mapping[str, Any]], bool], timeout_s: float, ask: Callable[[], Mapping[str, Any]]
    ) -> Mapping[str, Any]:
        """The first answer of `ask` that is `done`, polled ever less; EnvironmentProblem where none is in time."""
        polling = Retrying(
            stop=stop_after_delay(timeout_s),
            wait=wait_exponential(multiplier=_FIRST_POLL_S, max=_LONGEST_POLL_S),
            retry=retry_if_result(lambda answer: not done(answer)),
        )
        try:
            return polling(ask)
        except RetryError as problem:
            raise EnvironmentProblem(
                f"{self._name} did not answer within {timeout_s:.0f} s", "allow it more with --query-timeout"
            ) from problem

    def _explain(self, problem: ClientError | BotoCoreError) -> NoReturn:
        if isinstance(problem, NoCredentialsError):
            raise EnvironmentProblem(
                f"there are no credentials to ask {self._name}",
                "name a profile with --aws-profile, or run `aws configure`",
            ) from problem
        if isinstance(problem, ParamValidationError):
            raise UsageProblem(
                f"{self._name} cannot be asked so: {problem}", f"check {self._options}"
            ) from problem
        if not isinstance(problem, ClientError):
            raise EnvironmentProblem(
                f"{self._name} cannot be reached: {problem}", "check --endpoint-url, --region and the network"
            ) from problem
        code, reason = _code(problem), problem.response.get("Error", {}).get("Message", "")
        words = f"{self._name} refused: {code}: {reason}" if reason else f"{self._name} refused: {code}"
        if _may_pass(problem):
            raise EnvironmentProblem(
                f"{words} (for {self._patience_s:.0f} s)", "others are asking it too; try again later"
            ) from problem
        if code in _DENIED:
            raise EnvironmentProblem(
                words, f"{self._permissions} are needed; --aws-profile names other ones"
            ) from problem
        raise UsageProblem(words, f"check {self._options}") from problem


def _may_pass(problem: BaseException) -> bool:
    return isinstance(problem, ClientError) and _code(problem) in _PASSING


def _code(problem: ClientError) -> str:
    return str(problem.response.get("Error", {}).get("Code", ""))
