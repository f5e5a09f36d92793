"""The compression formats of delivered objects, as Firehose writes them.

Each names the extension that the service gives the object and the `Content-Encoding` it labels it with. `Snappy`
is the stream of snappy-java, which has blocks of its own and is not Snappy's framing format; `HADOOP_SNAPPY` is
the block format of Hadoop's codec. For it the guide lists `.hsnappy`, but the service itself gives `.snappy`.
"""

import struct
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Literal, Protocol, get_args

import cramjam
from isal import igzip

CompressionFormat = Literal["UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"]
COMPRESSION_FORMATS: frozenset[str] = frozenset(get_args(CompressionFormat))

_EXTENSIONS = {"UNCOMPRESSED": "", "GZIP": ".gz", "ZIP": ".zip", "Snappy": ".snappy", "HADOOP_SNAPPY": ".snappy"}
_ENCODINGS = {"GZIP": "gzip", "ZIP": "zip", "Snappy": "snappy-java", "HADOOP_SNAPPY": "hadoop-snappy"}

_GZIP_LEVEL = 2  # of isal's four: events as JSON get as small as at zlib's level 4, in a ninth of its time
_SNAPPY_JAVA_HEAD = b"\x82SNAPPY\x00" + struct.pack(">II", 1, 1)  # magic, version, oldest version that reads it
_SNAPPY_JAVA_BLOCK = 32 * 1024  # of its SnappyOutputStream
_HADOOP_BLOCK = 256 * 1024  # of io.compression.codec.snappy.buffersize
_LENGTH = struct.Struct(">I")
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class Sink(Protocol):
    """Where content is written to be compressed."""

    def write(self, data: bytes, /) -> int:
        """Take some of the content; how much, which is all of it."""


def extension_of(compression: CompressionFormat) -> str:
    """The end of the names of objects in that format; the empty string if it has none."""
    return _EXTENSIONS[compression]


def encoding_of(compression: CompressionFormat, *, parquet: bool = False) -> str | None:
    """The `Content-Encoding` of objects in that format, or None.

    The service labels Parquet `hadoop-snappy`, although a reader that decoded it so would fail.
    """
    return "hadoop-snappy" if parquet else _ENCODINGS.get(compression)


@contextmanager
def compressed(compression: CompressionFormat, file: BinaryIO) -> Iterator[Sink]:
    """Write to `file` in that format what the sink takes, in memory that does not grow with it.

    The file is complete once the context has ended without an exception.
    """
    if compression == "GZIP":
        with igzip.IGzipFile("", "wb", _GZIP_LEVEL, file, mtime=0) as packed:  # type: ignore[no-untyped-call]  # not in its stub
            yield packed
    elif compression == "ZIP":
        entry = zipfile.ZipInfo(str(uuid.uuid4()), _ZIP_EPOCH)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(file, "w") as archive, archive.open(entry, "w") as packed:
            yield packed
    elif compression == "Snappy":
        file.write(_SNAPPY_JAVA_HEAD)
        yield from _in_blocks(file, _SNAPPY_JAVA_BLOCK, with_plain_length=False)
    elif compression == "HADOOP_SNAPPY":
        yield from _in_blocks(file, _HADOOP_BLOCK, with_plain_length=True)
    else:
        yield file


def _in_blocks(file: BinaryIO, block_bytes: int, *, with_plain_length: bool) -> Iterator[Sink]:
    blocks = _SnappyBlocks(file, block_bytes, with_plain_length=with_plain_length)
    yield blocks
    blocks.finish()


class _SnappyBlocks:
    """Blocks of raw Snappy, each after its length; Hadoop puts the length of the plain block in front of that."""

    def __init__(self, file: BinaryIO, block_bytes: int, *, with_plain_length: bool) -> None:
        self._file = file
        self._block_bytes = block_bytes
        self._with_plain_length = with_plain_length
        self._pending = bytearray()

    def write(self, data: bytes, /) -> int:
        """Compress whole blocks; the rest waits for more."""
        self._pending += data
        whole = len(self._pending) - len(self._pending) % self._block_bytes
        for start in range(0, whole, self._block_bytes):
            self._write_block(self._pending[start : start + self._block_bytes])
        del self._pending[:whole]
        return len(data)

    def finish(self) -> None:
        """Compress the rest."""
        if self._pending:
            self._write_block(self._pending)

    def _write_block(self, block: bytearray) -> None:
        packed = cramjam.snappy.compress_raw(block)
        if self._with_plain_length:
            self._file.write(_LENGTH.pack(len(block)))
        self._file.write(_LENGTH.pack(len(packed)))
        self._file.write(packed)
