"""Records that could not be processed, as lines of the objects in the error output."""

import time
from dataclasses import dataclass

import orjson
import pybase64

PROCESSING_FAILED = "processing-failed"
ACTIVE_PARTITIONS_EXCEEDED = "activePartitionExceeded"
HTTP_ENDPOINT_FAILED = "http-endpoint-failed"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a record failed.

    error_type: the kind of failure, which the error prefix names.
    code, message: as the service words them.
    attempts: how often it was tried.
    function: the ARN of the Lambda, if that is where it failed.
    """

    error_type: str
    code: str
    message: str
    attempts: int = 1
    function: str | None = None


def error_line(data: bytes, arrived: int, failure: Failure) -> bytes:
    """The line about one record; `arrived` in epoch milliseconds."""
    members: dict[str, object] = {
        "attemptsMade": failure.attempts,
        "arrivalTimestamp": arrived,
        "errorCode": failure.code,
        "errorMessage": failure.message,
        "attemptEndingTimestamp": time.time_ns() // 1_000_000,
        "rawData": pybase64.b64encode(data).decode(),
    }
    if failure.function is not None:
        members["lambdaArn"] = failure.function
    return orjson.dumps(members) + b"\n"
