"""Lines of text out of chunks of bytes, in bounded memory; a line may contain line ends inside quotes."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from clickgen.read.pieces import EXCERPT_BYTES, MAX_OBJECT_BYTES, Bad, BadKind, Fault

_BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    """A line without its end."""

    text: str
    offset: int  # of its first byte in the decompressed input
    number: int  # from 1


class TextLines:
    """Cuts chunks into lines. quote: lines are joined while a quoted cell is open; "" if nothing is quoted."""

    def __init__(self, quote: str = "") -> None:
        self._quote = quote.encode()
        self._rest = b""
        self._offset = 0
        self._number = 1
        self._passing = False  # whether the rest of a line that is too long comes next

    def groups(self, chunks: Iterable[bytes | Fault]) -> Iterator[list[Line | Bad]]:
        """The lines that each chunk completes. What is not UTF-8, or too long, is bad, and so is a Fault."""
        for chunk in chunks:
            yield self.fault(chunk) if isinstance(chunk, Fault) else self.feed(chunk)
        yield self.end()

    def feed(self, data: bytes) -> list[Line | Bad]:
        """The lines that the data completes."""
        if self._offset == 0 and not self._rest and data.startswith(_BOM):
            self._offset, data = len(_BOM), data[len(_BOM) :]
        self._rest += data
        return self._take(final=False)

    def end(self) -> list[Line | Bad]:
        """What is left."""
        return self._take(final=True)

    def fault(self, fault: Fault) -> list[Line | Bad]:
        """What is left before a fault of the compression, and the fault."""
        found = self._take(final=True)
        found.append(Bad(fault.kind, fault.reason, fault.excerpt, fault.size, self._offset, self._number))
        return found

    @property
    def idle(self) -> bool:
        """Whether all that was fed is used up, and what follows begins a line that is not the first."""
        return not self._rest and self._offset > len(_BOM)

    def skip(self, size: int, lines: int) -> None:
        """Note that whole lines, which are not fed, come next; only if it is idle."""
        self._offset += size
        self._number += lines

    def _take(self, *, final: bool) -> list[Line | Bad]:
        data, found = self._rest, list[Line | Bad]()
        at = self._pass_rest(data) if self._passing else 0
        while at < len(data):
            end = self._line_end(data, at, final=final)
            if end < 0 and final:
                end = len(data)
            if end < 0 and len(data) - at <= MAX_OBJECT_BYTES:
                break
            if end < 0 or end - at > MAX_OBJECT_BYTES:
                end = data.find(b"\n", at)
                self._passing = end < 0
                end = len(data) if end < 0 else end
                found.append(self._too_long(data, at, end))
            else:
                found.append(self._line(data[at:end], self._offset + at))
            self._number += data.count(b"\n", at, end + 1)
            at = end + 1
        self._offset += min(at, len(data))
        self._rest = data[at:]
        return found

    def _pass_rest(self, data: bytes) -> int:
        """Where the line after one that is too long begins."""
        end = data.find(b"\n")
        self._passing = end < 0
        self._number += end >= 0
        return len(data) if end < 0 else end + 1

    def _line_end(self, data: bytes, at: int, *, final: bool) -> int:
        """Where the line ends, behind an even number of quotes; -1 if its end is not there."""
        end = data.find(b"\n", at)
        if not self._quote or end < 0:
            return end
        quotes, counted = 0, at
        while True:
            quotes += data.count(self._quote, counted, end)
            if quotes % 2 == 0:
                return end
            counted, following = end, data.find(b"\n", end + 1)
            if following < 0 or following - at > MAX_OBJECT_BYTES:
                # a quote that nothing closes is an ordinary character: it must not swallow the file
                return data.find(b"\n", at) if final or following >= 0 else -1
            end = following

    def _line(self, data: bytes, offset: int) -> Line | Bad:
        try:
            return Line(data.removesuffix(b"\r").decode(), offset, self._number)
        except UnicodeDecodeError as problem:
            reason = f"not UTF-8 at byte {problem.start + 1} of the line"
            return Bad(BadKind.GARBAGE, reason, data[:EXCERPT_BYTES], len(data), offset, self._number)

    def _too_long(self, data: bytes, at: int, end: int) -> Bad:
        reason = f"a line longer than {MAX_OBJECT_BYTES >> 20} MiB"
        excerpt = data[at : at + EXCERPT_BYTES]
        return Bad(BadKind.GARBAGE, reason, excerpt, end - at, self._offset + at, self._number)
