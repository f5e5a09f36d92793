"""Conditions of requests: whether an object has a certain ETag, or has changed since a certain time."""

from collections.abc import Mapping
from email.utils import parsedate_to_datetime

from clickgen.local.platform.errors import ServiceError
from clickgen.local.s3.store import ObjectInfo

NOT_MODIFIED = ServiceError("NotModified", "Not Modified", 304)


def check_read(headers: Mapping[str, str], info: ObjectInfo, prefix: str = "") -> None:
    """PreconditionFailed or NotModified, in the order that HTTP asks for; `prefix` before the headers' names."""
    match, none = headers.get(f"{prefix}If-Match"), headers.get(f"{prefix}If-None-Match")
    if match is not None:
        if not _has(match, info.etag):
            raise failed()
    elif (since := _time(headers.get(f"{prefix}If-Unmodified-Since"))) is not None and int(info.modified) > since:
        raise failed()
    if none is not None:
        if _has(none, info.etag):
            raise failed() if prefix else NOT_MODIFIED
    elif (since := _time(headers.get(f"{prefix}If-Modified-Since"))) is not None and int(info.modified) <= since:
        raise failed() if prefix else NOT_MODIFIED


def check_write(headers: Mapping[str, str], info: ObjectInfo | None) -> None:
    """PreconditionFailed if there is an object that must not be, NoSuchKey if one must be and is not."""
    match, none = headers.get("If-Match"), headers.get("If-None-Match")
    if none is not None:
        if none != "*":
            raise ServiceError(
                "NotImplemented", "A header you provided implies functionality that is not implemented", 501
            )
        if info is not None:
            raise failed()
    if match is not None:
        if info is None:
            raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
        if not _has(match, info.etag):
            raise failed()


def failed() -> ServiceError:
    """A condition does not hold."""
    return ServiceError("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", 412)


def _has(wanted: str, etag: str) -> bool:
    return any(one.strip().removeprefix("W/").strip('"') in {etag, "*"} for one in wanted.split(","))


def _time(text: str | None) -> int | None:
    try:
        return None if text is None else int(parsedate_to_datetime(text).timestamp())
    except ValueError:
        return None
