"""Files decompressed piece by piece, by a compression that the caller knows."""

import bz2
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import cramjam
from isal import isal_zlib

_CHUNK = 1 << 18
SNAPPY_FRAMES = b"\xff\x06\x00\x00sNaPpY"
"""How a file of framed Snappy begins; Hadoop's Snappy has no such mark."""


_DAMAGE: tuple[type[Exception], ...] = (  # type: ignore[assignment]  # isal's stub has its error as a value
    EOFError, ValueError, zlib.error, isal_zlib.IsalError, lzma.LZMAError, struct.error, zipfile.BadZipFile,
    cramjam.DecompressionError,
)  # fmt: skip


class DamagedFile(OSError):
    """A file is not what its compression calls for, or ends too early."""


def pieces(path: Path, compression: str) -> Iterator[bytes]:
    """The content of a file. compression: `none` or one of `KINDS`. DamagedFile; OSError if it cannot be read."""
    try:
        yield from KINDS[compression](path)
    except _DAMAGE as problem:
        raise DamagedFile(str(problem)) from problem


def _plain(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _gzip(path: Path) -> Iterator[bytes]:
    inflate = isal_zlib.decompressobj(31)
    ended = True
    for chunk in _plain(path):
        rest = chunk
        while rest:
            yield inflate.decompress(rest)
            rest, ended = inflate.unused_data, inflate.eof
            if ended:
                inflate = isal_zlib.decompressobj(31)  # the next member, if there is one
    if not ended:
        raise EOFError("the file ends in the middle of compressed data")


def _deflate(path: Path) -> Iterator[bytes]:
    inflate = zlib.decompressobj()
    for chunk in _plain(path):
        yield inflate.decompress(chunk)
    yield inflate.flush()


def _bzip2(path: Path) -> Iterator[bytes]:
    with bz2.open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _zip(path: Path) -> Iterator[bytes]:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            with archive.open(member) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk


def _zstd(path: Path) -> Iterator[bytes]:
    yield bytes(cramjam.zstd.decompress(path.read_bytes()))


def _snappy(path: Path) -> Iterator[bytes]:
    yield bytes(cramjam.snappy.decompress(path.read_bytes()))


def _hadoop_snappy(path: Path) -> Iterator[bytes]:
    """Blocks of chunks, each with its length before it."""
    with path.open("rb") as file:
        while header := file.read(4):
            if header == SNAPPY_FRAMES[:4]:
                raise ValueError("it is framed Snappy, which Hadoop does not read: choose HADOOP_SNAPPY")
            left = int.from_bytes(header, "big")
            while left > 0:
                (size,) = struct.unpack(">I", file.read(4))
                piece = bytes(cramjam.snappy.decompress_raw(file.read(size)))
                left -= len(piece)
                yield piece


KINDS: dict[str, Callable[[Path], Iterator[bytes]]] = {
    "none": _plain,
    "gzip": _gzip,
    "deflate": _deflate,
    "bzip2": _bzip2,
    "zip": _zip,
    "zstd": _zstd,
    "snappy": _snappy,
    "hadoop-snappy": _hadoop_snappy,
}
"""How a file is read, by the name of its compression."""
