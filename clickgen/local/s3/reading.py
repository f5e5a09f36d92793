"""GetObject and HeadObject: whole or a range, under conditions, in bounded memory."""

import asyncio
import os
import re

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.web import web
from clickgen.local.s3.conditions import check_read
from clickgen.local.s3.request import S3Request
from clickgen.local.s3.store import ObjectInfo, ObjectStore

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_OVERRIDES = (
    "content-type",
    "content-language",
    "expires",
    "cache-control",
    "content-disposition",
    "content-encoding",
)
_IN_LOOP_BYTES = 64 * 1024  # reading more than this from a disk is worth a thread


def no_such_key(key: str) -> ServiceError:
    """No object of that key."""
    return ServiceError("NoSuchKey", f"The specified key does not exist. ({key})", 404)


async def read_object(request: S3Request, store: ObjectStore, headers: dict[str, str]) -> web.StreamResponse:
    """GetObject and HeadObject; `headers` are those of every answer."""
    found = await asyncio.to_thread(store.open, request.bucket, request.key)
    if found is None:
        raise no_such_key(request.key)
    descriptor, info = found
    try:
        check_read(request.headers, info)
        start, end = _range(request.headers.get("Range"), info.size)
        response = web.StreamResponse(headers=headers | _headers(request, info))
        if (end - start) != info.size:
            response.set_status(206)
            response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{info.size}"
        elif request.headers.get("x-amz-checksum-mode", "").upper() == "ENABLED":
            response.headers.update(info.checksums)
        response.content_length = end - start
        await response.prepare(request.http)
        if request.method != "HEAD":
            await _send(descriptor, start, end, response)
        await response.write_eof()
    finally:
        os.close(descriptor)
    return response


def object_headers(info: ObjectInfo) -> dict[str, str]:
    """What every answer about an object has."""
    return {
        "ETag": f'"{info.etag}"',
        "Last-Modified": info.last_modified,
        "Accept-Ranges": "bytes",
        "Content-Type": "binary/octet-stream",
        "x-amz-server-side-encryption": "AES256",
        **info.headers,
    }


def _headers(request: S3Request, info: ObjectInfo) -> dict[str, str]:
    headers = {name.title() if name[0] != "x" else name: value for name, value in object_headers(info).items()}
    for name in _OVERRIDES:
        if (value := request.query.get(f"response-{name}")) is not None:
            headers[name.title()] = value
    return headers


def _range(wanted: str | None, size: int) -> tuple[int, int]:
    """From where to where; the whole for a range that S3 ignores; InvalidRange."""
    match = _RANGE.fullmatch(wanted.strip()) if wanted is not None else None
    if match is None or match.groups() == ("", ""):
        return 0, size
    first, last = match.groups()
    if first:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return 0, size
    else:
        start, end = max(0, size - int(last)), size
    if start >= size or (not first and last == "0"):
        raise ServiceError("InvalidRange", "The requested range is not satisfiable", 416)
    return start, end


async def _send(descriptor: int, start: int, end: int, response: web.StreamResponse) -> None:
    while start < end:
        count = min(end - start, MEBIBYTE)
        if count > _IN_LOOP_BYTES:
            part = await asyncio.to_thread(os.pread, descriptor, count, start)
        else:
            part = os.pread(descriptor, count, start)
        if not part:
            raise ConnectionResetError("the file has become shorter while it was read")
        await response.write(part)
        start += len(part)
