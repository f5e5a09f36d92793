"""S3 as a service of the endpoint: the default one, whose requests need not be signed."""

import asyncio
import sqlite3
import uuid
from collections.abc import Callable

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.faults import FaultBoard, Faults, ServiceFaults
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import EventFunctions, ObjectCreated
from clickgen.local.platform.notices import say
from clickgen.local.platform.service import StationReport
from clickgen.local.platform.web import web
from clickgen.local.s3.actions import BucketActions, ObjectActions, choose, xml
from clickgen.local.s3.buckets import create_bucket, not_implemented
from clickgen.local.s3.listings import list_buckets
from clickgen.local.s3.multipart import Multipart
from clickgen.local.s3.notifications import Notifications
from clickgen.local.s3.request import S3Request, check_bucket, read_request
from clickgen.local.s3.store import ObjectInfo, ObjectStore
from clickgen.local.s3.writing import Writing
from clickgen.local.s3.xml import error_document

_WRITES = frozenset({"PUT", "POST"})  # what a throttle and failing records are about
_REGION = "us-east-1"  # of events about objects that no request made


class S3:
    """All buckets of one lake behind the endpoint; satisfies `links.Objects`."""

    def __init__(self, lake: Lake, board: FaultBoard) -> None:
        self.signing_names = frozenset({"s3"})
        self.targets: frozenset[str] = frozenset()
        self._store = ObjectStore(lake)
        self._notifications = Notifications(self._store)
        writing = Writing(self._store, self._made, self.poisons)
        multipart = Multipart(self._store, writing, self._made)
        self._objects = ObjectActions(self._store, writing, multipart, self._removed)
        self._buckets = BucketActions(self._store, writing, multipart, self._notifications, self._removed)
        self._listeners: list[Callable[[ObjectCreated], None]] = []
        self._faults = ServiceFaults(
            board,
            "s3",
            throttled=_slow_down,
            failed=lambda: ServiceError(
                "InternalError", "We encountered an internal error. Please try again.", 500
            ),
        )
        self._created = dict[str, int]()
        self._failed = dict[str, tuple[int, str]]()
        self._telling: set[asyncio.Task[None]] = set()

    def notify(self, functions: EventFunctions) -> None:
        """Call these functions for the notifications of buckets, also for those that a killed server owes."""
        self._notifications.functions = functions
        for bucket, key in self._store.unnotified():
            self._tell_soon(bucket, key)

    def admit(self, bucket: str) -> None:
        """Raise the ServiceError of a put into that bucket, if a fault planted there refuses it."""
        faults = self._faults.own(bucket)
        if faults is None:
            return
        try:
            faults.refuse_call()
            _refuse_put(faults)
        except ServiceError as problem:
            self._note_failure(bucket, problem)
            raise

    def poisons(self, bucket: str) -> bool:
        """Whether the next object of that bucket is to be damaged by a planted fault."""
        return self._faults.of(bucket).poisons_next()

    def expect(self, bucket: str, key: str) -> None:
        """Note that an object is about to appear: the next server tells of it if this one is killed meanwhile."""
        if self._notifications.targets(bucket):
            self._store.expect(bucket, key)

    def created(self, bucket: str, key: str) -> None:
        """Tell that an object has appeared in the lake, so that notifications are sent."""
        self._created[bucket] = self._created.get(bucket, 0) + 1
        if self._listeners or self._notifications.targets(bucket):
            self._tell_soon(bucket, key)

    def _tell_soon(self, bucket: str, key: str) -> None:
        async def tell() -> None:
            info = await asyncio.to_thread(self._store.info, bucket, key)
            if info is not None:
                self._tell(bucket, info, "Put", _REGION)
            self._store.notified(bucket, key)

        task = asyncio.create_task(tell())
        self._telling.add(task)
        task.add_done_callback(self._telling.discard)

    async def settle(self) -> None:
        """Wait until functions have been notified of everything that has appeared."""
        while self._telling:
            await asyncio.gather(*self._telling)

    def describe(self, bucket: str, key: str, headers: dict[str, str]) -> None:
        """Remember headers of an object about to appear: Content-Type, Content-Encoding, x-amz-meta-…"""
        self._store.describe(bucket, key, headers)

    def subscribe(self, listener: Callable[[ObjectCreated], None]) -> None:
        """Call `listener` for every object created, on the event loop."""
        self._listeners.append(listener)

    def reports(self) -> list[StationReport]:
        """Each bucket: the objects made in it since the server started, and the requests that failed."""
        reports = []
        for name, _ in self._store.buckets():
            made, (failed, last) = self._created.get(name, 0), self._failed.get(name, (0, ""))
            reports.append(StationReport(f"s3:{name}", "Active", made, made, 0, failed, last_error=last or None))
        return reports

    async def close(self) -> int:
        """Finish telling of objects."""
        await self.settle()
        self._store.close()
        return 0

    async def answer(self, http: web.Request) -> web.StreamResponse:
        """Answer one request; an error of the service becomes its XML."""
        request = read_request(http)
        request_id = uuid.uuid4().hex[:16].upper()
        headers = {"x-amz-request-id": request_id, "x-amz-id-2": request_id, "Server": "AmazonS3"}
        try:
            faults = self._faults.of(request.bucket)
            if faults.settings.latency:
                await asyncio.sleep(faults.settings.latency)
            faults.refuse_call()
            if request.method in _WRITES and request.key:
                _refuse_put(faults)
            response = await self._perform(request, headers)
        except ServiceError as error:
            return self._refused(request, error, headers)
        except ConnectionError:
            raise
        except (OSError, sqlite3.Error) as error:
            say(f"{request.method} {request.resource} failed: {error}")
            problem = ServiceError("InternalError", f"The lake cannot be used: {error}.", 500)
            return self._refused(request, problem, headers)
        if faults.drop_reply() and http.transport is not None:
            http.transport.abort()
        return response

    def _refused(self, request: S3Request, problem: ServiceError, headers: dict[str, str]) -> web.Response:
        if request.bucket and problem.status >= 500:
            self._note_failure(request.bucket, problem)
        body = error_document(problem.code, problem.message, request.resource, headers["x-amz-request-id"])
        if problem.status == 304 or request.method == "HEAD":
            return web.Response(status=problem.status, headers=headers)
        return web.Response(status=problem.status, headers=headers, body=body, content_type="application/xml")

    def _note_failure(self, bucket: str, problem: ServiceError) -> None:
        count, _ = self._failed.get(bucket, (0, ""))
        self._failed[bucket] = (count + 1, f"{problem.code}: {problem.message}")

    async def _perform(self, request: S3Request, headers: dict[str, str]) -> web.StreamResponse:
        if not request.bucket:
            if request.method != "GET":
                raise not_implemented(f"{request.method} without a bucket")
            return xml(list_buckets(self._store), headers)
        check_bucket(request.bucket)
        if request.method == "PUT" and not request.key and not request.query:
            await create_bucket(request, self._store)
            return web.Response(headers=headers | {"Location": f"/{request.bucket}"})
        if not self._store.has_bucket(request.bucket):
            raise ServiceError("NoSuchBucket", f"The specified bucket does not exist ({request.bucket})", 404)
        routes = self._objects.routes if request.key else self._buckets.routes
        return await choose(routes, request)(request, headers)

    def _made(self, bucket: str, info: ObjectInfo, how: str, region: str) -> None:
        self._created[bucket] = self._created.get(bucket, 0) + 1
        self._tell(bucket, info, how, region)

    def _tell(self, bucket: str, info: ObjectInfo, how: str, region: str) -> None:
        self._notifications.send(f"ObjectCreated:{how}", bucket, info, region)
        for listener in self._listeners:
            listener(ObjectCreated(bucket, info.key, info.size, info.etag))

    def _removed(self, request: S3Request, key: str) -> None:
        self._notifications.send("ObjectRemoved:Delete", request.bucket, ObjectInfo(key, 0, 0, ""), request.region)


def _refuse_put(faults: Faults) -> None:
    """Raise the error of a put while the bucket is paused, over its throttle, or that fails by chance."""
    if faults.settings.pause:
        raise _slow_down()
    for failure in faults.failing(1).values():
        raise failure


def _slow_down() -> ServiceError:
    return ServiceError("SlowDown", "Please reduce your request rate.", 503)
