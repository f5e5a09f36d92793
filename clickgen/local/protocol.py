"""AWS JSON 1.1 over HTTP: a request becomes a call, its answer or error a response any SDK understands.

Signatures are not checked: the server listens on the loopback interface only. All of a request's credentials that
matters is the region it was signed for.
"""

import asyncio
import re
import uuid
from typing import Any
from urllib.parse import quote

import orjson
from aiohttp import web

from clickgen.local.actions import ACTIONS, PUTS
from clickgen.local.actions.call import Call
from clickgen.local.errors import ServiceError, invalid_argument, serialization_error
from clickgen.local.faults import Faults
from clickgen.local.limits import MAX_BODY_BYTES
from clickgen.local.pipeline import EmbeddedPipeline

_TARGET_PREFIX = "Firehose_20150804."
_CONTENT_TYPE = "application/x-amz-json-1.1"
_CREDENTIAL_REGION = re.compile(r"Credential=[^/,]+/\d{8}/([a-z0-9-]+)/")
_DEFAULT_REGION = "us-east-1"
_LAKE_HEADER = "x-clickgen-lake"  # tells a verifier on this machine where the objects land


def application(pipeline: EmbeddedPipeline, faults: Faults) -> web.Application:
    """The service as an aiohttp application; every path is the service, as at AWS."""

    lake = quote(str(pipeline.root))

    async def handle(request: web.Request) -> web.Response:
        action = request.headers.get("x-amz-target", "").removeprefix(_TARGET_PREFIX)
        try:
            body, status = await _answer(request, action, pipeline, faults), 200
        except ServiceError as error:
            body, status = orjson.dumps({"__type": error.code, "message": error.message}), error.status
        if action in PUTS:
            if faults.latency:
                await asyncio.sleep(faults.latency)
            if status == 200 and faults.drop_reply() and request.transport is not None:
                request.transport.abort()  # the records are kept; the client will never know
        return web.Response(
            body=body,
            status=status,
            headers={"Content-Type": _CONTENT_TYPE, "x-amzn-RequestId": str(uuid.uuid4()), _LAKE_HEADER: lake},
        )

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_route("*", "/{path:.*}", handle)
    return app


async def _answer(request: web.Request, action: str, pipeline: EmbeddedPipeline, faults: Faults) -> bytes:
    try:
        raw = await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise invalid_argument("Records size exceeds 4 MB limit") from None
    perform = ACTIONS.get(action)
    if perform is None:
        raise ServiceError(
            "UnknownOperationException", f"The embedded Firehose does not know the operation {action!r}."
        )
    body = _parsed(raw)
    if action in PUTS:
        faults.refuse_call()
    return perform(Call(body, _region(request), pipeline, faults))


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise serialization_error(f"The body is no JSON: {error}.") from None
    if not isinstance(body, dict):
        raise serialization_error("The body is no JSON object.")
    return body


def _region(request: web.Request) -> str:
    match = _CREDENTIAL_REGION.search(request.headers.get("Authorization", ""))
    return match.group(1) if match else _DEFAULT_REGION
