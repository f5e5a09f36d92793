"""Gzip as it is found in practice: several members, cut off, damaged, or followed by other bytes."""

import re
from collections.abc import Iterable, Iterator

from clickgen.read.inflate import GZIP, Inflater
from clickgen.read.pieces import EXCERPT_BYTES, BadKind, Fault

GZIP_MAGIC = b"\x1f\x8b"

# RFC 1952, section 2.3: magic, deflate, flags, time, extra flags, operating system. Looked for after damage
# only, as two magic bytes alone would be found by chance in every 64 KiB of compressed data.
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


class _Reader:
    """The state between two blocks: within a member, or in the gap before the next one."""

    def __init__(self) -> None:
        self._member: Inflater | None = None
        self._carry = b""  # the gap's last bytes, where a header may begin
        self._gap = _Gap()
        self._resumptions = 0

    def feed(self, block: bytes) -> Iterator[bytes | Fault]:
        rest = block
        while rest:
            if self._member is None:
                rest, fault = self._next_member(rest)
                if fault is not None:
                    yield fault
                continue
            yield from self._member.feed(rest)
            rest = self._left_by(self._member)

    def end(self) -> Iterator[bytes | Fault]:
        while self._member is not None:
            member = self._member
            yield from member.end()
            if not (member.ended or member.damage):
                yield Fault(BadKind.TRUNCATED, "the gzip data is cut off: its end is missing")
                return
            yield from self.feed(self._left_by(member))
        self._gap.add(self._carry)
        if (fault := self._gap.close()) is not None:
            yield fault

    def _next_member(self, block: bytes) -> tuple[bytes, Fault | None]:
        """Skip the gap: what is left from the next member on, and what the gap was."""
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
        self._member = Inflater(GZIP)
        return block[at:], self._gap.close()

    def _left_by(self, member: Inflater) -> bytes:
        """What a member has left of the bytes that it was fed, in which the next one is searched for."""
        if not (member.ended or member.damage):
            return b""
        self._member = None
        if not member.damage:
            return member.unused
        self._gap.reason = f"the gzip data is damaged ({member.damage})"
        self._gap.add(member.unused[:1])
        return member.unused[1:]


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
        """What the gap was, or None if it was empty or padding. Then it is empty again."""
        fault = None
        if self.reason or not self._padding:
            reason = self.reason or "bytes that are not gzip follow the gzip data"
            fault = Fault(BadKind.GARBAGE, reason, self._excerpt, self.size)
        self._reset()
        return fault
