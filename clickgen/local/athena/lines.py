"""The lines of a text file, decompressed as its name says: Athena never looks at the bytes for that."""

import bz2
import lzma
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cramjam
from isal import igzip

from clickgen.local.athena.failures import failed

_CHUNK = 1 << 20
MAX_LINE_BYTES = 32 << 20
"""A longer line is refused, so that one file cannot take the memory; Athena's own limit for JSON is 32 MB too."""

_SNAPPY_FRAMES = b"\xff\x06\x00\x00sNaPpY"


def lines_of(path: Path, uri: str) -> Iterator[bytes]:
    """The lines of a file without their ends, ended by `\\n`, `\\r\\n` or `\\r`; QueryFailed if it is damaged."""
    try:
        rest = b""
        for chunk in _READERS.get(path.suffix.lower(), _plain)(path):
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            if len(rest) > MAX_LINE_BYTES:
                raise failed("HIVE_CURSOR_ERROR", f"a line of {uri} is longer than {MAX_LINE_BYTES} bytes")
            for line in lines:
                yield from _split(line)
        if rest:
            yield from _split(rest)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, cramjam.DecompressionError, struct.error) as problem:
        raise failed("HIVE_CANNOT_OPEN_SPLIT", f"Error opening Hive split {uri}: {problem}") from problem


def _split(line: bytes) -> Iterator[bytes]:
    if b"\r" in line:
        yield from (line[:-1] if line.endswith(b"\r") else line).split(b"\r")
    else:
        yield line


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _gzip(path: Path) -> Iterator[bytes]:
    with igzip.open(path, "rb") as file:  # type: ignore[no-untyped-call]  # its stubs lack this one
        while chunk := file.read(_CHUNK):
            yield chunk


def _bzip2(path: Path) -> Iterator[bytes]:
    with bz2.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _deflate(path: Path) -> Iterator[bytes]:
    inflate = zlib.decompressobj()
    for chunk in _plain(path):
        yield inflate.decompress(chunk)
    yield inflate.flush()


def _zstd(path: Path) -> Iterator[bytes]:
    yield bytes(cramjam.zstd.decompress(path.read_bytes()))


def _hadoop_snappy(path: Path) -> Iterator[bytes]:
    """Blocks of chunks, each with its length before it; the frames of snappy itself are not read by Hadoop."""
    with path.open("rb") as file:
        while header := file.read(4):
            if header == _SNAPPY_FRAMES[:4]:
                raise OSError("it is framed Snappy, which Hadoop does not read: choose HADOOP_SNAPPY")
            left = int.from_bytes(header, "big")
            while left > 0:
                (size,) = struct.unpack(">I", file.read(4))
                piece = bytes(cramjam.snappy.decompress_raw(file.read(size)))
                left -= len(piece)
                yield piece


_READERS: dict[str, Callable[[Path], Iterator[bytes]]] = {
    ".gz": _gzip,
    ".bz2": _bzip2,
    ".deflate": _deflate,
    ".zst": _zstd,
    ".snappy": _hadoop_snappy,
}
