"""The one endpoint of all services: which of them a request is for."""

import sqlite3
import uuid
from collections.abc import Sequence

import orjson

from clickgen.local.platform.admin import PATH, Admin
from clickgen.local.platform.door import Door, stopping
from clickgen.local.platform.limits import MAX_BODY_BYTES
from clickgen.local.platform.notices import say
from clickgen.local.platform.service import Service, signed_for
from clickgen.local.platform.web import web

_JSON_PROTOCOL = "application/x-amz-json-"


def application(services: Sequence[Service], default: Service, admin: Admin, door: Door) -> web.Application:
    """All services as one aiohttp application behind a door, with what the server says of itself.

    A request goes to the service that its `X-Amz-Target` names, else to the one it was signed for, else to
    `default`, unless it is in a protocol that `default` does not speak.
    """
    by_target = {target: service for service in services for target in service.targets}
    by_name = {name: service for service in services for name in service.signing_names}

    async def handle(request: web.Request) -> web.StreamResponse:
        target = request.headers.get("x-amz-target", "").rpartition(".")[0]
        service = by_target.get(target)
        if service is None:
            service = by_name.get(signed_for(request)[1] or "")
        if service is None and request.headers.get("Content-Type", "").startswith(_JSON_PROTOCOL):
            return _unknown(request.headers.get("x-amz-target", ""))
        if service is None:
            service = default
        if not door.enter(request):
            return stopping()
        try:
            return await service.answer(request)
        except ConnectionError:
            return web.Response()  # the client has gone in the middle of its request or of the answer
        except (OSError, sqlite3.Error) as error:  # a full disk, a lake that was taken away
            say(f"{request.method} {request.path} {request.headers.get('x-amz-target', '')} failed: {error}")
            return _failed(str(error))
        finally:
            door.leave()

    async def handle_admin(request: web.Request) -> web.StreamResponse:
        return stopping() if door.closed else await admin.answer(request)

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_route("*", PATH + "{path:.*}", handle_admin)
    app.router.add_route("*", "/{path:.*}", handle)
    return app


def _failed(reason: str) -> web.Response:
    body = {"__type": "InternalFailure", "message": f"The lake cannot be used: {reason}."}
    headers = {"x-amzn-ErrorType": "InternalFailure"}
    return web.Response(body=orjson.dumps(body), status=500, content_type="application/json", headers=headers)


def _unknown(target: str) -> web.Response:
    body = {
        "__type": "UnknownOperationException",
        "message": f"The embedded pipeline does not know the operation {target!r}.",
    }
    headers = {"Content-Type": f"{_JSON_PROTOCOL}1.1", "x-amzn-RequestId": str(uuid.uuid4())}
    return web.Response(body=orjson.dumps(body), status=400, headers=headers)
