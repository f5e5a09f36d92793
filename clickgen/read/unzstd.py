"""Zstandard data, of one or several frames, decompressed as far as it is sound."""

from collections.abc import Iterable, Iterator

import zstandard

from clickgen.read.pieces import BadKind, Fault
from clickgen.read.supply import Supply

ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_MAX_WINDOW_BYTES = 128 << 20  # what the zstd command accepts without --long; larger ones only cost memory
_INPUT_BYTES = 16 << 10  # decompressed at once, which bounds what one step gives


def unzstd(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """The decompressed bytes, in chunks.

    A cut frame gives what decodes, then a Fault (truncated); the rest of a damaged one is one Fault (garbage). So
    are bytes after the last frame, unless they are all zeros, which is padding.
    """
    supply = Supply(blocks)
    while begin := supply.take(len(ZSTD_MAGIC)):
        supply.give_back(begin)
        if begin != ZSTD_MAGIC:
            fault = supply.rest_as_fault("bytes that are not zstd follow the zstd data")
            if fault.excerpt.strip(b"\0"):
                yield fault
            return
        yield from _frame(supply)


def _frame(supply: Supply) -> Iterator[bytes | Fault]:
    decoder = zstandard.ZstdDecompressor(max_window_size=_MAX_WINDOW_BYTES).decompressobj()
    while not decoder.eof:
        block = supply.take(_INPUT_BYTES)
        if not block:
            yield Fault(BadKind.TRUNCATED, "the zstd data is cut off: its end is missing")
            return
        try:
            output = decoder.decompress(block)
        except zstandard.ZstdError as problem:
            yield supply.rest_as_fault(f"the zstd data is damaged ({problem})", block)
            return
        if output:
            yield output
    supply.give_back(decoder.unused_data)
