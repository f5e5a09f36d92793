"""A bucket as a place: reading S3, or anything that speaks its API."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Lock
from typing import TYPE_CHECKING

from clickgen.verify.landings.objects.bucket_answers import (
    ATTEMPTS,
    BROKEN_OFF,
    CALL_PROBLEMS,
    patient,
    raise_of_bucket,
    raise_of_object,
)
from clickgen.verify.landings.objects.bucket_listing import ListingMode, ListingRequest, list_objects
from clickgen.verify.landings.objects.place import Fate, ObjectChanged, ObjectUnread, Removal, Stored

if TYPE_CHECKING:
    from botocore.response import StreamingBody
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ListObjectsV2OutputTypeDef, ObjectIdentifierTypeDef

CONNECTIONS = 8
_BLOCK_BYTES = 1 << 20
_REMOVED_AT_ONCE = 1000  # DeleteObjects


class BucketPlace:
    """A bucket, or the part of it under a prefix."""

    connections = CONNECTIONS

    def __init__(self, open_client: "Callable[[], S3Client]", bucket: str, prefix: str = "") -> None:
        """open_client: makes a client, at its first use, and again in another process."""
        self._open_client = open_client
        self._opened: S3Client | None = None
        self._opening = Lock()  # making clients is not safe in threads; using one is
        self._bucket = bucket
        self._prefix = prefix
        self.name = f"s3://{bucket}/{prefix}"

    def __reduce__(self) -> "tuple[type[BucketPlace], tuple[Callable[[], S3Client], str, str]]":
        return BucketPlace, (self._open_client, self._bucket, self._prefix)  # a client cannot cross

    @property
    def identity(self) -> str:
        """The name and the endpoint: buckets of two services may have the same name."""
        return f"{self.name} at {self._client.meta.endpoint_url}"

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The objects whose key begins with one of the prefixes; no prefix may begin with another."""
        return list_objects((self._prefix + prefix for prefix in prefixes), self._page, CONNECTIONS)

    def read(self, stored: Stored) -> Iterator[bytes]:
        """The object's bytes, of the version that was listed; reading continues after a broken connection."""
        done = 0
        breaks = 0
        while True:
            before = done
            try:
                with closing(self._body(stored, done)) as body:
                    for block in body.iter_chunks(_BLOCK_BYTES):
                        done += len(block)
                        yield block
            except BROKEN_OFF as problem:
                if done == stored.size:
                    break
                breaks = 1 if done > before else breaks + 1
                if breaks == ATTEMPTS:
                    raise_of_object(problem, stored.key, self._where)
            else:
                break
        if done != stored.size:
            raise ObjectChanged(stored.key)

    def remove(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        """Remove objects, a thousand a call; each is checked just before, as not every service compares tags."""
        for first in range(0, len(objects), _REMOVED_AT_ONCE):
            group = objects[first : first + _REMOVED_AT_ONCE]
            with ThreadPoolExecutor(CONNECTIONS) as executor:
                same = list(executor.map(self._is_unchanged, group))
            yield from (
                Removal(stored, Fate.CHANGED) for stored, is_same in zip(group, same, strict=True) if not is_same
            )
            unchanged = [stored for stored, is_same in zip(group, same, strict=True) if is_same]
            if unchanged:
                yield from self._delete(unchanged)

    def _delete(self, objects: Sequence[Stored]) -> Iterator[Removal]:
        named: list[ObjectIdentifierTypeDef] = [
            {"Key": stored.key, "ETag": f'"{_bare(stored.tag)}"'} for stored in objects
        ]
        try:
            answer = patient()(self._client.delete_objects, Bucket=self._bucket, Delete={"Objects": named})
        except CALL_PROBLEMS as problem:
            raise_of_bucket(problem, "the objects to be removed", self._where, "s3:DeleteObject")
        hidden = {entry["Key"] for entry in answer.get("Deleted", []) if entry.get("DeleteMarker")}
        refused = {entry["Key"]: entry for entry in answer.get("Errors", [])}
        for stored in objects:
            entry = refused.get(stored.key)
            if entry is None:
                yield Removal(stored, Fate.HIDDEN if stored.key in hidden else Fate.REMOVED)
            elif entry.get("Code") == "PreconditionFailed":
                yield Removal(stored, Fate.CHANGED)
            else:
                yield Removal(stored, Fate.REFUSED, f"{entry.get('Code')}: {entry.get('Message')}")

    def _is_unchanged(self, stored: Stored) -> bool:
        try:
            head = patient()(self._client.head_object, Bucket=self._bucket, Key=stored.key)
        except CALL_PROBLEMS as problem:
            try:
                raise_of_object(problem, stored.key, self._where)
            except (ObjectChanged, ObjectUnread):
                return False
        return _bare(head["ETag"]) == _bare(stored.tag)

    def _body(self, stored: Stored, start: int) -> "StreamingBody":
        rest = {"Range": f"bytes={start}-"} if start else {}
        tag = f'"{_bare(stored.tag)}"'
        try:
            answer = patient()(self._client.get_object, Bucket=self._bucket, Key=stored.key, IfMatch=tag, **rest)
        except CALL_PROBLEMS as problem:
            raise_of_object(problem, stored.key, self._where)
        if _bare(answer["ETag"]) != _bare(stored.tag):  # not every service obeys If-Match
            answer["Body"].close()
            raise ObjectChanged(stored.key)
        return answer["Body"]

    def _page(self, request: ListingRequest) -> "ListObjectsV2OutputTypeDef":
        more = {"Delimiter": "/"} if request.way is ListingMode.FOLDERS else {}
        if request.token is not None:
            more["ContinuationToken"] = request.token
        try:
            return patient()(self._client.list_objects_v2, Bucket=self._bucket, Prefix=request.prefix, **more)
        except CALL_PROBLEMS as problem:
            raise_of_bucket(problem, f"the keys under {request.prefix!r}", self._where, "s3:ListBucket")

    @property
    def _client(self) -> "S3Client":
        with self._opening:
            if self._opened is None:
                self._opened = self._open_client()
            return self._opened

    @property
    def _where(self) -> str:
        return f"bucket {self._bucket!r} at {self._client.meta.endpoint_url}"


def _bare(tag: str) -> str:
    """An ETag without the quotes that some services leave out."""
    return tag.strip('"')
