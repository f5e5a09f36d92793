"""Bodies of objects on their way into the lake: unwrapped, checked and written to a file that nobody sees yet."""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from aiohttp import StreamReader

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import open_file
from clickgen.local.platform.objects import write_all
from clickgen.local.s3.checksums import Expected
from clickgen.local.s3.request import S3Request

MAX_OBJECT_BYTES = 5 * 1024**3
"""The most that one PUT may bring."""

_READ_BYTES = 1024 * 1024
_IN_LOOP_BYTES = 64 * 1024  # hashing more than this takes long enough to be worth a thread


@dataclass(frozen=True)
class Draft:
    """A body that has arrived whole."""

    path: Path
    size: int
    md5: str
    checksums: dict[str, str]

    def discard(self) -> None:
        """Take it out, if it has not become an object."""
        with suppress(FileNotFoundError):
            self.path.unlink()


async def receive(request: S3Request, folder: Path) -> Draft:
    """Write a body to a new file in `folder`; ServiceError if it is not what its headers say."""
    expected = Expected(request.headers)
    chunked = "aws-chunked" in request.headers.get("Content-Encoding", "") or request.headers.get(
        "x-amz-content-sha256", ""
    ).startswith("STREAMING-")
    content, trailers = request.http.content, dict[str, str]()
    parts = _unwrapped(content, trailers) if chunked else _plain(content)
    path, size = folder / uuid.uuid4().hex, 0
    file = open_file(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    try:
        async for part in parts:
            size += len(part)
            _check_size(size)
            if len(part) > _IN_LOOP_BYTES:
                await asyncio.to_thread(_take, file, part, expected)
            else:
                _take(file, part, expected)
        _check_length(request, size, chunked=chunked)
        checksums = expected.check(trailers)
    except BaseException:
        path.unlink()
        raise
    finally:
        os.close(file)
    return Draft(path, size, expected.md5.hexdigest(), checksums)


def _take(file: int, part: bytes, expected: Expected) -> None:
    expected.update(part)
    write_all(file, part)


def _check_size(size: int) -> None:
    if size > MAX_OBJECT_BYTES:
        raise ServiceError("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size")


def _check_length(request: S3Request, size: int, *, chunked: bool) -> None:
    announced = request.headers.get("x-amz-decoded-content-length" if chunked else "Content-Length")
    if announced is not None and announced != str(size):
        raise ServiceError(
            "IncompleteBody",
            "You did not provide the number of bytes specified by the Content-Length HTTP header.",
        )


async def _plain(content: StreamReader) -> AsyncIterator[bytes]:
    while part := await content.read(_READ_BYTES):
        yield part


async def _unwrapped(content: StreamReader, trailers: dict[str, str]) -> AsyncIterator[bytes]:
    """The data in `SIZE[;chunk-signature=…] CRLF data CRLF … 0 CRLF trailers CRLF`. Signatures are not checked."""
    while True:
        line = await _line(content)
        try:
            left = int(line.partition(b";")[0], 16)
        except ValueError:
            raise _incomplete() from None
        if not left:
            break
        while left:
            part = await content.read(min(left, _READ_BYTES))
            if not part:
                raise _incomplete()
            left -= len(part)
            yield part
        if await _line(content):
            raise _incomplete()
    while line := await _line(content, at_end=True):
        name, _, value = line.decode(errors="replace").partition(":")
        trailers[name.strip().lower()] = value.strip()


async def _line(content: StreamReader, *, at_end: bool = False) -> bytes:
    try:
        line = await content.readline()
    except ValueError:
        raise _incomplete() from None
    if not line.endswith(b"\n") and not at_end:
        raise _incomplete()
    return line.rstrip(b"\r\n")


def _incomplete() -> ServiceError:
    return ServiceError("IncompleteBody", "The request body terminated unexpectedly")
