"""Bzip2 data, of one or several streams, decompressed as far as it is sound."""

import bz2
from collections.abc import Iterable, Iterator

from clickgen.read.pieces import BadKind, Fault
from clickgen.read.supply import Supply

# The level, then the mark of a block, the digits of pi, or of the end, those of its root. Three letters alone may
# begin any text.
_MARKS = b"1AY&SY", b"\x17\x72\x45\x38\x50\x90"
BZIP2_MAGICS = tuple(b"BZh%d%b" % (level, mark) for level in range(1, 10) for mark in _MARKS)
_BEGINS = b"BZh"
_OUTPUT_BYTES = 1 << 20


def bunzip2(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """The decompressed bytes, in chunks of 1 MiB at most.

    A cut stream gives its whole blocks, then a Fault (truncated); the rest of a damaged one is one Fault
    (garbage). So are bytes after the last stream, unless they are all zeros, which is padding.
    """
    supply = Supply(blocks)
    while begin := supply.take(len(_BEGINS)):
        supply.give_back(begin)
        if begin != _BEGINS:
            fault = supply.rest_as_fault("bytes that are not bzip2 follow the bzip2 data")
            if fault.excerpt.strip(b"\0"):
                yield fault
            return
        yield from _stream(supply)


def _stream(supply: Supply) -> Iterator[bytes | Fault]:
    decoder = bz2.BZ2Decompressor()
    while not decoder.eof:
        block = supply.some() if decoder.needs_input else b""
        if decoder.needs_input and not block:
            yield Fault(BadKind.TRUNCATED, "the bzip2 data is cut off: its end is missing")
            return
        try:
            output = decoder.decompress(block, _OUTPUT_BYTES)
        except OSError as problem:
            yield supply.rest_as_fault(f"the bzip2 data is damaged ({problem})", block)
            return
        if output:
            yield output
    supply.give_back(decoder.unused_data)
