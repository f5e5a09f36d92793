"""What a service of the endpoint is, and the AWS JSON protocol that most of them speak.

A request becomes a `Call`, its answer or error a response that any SDK understands. Signatures are not checked:
the server listens on the loopback interface only. All that matters of a request's credentials is the region and
the service it was signed for.
"""

import asyncio
import inspect
import re
import uuid
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson

from clickgen.local.platform.errors import ServiceError, serialization_error
from clickgen.local.platform.faults import Faults, ServiceFaults
from clickgen.local.platform.limits import MAX_BODY_BYTES
from clickgen.local.platform.web import web

_CREDENTIAL = re.compile(r"Credential=[^/,]+/\d{8}/([a-z0-9-]+)/([a-z0-9-]+)/")
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class StationReport:
    """What a station has to say of itself, counted since the server started unless said otherwise."""

    station: str  # "firehose:clicks"
    state: str  # in the service's words: ACTIVE, RUNNING, Active
    arrived: int  # records, items, objects or invocations that it took
    left: int  # those that it handed on (to the slowest consumer), delivered or carried out
    waiting: int  # those that it holds now and has to hand on
    failed: int  # those that it refused, or that failed for good
    lag_s: float | None = None  # how old the oldest that waits is; None if none waits or it cannot be known
    last_error: str | None = None  # the last thing that went wrong there, in words
    consumers: Mapping[str, int] = field(default_factory=dict)  # of a stream: what each of them has taken


class Service(Protocol):
    """One AWS service behind the endpoint."""

    @property
    def signing_names(self) -> frozenset[str]:
        """The names its requests are signed for: the fourth part of a credential scope."""

    @property
    def targets(self) -> frozenset[str]:
        """What its `X-Amz-Target` headers say before the dot; empty for a service of another protocol."""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request, whatever it asks for."""

    def reports(self) -> Sequence[StationReport]:
        """What each of its stations has to say; nothing for a service that keeps no counts."""

    async def close(self) -> int:
        """Finish what is under way; how many buffers could not be delivered and stay on disk."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request in the JSON protocol: the operation, its body as parsed, the region it was signed for."""

    action: str
    body: dict[str, Any]
    region: str


Answer = bytes | dict[str, Any]
Action = Callable[[Call], Answer | Awaitable[Answer]]
"""Takes a call and gives the answer, as JSON already or as what becomes JSON, or raises ServiceError."""


class JsonService:
    """A service in the AWS JSON protocol: its actions by the names that clients call them.

    target: what `X-Amz-Target` says before the dot, like `Firehose_20150804`.
    version: of the protocol, "1.0" or "1.1".
    faults: what goes wrong on request, with the actions in `faulty` only, each with the member of its body that
        names the station.
    """

    def __init__(
        self,
        signing_name: str,
        target: str,
        actions: Mapping[str, Action],
        *,
        version: str = "1.1",
        faults: ServiceFaults | None = None,
        faulty: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.signing_names = frozenset({signing_name})
        self.targets = frozenset({target})
        self._actions = actions
        self._faults = faults
        self._faulty = faulty or {}
        self._headers = {"Content-Type": f"application/x-amz-json-{version}", **(headers or {})}

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Perform the action; an error of the service becomes its response."""
        action = request.headers.get("x-amz-target", "").rpartition(".")[2]
        faults: Faults | None = None
        try:
            call = await self._call(request, action)
            faults = self._faults_of(call)
            if faults is not None:
                faults.refuse_call()
            body, status = await self._perform(call), 200
        except ServiceError as error:
            answer = {"__type": error.code, "message": error.message, **error.members}
            body, status = orjson.dumps(answer), error.status
        if faults is not None:
            if faults.settings.latency:
                await asyncio.sleep(faults.settings.latency)
            if status == 200 and faults.drop_reply() and request.transport is not None:
                request.transport.abort()  # the action has been carried out; the client will never know
        headers = {**self._headers, "x-amzn-RequestId": str(uuid.uuid4())}
        return web.Response(body=body, status=status, headers=headers)

    def reports(self) -> Sequence[StationReport]:
        """A service that only answers has no stations."""
        return ()

    async def close(self) -> int:
        """Nothing is under way in a service that only answers."""
        return 0

    def station_of(self, call: Call) -> str:
        """The name of the station that a call in `faulty` is for."""
        return str(call.body.get(self._faulty[call.action]))

    def too_large(self) -> ServiceError:
        """The error of a request that is larger than any valid one."""
        return serialization_error(f"The request is larger than {MAX_BODY_BYTES} bytes.")

    async def _call(self, request: web.Request, action: str) -> Call:
        try:
            raw = await whole_body(request)
        except web.HTTPRequestEntityTooLarge:
            raise self.too_large() from None
        if action not in self._actions:
            raise ServiceError(
                "UnknownOperationException", f"The embedded pipeline does not know the operation {action!r}."
            )
        return Call(action, _parsed(raw), signed_for(request)[0])

    def _faults_of(self, call: Call) -> Faults | None:
        if self._faults is None or call.action not in self._faulty:
            return None
        return self._faults.of(self.station_of(call))

    async def _perform(self, call: Call) -> bytes:
        answer = self._actions[call.action](call)
        if inspect.isawaitable(answer):
            answer = await answer
        return answer if isinstance(answer, bytes) else orjson.dumps(answer)


def signed_for(request: web.Request) -> tuple[str, str | None]:
    """The region and the service that a request was signed for; no service if it was not signed."""
    match = _CREDENTIAL.search(request.headers.get("Authorization", ""))
    return (match.group(1), match.group(2)) if match else (_DEFAULT_REGION, None)


async def whole_body(request: web.Request) -> bytes:
    """A body in memory, unpacked if it is compressed; HTTPRequestEntityTooLarge, ServiceError.

    The endpoint hands on bodies as they are sent, since S3 keeps what is compressed as it is.
    """
    raw = await request.read()
    if request.headers.get("Content-Encoding") not in {"gzip", "deflate"}:
        return raw
    unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
    try:
        body = unpacking.decompress(raw, MAX_BODY_BYTES)
    except zlib.error as error:
        raise serialization_error(f"The body cannot be unpacked: {error}.") from None
    if unpacking.unconsumed_tail:
        raise web.HTTPRequestEntityTooLarge(MAX_BODY_BYTES, MAX_BODY_BYTES + 1)
    return body


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw or b"{}")
    except orjson.JSONDecodeError as error:
        raise serialization_error(f"The body is not valid JSON: {error}.") from None
    if not isinstance(body, dict):
        raise serialization_error("The body is not a JSON object.")
    return body
