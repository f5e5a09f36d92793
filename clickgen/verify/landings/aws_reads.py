"""Calls that read a service of AWS: what may pass is tried again, and what will not is explained."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, NoReturn, Protocol, TypeVar

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.plan import Plan
from clickgen.sink.answers import EXPIRED_CODES, THROTTLE_CODES, TRANSIENT_CODES
from clickgen.sink.aws import Access, is_aws
from clickgen.sink.call_failures import code_and_message
from clickgen.sink.describe import unanswered
from clickgen.sink.registry import address_text

_ATTEMPTS = 12  # about half a minute of waiting
_MOST_WAIT_S = 5.0
_OUTDATED = frozenset(["ExpiredIteratorException", "ExpiredNextTokenException"])


class OutdatedError(Exception):
    """The position to read on from was issued too long ago; a fresh one can be had."""


class AwsReads:
    """A service's client whose reading calls are patient."""

    def __init__(self, client: Any, it: str, permissions: str) -> None:
        """it: what is read, `table 'clicks'`. permissions: what reading it takes, named if it is denied."""
        # Any: the stubs of most services are an extra of their own
        self._client = client
        self._it = it
        self._permissions = permissions

    def call(self, operation: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The answer of an operation; OutdatedError, or EnvironmentProblem if there will be no usable answer."""
        method = getattr(self._client, operation)
        try:
            answer: dict[str, Any] = retries(_ATTEMPTS, _MOST_WAIT_S, _may_pass)(method, **arguments)
        except ClientError as problem:
            self._explain(problem)
        except BotoCoreError as problem:
            raise unanswered(problem, self._where) from problem
        return answer

    @property
    def _where(self) -> str:
        return f"{self._it} at {self._client.meta.endpoint_url}"

    def _explain(self, problem: ClientError) -> NoReturn:
        code, message = code_and_message(problem)
        if code in _OUTDATED:
            raise OutdatedError(message) from problem
        words, hint = (
            f"{self._where} cannot be read: {code}: {message}",
            "check the credentials (aws sts get-caller-identity), --aws-profile and --region",
        )
        if code == "ResourceNotFoundException":
            words, hint = (
                f"there is no {self._where}",
                "check its name, --region, --aws-profile and the account",
            )
        elif "AccessDenied" in code:
            words = f"no permission to read {self._where}: {message or code}"
            hint = f"reading takes {self._permissions}; name another account's profile with --aws-profile"
        elif code in EXPIRED_CODES:
            words = f"the credentials to read {self._where} have expired: {message or code}"
            hint = "renew them and try again"
        elif code in THROTTLE_CODES:
            words = f"{self._where} has no room for more reads: {code}: {message}"
            hint = "others read it too; try again when they are done, or give it more read capacity"
        raise EnvironmentProblem(words, hint) from problem


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


def retries(attempts: int, longest_wait_s: float, may_pass: Callable[[ClientError], bool]) -> Retrying:
    """Retries of a call that reads; a broken connection is always tried again, an endpoint out of reach never."""

    def is_worth_another(problem: BaseException) -> bool:
        if isinstance(problem, ClientError):
            return may_pass(problem)
        return isinstance(problem, HTTPClientError) and not isinstance(problem, EndpointConnectionError)

    return Retrying(
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=0.1, max=longest_wait_s),
        retry=retry_if_exception(is_worth_another),
        reraise=True,
    )


def _may_pass(problem: ClientError) -> bool:
    status = int(problem.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    return status >= 500 or status == 429 or code_and_message(problem)[0] in THROTTLE_CODES | TRANSIENT_CODES


def token_pages(call: Callable[..., Any], **arguments: Any) -> Iterator[Any]:
    """The pages of a call whose answers have a NextToken while there are more."""
    page = call(**arguments)
    yield page
    while token := page.get("NextToken"):
        page = call(**arguments, NextToken=token)
        yield page


class PagedPart(Protocol):
    """One part of a place, read from its beginning to its end: a shard of a stream, a segment of a table."""

    done: bool  # whether there is nothing more to read for now


PartT = TypeVar("PartT", bound=PagedPart)
PageT = TypeVar("PageT")


def pages_of(
    parts: Iterable[PartT], read: Callable[[PartT], PageT], at_once: int
) -> Iterator[tuple[PartT, PageT]]:
    """The pages of all parts, those of one part in order, each part read until it is done.

    read: gives the next page of a part; it is called in threads, in at most `at_once` of them and never in two for
    one part, so that no more than `at_once` pages are in memory.
    """
    waiting = deque(parts)
    under_way: dict[Future[PageT], PartT] = {}
    with ThreadPoolExecutor(at_once) as pool:
        while waiting or under_way:
            while waiting and len(under_way) < at_once:
                part = waiting.popleft()
                under_way[pool.submit(read, part)] = part
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                part = under_way.pop(future)
                page = future.result()
                if not part.done:
                    waiting.append(part)
                yield part, page
