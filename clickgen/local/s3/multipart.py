"""Multipart uploads: parts wait on disk, survive the server, and become one object when they are completed."""

import asyncio
import hashlib
import os
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Any

import orjson

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.limits import MEBIBYTE
from clickgen.local.platform.objects import copy_bytes
from clickgen.local.s3.incoming import Draft, receive
from clickgen.local.s3.request import S3Request, check_key
from clickgen.local.s3.store import ObjectStore
from clickgen.local.s3.writing import Created, Writing, kept_headers
from clickgen.local.s3.xml import Element, document, iso, parsed, text_of

MIN_PART_BYTES = 5 * MEBIBYTE
"""The least of every part but the last."""

_MAX_PARTS = 10_000
_MAX_BODY = 4 * MEBIBYTE  # ten thousand parts with their checksums
_ABOUT = "upload.json"
_PAGE = 1000


class Multipart:
    """The multipart uploads of one server."""

    def __init__(self, store: ObjectStore, writing: Writing, created: Created) -> None:
        self._store = store
        self._writing = writing
        self._created = created
        self._folder = store.state / "uploads"
        self._folder.mkdir(exist_ok=True)
        for draft in self._folder.glob("*/*.new"):
            draft.unlink()

    async def create(self, request: S3Request) -> bytes:
        """CreateMultipartUpload."""
        check_key(request.key)
        about = {
            "bucket": request.bucket,
            "key": request.key,
            "headers": kept_headers(request.headers),
            "started": time.time(),
        }
        upload = uuid.uuid4().hex
        draft = self._store.lake.aside / upload
        draft.mkdir()
        (draft / _ABOUT).write_bytes(orjson.dumps(about))
        draft.rename(self._folder / upload)
        members = {"Bucket": request.bucket, "Key": request.key, "UploadId": upload}
        return document("InitiateMultipartUploadResult", members)

    async def upload(self, request: S3Request) -> dict[str, str]:
        """UploadPart; the headers of the answer."""
        folder, _ = self._find(request)
        if "x-amz-copy-source" in request.headers:
            raise ServiceError("NotImplemented", "The embedded pipeline does not have UploadPartCopy.", 501)
        number = _part_number(request.query.get("partNumber", ""))
        draft = await receive(request, self._store.lake.aside)
        try:
            folder, _ = self._find(request)  # it may have been completed or aborted meanwhile
            draft.path.rename(folder / f"{number:05}-{draft.md5}")
            for other in folder.glob(f"{number:05}-*"):
                if other.name != f"{number:05}-{draft.md5}":
                    other.unlink(missing_ok=True)
        finally:
            draft.discard()
        return {"ETag": f'"{draft.md5}"', **draft.checksums}

    async def complete(self, request: S3Request) -> bytes:
        """CompleteMultipartUpload."""
        folder, about = self._find(request)
        root = parsed(await request.body(_MAX_BODY))
        wanted = [_wanted(part) for part in root.iter("Part")]
        parts = _checked(wanted, folder)
        path = self._store.lake.aside / uuid.uuid4().hex
        size = await asyncio.to_thread(_join, parts, path)
        digests = b"".join(bytes.fromhex(part.name.partition("-")[2]) for part in parts)
        etag = f"{hashlib.md5(digests, usedforsecurity=False).hexdigest()}-{len(parts)}"
        draft = Draft(path, size, etag, {})
        try:
            self._find(request)
            info = await self._writing.land(draft, request, about["headers"])
        finally:
            draft.discard()
        shutil.rmtree(folder, ignore_errors=True)
        self._created(request.bucket, info, "CompleteMultipartUpload", request.region)
        members = {"Location": request.resource, "Bucket": request.bucket, "Key": request.key, "ETag": f'"{etag}"'}
        return document("CompleteMultipartUploadResult", members)

    def abort(self, request: S3Request) -> None:
        """AbortMultipartUpload."""
        folder, _ = self._find(request)
        shutil.rmtree(folder)

    def parts(self, request: S3Request) -> bytes:
        """ListParts."""
        folder, about = self._find(request)
        after, limit = _number(request, "part-number-marker", 0), min(_number(request, "max-parts", _PAGE), _PAGE)
        found = [part for part in _parts(folder) if int(part.name[:5]) > after]
        page = found[:limit]
        members: dict[str, Any] = {
            "Bucket": request.bucket,
            "Key": request.key,
            "UploadId": folder.name,
            "PartNumberMarker": after,
            "NextPartNumberMarker": int(page[-1].name[:5]) if page else 0,
            "MaxParts": limit,
            "IsTruncated": len(found) > len(page),
            "StorageClass": about["headers"].get("x-amz-storage-class", "STANDARD"),
            "Part": [_described(part) for part in page],
        }
        return document("ListPartsResult", members)

    def uploads(self, request: S3Request) -> bytes:
        """ListMultipartUploads: all of them, as there are never many."""
        prefix = request.query.get("prefix", "")
        found = []
        for folder in sorted(self._folder.iterdir()):
            about = _read(folder)
            if about is not None and about["bucket"] == request.bucket and about["key"].startswith(prefix):
                found.append({"Key": about["key"], "UploadId": folder.name, "Initiated": iso(about["started"])})
        members = {
            "Bucket": request.bucket,
            "Prefix": prefix,
            "MaxUploads": _PAGE,
            "IsTruncated": False,
            "Upload": sorted(found, key=lambda one: one["Key"]),
        }
        return document("ListMultipartUploadsResult", members)

    def _find(self, request: S3Request) -> tuple[Path, dict[str, Any]]:
        upload = request.query.get("uploadId", "")
        folder = self._folder / upload
        about = _read(folder) if upload.isalnum() else None
        if about is None or (about["bucket"], about["key"]) != (request.bucket, request.key):
            raise ServiceError(
                "NoSuchUpload",
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been"
                " aborted or completed.",
                404,
            )
        return folder, about


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        with os.fdopen(open_file(folder / _ABOUT, os.O_RDONLY), "rb") as file:
            about: dict[str, Any] = orjson.loads(file.read())
    except OSError:
        return None
    return about


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("[0-9]*-*"))


