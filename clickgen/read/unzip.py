"""Zip archives, read from front to back: their files one after another, without the directory at their end.

Formats: PKWARE's APPNOTE.TXT 6.3.10, sections 4.3 (records) and 4.4 (fields).
"""

import re
import struct
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from isal.isal_zlib import crc32

from clickgen.read.inflate import RAW, Inflater
from clickgen.read.pieces import EXCERPT_BYTES, BadKind, Fault, unread
from clickgen.read.supply import Supply

# The most that a zip can name without the extension for large ones (APPNOTE.TXT 6.3.10, section 4.4.22).
MAX_MEMBERS = 65_535
FILE_MAGIC = b"PK\x03\x04"
EMPTY_MAGIC = b"PK\x05\x06"  # the end record, which an archive without files begins with
_DIRECTORY, _END, _END_64, _LOCATOR_64, _DESCRIPTOR = (
    b"PK\x01\x02", EMPTY_MAGIC, b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08",
)  # fmt: skip
_SIGNATURE_BYTES = 4
_RECORDS: dict[bytes, tuple[int, Callable[[bytes], int]]] = {
    # the record's fixed part, and how many bytes follow it
    _DIRECTORY: (42, lambda head: sum(struct.unpack_from("<HHH", head, 24))),
    _END_64: (8, lambda head: int.from_bytes(head, "little")),
    _LOCATOR_64: (16, lambda _: 0),
    _END: (18, lambda head: int.from_bytes(head[16:], "little")),
}
_FILE = struct.Struct("<2xHH4xLLLHH")  # flags, method, crc, size as stored, size, lengths of name and extra field
_ENCRYPTED, _DESCRIBED = 1, 8  # of the flags; described: checksum and sizes follow the data
_STORED, _DEFLATED = 0, 8
_IN_EXTRA_FIELD = 0xFFFFFFFF
_ZIP64_FIELD = 1
_NEXT_RECORD = re.compile(rb"PK(?:\x03\x04|\x01\x02|\x05\x06)")
_CUT = "the zip data is cut off: its end is missing"


class _Entry(NamedTuple):
    flags: int
    method: int
    crc: int
    stored_size: int


def unzip(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """The decompressed bytes of the files in a zip, in chunks of 1 MiB at most.

    A cut archive gives what decodes, then a Fault (truncated). A damaged file gives what decodes, then a Fault
    (garbage), then what follows from the next file on; a file that is encrypted, or compressed in another way
    than by deflate, is a Fault (garbage). So are bytes after the end, unless they are all zeros, and what follows
    MAX_MEMBERS files.
    """
    supply = Supply(blocks)
    ended, members = False, 0
    while signature := supply.take(_SIGNATURE_BYTES):
        if ended:
            fault = supply.rest_as_fault("bytes that are not zip follow the zip data", signature)
            if fault.excerpt.strip(b"\0"):
                yield fault
            return
        if signature == FILE_MAGIC:
            members += 1
            if members > MAX_MEMBERS:
                yield unread(f"more than {MAX_MEMBERS:,} files in the zip")
                return
            yield from _file(supply)
        elif signature in _RECORDS:
            ended = _skip_record(supply, signature) and signature == _END
        elif len(signature) == _SIGNATURE_BYTES:
            yield supply.rest_as_fault("bytes that are not zip are in the zip data", signature)
            return
    if not ended:
        yield Fault(BadKind.TRUNCATED, _CUT)


def _file(supply: Supply) -> Iterator[bytes | Fault]:
    head = supply.take(_FILE.size)
    if len(head) < _FILE.size:
        return
    flags, method, crc, stored_size, _, name_bytes, extra_bytes = _FILE.unpack(head)
    supply.take(name_bytes)
    extra = supply.take(extra_bytes)
    if stored_size == _IN_EXTRA_FIELD:
        stored_size = _stored_size_64(extra)
    entry = _Entry(flags, method, crc, stored_size)
    if flags & _ENCRYPTED:
        yield _to_next(supply, "a file in the zip is encrypted")
    elif method == _DEFLATED:
        yield from _deflated(supply, entry)
    elif method == _STORED and (stored_size or not flags & _DESCRIBED):
        yield from _stored(supply, entry)
    else:
        yield _to_next(supply, f"a file in the zip is compressed by method {method}, which is not read")


def _deflated(supply: Supply, entry: _Entry) -> Iterator[bytes | Fault]:
    inflater = Inflater(RAW)
    crc = 0
    while not (inflater.ended or inflater.damage):
        block = supply.some()
        for output in inflater.feed(block) if block else inflater.end():
            crc = crc32(output, crc)
            yield output
        if not block:
            break
    supply.give_back(inflater.unused)
    if inflater.damage:
        yield _to_next(supply, f"the zip data is damaged ({inflater.damage})")
    elif inflater.ended:
        yield from _checked(supply, entry, crc)


def _stored(supply: Supply, entry: _Entry) -> Iterator[bytes | Fault]:
    left, crc = entry.stored_size, 0
    while left and (block := supply.some()):
        supply.give_back(block[left:])
        output = block[:left]
        left -= len(output)
        crc = crc32(output, crc)
        yield output
    if not left:
        yield from _checked(supply, entry, crc)


def _checked(supply: Supply, entry: _Entry, crc: int) -> Iterator[Fault]:
    """The Fault of a wrong checksum; the checksum is before the data or after it."""
    expected = entry.crc
    if entry.flags & _DESCRIBED:
        begin = supply.take(_SIGNATURE_BYTES)
        if begin == _DESCRIPTOR:
            begin = supply.take(_SIGNATURE_BYTES)
        if len(begin) < _SIGNATURE_BYTES:
            return
        expected = int.from_bytes(begin, "little")
        sizes, following = supply.take(8), supply.take(8)
        if following.startswith(b"PK") or not following:
            supply.give_back(following)
        else:  # sizes of eight bytes each
            sizes += following
    if crc != expected:
        yield Fault(BadKind.GARBAGE, "the zip data is damaged (incorrect data check)")


def _skip_record(supply: Supply, signature: bytes) -> bool:
    """Skip a record of the directory; whether it is complete."""
    head_bytes, size_of = _RECORDS[signature]
    head = supply.take(head_bytes)
    if len(head) < head_bytes:
        return False
    left = size_of(head)
    while left and (block := supply.some()):
        supply.give_back(block[left:])
        left -= min(left, len(block))
    return not left


def _stored_size_64(extra: bytes) -> int:
    """The size as stored from the extra field for sizes beyond 4 GiB; 0 if it is not there."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _ZIP64_FIELD and size >= 16:
            return int.from_bytes(extra[12:20], "little")
        extra = extra[4 + size :]
    return 0


def _to_next(supply: Supply, reason: str) -> Fault:
    """Skip what cannot be read, up to the next record."""
    excerpt, size, carry = b"", 0, b""
    while block := supply.some():
        data = carry + block
        found = _NEXT_RECORD.search(data)
        end = found.start() if found else max(0, len(data) - _SIGNATURE_BYTES + 1)
        excerpt += data[:end][: EXCERPT_BYTES - len(excerpt)]
        size, carry = size + end, data[end:]
        if found:
            supply.give_back(carry)
            return Fault(BadKind.GARBAGE, reason, excerpt, size)
    return Fault(BadKind.GARBAGE, reason, (excerpt + carry)[:EXCERPT_BYTES], size + len(carry))
