"""The actions that list buckets and objects, as XML."""

import asyncio
import base64
import binascii
from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import quote

from clickgen.local.platform.errors import ServiceError
from clickgen.local.s3.buckets import OWNER
from clickgen.local.s3.listing import Listing, Page
from clickgen.local.s3.request import S3Request
from clickgen.local.s3.store import ObjectInfo, ObjectStore
from clickgen.local.s3.xml import document, iso

_MAX_KEYS = 1000


def list_buckets(store: ObjectStore) -> bytes:
    """ListBuckets."""
    found = [{"Name": name, "CreationDate": iso(made)} for name, made in store.buckets()]
    return document("ListAllMyBucketsResult", {"Owner": OWNER, "Buckets": {"Bucket": found}})


class Listings:
    """Answers of the listing actions."""

    def __init__(self, store: ObjectStore) -> None:
        self._listing = Listing(store)

    async def objects_v2(self, request: S3Request) -> bytes:
        """ListObjectsV2."""
        query, encode = request.query, _encoder(request)
        token = query.get("continuation-token")
        after = _after(token) if token else query.get("start-after", "")
        page = await self._page(request, after, resumed=bool(token))
        described = [_described(info, encode, owner=query.get("fetch-owner") == "true") for info in page.objects]
        members: dict[str, Any] = _common(request, page, encode) | {
            "StartAfter": encode(query["start-after"]) if "start-after" in query else None,
            "ContinuationToken": token,
            "NextContinuationToken": _token(page.last) if page.last is not None else None,
            "KeyCount": len(page.objects) + len(page.prefixes),
            "Contents": described,
        }
        return document("ListBucketResult", members)

    async def objects(self, request: S3Request) -> bytes:
        """ListObjects, the first version."""
        encode = _encoder(request)
        page = await self._page(request, request.query.get("marker", ""), resumed=True)
        delimited = page.last is not None and "delimiter" in request.query
        members: dict[str, Any] = _common(request, page, encode) | {
            "Marker": encode(request.query.get("marker", "")),
            "NextMarker": encode(page.last) if delimited and page.last is not None else None,
            "Contents": [_described(info, encode, owner=True) for info in page.objects],
        }
        return document("ListBucketResult", members)

    async def versions(self, request: S3Request) -> bytes:
        """ListObjectVersions: of every object there is one, whose id is null."""
        encode = _encoder(request)
        page = await self._page(request, request.query.get("key-marker", ""), resumed=True)
        version = {"VersionId": "null", "IsLatest": True}
        members: dict[str, Any] = _common(request, page, encode) | {
            "KeyMarker": encode(request.query.get("key-marker", "")),
            "NextKeyMarker": encode(page.last) if page.last is not None else None,
            "NextVersionIdMarker": "null" if page.last is not None else None,
            "Version": [_described(info, encode, owner=True) | version for info in page.objects],
        }
        return document("ListVersionsResult", members)

    async def _page(self, request: S3Request, after: str, *, resumed: bool) -> Page:
        query = request.query
        text = query.get("max-keys", str(_MAX_KEYS))
        if not text.isdecimal():
            raise ServiceError("InvalidArgument", "Provided max-keys not an integer or within integer range")
        prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
        limit = min(int(text), _MAX_KEYS)
        list_page = partial(self._listing.page, request.bucket, prefix, delimiter, after, limit, resumed=resumed)
        return await asyncio.to_thread(list_page)


def _common(request: S3Request, page: Page, encode: Callable[[str], str]) -> dict[str, Any]:
    query = request.query
    return {
        "Name": request.bucket,
        "Prefix": encode(query.get("prefix", "")),
        "Delimiter": encode(query["delimiter"]) if "delimiter" in query else None,
        "MaxKeys": min(int(query.get("max-keys", _MAX_KEYS)), _MAX_KEYS),
        "EncodingType": query.get("encoding-type"),
        "IsTruncated": page.last is not None,
        "CommonPrefixes": [{"Prefix": encode(prefix)} for prefix in page.prefixes],
    }


def _described(info: ObjectInfo, encode: Callable[[str], str], *, owner: bool) -> dict[str, Any]:
    described: dict[str, Any] = {
        "Key": encode(info.key),
        "LastModified": iso(info.modified),
        "ETag": f'"{info.etag}"',
        "Size": info.size,
        "StorageClass": info.headers.get("x-amz-storage-class", "STANDARD"),
    }
    return described | ({"Owner": OWNER} if owner else {})


def _encoder(request: S3Request) -> Callable[[str], str]:
    """How keys are written: as they are, or as in a URL, since XML cannot hold every sign."""
    kind = request.query.get("encoding-type")
    if kind is None:
        return str
    if kind != "url":
        raise ServiceError("InvalidArgument", "Invalid Encoding Method specified in Request")
    return lambda key: quote(key, safe="/")


def _token(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode()


def _after(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise ServiceError("InvalidArgument", "The continuation token provided is incorrect") from None
