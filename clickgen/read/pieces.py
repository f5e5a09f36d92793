"""What reading gives: JSON objects as they are in the input, and other bytes, with their place and the reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

MAX_OBJECT_BYTES = 4 << 20  # Firehose takes records of 1,000 KiB; a PutRecordBatch call ends at 4 MiB
EXCERPT_BYTES = 200


class BadKind(StrEnum):
    """What bytes are that are not a JSON object."""

    TRUNCATED = "truncated"  # an object cut off by the end of the input or by the next object
    GARBAGE = "garbage"  # anything else


class JsonObject(NamedTuple):
    """A valid JSON object."""

    data: bytes  # exactly as in the input, from `{` to `}`
    offset: int  # of its first byte in the decompressed input
    line: int  # the line that it begins on, from 1
    value: dict[str, Any]  # what it parses to

    @property
    def size(self) -> int:
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Bad:
    """Bytes that are not a JSON object.

    A fault of the compression without decompressed bytes of its own is at the offset where the data broke off, and
    its excerpt and size are of the compressed bytes that could not be decoded.
    """

    kind: BadKind
    reason: str
    excerpt: bytes  # the first of them, EXCERPT_BYTES at most
    size: int  # how many there are, without the white space around them
    offset: int  # as of JsonObject
    line: int


Piece = JsonObject | Bad


@dataclass(frozen=True, slots=True)
class Fault:
    """The compressed input is damaged here: the decompressed bytes before and after do not join."""

    kind: BadKind
    reason: str
    excerpt: bytes = b""  # the first EXCERPT_BYTES of the compressed bytes that could not be decoded
    size: int = 0  # of all those bytes
    rest_unread: bool = False  # nothing follows, as reading was given up; the rest of the input may be sound


def unread(why: str) -> Fault:
    """The Fault for all that follows, which is not read and may hold anything."""
    return Fault(BadKind.GARBAGE, f"{why}: not read on", rest_unread=True)
