"""Gzip as it is found in practice: several members, cut off, damaged, or followed by other bytes."""

import re
import zlib
from collections.abc import Generator, Iterable, Iterator
from typing import Protocol

from clickgen.read.pieces import EXCERPT_BYTES, BadKind, Fault

GZIP_MAGIC = b"\x1f\x8b"
OUTPUT_BYTES = 1 << 20

# RFC 1952, section 2.3: magic, deflate, flags, time, extra flags, operating system. Looked for after damage
# only, where two magic bytes alone would be found by chance in every 64 KiB of compressed data.
_HEADER = re.compile(rb"\x1f\x8b\x08[\x00-\x1f].{4}[\x00\x02\x04][\x00-\x0d\xff]", re.DOTALL)
_HEADER_BYTES = 10
_MAX_RESUMPTIONS = 64  # each may decode a block twice, which input made for it must not repeat for ever


def gunzip(blocks: Iterable[bytes]) -> Iterator[bytes | Fault]:
    """The decompressed bytes of gzip data, in chunks of 1 MiB at most.

    A cut member gives what decodes, then a Fault (truncated). A damaged member gives what decodes, then a
    Fault (garbage), then what follows from the next member on. Bytes between or after members are a Fault
    (garbage), unless they are all zeros, which is padding.
    """
    reader = _Reader()
    for block in blocks:
        yield from reader.feed(block)
    yield from reader.end()


class _Decoder(Protocol):
    """zlib.decompressobj's type, which has no public name."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...
    def copy(self) -> "_Decoder": ...
    def flush(self) -> bytes: ...


class _Reader:
    """The state between two blocks: within a member, or in the gap before the next one."""

    def __init__(self) -> None:
        self._decoder: _Decoder | None = None
        self._carry = b""  # the gap's last bytes, where a header may begin
        self._gap = _Gap()
        self._resumptions = 0

    def feed(self, block: bytes) -> Iterator[bytes | Fault]:
        rest = block
        while rest:
            if self._decoder is None:
                rest, fault = self._next_member(rest)
                if fault is not None:
                    yield fault
            else:
                rest = yield from self._decode(self._decoder, rest)

    def end(self) -> Iterator[bytes | Fault]:
        if self._decoder is not None:
            if left := self._decoder.flush():
                yield left
            yield Fault(BadKind.TRUNCATED, "the gzip data is cut off: its end is missing")
            return
        self._gap.add(self._carry)
        if (fault := self._gap.close()) is not None:
            yield fault

    def _next_member(self, block: bytes) -> tuple[bytes, Fault | None]:
        """Pass over the gap: what is left from the next member on, and what the gap was."""
        block = self._carry + block
        self._carry = b""
        if self._gap.size == 0 and block.startswith(GZIP_MAGIC):
            at = 0
        elif self._gap.size == 0 and GZIP_MAGIC.startswith(block):
            self._carry = block
            return b"", None
        elif self._resumptions < _MAX_RESUMPTIONS and (header := _HEADER.search(block)):
            at = header.start()
            self._resumptions += 1
        else:
            keep = max(0, len(block) - _HEADER_BYTES + 1)
            self._gap.add(block[:keep])
            self._carry = block[keep:]
            return b"", None
        self._gap.add(block[:at])
        self._decoder = zlib.decompressobj(wbits=31)
        return block[at:], self._gap.close()

    def _decode(self, decoder: _Decoder, data: bytes) -> Generator[bytes, None, bytes]:
        """Decode to the end of `data` or of the member; returns what is left for the next member."""
        while True:
            before = decoder.copy()
            try:
                output = decoder.decompress(data, OUTPUT_BYTES)
            except zlib.error as error:
                output, used = _decode_until_error(before, data)
                if output:
                    yield output
                self._decoder = None
                self._gap.reason = f"the gzip data is damaged ({error})"
                self._gap.add(data[used : used + 1])  # what follows is searched for the next member
                return data[used + 1 :]
            if output:
                yield output
            if decoder.eof:
                self._decoder = None
                return decoder.unused_data
            data = decoder.unconsumed_tail
            if not data and len(output) < OUTPUT_BYTES:
                return b""


def _decode_until_error(decoder: _Decoder, data: bytes) -> tuple[bytes, int]:
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


class _Gap:
    """Bytes that belong to no member, counted."""

    def __init__(self) -> None:
        self._reset()

    def _reset(self) -> None:
        self.reason = ""
        self.size = 0
        self._excerpt = b""
        self._padding = True

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self._excerpt += data[: EXCERPT_BYTES - len(self._excerpt)]
        self._padding = self._padding and not data.strip(b"\0")

    def close(self) -> Fault | None:
        """What the gap was; None where it was empty or padding. Then it is empty again."""
        fault = None
        if self.reason or not self._padding:
            reason = self.reason or "bytes that are no gzip follow the gzip data"
            fault = Fault(BadKind.GARBAGE, reason, self._excerpt, self.size)
        self._reset()
        return fault
