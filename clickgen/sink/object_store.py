"""Where finished objects go: a folder, or a bucket of S3. An existing object with the same key is replaced.

An object is complete in a draft, a file that no reader looks at, before it gets its key: a reader sees all of it
or nothing, and what was interrupted can be repeated.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from tenacity import RetryError, Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

from clickgen.model.batch import Answer, CallRefused, CallResult, NoAnswer, NotReached, Refusal
from clickgen.model.errors import EnvironmentProblem
from clickgen.sink.answers import attempt
from clickgen.sink.s3_objects import HINTS, stored

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

ATTEMPTS = 8
_BACKOFF_S, _BACKOFF_MAX_S = 0.2, 10.0
_LASTING = (Refusal.FATAL, Refusal.FINAL, Refusal.EXPIRED)


class NotStored(EnvironmentProblem):
    """An object could not be stored, or, if `unknown`, nobody answered whether it was."""

    unknown = False


def link_in_the_way(path: Path) -> NotStored:
    """The problem of a folder for objects that leads elsewhere."""
    return NotStored(
        f"{path} is a symbolic link: objects would end up elsewhere", "take it out, or name another folder"
    )


class ObjectStore(Protocol):
    """Takes objects. connections: how many may be stored at once, each by a thread of its own."""

    connections: int

    def store(self, draft: Path, key: str) -> None:
        """Make a draft the object `key`, and remove it. Raises NotStored."""


class FolderStore:
    """A folder instead of a bucket; a draft must be on its file system."""

    connections = 1

    def __init__(self, root: Path) -> None:
        self._root = root

    def store(self, draft: Path, key: str) -> None:
        target = self._root / key
        for folder in list(target.parents)[: key.count("/")]:
            if folder.is_symlink():
                raise link_in_the_way(folder)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            draft.rename(target)
        except OSError as problem:
            raise NotStored(
                f"cannot write {target}: {problem.strerror or problem}",
                "check the folder's permissions and the disk",
            ) from problem


class BucketStore:
    """A bucket; `client` must have botocore's own retries off."""

    connections = 8

    def __init__(self, client: "S3Client", bucket: str) -> None:
        self._client, self._bucket = client, bucket
        self._retrying = Retrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random_exponential(multiplier=_BACKOFF_S, max=_BACKOFF_MAX_S),
            retry=retry_if_result(_may_pass),
        )

    def store(self, draft: Path, key: str) -> None:
        """One PutObject call, repeated while the reason that it is not accepted may pass."""
        try:
            result = self._retrying(lambda: attempt(lambda: self._put(draft, key), HINTS))
        except RetryError as spent:
            result = spent.last_attempt.result()
        if isinstance(result, Answer):
            draft.unlink()
            return
        where = f"s3://{self._bucket}/{key} was not stored"
        if isinstance(result, CallRefused):
            said = f"{result.code}: {result.message}" if result.message else result.code
            raise NotStored(f"{where}: {said}", result.hint)
        problem = NotStored(f"{where}: {result.reason}", result.hint if isinstance(result, NotReached) else None)
        problem.unknown = isinstance(result, NoAnswer)
        raise problem

    def _put(self, draft: Path, key: str) -> CallResult:
        call: Any = self._client.put_object
        with draft.open("rb") as body:
            return stored(call(Bucket=self._bucket, Key=key, Body=body, ContentType="application/octet-stream"))


def _may_pass(result: CallResult) -> bool:
    return not isinstance(result, Answer) and not (isinstance(result, CallRefused) and result.kind in _LASTING)
