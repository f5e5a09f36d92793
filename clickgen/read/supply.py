"""Bytes that arrive in blocks, taken in the sizes that a format needs."""

from collections.abc import Iterable, Iterator

from clickgen.read.pieces import EXCERPT_BYTES, BadKind, Fault


class Supply:
    """What is left of some blocks of bytes."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks: Iterator[bytes] = iter(blocks)
        self._data = b""
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end."""
        if len(self._data) - self._at < size:
            parts = [self.some()] if self._at < len(self._data) else []
            had = sum(map(len, parts))
            while had < size and (block := next(self._blocks, None)) is not None:
                parts.append(block)
                had += len(block)
            self._data, self._at = b"".join(parts), 0
        at, self._at = self._at, min(self._at + size, len(self._data))
        return self._data[at : self._at]

    def some(self) -> bytes:
        """The next bytes, as many as are at hand; none at the end."""
        data = self._data[self._at :]
        self._data, self._at = b"", 0
        while not data and (block := next(self._blocks, None)) is not None:
            data = block
        return data

    def give_back(self, data: bytes) -> None:
        """Put bytes that were taken back before the rest."""
        if data:
            self._data, self._at = data + self._data[self._at :], 0

    def rest_as_fault(self, reason: str, begin: bytes = b"") -> Fault:
        """The rest as garbage, in bounded memory. begin: bytes before it that belong to it."""
        excerpt, size = begin[:EXCERPT_BYTES], len(begin)
        while block := self.some():
            excerpt += block[: EXCERPT_BYTES - len(excerpt)]
            size += len(block)
        return Fault(BadKind.GARBAGE, reason, excerpt, size)
