"""Objects of S3, or of anything that speaks its API, as sources: listed in order, read ahead in bounded memory."""

import queue
import threading
import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004  # as botocore names it
    HTTPClientError,
    IncompleteReadError,
    ReadTimeoutError,
)
from urllib3.exceptions import HTTPError

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.sink.aws import Access, make_client

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

_BLOCK_BYTES = 1 << 20
_AHEAD_BLOCKS = 8  # of an object: enough that the network and the reader work at the same time
ATTEMPTS = 5
_PAUSE_S = 0.2  # before the second attempt, twice as long before each next one
_PASSING = (ConnectionError, HTTPClientError, IncompleteReadError, ReadTimeoutError, HTTPError, OSError)
_PASSING_CODES = frozenset(["SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "503"])
T = TypeVar("T")


_making = threading.Lock()  # making a client is not safe in threads; using one is


def _client_for(access: Access) -> "S3Client":
    with _making:
        return _clients(access)


@lru_cache(maxsize=4)
def _clients(access: Access) -> "S3Client":
    client: S3Client = make_client("s3", access)
    return client


def split_name(name: str) -> tuple[str, str]:
    """The bucket and the key, or the prefix, of s3://bucket/key."""
    bucket, _, key = name.removeprefix("s3://").partition("/")
    if not bucket:
        raise UsageProblem(f"{name}: there is no bucket in it", "write s3://BUCKET/PREFIX")
    return bucket, key


def list_objects(access: Access, name: str) -> Iterator[tuple[str, int]]:
    """The objects under s3://bucket/prefix that are not empty, in the order of their keys, with their sizes."""
    bucket, prefix = split_name(name)
    client = _client_for(access)
    token: dict[str, Any] = {}
    while True:
        page = _patiently(name, lambda: client.list_objects_v2(Bucket=bucket, Prefix=prefix, **token))  # noqa: B023  # it is called at once
        for entry in page.get("Contents", []):
            if entry["Size"]:
                yield f"s3://{bucket}/{entry['Key']}", entry["Size"]
        if not page.get("IsTruncated"):
            return
        token = {"ContinuationToken": page["NextContinuationToken"]}


def read_object(access: Access, name: str) -> Iterator[bytes]:
    """An object's bytes; a thread reads some megabytes ahead, from now on."""
    blocks: queue.Queue[bytes | Exception | None] = queue.Queue(_AHEAD_BLOCKS)
    left = threading.Event()

    def put(item: bytes | Exception | None) -> bool:
        while not left.is_set():
            try:
                blocks.put(item, timeout=0.1)
            except queue.Full:
                continue
            return True
        return False

    def fetch() -> None:
        try:
            for block in _blocks(access, name):
                if not put(block):
                    return
            put(None)
        except Exception as problem:  # noqa: BLE001  # the reader raises it
            put(problem)

    threading.Thread(target=fetch, name=f"reads {name}", daemon=True).start()
    return _taken(blocks, left)


def _taken(blocks: "queue.Queue[bytes | Exception | None]", left: threading.Event) -> Iterator[bytes]:
    try:
        while (block := blocks.get()) is not None:
            if isinstance(block, Exception):
                raise block
            yield block
    finally:
        left.set()


def _blocks(access: Access, name: str) -> Iterator[bytes]:
    """The blocks of the version that is there first; after a broken connection it goes on where that broke."""
    bucket, key = split_name(name)
    client = _client_for(access)
    done, breaks, same = 0, 0, dict[str, Any]()
    while True:
        wanted: dict[str, Any] = {"Range": f"bytes={done}-"} if done else {}
        answer = _patiently(name, lambda: client.get_object(Bucket=bucket, Key=key, **wanted, **same))  # noqa: B023  # it is called at once
        same = {"IfMatch": answer["ETag"]}
        size = done + answer["ContentLength"]
        before = done
        try:
            for block in answer["Body"].iter_chunks(_BLOCK_BYTES):
                done += len(block)
                yield block
        except _PASSING as problem:
            breaks = 1 if done > before else breaks + 1
            if breaks == ATTEMPTS:
                _raise(problem, name)
        if done >= size:
            return


def _patiently(name: str, call: Callable[[], T]) -> T:
    pause = _PAUSE_S
    attempt = 0
    while True:
        attempt += 1
        try:
            return call()
        except (*_PASSING, ClientError, BotoCoreError) as problem:
            code = problem.response["Error"].get("Code") if isinstance(problem, ClientError) else None
            passing = code in _PASSING_CODES if code else isinstance(problem, _PASSING)
            if not passing or attempt == ATTEMPTS:
                _raise(problem, name)
        time.sleep(pause)
        pause *= 2


def _raise(problem: Exception, name: str) -> NoReturn:
    code = problem.response["Error"].get("Code", "") if isinstance(problem, ClientError) else ""
    if code in ("NoSuchBucket", "404") or (code == "NoSuchKey" and name.endswith("/")):
        raise UsageProblem(
            f"{name}: there is no such bucket", "check its name, and --from-endpoint-url"
        ) from problem
    if code in ("NoSuchKey", "PreconditionFailed"):
        words = "is gone" if code == "NoSuchKey" else "was replaced while it was read"
        raise ObjectGone(f"{name} {words}", "replay what is there now") from problem
    raise EnvironmentProblem(
        f"{name} cannot be read: {problem}",
        "reading needs the permissions s3:ListBucket and s3:GetObject; --from-region, --from-profile and "
        "--from-endpoint-url say where the bucket is",
    ) from problem


class ObjectGone(EnvironmentProblem):
    """An object that was listed cannot be read any more."""
