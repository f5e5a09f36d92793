"""What every examination has: the services, what is wished for, and words for what a service refuses."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from clickgen.doctor.finding import Finding, problem, warning
from clickgen.model.errors import EnvironmentProblem
from clickgen.pipeline.description import PipelineDescription
from clickgen.pipeline.running import RunningPipeline
from clickgen.sink.answers import CREDENTIAL_CODES, EXPIRED_CODES
from clickgen.sink.aws import Access, is_aws, make_client
from clickgen.sink.call_failures import code_and_message
from clickgen.sink.describe import unanswered

_MISSING = frozenset(
    [
        "ResourceNotFoundException",
        "NotFoundException",
        "EntityNotFoundException",
        "NoSuchBucket",
        "404",
        "NotFound",
    ]
)
_DENIED = frozenset(["403", "Forbidden", "UnauthorizedOperation", "AuthorizationErrorException"])

Answer = Mapping[str, Any]

MOST_OBJECTS = 10_000
"""Listed of one place, ten calls: a diagnosis takes seconds, and `clickgen verify` looks at all of them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A service's answer that is an error."""

    code: str
    message: str

    @property
    def missing(self) -> bool:
        return self.code in _MISSING

    @property
    def denied(self) -> bool:
        return "AccessDenied" in self.code or self.code in _DENIED

    def finding(self, station: str, what: str, permission: str) -> Finding:
        """The finding if `what` cannot be described."""
        if self.missing:
            return problem(
                station, f"there is no {what}", "create it, or check its name, the region and the account"
            )
        if self.denied:
            return warning(
                station, f"{what} may not be looked at: {self.message or self.code}", f"allow {permission}"
            )
        return warning(
            station, f"{what} could not be looked at: {self.code}: {self.message}", f"allow {permission}"
        )


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the pipeline is to take."""

    rate: float | None  # events a second, or None if nothing was wished
    event_bytes: int
    latency_s: float | None  # from sent to landed

    @property
    def bytes_a_second(self) -> float | None:
        return None if self.rate is None else self.rate * self.event_bytes


@dataclass(slots=True)
class Visit:
    """A pipeline, or a part of one, that is looked at where it runs."""

    description: PipelineDescription
    name_of: Callable[[str], str]
    access: Access
    wishes: Wishes
    running: RunningPipeline | None = None  # where it runs on this machine, or None if it is deployed
    waits: dict[str, float] = field(default_factory=dict)  # seconds that an event may wait, by station
    _clients: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def client(self, service: str) -> Any:
        """A client, made once: several threads ask."""
        with self._lock:
            if service not in self._clients:
                self._clients[service] = make_client(service, self.access)
            return self._clients[service]

    @property
    def on_aws(self) -> bool:
        return is_aws(self.client("s3").meta.endpoint_url)

    @property
    def region(self) -> str:
        return str(self.client("s3").meta.region_name)

    def objects(self, bucket: str, prefix: str) -> list[dict[str, Any]] | Refused:
        """What is below a prefix, up to MOST_OBJECTS, the latest last."""
        found: list[dict[str, Any]] = []
        more: dict[str, str] = {}
        while len(found) < MOST_OBJECTS:
            answer = self.ask("s3", "list_objects_v2", Bucket=bucket, Prefix=prefix, **more)
            if isinstance(answer, Refused):
                return answer
            found += answer.get("Contents", [])
            if not answer.get("IsTruncated"):
                break
            more = {"ContinuationToken": answer["NextContinuationToken"]}
        return sorted(found, key=lambda one: one["LastModified"])

    def ask(self, service: str, operation: str, **arguments: Any) -> Answer | Refused:
        """The answer of a call. Raises EnvironmentProblem if the service cannot be reached or knows nobody."""
        client = self.client(service)
        where = f"{service} at {client.meta.endpoint_url}"
        try:
            answer: Answer = getattr(client, operation)(**arguments)
        except ClientError as refused:
            code, message = code_and_message(refused)
            if code in EXPIRED_CODES or code in CREDENTIAL_CODES:
                raise EnvironmentProblem(
                    f"the credentials are not accepted by {where}: {message or code}",
                    "renew them (aws sso login), or name others with --aws-profile",
                ) from refused
            return Refused(code, message)
        except BotoCoreError as lost:
            raise unanswered(lost, where) from lost
        return answer
