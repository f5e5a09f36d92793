"""A bucket as a place: listing and reading S3, or whatever speaks its API."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, NoReturn

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.response import StreamingBody
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from clickgen.model.errors import EnvironmentProblem
from clickgen.verify.place import ObjectChanged, Stored

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import ListObjectsV2OutputTypeDef

_BLOCK_BYTES = 1 << 20
_ATTEMPTS = 4
_PASSING = frozenset({"SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout", "500", "502", "503"})
_CHANGED = frozenset({"NoSuchKey", "PreconditionFailed", "404", "412"})
_DENIED = frozenset({"AccessDenied", "403", "AllAccessDisabled"})


class BucketPlace:
    """A bucket, or the part of it under a prefix."""

    def __init__(self, client: "S3Client", bucket: str, prefix: str = "") -> None:
        self._client = client
        self._bucket = bucket
        self._prefix = prefix

    @property
    def name(self) -> str:
        """s3://bucket/prefix."""
        return f"s3://{self._bucket}/{self._prefix}"

    def objects(self, prefixes: Iterable[str]) -> Iterator[Stored]:
        """The objects whose key begins with one of the prefixes; no prefix may begin with another."""
        for prefix in prefixes:
            token: str | None = None
            while True:
                page = self._page(self._prefix + prefix, token)
                for entry in page.get("Contents", []):
                    landed_ms = int(entry["LastModified"].timestamp() * 1000)
                    yield Stored(entry["Key"], entry["Size"], landed_ms, entry["ETag"])
                if not page["IsTruncated"]:
                    break
                token = page["NextContinuationToken"]

    def read(self, stored: Stored) -> Iterator[bytes]:
        """The object's bytes; the read is bound to the version that was listed, and goes on after a break."""
        done = 0
        for attempt in range(_ATTEMPTS):
            try:
                with closing(self._body(stored, done)) as body:
                    for block in body.iter_chunks(_BLOCK_BYTES):
                        done += len(block)
                        yield block
            except (HTTPClientError, ReadTimeoutError, ResponseStreamingError, IncompleteReadError) as problem:
                if attempt == _ATTEMPTS - 1:
                    self._explain(problem, f"object {stored.key}")
            else:
                return

    def _body(self, stored: Stored, start: int) -> StreamingBody:
        rest = {"Range": f"bytes={start}-"} if start else {}
        get = self._client.get_object
        try:
            return _patient()(get, Bucket=self._bucket, Key=stored.key, IfMatch=stored.tag, **rest)["Body"]
        except ClientError as problem:
            if _code(problem) in _CHANGED:
                raise ObjectChanged(stored.key) from problem
            self._explain(problem, f"object {stored.key}")
        except BotoCoreError as problem:
            self._explain(problem, f"object {stored.key}")

    def _page(self, prefix: str, token: str | None) -> "ListObjectsV2OutputTypeDef":
        following = {} if token is None else {"ContinuationToken": token}
        list_objects = self._client.list_objects_v2
        try:
            return _patient()(list_objects, Bucket=self._bucket, Prefix=prefix, **following)
        except (ClientError, BotoCoreError) as problem:
            self._explain(problem, f"the keys under {prefix!r}")

    def _explain(self, problem: Exception, what: str) -> NoReturn:
        where = f"bucket {self._bucket!r} at {self._client.meta.endpoint_url}"
        code = _code(problem) if isinstance(problem, ClientError) else ""
        if code == "NoSuchBucket":
            raise EnvironmentProblem(
                f"there is no {where}", "say where the objects are: --at s3://bucket/prefix or a folder"
            ) from problem
        if code in _DENIED:
            raise EnvironmentProblem(
                f"no permission to read {what} of {where}",
                "s3:ListBucket and s3:GetObject are needed; name another account's profile with --aws-profile",
            ) from problem
        if isinstance(problem, NoCredentialsError):
            raise EnvironmentProblem(
                f"there are no credentials to read {where}",
                "name a profile with --aws-profile, or run `aws configure`",
            ) from problem
        if isinstance(problem, EndpointConnectionError | HTTPClientError | IncompleteReadError):
            raise EnvironmentProblem(
                f"{where} cannot be reached: {problem}",
                "check --endpoint-url, the network and the proxy settings; for a folder use --at FOLDER",
            ) from problem
        raise EnvironmentProblem(
            f"{what} of {where} cannot be read: {problem}", "check the credentials, --aws-profile and --region"
        ) from problem


def _patient() -> Retrying:
    return Retrying(
        stop=stop_after_attempt(_ATTEMPTS),
        wait=wait_random_exponential(multiplier=0.2, max=3),
        retry=retry_if_exception(_may_pass),
        reraise=True,
    )


def _may_pass(problem: BaseException) -> bool:
    if isinstance(problem, ClientError):
        return _code(problem) in _PASSING
    return isinstance(problem, HTTPClientError) and not isinstance(problem, EndpointConnectionError)


def _code(problem: ClientError) -> str:
    return str(problem.response.get("Error", {}).get("Code", ""))
