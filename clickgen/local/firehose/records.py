"""Records as they come in a call: decoding them and holding the limits. By hand, since this is the hot path."""

import re
from typing import Any

import pybase64

from clickgen.local.firehose.limits import MAX_CALL_BYTES, MAX_RECORD_BYTES, MAX_RECORDS_A_CALL
from clickgen.local.firehose.pipeline import EmbeddedPipeline
from clickgen.local.firehose.stream import DeliveryStream
from clickgen.local.platform.errors import ServiceError, invalid_argument, serialization_error, validation_errors

_CONSTRAINT = "failed to satisfy constraint: Member must"
_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


def stream_of(pipeline: EmbeddedPipeline, body: dict[str, Any]) -> DeliveryStream:
    """The stream a put names; ValidationException or ResourceNotFoundException otherwise."""
    name = body.get("DeliveryStreamName")
    if name is None:
        raise validation_errors([f"Value at 'deliveryStreamName' {_CONSTRAINT} not be null"])
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise validation_errors(
            [f"Value at 'deliveryStreamName' {_CONSTRAINT} satisfy regular expression pattern: {_NAME.pattern}"]
        )
    stream = pipeline.active(name)
    if stream.reads_a_source:
        raise invalid_argument("This operation is not permitted on KinesisStreamAsSource delivery stream type.")
    return stream


def blobs_of_batch(records: Any) -> tuple[list[bytes], list[int]]:
    """The data of each of `Records`, and its length; ServiceError if one breaks a limit, since then all fail."""
    if records is None:
        raise validation_errors([f"Value at 'records' {_CONSTRAINT} not be null"])
    if not isinstance(records, list):
        raise serialization_error("Records is not a list.")
    if not records:
        raise validation_errors([f"Value at 'records' {_CONSTRAINT} have length greater than or equal to 1"])
    if len(records) > MAX_RECORDS_A_CALL:
        raise validation_errors(
            [f"Value at 'records' {_CONSTRAINT} have length less than or equal to {MAX_RECORDS_A_CALL}"]
        )
    try:
        blobs = [pybase64.b64decode(record["Data"], validate=True) for record in records]
    except (KeyError, TypeError, ValueError):
        raise _first_problem(records) from None
    return blobs, checked_lengths(blobs)


def checked_lengths(blobs: list[bytes]) -> list[int]:
    """The length of each record of a call; ServiceError if one of them, or all together, are too long."""
    lengths = list(map(len, blobs))
    if max(lengths) > MAX_RECORD_BYTES:
        raise validation_errors(
            [
                _too_long(f"records.{number}.member.data")
                for number, length in enumerate(lengths, 1)
                if length > MAX_RECORD_BYTES
            ]
        )
    if sum(lengths) > MAX_CALL_BYTES:
        raise invalid_argument("Records size exceeds 4 MB limit")
    return lengths


def blob_of_record(record: Any, member: str = "record") -> bytes:
    """The data of one record; ServiceError if it is missing, is not base64, or is too long."""
    if not isinstance(record, dict):
        raise validation_errors([f"Value at '{member}' {_CONSTRAINT} not be null"])
    data = record.get("Data")
    if data is None:
        raise validation_errors([f"Value at '{member}.data' {_CONSTRAINT} not be null"])
    try:
        blob = pybase64.b64decode(data, validate=True)
    except (TypeError, ValueError):
        raise serialization_error(f"{member}.data is not base64.") from None
    if len(blob) > MAX_RECORD_BYTES:
        raise validation_errors([_too_long(f"{member}.data")])
    return blob


def _first_problem(records: list[Any]) -> ServiceError:
    """The error of the first record that cannot be decoded."""
    for number, record in enumerate(records, 1):
        try:
            blob_of_record(record, f"records.{number}.member")
        except ServiceError as problem:
            return problem
    raise AssertionError("every record can be decoded")


def _too_long(member: str) -> str:
    return f"Value at '{member}' {_CONSTRAINT} have length less than or equal to {MAX_RECORD_BYTES}"
