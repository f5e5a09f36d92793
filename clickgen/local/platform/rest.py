"""The AWS REST protocol with JSON: an action is a method and a path, an answer a status and a body."""

import inspect
import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

import orjson
from multidict import MultiMapping

from clickgen.local.platform.errors import ServiceError, serialization_error
from clickgen.local.platform.limits import MAX_BODY_BYTES
from clickgen.local.platform.service import StationReport, signed_for, whole_body
from clickgen.local.platform.web import web


@dataclass(frozen=True, slots=True)
class RestCall:
    """One request: the parts of its path by name, query, headers, body, and the region it was signed for."""

    parts: dict[str, str]
    query: MultiMapping[str]
    headers: dict[str, str]
    """By their names in small letters."""
    raw: bytes
    region: str

    def body(self) -> dict[str, Any]:
        """The body as JSON; a SerializationException if it is not an object."""
        try:
            body = orjson.loads(self.raw or b"{}")
        except orjson.JSONDecodeError as error:
            raise serialization_error(f"Could not parse request body into json: {error}") from None
        if not isinstance(body, dict):
            raise serialization_error("Start of structure or map found where not expected.")
        return body


@dataclass(frozen=True, slots=True)
class RestAnswer:
    """An answer that is more than JSON with status 200."""

    body: bytes | dict[str, Any] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


RestAction = Callable[[RestCall], Any]
"""Takes a call and gives a RestAnswer or what becomes JSON (or a coroutine of it), or raises ServiceError."""


class RestService:
    """A service with routes like `("GET", "/2015-03-31/functions/{name}", action)`; the first match is taken."""

    def __init__(self, signing_name: str, routes: Sequence[tuple[str, str, RestAction]]) -> None:
        self.signing_names = frozenset({signing_name})
        self.targets: frozenset[str] = frozenset()
        self._routes = [(method, _pattern(path), action) for method, path, action in routes]

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Perform the action; an error of the service becomes its response."""
        headers = {"Content-Type": "application/json", "x-amzn-RequestId": str(uuid.uuid4())}
        try:
            answer = await self._perform(request)
        except ServiceError as error:
            headers["x-amzn-ErrorType"] = error.code
            answer = RestAnswer({"Type": "User", "message": error.message, "Message": error.message}, error.status)
        body = answer.body
        if not isinstance(body, bytes):
            body = b"" if body is None else orjson.dumps(body)
        return web.Response(body=body, status=answer.status, headers=headers | answer.headers)

    def reports(self) -> Sequence[StationReport]:
        """Nothing, if the service keeps no counts."""
        return ()

    async def close(self) -> int:
        """Nothing is under way in a service that only answers."""
        return 0

    async def _perform(self, request: web.Request) -> RestAnswer:
        path = request.rel_url.raw_path.rstrip("/") or "/"
        for method, pattern, action in self._routes:
            match = pattern.fullmatch(path)
            if match is not None and method == request.method:
                parts = {name: unquote(part) for name, part in match.groupdict().items()}
                call = RestCall(
                    parts,
                    request.query,
                    {name.lower(): value for name, value in request.headers.items()},
                    await _whole(request),
                    signed_for(request)[0],
                )
                answer = action(call)
                if inspect.isawaitable(answer):
                    answer = await answer
                return answer if isinstance(answer, RestAnswer) else RestAnswer(answer)
        raise ServiceError(
            "UnknownOperationException", f"The embedded pipeline does not have {request.method} {path}.", 404
        )


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path.rstrip("/")))


async def _whole(request: web.Request) -> bytes:
    try:
        return await whole_body(request)
    except web.HTTPRequestEntityTooLarge:
        raise ServiceError(
            "RequestTooLargeException", f"The request is larger than {MAX_BODY_BYTES} bytes.", 413
        ) from None
