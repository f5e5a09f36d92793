"""Answers of PutRecordBatch that plainly say that every record was accepted."""

from typing import Annotated, Literal

import msgspec


class _Entry(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """An entry that says no more than that its record was accepted: with anything else it may have an error."""

    RecordId: Annotated[str, msgspec.Meta(min_length=1)]


class _AllAccepted(msgspec.Struct):
    """An answer in which nothing failed."""

    FailedPutCount: Literal[0]
    RequestResponses: list[_Entry]


_read_all_accepted = msgspec.json.Decoder(_AllAccepted).decode


def all_accepted(body: bytes, records: int | None) -> bool:
    """Whether an answer is JSON to its end and plainly says of each record that it was accepted."""
    try:
        answer = _read_all_accepted(body)
        body.decode()  # the decoder does not look whether what it passes over is UTF-8
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return len(answer.RequestResponses) == records
