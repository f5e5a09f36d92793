"""Lambda as a service of the endpoint."""

import os

from clickgen.local.functions.control import FunctionControl
from clickgen.local.functions.failures import Failures
from clickgen.local.functions.functions import EmbeddedFunctions
from clickgen.local.functions.invocations import Invocations
from clickgen.local.functions.mappings import Mappings
from clickgen.local.functions.queue import EventQueue
from clickgen.local.functions.requests import refused
from clickgen.local.functions.retrying import AsyncControl
from clickgen.local.platform.clock import ServiceClock
from clickgen.local.platform.faults import FaultBoard
from clickgen.local.platform.inside import is_bucket, is_key
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import Objects
from clickgen.local.platform.objects import open_object
from clickgen.local.platform.rest import RestAction, RestService
from clickgen.local.platform.service import StationReport

_FUNCTION = "/2015-03-31/functions/{name}"
_CONCURRENCY = "/2017-10-31/functions/{name}/concurrency"
_ASYNC = "/2019-09-25/functions/{name}/event-invoke-config"
_MAPPINGS = "/2015-03-31/event-source-mappings"
_TAGS = "/2017-03-31/tags/{name}"


class Lambda(RestService):
    """All functions of one lake behind the endpoint."""

    def __init__(
        self,
        lake: Lake,
        endpoint_url: str,
        board: FaultBoard,
        clock: ServiceClock,
        objects: Objects | None = None,
    ) -> None:
        self._lake = lake
        self.functions = EmbeddedFunctions(lake, endpoint_url, board)
        self.failures = Failures(lake, objects)
        self.queue = EventQueue(self.functions, self.failures, clock)
        self.mappings = Mappings(self.functions, self.failures, clock, board)
        super().__init__("lambda", self._actions())

    def reports(self) -> list[StationReport]:
        """Each function, and each mapping."""
        functions = [self.functions.find(name).report() for name in self.functions.names]
        return [*functions, *self.mappings.reports()]

    async def close(self) -> int:
        """End what runs; events that are not done are called again by the next server."""
        await self.mappings.close()
        await self.queue.close()
        await self.functions.close()
        return 0

    def _actions(self) -> list[tuple[str, str, RestAction]]:
        control = FunctionControl(self.functions, self._read)
        invocations = Invocations(self.functions, self.queue)
        asynchronous = AsyncControl(self.functions)
        return [
            ("POST", f"{_FUNCTION}/invocations", invocations.invoke),
            ("POST", "/2015-03-31/functions", control.create),
            ("GET", "/2015-03-31/functions", control.list),
            ("GET", _FUNCTION, control.get),
            ("DELETE", _FUNCTION, control.delete),
            ("GET", f"{_FUNCTION}/configuration", control.get_configuration),
            ("PUT", f"{_FUNCTION}/configuration", control.update_configuration),
            ("PUT", f"{_FUNCTION}/code", control.update_code),
            ("GET", f"{_FUNCTION}/versions", control.versions),
            ("POST", f"{_FUNCTION}/policy", control.add_permission),
            ("GET", f"{_FUNCTION}/policy", control.get_policy),
            ("DELETE", f"{_FUNCTION}/policy/{{sid}}", control.remove_permission),
            ("PUT", _CONCURRENCY, control.put_concurrency),
            ("DELETE", _CONCURRENCY, control.delete_concurrency),
            ("GET", "/2019-09-30/functions/{name}/concurrency", control.get_concurrency),
            ("GET", "/2020-06-30/functions/{name}/code-signing-config", control.code_signing),
            ("POST", _MAPPINGS, self.mappings.create),
            ("GET", _MAPPINGS, self.mappings.list),
            ("GET", f"{_MAPPINGS}/{{id}}", self.mappings.get),
            ("PUT", f"{_MAPPINGS}/{{id}}", self.mappings.update),
            ("DELETE", f"{_MAPPINGS}/{{id}}", self.mappings.delete),
            ("PUT", _ASYNC, asynchronous.put),
            ("POST", _ASYNC, asynchronous.update),
            ("GET", _ASYNC, asynchronous.get),
            ("DELETE", _ASYNC, asynchronous.delete),
            ("GET", _TAGS, control.list_tags),
            ("POST", _TAGS, control.tag),
            ("DELETE", _TAGS, control.untag),
        ]

    def _read(self, bucket: str, key: str) -> bytes:
        """The bytes of an archive in the lake."""
        wanted = f"Error occurred while GetObject. S3 Error Code: NoSuchKey. S3 Error Message: {bucket}/{key}"
        if not (is_bucket(bucket) and is_key(key)):
            raise refused(wanted)
        try:
            with os.fdopen(open_object(self._lake, bucket, key), "rb") as archive:
                return archive.read()
        except OSError as error:
            raise refused(f"{wanted}: {error.strerror or error}") from None
