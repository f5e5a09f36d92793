"""Snappy in the three framings that it is found in: Hadoop's, snappy-java's, and its own framing format.

Firehose writes Hadoop's for HADOOP_SNAPPY and snappy-java's for Snappy. All are compressed in independent blocks,
so that damage costs a block; nothing is given of a block that is cut off.
"""

from collections.abc import Iterable, Iterator

import cramjam

from clickgen.read.pieces import EXCERPT_BYTES, BadKind, Fault
from clickgen.read.supply import Supply

# github.com/xerial/snappy-java, SnappyCodec: magic, then version and oldest reader's version, four bytes each.
JAVA_MAGIC = b"\x82SNAPPY\x00"
_JAVA_HEAD_BYTES = len(JAVA_MAGIC) + 8
# github.com/google/snappy, framing_format.txt: the first chunk; then kinds of chunks.
FRAMING_MAGIC = b"\xff\x06\x00\x00sNaPpY"
_COMPRESSED, _UNCOMPRESSED, _FIRST_SKIPPABLE = 0x00, 0x01, 0x80
# org.apache.hadoop.io.compress.BlockCompressorStream: the block's length when decompressed, then chunks of it.
HADOOP_LOOK_BYTES = 13
_LENGTH_BYTES = 4
_MAX_BLOCK_BYTES = 32 << 20  # writers use 32 KiB to 256 KiB
_OUTPUT_BYTES = 1 << 20
_CUT = "the Snappy data is cut off: its end is missing"
_NO_BLOCK = "bytes that are not a Snappy block"


def begins_hadoop(start: bytes) -> bool:
    """Whether the first HADOOP_LOOK_BYTES of an object are the beginning of Snappy blocks in Hadoop's framing."""
    if len(start) < HADOOP_LOOK_BYTES:
        return False
    block, chunk = _number(start[:4]), _number(start[4:8])
    return 0 < block <= _MAX_BLOCK_BYTES and 0 < chunk <= _longest(block) and 0 < _declared(start[8:]) <= block


def read_hadoop(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """The decompressed bytes, in chunks of 1 MiB at most.

    A damaged chunk is replaced by a Fault (garbage), one that is cut off by a Fault (truncated). If the length of
    a chunk cannot be right, everything from there on is one Fault (garbage).
    """
    supply = Supply(blocks)
    while head := supply.take(_LENGTH_BYTES):
        left = _number(head)
        if len(head) < _LENGTH_BYTES:
            yield Fault(BadKind.TRUNCATED, _CUT)
            return
        if left > _MAX_BLOCK_BYTES:
            yield supply.rest_as_fault(_NO_BLOCK, head)
            return
        while left > 0:
            chunk = _chunk(supply, _longest(left))
            if isinstance(chunk, Fault):
                yield chunk
                return
            declared = _declared(chunk)
            if not 0 < declared <= left:
                yield supply.rest_as_fault(_NO_BLOCK, chunk)
                return
            yield from _decoded(chunk)
            left -= declared


def read_java(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """As `read_hadoop`, for snappy-java's framing; there may be several streams in a row."""
    supply = Supply(blocks)
    while head := supply.take(_LENGTH_BYTES):
        supply.give_back(head)
        if JAVA_MAGIC.startswith(head):
            if len(supply.take(_JAVA_HEAD_BYTES)) < _JAVA_HEAD_BYTES:
                yield Fault(BadKind.TRUNCATED, _CUT)
                return
            continue
        chunk = _chunk(supply, _longest(_MAX_BLOCK_BYTES))
        if isinstance(chunk, Fault):
            yield chunk
            return
        yield from _decoded(chunk)


def read_framed(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """As `read_hadoop`, for Snappy's own framing, whose chunks have checksums."""
    supply = Supply(blocks)
    while head := supply.take(_LENGTH_BYTES):
        size = int.from_bytes(head[1:], "little")
        chunk = supply.take(size)
        if len(head) < _LENGTH_BYTES or len(chunk) < size:
            yield Fault(BadKind.TRUNCATED, _CUT)
            return
        if head[0] in (_COMPRESSED, _UNCOMPRESSED):
            try:
                yield bytes(cramjam.snappy.decompress(FRAMING_MAGIC + head + chunk))
            except cramjam.DecompressionError as problem:
                yield _damaged(chunk, str(problem))
        elif head[0] < _FIRST_SKIPPABLE:
            yield supply.rest_as_fault(_NO_BLOCK, head + chunk)
            return


def _chunk(supply: Supply, most: int) -> bytes | Fault:
    """A chunk with its length before it."""
    head = supply.take(_LENGTH_BYTES)
    size = _number(head)
    if len(head) == _LENGTH_BYTES and not 0 < size <= most:
        return supply.rest_as_fault(_NO_BLOCK, head)
    chunk = supply.take(size)
    return chunk if len(head) == _LENGTH_BYTES and len(chunk) == size else Fault(BadKind.TRUNCATED, _CUT)


def _decoded(chunk: bytes) -> Iterator[bytes | Fault]:
    if _declared(chunk) > _MAX_BLOCK_BYTES:
        yield _damaged(chunk, f"a block of {_declared(chunk):,} bytes")
        return
    try:
        data = bytes(cramjam.snappy.decompress_raw(chunk))
    except cramjam.DecompressionError as problem:
        yield _damaged(chunk, str(problem))
        return
    for at in range(0, len(data), _OUTPUT_BYTES):
        yield data[at : at + _OUTPUT_BYTES]


def _damaged(chunk: bytes, why: str) -> Fault:
    return Fault(BadKind.GARBAGE, f"the Snappy data is damaged ({why})", chunk[:EXCERPT_BYTES], len(chunk))


def _declared(chunk: bytes) -> int:
    """The decompressed length that a raw Snappy stream begins with: seven bits a byte, the lowest first."""
    length = 0
    for position, byte in enumerate(chunk[:5]):
        length |= (byte & 0x7F) << 7 * position
        if byte < 0x80:
            return length
    return -1


def _longest(size: int) -> int:
    """What `size` bytes compress to at most (snappy.cc, MaxCompressedLength)."""
    return 32 + size + size // 6


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")
