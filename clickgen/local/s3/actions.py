"""The actions of S3 by method and by what the query asks for."""

import asyncio
from collections.abc import Awaitable, Callable

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.web import web
from clickgen.local.s3.buckets import (
    CONFIGURATIONS,
    location,
    not_implemented,
    read_configuration,
    remove_configuration,
    set_configuration,
)
from clickgen.local.s3.listings import Listings
from clickgen.local.s3.multipart import Multipart
from clickgen.local.s3.notifications import Notifications
from clickgen.local.s3.reading import read_object
from clickgen.local.s3.request import S3Request
from clickgen.local.s3.store import ObjectStore
from clickgen.local.s3.writing import Writing
from clickgen.local.s3.xml import document

Headers = dict[str, str]
Action = Callable[[S3Request, Headers], Awaitable[web.StreamResponse]]
"""Takes a request and the headers of every answer, and answers or raises ServiceError."""

Removed = Callable[[S3Request, str], None]
"""Called with a request and a key that it has removed."""

_SIMPLE = frozenset({"prefix", "delimiter", "marker", "max-keys", "encoding-type", "x-id", "versionId"})
_SIGNATURE = frozenset({"AWSAccessKeyId", "Signature", "Expires"})
"""What a query may have that names no action: options, and the older signature of a presigned URL."""


def choose(routes: list[tuple[str, str, Action]], request: S3Request) -> Action:
    """The action of a request: the first route with its method whose word is in the query; NotImplemented."""
    asked = (
        {name for name in request.query if not name.lower().startswith(("x-amz-", "response-"))}
        - _SIMPLE
        - _SIGNATURE
    )
    for method, word, action in routes:
        if method == request.method and (word in asked if word else not asked):
            return action
    subject = "an object" if request.key else "a bucket"
    raise not_implemented(f"{request.method} {' '.join(sorted(asked))} of {subject}".replace("  ", " "))


class ObjectActions:
    """What is done with one object, or one upload."""

    def __init__(self, store: ObjectStore, writing: Writing, multipart: Multipart, removed: Removed) -> None:
        self._store = store
        self._writing = writing
        self._multipart = multipart
        self._removed = removed
        self.routes: list[tuple[str, str, Action]] = [
            ("GET", "", self._read),
            ("HEAD", "", self._read),
            ("PUT", "", self._put),
            ("DELETE", "", self._delete),
            ("POST", "uploads", self._start_upload),
            ("PUT", "uploadId", self._upload_part),
            ("POST", "uploadId", self._complete),
            ("GET", "uploadId", self._parts),
            ("DELETE", "uploadId", self._abort),
        ]

    async def _read(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        if request.query.get("versionId", "null") != "null":
            raise ServiceError("NoSuchVersion", "The specified version does not exist.", 404)
        return await read_object(request, self._store, headers)

    async def _put(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        if "x-amz-copy-source" in request.headers:
            return xml(await self._writing.copy(request), headers)
        return web.Response(headers=headers | await self._writing.put(request))

    async def _delete(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        if await self._writing.delete(request):
            self._removed(request, request.key)
        return web.Response(status=204, headers=headers)

    async def _start_upload(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return xml(await self._multipart.create(request), headers)

    async def _upload_part(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return web.Response(headers=headers | await self._multipart.upload(request))

    async def _complete(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return xml(await self._multipart.complete(request), headers)

    async def _parts(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return xml(self._multipart.parts(request), headers)

    async def _abort(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        self._multipart.abort(request)
        return web.Response(status=204, headers=headers)


class BucketActions:
    """What is done with a bucket that is there."""

    def __init__(
        self,
        store: ObjectStore,
        writing: Writing,
        multipart: Multipart,
        notifications: Notifications,
        removed: Removed,
    ) -> None:
        self._store = store
        self._writing = writing
        self._multipart = multipart
        self._notifications = notifications
        self._removed = removed
        listings = Listings(store)
        self.routes: list[tuple[str, str, Action]] = [
            ("GET", "list-type", _answered(listings.objects_v2)),
            ("GET", "", _answered(listings.objects)),
            ("GET", "versions", _answered(listings.versions)),
            ("GET", "location", self._location),
            ("GET", "uploads", self._uploads),
            ("GET", "notification", self._read_notifications),
            ("PUT", "notification", self._set_notifications),
            ("POST", "delete", self._delete_many),
            ("HEAD", "", self._head),
            ("DELETE", "", self._delete),
        ]
        for name in CONFIGURATIONS:
            self.routes += [(method, name, self._configuration(name)) for method in ("GET", "PUT", "DELETE")]

    async def _head(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return web.Response(headers=headers | {"x-amz-bucket-region": location(self._store, request.bucket)})

    async def _delete(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        await asyncio.to_thread(self._store.delete_bucket, request.bucket)
        self._notifications.forget(request.bucket)
        return web.Response(status=204, headers=headers)

    async def _location(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        region = location(self._store, request.bucket)
        return xml(document("LocationConstraint", "" if region == "us-east-1" else region), headers)

    async def _uploads(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return xml(self._multipart.uploads(request), headers)

    async def _read_notifications(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        return xml(self._notifications.read(request.bucket), headers)

    async def _set_notifications(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        await self._notifications.set(request)
        return web.Response(headers=headers)

    async def _delete_many(self, request: S3Request, headers: Headers) -> web.StreamResponse:
        body, gone = await self._writing.delete_many(request)
        for key in gone:
            self._removed(request, key)
        return xml(body, headers)

    def _configuration(self, name: str) -> Action:
        async def act(request: S3Request, headers: Headers) -> web.StreamResponse:
            if request.method == "GET":
                body, kind, own = read_configuration(self._store, request.bucket, name)
                return web.Response(body=body, content_type=kind, headers={**headers, **own})
            if request.method == "PUT":
                own = await set_configuration(request, self._store, name)
                return web.Response(headers={**headers, **own})
            remove_configuration(self._store, request.bucket, name)
            return web.Response(status=204, headers=headers)

        return act


def xml(body: bytes, headers: Headers) -> web.Response:
    """An answer that is a document."""
    return web.Response(body=body, content_type="application/xml", headers=headers)


def _answered(listing: Callable[[S3Request], Awaitable[bytes]]) -> Action:
    async def act(request: S3Request, headers: Headers) -> web.StreamResponse:
        return xml(await listing(request), headers)

    return act
