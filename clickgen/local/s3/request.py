"""A request of S3's protocol: which bucket and key it is about, and what it wants of them."""

import re
from dataclasses import dataclass
from urllib.parse import unquote

from multidict import CIMultiDictProxy, MultiMapping

from clickgen.local.platform.errors import ServiceError
from clickgen.local.platform.inside import MAX_SEGMENT_BYTES, is_bucket, is_key
from clickgen.local.platform.service import signed_for
from clickgen.local.platform.web import web

_HOST = re.compile(
    r"(?:(?P<bucket>(?!s3\.).+?)\.)?(?:s3[a-z0-9.-]*\.)?(?:localhost|amazonaws\.com)", re.IGNORECASE
)
_MAX_KEY_BYTES = 1024


@dataclass(frozen=True)
class S3Request:
    """One request; bucket and key are "" if it names none."""

    method: str
    bucket: str
    key: str
    query: MultiMapping[str]
    headers: CIMultiDictProxy[str]
    region: str
    http: web.Request

    @property
    def resource(self) -> str:
        """What errors name."""
        return f"/{self.bucket}/{self.key}" if self.bucket else "/"

    async def body(self, limit: int) -> bytes:
        """A body that is a document; MaxMessageLengthExceeded if it has more than `limit` bytes."""
        data = bytearray()
        async for part in self.http.content.iter_any():
            data += part
            if len(data) > limit:
                raise ServiceError("MaxMessageLengthExceeded", "Your request was too big.")
        return bytes(data)


def read_request(http: web.Request) -> S3Request:
    """What a request is about: `/BUCKET/KEY`, or `/KEY` at the host BUCKET.localhost."""
    path = unquote(http.raw_path.partition("?")[0].removeprefix("/"), errors="surrogateescape")
    host = _HOST.fullmatch((http.headers.get("Host") or "").partition(":")[0])
    bucket = host.group("bucket") if host is not None else None
    if bucket:
        key = path
    else:
        bucket, _, key = path.partition("/")
    return S3Request(http.method, bucket, key, http.query, http.headers, signed_for(http)[0], http)


def check_bucket(name: str) -> None:
    """InvalidBucketName, if it is not a name for a bucket."""
    if not is_bucket(name):
        raise ServiceError("InvalidBucketName", f"The specified bucket is not valid: {name}")


def check_key(key: str) -> None:
    """An error in words if an object of that key cannot be a file here; a final slash marks a folder."""
    if is_key(key.removesuffix("/")):
        return
    encoded = key.encode(errors="surrogateescape")
    if len(encoded) > _MAX_KEY_BYTES:
        raise ServiceError("KeyTooLongError", "Your key is too long")
    if any(len(part) > MAX_SEGMENT_BYTES for part in encoded.split(b"/")):
        raise ServiceError(
            "KeyTooLongError",
            f"Your key is too long: objects are files here, and between two slashes a file name has at most"
            f" {MAX_SEGMENT_BYTES} bytes.",
        )
    raise ServiceError(
        "InvalidArgument",
        "Objects are files here, so a key must be UTF-8 without empty parts ('a//b', '/a'), '.' or '..' between"
        " its slashes, and without a NUL.",
    )
