"""The one endpoint of all services: which of them a request is for."""

from collections.abc import Sequence

from aiohttp import web

from clickgen.local.platform.admin import PATH, Admin
from clickgen.local.platform.limits import MAX_BODY_BYTES
from clickgen.local.platform.service import Service, signed_for


def application(services: Sequence[Service], default: Service, admin: Admin) -> web.Application:
    """All services as one aiohttp application, with what the server says of itself.

    A request goes to the service that its `X-Amz-Target` names, else to the one it was signed for, else to
    `default`.
    """
    by_target = {target: service for service in services for target in service.targets}
    by_name = {name: service for service in services for name in service.signing_names}

    async def handle(request: web.Request) -> web.StreamResponse:
        target = request.headers.get("x-amz-target", "").rpartition(".")[0]
        service = by_target.get(target)
        if service is None:
            service = by_name.get(signed_for(request)[1] or "", default)
        return await service.answer(request)

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_route("*", PATH + "{path:.*}", admin.answer)
    app.router.add_route("*", "/{path:.*}", handle)
    return app
