"""One deflate stream: decompressed by isal, and by zlib if it is damaged or cut.

isal is about three times as fast, but when it meets damage it loses what it has decoded. So the compressed bytes
of the stream are kept, and on damage zlib decodes them again, up to the bad byte.
"""

import tempfile
import zlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from isal import igzip_lib

from clickgen.model.errors import EnvironmentProblem

if TYPE_CHECKING:
    from zlib import _Decompress  # of the stubs: the type has no public name

OUTPUT_BYTES = 1 << 20
GZIP, RAW = 31, -15  # zlib's words (wbits) for a gzip member, and for deflate without any header
_ISAL_FLAGS = {GZIP: igzip_lib.DECOMP_GZIP, RAW: igzip_lib.DECOMP_DEFLATE}
_STEP_BYTES = 256 << 10  # of output at a time: what stays in the processor's cache
_KEPT_IN_MEMORY = 32 << 20
_BLOCK_BYTES = 256 << 10


class Inflater:
    """Decompresses one stream: feed, until `ended` or `damage`; or end, if its bytes end before it does.

    The output is what zlib gives of the stream. ended: the stream is complete, its checksum right; damage: why it
    is not, empty while it is good. unused: the bytes after its end, or from the bad byte on. Use up each iterator.
    """

    def __init__(self, wbits: int) -> None:
        """wbits: GZIP or RAW."""
        self.ended = False
        self.damage = ""
        self.unused = b""
        self._kept = _Kept()
        self._given = 0
        self._fast: igzip_lib.IgzipDecompressor | None = igzip_lib.IgzipDecompressor(flag=_ISAL_FLAGS[wbits])
        self._sure = zlib.decompressobj(wbits)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """What `data` decompresses to, in chunks of 1 MiB at most."""
        if self._fast is None:
            yield from self._decode_surely(data)
        else:
            self._kept.add(data)
            yield from self._decode_fast(self._fast, data)
        if self.ended or self.damage:
            self._kept.forget()

    def end(self) -> Iterator[bytes]:
        """What can still be decompressed of a stream that is cut off."""
        if self._fast is not None:
            yield from self._start_again()
        if not (self.ended or self.damage) and (left := self._sure.flush()):
            yield left
        self._kept.forget()

    def _decode_fast(self, decoder: igzip_lib.IgzipDecompressor, data: bytes) -> Iterator[bytes]:
        while True:
            try:
                output = decoder.decompress(data, _STEP_BYTES)
            except igzip_lib.error:  # type: ignore[misc]  # its stub says that it is no class
                yield from self._start_again()
                return
            data = b""  # what is not decoded yet waits in the decoder
            if output:
                self._given += len(output)
                yield output
            if decoder.eof:
                self.ended, self.unused = True, decoder.unused_data
                return
            if decoder.needs_input and len(output) < _STEP_BYTES:
                return

    def _start_again(self) -> Iterator[bytes]:
        """Decode what is kept by zlib, and give what has not been given yet."""
        self._fast = None
        behind = self._given
        blocks = self._kept.blocks()
        for block in blocks:
            for output in self._decode_surely(block):
                if len(output) > behind:
                    yield output[behind:]
                behind = max(0, behind - len(output))
            if self.ended or self.damage:
                self.unused += b"".join(blocks)

    def _decode_surely(self, data: bytes) -> Iterator[bytes]:
        while True:
            before = self._sure.copy()
            try:
                output = self._sure.decompress(data, OUTPUT_BYTES)
            except zlib.error as error:
                output, used = _decode_until_error(before, data)
                if output:
                    yield output
                self.damage, self.unused = str(error), data[used:]
                return
            if output:
                yield output
            if self._sure.eof:
                self.ended, self.unused = True, self._sure.unused_data
                return
            data = self._sure.unconsumed_tail
            if not data and len(output) < OUTPUT_BYTES:
                return


def _decode_until_error(decoder: "_Decompress", data: bytes) -> tuple[bytes, int]:
    """All output up to the byte that cannot be decoded, and that byte's position in `data`."""
    parts: list[bytes] = []
    used, step = 0, len(data)
    while step and used < len(data):
        attempt = decoder.copy()
        try:
            output = attempt.decompress(data[used : used + step])
        except zlib.error:
            step //= 2
            continue
        parts.append(output)
        decoder = attempt
        used += step
    return b"".join(parts), used


class _Kept:
    """The compressed bytes of a stream, in memory, or in a temporary file where they are many."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    def add(self, data: bytes) -> None:
        self._blocks.append(data)
        self._size += len(data)
        if self._size > _KEPT_IN_MEMORY:
            self._write()

    def blocks(self) -> Iterator[bytes]:
        if self._file is not None:
            self._file.seek(0)
            while block := self._file.read(_BLOCK_BYTES):
                yield block
        yield from self._blocks

    def forget(self) -> None:
        if self._file is not None:
            self._file.close()
        self._blocks, self._size, self._file = [], 0, None

    def _write(self) -> None:
        try:
            if self._file is None:
                # closed by forget, or with the stream's reader where that is given up
                self._file = tempfile.TemporaryFile()  # noqa: SIM115  # it lasts longer than this function
            self._file.writelines(self._blocks)
        except OSError as problem:
            raise EnvironmentProblem(
                f"a compressed object of more than {_KEPT_IN_MEMORY >> 20} MiB needs room in "
                f"{tempfile.gettempdir()} while it is read: {problem.strerror or problem}",
                "make room there, or name another folder in TMPDIR",
            ) from problem
        self._blocks, self._size = [], 0
