"""What a function says of each record it was given, by the rules of the service.

The wording of the messages is the service's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson
import pybase64

from clickgen.local.firehose.flow import Record

Problem = tuple[str, str]
"""The code and the message of a failure."""

MISSING: Problem = (
    "Lambda.MissingRecordId",
    "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids.",
)
DOUBLED: Problem = (
    "Lambda.DuplicatedRecordId",
    "Multiple records were returned with the same record Id. "
    "Ensure that the Lambda function returns a unique record Id for each record.",
)
STATUS: Problem = ("Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record")
UNKNOWN_RESULT: Problem = (
    "Lambda.InvalidReturnFormat",
    "The result field must be one of Ok, Dropped or ProcessingFailed.",
)
NO_DATA: Problem = (
    "Lambda.InvalidReturnFormat",
    "The data field cannot be null when the SourceType is DirectPut or KinesisStreamAsSource and processing "
    "result is Ok. The value field cannot be null when the SourceType is MSKAsSource and processing result is Ok.",
)
NOT_BASE64: Problem = ("Lambda.InvalidReturnFormat", "The data field must be base64 encoded.")
BAD_KEYS: Problem = (
    "Lambda.InvalidReturnFormat",
    "The partitionKeys field of the metadata must be an object whose values are strings.",
)

Answer = Mapping[str, Any]


def judge(
    records: Sequence[Record], ids: Sequence[str], payload: bytes
) -> tuple[list[Record], list[tuple[Record, Problem]]]:
    """The records as the function returned them, and those that failed with why; dropped ones are in neither.

    An answer without a usable list of records has returned none of them. Ids that were not given are ignored.
    """
    answers = _answers(payload)
    by_id: dict[str, Answer] | None = None
    doubled: set[str] = set()
    if [answer.get("recordId") for answer in answers] != ids:
        by_id, doubled = _by_id(answers)
    passed: list[Record] = []
    failed: list[tuple[Record, Problem]] = []
    for index, (record, record_id) in enumerate(zip(records, ids, strict=True)):
        answer = answers[index] if by_id is None else by_id.get(record_id)
        outcome = DOUBLED if record_id in doubled else _outcome(record, answer)
        if isinstance(outcome, Record):
            passed.append(outcome)
        elif outcome is not None:
            failed.append((record, outcome))
    return passed, failed


def _answers(payload: bytes) -> list[Answer]:
    try:
        returned = orjson.loads(payload)
    except orjson.JSONDecodeError:
        return []
    answers = returned.get("records") if isinstance(returned, dict) else None
    return [answer for answer in answers if isinstance(answer, dict)] if isinstance(answers, list) else []


def _by_id(answers: Sequence[Answer]) -> tuple[dict[str, Answer], set[str]]:
    found: dict[str, Answer] = {}
    doubled: set[str] = set()
    for answer in answers:
        record_id = answer.get("recordId")
        if isinstance(record_id, str):
            if record_id in found:
                doubled.add(record_id)
            found[record_id] = answer
    return found, doubled


def _outcome(record: Record, answer: Answer | None) -> Record | Problem | None:
    """The record as returned, or why it failed; None if it was dropped."""
    if answer is None:
        return MISSING
    match answer.get("result"):
        case "Ok":
            return _returned(record, answer)
        case "Dropped":
            return None
        case "ProcessingFailed":
            return STATUS
        case _:
            return UNKNOWN_RESULT


def _returned(record: Record, answer: Answer) -> Record | Problem:
    data = answer.get("data")
    if not isinstance(data, str):
        return NO_DATA
    try:
        decoded = pybase64.b64decode(data, validate=True)
    except ValueError:
        return NOT_BASE64
    metadata = answer.get("metadata")
    if metadata is None:
        return Record(decoded, record.arrived, record.source)
    keys = metadata.get("partitionKeys", {}) if isinstance(metadata, dict) else None
    if not isinstance(keys, dict) or not all(isinstance(value, str) for value in keys.values()):
        return BAD_KEYS
    return Record(decoded, record.arrived, record.source, keys)
