"""What reading gives: JSON objects as they stand, and what is none, with its place and the reason."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

MAX_OBJECT_BYTES = 4 << 20  # Firehose takes records of 1,000 KiB; a PutRecordBatch call ends at 4 MiB
EXCERPT_BYTES = 200


class BadKind(StrEnum):
    """truncated: an object cut off, by the end of the input or by the next object. garbage: all else."""

    TRUNCATED = "truncated"
    GARBAGE = "garbage"


class JsonObject(NamedTuple):
    """A valid JSON object.

    data: its bytes exactly as they stand, from `{` to `}`. offset: of its first byte in the decompressed
    input. line: the line it begins on, counted from 1. value: what it parses to.
    """

    data: bytes
    offset: int
    line: int
    value: dict[str, Any]

    @property
    def size(self) -> int:
        """Bytes of the object."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class Bad:
    """Bytes that are no JSON object.

    excerpt: their first bytes (EXCERPT_BYTES at most); size: how many there are, without the white space
    around them. offset, line: as of JsonObject. A fault of the compression that no decompressed byte
    belongs to stands at the offset where the data broke off, and its excerpt and size are of the compressed
    bytes that gave nothing.
    """

    kind: BadKind
    reason: str
    excerpt: bytes
    size: int
    offset: int
    line: int


Piece = JsonObject | Bad


@dataclass(frozen=True, slots=True)
class Fault:
    """The compressed input is damaged here: the decompressed bytes before and after do not join.

    excerpt, size: of the compressed bytes that gave nothing (the first EXCERPT_BYTES; all of them). rest_unread:
    nothing follows, as reading was given up; what follows in the input may be sound.
    """

    kind: BadKind
    reason: str
    excerpt: bytes = b""
    size: int = 0
    rest_unread: bool = False
