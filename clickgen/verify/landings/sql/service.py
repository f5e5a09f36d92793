"""Calling a service that answers SQL: what may pass is tried again, and what will not is explained."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NoReturn

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception,
    retry_if_result,
    stop_after_delay,
    wait_exponential,
    wait_random_exponential,
)

from clickgen.model.errors import ClickgenError, EnvironmentProblem, UsageProblem
from clickgen.model.progress import timed
from clickgen.sink.call_failures import code_and_message
from clickgen.sink.describe import unanswered

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
    """A service whose client's own retries are off."""

    def __init__(self, name: str, patience_s: float, permissions: str, options: str) -> None:
        """name: what people call it. patience_s: how long a throttled call is tried again.

        permissions: what its calls need. options: those of the command that say what is to be queried.
        """
        self._name = name
        self._patience_s = patience_s
        self._permissions = permissions
        self._options = options

    def call(self, function: Callable[..., Mapping[str, Any]], **arguments: Any) -> Mapping[str, Any]:
        """The answer to one call. UsageProblem if the request itself is refused, else EnvironmentProblem."""
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
        self,
        done: Callable[[Mapping[str, Any]], bool],
        timeout_s: float,
        poll: Callable[[], Mapping[str, Any]],
        cancel: Callable[[], object],
    ) -> Mapping[str, Any]:
        """The first answer of `poll` that is `done`, polled less and less often.

        cancel: stops the query if it is given up, as what is left running is paid for. EnvironmentProblem if it is
        not done in time.
        """
        polling = Retrying(
            stop=stop_after_delay(timeout_s),
            wait=wait_exponential(multiplier=_FIRST_POLL_S, max=_LONGEST_POLL_S),
            retry=retry_if_result(lambda answer: not done(answer)),
        )
        try:
            with timed(f"querying {self._name}:"):
                return polling(poll)
        except (RetryError, ClickgenError, KeyboardInterrupt) as problem:
            with suppress(ClientError, BotoCoreError):
                cancel()
            if not isinstance(problem, RetryError):
                raise
            raise EnvironmentProblem(
                f"{self._name} did not answer within {timeout_s:.0f} s", "give it longer with --query-timeout"
            ) from problem

    def _explain(self, problem: ClientError | BotoCoreError) -> NoReturn:
        if isinstance(problem, ParamValidationError):
            raise UsageProblem(
                f"{self._name} cannot be queried like this: {problem}", f"check {self._options}"
            ) from problem
        if not isinstance(problem, ClientError):
            raise unanswered(problem, self._name) from problem
        code, reason = code_and_message(problem)
        words = f"{self._name} refused: {code}: {reason}" if reason else f"{self._name} refused: {code}"
        if _may_pass(problem):
            raise EnvironmentProblem(
                f"{words} (for {self._patience_s:.0f} s)", "others are querying it too; try again later"
            ) from problem
        if code in _DENIED:
            raise EnvironmentProblem(
                words, f"{self._permissions} are needed; --aws-profile names other credentials"
            ) from problem
        raise UsageProblem(words, f"check {self._options}") from problem


def _may_pass(problem: BaseException) -> bool:
    return isinstance(problem, ClientError) and code_and_message(problem)[0] in _PASSING
