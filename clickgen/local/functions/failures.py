"""What becomes of events that a function could not handle: a record of each in the bucket named for them."""

import re
import uuid
from datetime import UTC, datetime
from typing import Any

import orjson

from clickgen.local.functions.requests import refused
from clickgen.local.functions.settings import VERSION
from clickgen.local.platform.inside import is_bucket
from clickgen.local.platform.lake import Lake
from clickgen.local.platform.links import Objects
from clickgen.local.platform.notices import say
from clickgen.local.platform.objects import write_object
from clickgen.local.platform.shapes import Shape, parse

_BUCKET_ARN = re.compile(r"arn:aws[a-zA-Z-]*:s3:::([a-z0-9.-]+)")


class Destination(Shape):
    """`OnSuccess` and `OnFailure`."""

    Destination: str | None = None


class DestinationConfig(Shape):
    """Where events go that were handled, or could not be."""

    OnSuccess: Destination | None = None
    OnFailure: Destination | None = None


def failure_bucket(config: dict[str, Any] | None) -> str | None:
    """The ARN in `DestinationConfig.OnFailure`, or None; InvalidParameterValueException unless it is a bucket."""
    given = parse(DestinationConfig, config or {})
    if given.OnSuccess is not None and given.OnSuccess.Destination:
        raise refused("The embedded pipeline has no destinations for success; OnFailure may name a bucket.")
    arn = given.OnFailure.Destination if given.OnFailure is not None else None
    if not arn:
        return None
    match = _BUCKET_ARN.fullmatch(arn)
    if match is None or not is_bucket(match.group(1)):
        raise refused(
            f"The destination {arn} is not a bucket (arn:aws:s3:::NAME); the embedded pipeline keeps failures in"
            " S3 and has no SQS, SNS or EventBridge."
        )
    return arn


class Failures:
    """Writes records of failures into the lake."""

    def __init__(self, lake: Lake, objects: Objects | None) -> None:
        """`objects`: tells others of the new objects, or None if nobody is to know."""
        self._lake = lake
        self._objects = objects

    def keep_event(
        self,
        destination: str,
        arn: str,
        request_id: str,
        payload: bytes,
        response: bytes,
        *,
        attempts: int,
        condition: str,
    ) -> None:
        """Keep an asynchronous event that was given up."""
        record = _record(arn, request_id, attempts, condition) | {
            "requestPayload": orjson.loads(payload),
            "responsePayload": orjson.loads(response),
        }
        self._keep(destination, f"aws/lambda/async/{arn.rpartition(':')[2]}", record)

    def keep_batch(
        self,
        destination: str,
        arn: str,
        mapping: str,
        shard: str,
        batch: dict[str, Any],
        event: bytes,
        *,
        attempts: int,
        condition: str,
    ) -> None:
        """Keep a batch of a stream that was given up; `batch` says which one it was."""
        record = _record(arn, str(uuid.uuid4()), attempts, condition) | batch
        self._keep(destination, f"aws/lambda/{mapping}/{shard}", record | {"payload": event.decode()})

    def _keep(self, destination: str, prefix: str, record: dict[str, Any]) -> None:
        bucket, now = destination.rpartition(":")[2], datetime.now(UTC)
        key = f"{prefix}/{now:%Y/%m/%d/%Y-%m-%dT%H.%M.%S}-{uuid.uuid4()}"
        try:
            write_object(orjson.dumps(record), self._lake, bucket, key)
        except OSError as error:
            say(f"a record of a failure is lost: {bucket}/{key} cannot be written: {error}")
            return
        if self._objects is not None:
            self._objects.created(bucket, key)


def _record(arn: str, request_id: str, attempts: int, condition: str) -> dict[str, Any]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "version": "1.0",
        "timestamp": now,
        "requestContext": {
            "requestId": request_id,
            "functionArn": f"{arn}:{VERSION}",
            "condition": condition,
            "approximateInvokeCount": attempts,
        },
        "responseContext": {"statusCode": 200, "executedVersion": VERSION, "functionError": "Unhandled"},
    }
