"""Bytes from files, pipes, memory or S3 bodies, decompressed and in UTF-8 where their first bytes say how."""

import io
import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.read.bunzip2 import BZIP2_MAGICS, bunzip2
from clickgen.read.gunzip import GZIP_MAGIC, gunzip
from clickgen.read.pieces import Fault, unread
from clickgen.read.snappy import (
    FRAMING_MAGIC,
    HADOOP_LOOK_BYTES,
    JAVA_MAGIC,
    begins_hadoop,
    read_framed,
    read_hadoop,
    read_java,
)
from clickgen.read.unicode import as_utf8
from clickgen.read.unzip import EMPTY_MAGIC, FILE_MAGIC, unzip
from clickgen.read.unzstd import ZSTD_MAGIC, unzstd

BLOCK_BYTES = 256 << 10
# Events compress to a thirtieth at best, since ids and times differ. A repeated byte compresses to a thousandth by
# deflate, to a millionth by bzip2. What is not large may be anything: reading it takes no time.
MAX_RATIO = 200
ALWAYS_READ_BYTES = 32 << 20

Reader = Callable[[Iterable[bytes]], Iterator[bytes | Fault]]
_READERS: dict[bytes, Reader] = {
    GZIP_MAGIC: gunzip,
    FILE_MAGIC: unzip,
    EMPTY_MAGIC: unzip,
    JAVA_MAGIC: read_java,
    FRAMING_MAGIC: read_framed,
    ZSTD_MAGIC: unzstd,
    **dict.fromkeys(BZIP2_MAGICS, bunzip2),
}
_HADOOP_BEGINS = b"\0\1\2"  # the length of a block of 32 MiB at most, as which no text begins

Source = str | os.PathLike[str] | bytes | IO[bytes] | Iterable[bytes]


def open_chunks(source: Source) -> Iterator[bytes | Fault]:
    """The bytes of `source` in chunks (of 1 MiB at most, unless it is an iterable of larger ones).

    source: a path, bytes in memory, a binary stream (need not be seekable: what has arrived in a pipe is given at
    once), or an iterable of bytes. Gzip, of one or several members, zip, bzip2, zstd, and Snappy in the framing of
    Hadoop, of snappy-java or its own are recognised by the first bytes and decompressed; of damaged or cut data,
    what can be decoded is given and a Fault says the rest. Text in UTF-16 or UTF-32 becomes UTF-8. What expands
    without limit ends in a Fault. Raises UsageProblem for a path that does not exist, EnvironmentProblem for one
    that cannot be read.
    """
    blocks = _blocks(source)
    start = b""
    for block in blocks:
        start += block
        if not _undecided(start):
            break
    whole = itertools.chain((start,) if start else (), blocks)
    reader = _reader(start)
    yield from as_utf8(whole if reader is None else bounded(reader, whole))


def bounded(reader: Reader, blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """What the reader makes of the blocks, up to MAX_RATIO times their size; then a Fault is the last."""
    stored = given = 0

    def counted() -> Iterator[bytes]:
        nonlocal stored
        for block in blocks:
            stored += len(block)
            yield block

    for chunk in reader(counted()):
        yield chunk
        if isinstance(chunk, bytes):
            given += len(chunk)
            if given > max(ALWAYS_READ_BYTES, MAX_RATIO * stored):
                yield unread(f"its first {stored:,} bytes expand to more than {MAX_RATIO} times as many")
                return


def _reader(start: bytes) -> Reader | None:
    for magic, reader in _READERS.items():
        if start.startswith(magic):
            return reader
    return read_hadoop if begins_hadoop(start) else None


def _undecided(start: bytes) -> bool:
    """Whether more bytes are needed to say what they are."""
    if any(magic.startswith(start) and magic != start for magic in _READERS):
        return True
    return start[0] in _HADOOP_BEGINS and len(start) < HADOOP_LOOK_BYTES


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


class Format(NamedTuple):
    """A format that is not read."""

    name: str
    unpack: str = ""  # the command that turns it into what is read, if there is one


PARQUET = Format("a Parquet file")
_TAR_AT, _TAR = 257, b"ustar"
_SIGNATURES = {
    b"\x89PNG\r\n": Format("a PNG image"),
    b"\xff\xd8\xff": Format("a JPEG image"),
    b"GIF8": Format("a GIF image"),
    b"%PDF-": Format("a PDF document"),
    b"\x7fELF": Format("a program"),
    b"SQLite format 3\0": Format("an SQLite database"),
    b"PAR1": PARQUET,
    b"ORC": Format("an ORC file"),
    b"Obj\x01": Format("an Avro file"),
    b"\x04\x22\x4d\x18": Format("lz4 data", "lz4 -dc"),
    b"\xfd7zXZ\0": Format("xz data", "xzcat"),
}
_TAR_FORMAT = Format("a tar archive", "tar -xOf")
LOOK_BYTES = _TAR_AT + len(_TAR)


def format_of(start: bytes) -> Format | None:
    """The format that begins with these bytes, of which LOOK_BYTES are enough, or None for any other."""
    if start[_TAR_AT:].startswith(_TAR):
        return _TAR_FORMAT
    return next((found for signature, found in _SIGNATURES.items() if start.startswith(signature)), None)