def _described(part: Path) -> dict[str, Any]:
    found = part.stat()
    number, _, md5 = part.name.partition("-")
    modified = iso(found.st_mtime)
    return {"PartNumber": int(number), "LastModified": modified, "ETag": f'"{md5}"', "Size": found.st_size}


def _wanted(part: Element) -> tuple[int, str]:
    return _part_number(text_of(part, "PartNumber")), text_of(part, "ETag").strip('"')


def _checked(wanted: list[tuple[int, str]], folder: Path) -> list[Path]:
    """The files of the parts; the service's error if they are not what was uploaded, or too small."""
    if not wanted:
        raise ServiceError("MalformedXML", "The XML you provided must list at least one part")
    if [number for number, _ in wanted] != sorted({number for number, _ in wanted}):
        raise ServiceError(
            "InvalidPartOrder",
            "The list of parts was not in ascending order. Parts must be ordered by part number.",
        )
    files = [folder / f"{number:05}-{etag}" for number, etag in wanted]
    there = {part.name for part in _parts(folder)}
    for file in files:
        if file.name not in there:
            raise ServiceError(
                "InvalidPart",
                "One or more of the specified parts could not be found. The part may not have been uploaded, or"
                " the specified entity tag may not match the part's entity tag.",
            )
    if any(file.stat().st_size < MIN_PART_BYTES for file in files[:-1]):
        raise ServiceError("EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size")
    return files


def _join(parts: list[Path], path: Path) -> int:
    """One file of all parts; its size."""
    target = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        for part in parts:
            with os.fdopen(open_file(part, os.O_RDONLY), "rb") as source:
                copy_bytes(source.fileno(), target)
        return os.fstat(target).st_size
    except BaseException:
        with suppress(FileNotFoundError):
            path.unlink()
        raise
    finally:
        os.close(target)


def _part_number(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= _MAX_PARTS:
        raise ServiceError(
            "InvalidArgument", f"Part number must be an integer between 1 and {_MAX_PARTS}, inclusive"
        )
    return number


def _number(request: S3Request, name: str, default: int) -> int:
    text = request.query.get(name, "")
    return int(text) if text.isdecimal() else default
