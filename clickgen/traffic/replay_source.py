"""The bytes of a recording's sources as pieces, whatever they are written in."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from io import FileIO
from pathlib import Path
from typing import IO, cast

from clickgen.model.form import JSON, Form, Kind
from clickgen.read.formats.rows import read_parquet_rows, read_rows
from clickgen.read.formats.tables import read_parquet_in_tables, read_tables
from clickgen.read.open import BLOCK_BYTES, Source, open_chunks
from clickgen.read.pieces import Fault, Piece
from clickgen.read.table import Table
from clickgen.traffic.replay_files import STDIN, is_live
from clickgen.traffic.silence import Silence

_IN_MEMORY_BYTES = 32 << 20  # of a Parquet file that is not on the disk; a larger one is put there

OpenSource = Callable[[str], Source]


def open_local(name: str) -> Source:
    """A file by its path, or standard input."""
    # unbuffered: a thread that waits in a buffered read keeps the process from ending
    return cast("IO[bytes]", FileIO(0, "rb", closefd=False)) if name == STDIN else name


@dataclass(frozen=True, slots=True)
class LanePart:
    """What a lane reads of one source."""

    name: str
    form: Form = JSON
    begin: int = 0  # in bytes of the file, if only a range of it is read
    end: int | None = None


def read_part(
    part: LanePart, open_source: OpenSource = open_local, at_once: int | None = None
) -> Iterator[list[Piece]]:
    """Its pieces, some at a time, as soon as they are there.

    at_once: how many bytes are looked through at a time, or None for as many as a chunk has.
    Raises UsageProblem or EnvironmentProblem if it cannot be read, and UsageProblem if what may have no end goes
    on without an event.
    """
    if part.form.kind is Kind.PARQUET:
        with _parquet_file(open_source(part.name)) as file:
            yield from read_parquet_rows(file, part.form)
        return
    if part.begin or part.end is not None:
        source: Source = range_of(part)
    else:
        source = open_source(part.name)
    if not is_live(part.name):
        chunks = open_chunks(source)
        yield from read_rows(chunks if at_once is None else _sliced(chunks, at_once), part.form)
        return
    silence = Silence(part.name)
    for pieces in read_rows(silence.listen(open_chunks(source)), part.form):
        silence.hear(pieces)
        yield pieces


def read_part_in_tables(
    part: LanePart, names: Sequence[str], open_source: OpenSource = open_local
) -> Iterator[Table | list[Piece]]:
    """What a whole source holds, as tables of these fields where that is quick. Raises as `read_part` does."""
    source = open_source(part.name)
    if part.form.kind is Kind.PARQUET:
        with _parquet_file(source) as file:
            yield from read_parquet_in_tables(file, part.form)
    else:
        yield from read_tables(open_chunks(source), part.form, names)


def beginning(name: str, size: int, open_source: OpenSource = open_local) -> tuple[bytes, bool]:
    """The first decompressed bytes of a source, `size` or a chunk more, and whether there are more."""
    found = b""
    for chunk in open_chunks(open_source(name)):
        if isinstance(chunk, Fault):
            continue
        if len(found) >= size:
            return found, True
        found += chunk
    return found, False


def _sliced(chunks: Iterable[bytes | Fault], size: int) -> Iterator[bytes | Fault]:
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield chunk
        else:
            yield from (chunk[at : at + size] for at in range(0, len(chunk), size))


def range_of(part: LanePart) -> Iterator[bytes]:
    """The lines of a file that begin in the range."""
    with Path(part.name).open("rb") as file:
        at = part.begin
        if at:
            file.seek(at - 1)
            at += len(file.readline()) - 1  # the line that begins before is another lane's
        while part.end is None or at < part.end:
            block = file.read(BLOCK_BYTES if part.end is None else min(BLOCK_BYTES, part.end - at))
            if not block:
                return
            at += len(block)
            if part.end is not None and at >= part.end and not block.endswith(b"\n"):
                block += file.readline()
            yield block


@lru_cache(maxsize=16)
def lines_before(part: LanePart) -> int:
    """How many lines of the file are before the range; looked at only if something is to be said of a line."""
    left, lines = part.begin, 0
    if not left:
        return 0
    with Path(part.name).open("rb") as file:
        while left and (block := file.read(min(BLOCK_BYTES, left))):
            left -= len(block)
            lines += block.count(b"\n")
    return lines


@contextmanager
def _parquet_file(source: Source) -> Iterator[str | IO[bytes]]:
    """A Parquet file, which is read from its end."""
    if isinstance(source, str):
        yield source
        return
    with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
        for block in cast("Iterable[bytes]", source):
            file.write(block)
        file.seek(0)
        yield cast("IO[bytes]", file)
