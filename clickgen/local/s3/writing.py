"""PutObject, CopyObject, DeleteObject and DeleteObjects."""

import asyncio
import base64
import hashlib
import os
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.objects import copy_bytes, damage
from clickgen.local.s3.conditions import check_read, check_write
from clickgen.local.s3.incoming import Draft, receive
from clickgen.local.s3.reading import no_such_key
from clickgen.local.s3.request import S3Request, check_bucket, check_key
from clickgen.local.s3.store import ObjectInfo, ObjectStore
from clickgen.local.s3.xml import document, iso, parsed, text_of

Created = Callable[[str, ObjectInfo, str, str], None]
"""Called with the bucket, the object, the event's name after `ObjectCreated:`, and the region."""

_KEPT_HEADERS = (
    "Content-Type",
    "Content-Encoding",
    "Content-Disposition",
    "Content-Language",
    "Cache-Control",
    "Expires",
    "x-amz-website-redirect-location",
    "x-amz-storage-class",
)
_MAX_METADATA_BYTES = 2048
_MAX_DELETED = 1000
_MAX_DELETE_BODY = 2 * MEBIBYTE  # a thousand of the longest keys

_REFUSED_HEADERS = (
    "x-amz-object-lock-mode",
    "x-amz-object-lock-legal-hold",
    "x-amz-tagging",
    "x-amz-write-offset-bytes",
)


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """What is remembered of the headers of a put; MetadataTooLarge, NotImplemented."""
    for name in _REFUSED_HEADERS:
        if headers.get(name):
            raise ServiceError("NotImplemented", f"The embedded pipeline does not have the header {name}.", 501)
    kept = {name: headers[name] for name in _KEPT_HEADERS if name in headers}
    encodings = [one.strip() for one in kept.pop("Content-Encoding", "").split(",")]
    if encoding := ",".join(one for one in encodings if one and one != "aws-chunked"):
        kept["Content-Encoding"] = encoding
    metadata = {name.lower(): value for name, value in headers.items() if name.lower().startswith("x-amz-meta-")}
    if sum(len(name) - len("x-amz-meta-") + len(value) for name, value in metadata.items()) > _MAX_METADATA_BYTES:
        raise ServiceError("MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size")
    return kept | metadata


class Writing:
    """What changes objects."""

    def __init__(self, store: ObjectStore, created: Created, poisons: Callable[[str], bool]) -> None:
        """poisons: whether the next object of a bucket is to be damaged by a planted fault."""
        self._store = store
        self._created = created
        self._poisons = poisons

    async def put(self, request: S3Request) -> dict[str, str]:
        """PutObject; the headers of the answer."""
        check_key(request.key)
        headers = kept_headers(request.headers)
        draft = await receive(request, self._store.lake.aside)
        try:
            info = await self.land(draft, request, headers)
        finally:
            draft.discard()
        self._created(request.bucket, info, "Put", request.region)
        return {"ETag": f'"{info.etag}"', "x-amz-server-side-encryption": "AES256", **info.checksums}

    async def land(self, draft: Draft, request: S3Request, headers: dict[str, str]) -> ObjectInfo:
        """Let a body appear as the object, if the conditions of the request hold."""
        conditional = "If-Match" in request.headers or "If-None-Match" in request.headers
        if conditional:  # its ETag may have to be computed first; then it is known at once
            await asyncio.to_thread(self._store.info, request.bucket, request.key)
            check_write(request.headers, self._store.info(request.bucket, request.key))
        if self._poisons(request.bucket):  # without checksums, by which clients would refuse to read it
            damage(draft.path)
            draft = replace(draft, checksums={})
        return self._store.put(draft.path, request.bucket, request.key, draft.md5, headers, draft.checksums)

    async def copy(self, request: S3Request) -> bytes:
        """CopyObject."""
        check_key(request.key)
        bucket, key = copy_source(request)
        found = await asyncio.to_thread(self._store.open, bucket, key)
        if found is None:
            raise no_such_key(key)
        descriptor, source = found
        try:
            check_read(request.headers, source, "x-amz-copy-source-")
            replaced = request.headers.get("x-amz-metadata-directive", "COPY").upper() == "REPLACE"
            if (bucket, key) == (request.bucket, request.key) and not replaced:
                raise ServiceError(
                    "InvalidRequest",
                    "This copy request is illegal because it is trying to copy an object to itself without"
                    " changing the object's metadata, storage class, website redirect location or encryption"
                    " attributes.",
                )
            path = self._store.lake.aside / uuid.uuid4().hex
            digest = await asyncio.to_thread(_copy, descriptor, path)
        finally:
            os.close(descriptor)
        headers = kept_headers(request.headers) if replaced else source.headers
        draft = Draft(path, source.size, digest, {} if replaced else source.checksums)
        try:
            info = await self.land(draft, request, headers)
        finally:
            draft.discard()
        self._created(request.bucket, info, "Copy", request.region)
        return document("CopyObjectResult", {"LastModified": iso(info.modified), "ETag": f'"{info.etag}"'})

    async def delete(self, request: S3Request) -> bool:
        """DeleteObject; whether there was one."""
        check_key(request.key)
        if "If-Match" in request.headers:
            check_write(request.headers, await asyncio.to_thread(self._store.info, request.bucket, request.key))
        return self._store.delete(request.bucket, request.key)

    async def delete_many(self, request: S3Request) -> tuple[bytes, list[str]]:
        """DeleteObjects; the answer, and the keys that were there."""
        body = await request.body(_MAX_DELETE_BODY)
        given = request.headers.get("Content-MD5")
        if given is not None:
            digest = hashlib.md5(body, usedforsecurity=False).digest()
            if base64.b64encode(digest).decode() != given:
                raise ServiceError("BadDigest", "The Content-MD5 you specified did not match what we received.")
        root = parsed(body)
        keys = [text_of(one, "Key") for one in root.iter("Object")]
        if not 0 < len(keys) <= _MAX_DELETED:
            raise ServiceError(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        gone: list[str] = []
        errors: list[dict[str, str]] = []
        for key in keys:
            try:
                check_key(key)
                if self._store.delete(request.bucket, key):
                    gone.append(key)
            except ServiceError as error:
                errors.append({"Key": key, "Code": error.code, "Message": error.message})
        failed = {error["Key"] for error in errors}
        quiet = text_of(root, "Quiet").lower() == "true"
        deleted = [] if quiet else [{"Key": key} for key in keys if key not in failed]
        return document("DeleteResult", {"Deleted": deleted, "Error": errors}), gone


def copy_source(request: S3Request) -> tuple[str, str]:
    """Bucket and key in `x-amz-copy-source`."""
    source = unquote(request.headers["x-amz-copy-source"]).removeprefix("/").partition("?versionId=")[0]
    bucket, _, key = source.partition("/")
    check_bucket(bucket)
    check_key(key)
    return bucket, key


def _copy(source: int, path: Path) -> str:
    """Copy a file to a new one; its MD5 in hexadecimal."""
    digest = hashlib.md5(usedforsecurity=False)
    target = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        copy_bytes(source, target, digest.update)
    except BaseException:
        with suppress(FileNotFoundError):
            path.unlink()
        raise
    finally:
        os.close(target)
    return digest.hexdigest()
