"""Records become lines of one file for DuckDB to read: a line for each JSON object, if records have lines."""

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice, repeat
from pathlib import Path
from typing import BinaryIO

from clickgen.local.platform.limits import MEBIBYTE

_RECORDS_AT_ONCE = 4096
_NOT_JSON = (b"NaN", b"Infinity", b"\r")
_NEEDLESS_COMMA = re.compile(rb",\s*[}\]]")
"""What DuckDB takes for numbers, for the end of a line, or leaves out, where a reader of JSON takes none of it."""


@dataclass
class Staged:
    """What was written: `owners` has the number of the record that each line is from."""

    owners: "array[int]" = field(default_factory=lambda: array("I"))
    set_aside: set[int] = field(default_factory=set)  # records of which nothing was written


def stage(records: Iterable[bytes], path: Path) -> Staged:
    """Write the lines of all records, except those that only the reference can judge."""
    staged = Staged()
    first = 0
    source = iter(records)
    with path.open("wb", MEBIBYTE) as file:
        while chunk := list(islice(source, _RECORDS_AT_ONCE)):
            text = _one_line_each(chunk)
            if text is not None and not _read_otherwise(text):
                staged.owners.extend(range(first, first + len(chunk)))
                file.write(text)
            else:
                _stage_each(chunk, first, staged, file)
            first += len(chunk)
    return staged


def _one_line_each(chunk: list[bytes]) -> bytes | None:
    """The lines of records that have one each; None if any has not."""
    ended = all(map(bytes.endswith, chunk, repeat(b"\n")))
    text = b"".join(chunk) if ended else b"\n".join(chunk) + b"\n"
    has_blank = min(map(len, chunk)) <= ended
    return text if text.count(b"\n") == len(chunk) and not has_blank else None


def lines_of(record: bytes) -> list[bytes]:
    """The lines of a record that are not blank."""
    return [line for line in map(bytes.strip, record.split(b"\n")) if line]


def _stage_each(chunk: list[bytes], first: int, staged: Staged, file: BinaryIO) -> None:
    for number, record in enumerate(chunk, first):
        lines = lines_of(record)
        if not lines or _read_otherwise(record):
            staged.set_aside.add(number)
            continue
        for line in lines:
            staged.owners.append(number)
            file.write(line + b"\n")


def _read_otherwise(text: bytes) -> bool:
    return any(map(text.__contains__, _NOT_JSON)) or _NEEDLESS_COMMA.search(text) is not None
