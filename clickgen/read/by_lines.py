"""Many lines read at once in a fast way, and anything else with care."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from clickgen.read.pieces import Fault, Piece


class Lines(NamedTuple):
    """Some lines that hold one JSON object each, from `{` to `}`, with nothing else in them.

    Each object has a member, and none of them the one that must be absent.
    """

    data: bytes  # each ended by a newline
    newlines: NDArray[np.int64]  # their positions

    @property
    def line_count(self) -> int:
        """How many there are."""
        return len(self.newlines)


class SomeLines(Protocol):
    """What a fast way makes of whole lines."""

    @property
    def line_count(self) -> int:
        """How many lines they were."""


Fast = TypeVar("Fast", bound=SomeLines)


class CarefulReader(Protocol):
    """Reads anything, piecemeal."""

    @property
    def idle(self) -> bool:
        """Whether all that was fed is used up, and what follows begins a line."""

    def feed(self, data: bytes, /) -> Iterable[Piece]:
        """The pieces that are complete with the data."""

    def fault(self, fault: Fault, /) -> Iterable[Piece]:
        """The last pieces before a fault of the compression, and the fault."""

    def end(self) -> Iterable[Piece]:
        """The last pieces."""

    def skip(self, size: int, lines: int, /) -> None:
        """Note that whole lines, which are not fed, come next; only if it is idle."""


def by_lines(
    chunks: Iterable[bytes | Fault], careful: CarefulReader, fast: Callable[[bytes], Fast | None]
) -> Iterator[Fast | list[Piece]]:
    """What the bytes hold, as `fast` gives it as far as it can, else as `careful` does.

    fast: what whole lines hold, one object each, or None if it cannot tell.
    """
    begun = b""  # of a line
    for chunk in chunks:
        if isinstance(chunk, Fault):
            yield [*careful.feed(begun), *careful.fault(chunk)]
            begun = b""
            continue
        end = chunk.rfind(b"\n") + 1
        if not end:
            begun += chunk
            if len(begun) > 2 * len(chunk):  # a long line: the reader bounds what it keeps
                yield list(careful.feed(begun))
                begun = b""
            continue
        data = b"".join((begun, memoryview(chunk)[:end]))
        lines = fast(data) if careful.idle else None
        if lines is None:
            yield list(careful.feed(data))
        else:
            careful.skip(len(data), lines.line_count)
            yield lines
        begun = chunk[end:]
    yield [*careful.feed(begun), *careful.end()]
