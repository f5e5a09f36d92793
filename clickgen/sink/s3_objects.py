"""S3: objects in the layout of Firehose, one PutObject a batch, one attempt a call.

Layout: Firehose Developer Guide, "Configure Amazon S3 object name format": the prefix, the hour of arrival in UTC
as `YYYY/MM/dd/HH/`, then name, version, time and a random UUID. Limits: PutObject takes 5 GB ("Amazon S3 quotas");
an object is closed at 5 MiB, the default buffer size of Firehose. A PUT costs the same whatever its size.
"""

import re
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from clickgen.model.batch import Answer, Batch, CallResult, NoAnswer, SinkLimits
from clickgen.model.destination import S3Destination
from clickgen.model.errors import UsageProblem
from clickgen.sink.answers import attempt
from clickgen.sink.aws import access_to, make_client
from clickgen.sink.interface import Gate, Leave, at_once
from clickgen.sink.kind import Opening, SinkKind

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client

NAME, VERSION = "clickgen", 1
OBJECT_BYTES = 5 * 1024 * 1024
OBJECT_EVENTS = 8000  # what a worker holds prepared for each of its lanes
_LARGEST_EVENT = 64 * 1024 * 1024
# the object is the record: it is billed as one unit, however many events it holds
LIMITS = SinkLimits(
    records=1,
    record_bytes=_LARGEST_EVENT,
    call_bytes=_LARGEST_EVENT,
    bill_unit=_LARGEST_EVENT,
    pack_bytes=OBJECT_BYTES,
    pack_events=OBJECT_EVENTS,
    packs=True,
)
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")  # S3 User Guide, "Bucket naming rules"
_PREFIX_BYTES = 900  # of the 1,024 that a key may have; the rest is the object's name
HINTS = {
    "NoSuchBucket": "check the bucket's name and --endpoint-url",
    "AccessDenied": "sending needs the permission s3:PutObject on the bucket",
    "PermanentRedirect": "the bucket is in another region: name it with --region",
    "AuthorizationHeaderMalformed": "the bucket is in another region: name it with --region",
    "IllegalLocationConstraintException": "the bucket is in another region: name it with --region",
    "InvalidBucketState": "the bucket takes no objects; see its settings",
    "QuotaExceeded": "make room, or name another bucket",
}


class S3Sink:
    """One bucket and prefix. `client` must have botocore's own retries off: every attempt is in the ledger.

    A batch that is attempted again keeps its key, so that it replaces what an unanswered call may have stored.
    now_ms: the Unix time in milliseconds.
    """

    limits = LIMITS

    def __init__(self, client: "S3Client", bucket: str, prefix: str, now_ms: Callable[[], int]) -> None:
        self._client = client
        self._gate = Gate(client)
        self._bucket = bucket
        self._prefix = prefix
        self._now_ms = now_ms
        self._lock = threading.Lock()
        self._keys: dict[tuple[int, int], str] = {}  # of batches in progress

    def put(self, batch: Batch, records: Sequence[int] | None = None, leave: Leave = at_once) -> CallResult:
        """One PutObject call; `records` can only be the one there is."""
        place = batch.lane, batch.first
        with self._lock:
            key = self._keys.setdefault(place, self._prefix + object_name(self._now_ms(), str(uuid.uuid4())))
        body = bytes(batch.joined(records))
        with self._gate.held(leave):
            result = attempt(lambda: self._call(key, body), HINTS)
        if isinstance(result, Answer):
            with self._lock:
                del self._keys[place]
        return result

    def _call(self, key: str, body: bytes) -> CallResult:
        call: Any = self._client.put_object
        return stored(call(Bucket=self._bucket, Key=key, Body=body, ContentType="application/octet-stream"))


def stored(answer: Mapping[str, Any]) -> CallResult:
    """What an answer to PutObject says: S3 answers 200 with the object's ETag, which a proxy's page lacks."""
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    if status == 200 and answer.get("ETag"):
        return Answer()
    return NoAnswer(f"the answer (HTTP {status}) does not name what was stored")


def object_name(at_ms: int, unique: str) -> str:
    """What follows the prefix in an object's key: hour folders and a name. unique: a UUID of its own."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC)
    return f"{at:%Y/%m/%d/%H/}{NAME}-{VERSION}-{at:%Y-%m-%d-%H-%M-%S}-{unique}"


def _read_name(text: str, name: str) -> str:
    bucket, _, prefix = name.partition("/")
    if not _BUCKET.fullmatch(bucket):
        raise UsageProblem(f"--to {text!r} does not name a bucket", "write s3://BUCKET/PREFIX")
    if "!{" in prefix:
        raise UsageProblem(
            f"--to {text!r}: expressions in a prefix are Firehose's",
            "write a plain prefix: the hour of arrival follows it",
        )
    if len(prefix.encode()) > _PREFIX_BYTES:
        raise UsageProblem(f"--to {text!r}: the prefix is too long", f"give it at most {_PREFIX_BYTES} bytes")
    # a prefix is a folder, with or without a slash at its end: otherwise hours would be glued to its name
    return f"{bucket}/{prefix}/" if prefix and not prefix.endswith("/") else f"{bucket}/{prefix}"


def _open(to: S3Destination, opening: Opening) -> S3Sink:
    bucket, _, prefix = to.stream.partition("/")
    client = make_client("s3", access_to(to), connections=opening.connections)
    return S3Sink(client, bucket, prefix, opening.now_ms)


KIND = SinkKind(
    prefix="s3://",
    form="s3://BUCKET/PREFIX",
    read_name=_read_name,
    on_network=True,
    limits=lambda _: LIMITS,
    open=_open,
    paid_for="writing",
    never_packed_because="an object holds as many events as come within a second, up to 5 MiB, as it is",
    verified_as="s3",
    holds_objects=lambda _: True,
)
