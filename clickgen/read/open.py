"""Bytes from files, pipes, memory or S3 bodies, decompressed where their first bytes say gzip."""

import io
import itertools
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.read.gunzip import GZIP_MAGIC, gunzip
from clickgen.read.pieces import Fault

BLOCK_BYTES = 256 << 10

Source = str | os.PathLike[str] | bytes | IO[bytes] | Iterable[bytes]


def open_chunks(source: Source) -> Iterator[bytes | Fault]:
    """The bytes of `source` in chunks (of 1 MiB at most, unless it is an iterable of larger ones).

    source: a path, bytes in memory, a binary stream (need not be seekable: what has arrived in a pipe is
    given at once), or an iterable of bytes. Gzip, of one or several members, is seen from the first bytes
    and decompressed; where it is damaged or cut, what can be decoded is given and a Fault says the rest.
    Raises UsageProblem for a path that is not there, EnvironmentProblem for one that cannot be read.
    """
    blocks = _blocks(source)
    start = b""
    for block in blocks:
        start += block
        if len(start) >= len(GZIP_MAGIC):
            break
    whole = itertools.chain((start,) if start else (), blocks)
    yield from gunzip(whole) if start.startswith(GZIP_MAGIC) else whole


def _blocks(source: Source) -> Iterator[bytes]:
    if isinstance(source, bytes):
        return iter([source[at : at + BLOCK_BYTES] for at in range(0, len(source), BLOCK_BYTES)])
    if isinstance(source, str | os.PathLike):
        return _file_blocks(Path(source))
    if isinstance(source, io.IOBase) or hasattr(source, "read"):
        return _stream_blocks(source)  # type: ignore[arg-type]  # hasattr does not narrow to IO
    return (block for block in source if block)


def _file_blocks(path: Path) -> Iterator[bytes]:
    try:
        with path.open("rb") as stream:
            yield from _stream_blocks(stream)
    except FileNotFoundError as error:
        raise UsageProblem(f"no such file: {path}", "check the path") from error
    except OSError as error:
        raise EnvironmentProblem(
            f"cannot read {path}: {error.strerror or error}", "check its permissions and the disk"
        ) from error


def _stream_blocks(stream: IO[bytes]) -> Iterator[bytes]:
    # read() of a buffered pipe waits until a whole block is there, read1() gives what has arrived.
    read = getattr(stream, "read1", stream.read)
    while block := read(BLOCK_BYTES):
        yield block
