"""What an event's bytes are put together from: parts that stand one after the other in every event of a schema."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from clickgen.schema.digits import Texts
from clickgen.schema.facts import Facts

# How many events are put together at once: so few that their bytes stay in the processor's own cache until they
# are joined and their checks are known.
ROWS = 256

Lengths = NDArray[np.int64] | int
Values = Callable[["Rows"], Texts | np.void]  # one for each event, or one for all


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Consecutive events: their ids (the check digits are zeros) and their facts."""

    ids: Texts
    facts: Facts

    def __len__(self) -> int:
        return len(self.ids)


class LayoutPart(ABC):
    """A stretch of every event. Parts know nothing of a lane, so that lanes share them; but not threads."""

    @abstractmethod
    def texts(self, rows: Rows) -> tuple[Iterable[bytes], Lengths]:
        """The part's text in each event, and how long each is.

        The texts are to be read once, in step with those of the event's other parts, before the next call.
        """


class Pool:
    """Byte strings taken by number for many events at once; as Python's own bytes, so that nothing is copied."""

    __slots__ = ("lengths", "strings")

    def __init__(self, strings: Sequence[bytes]) -> None:
        self.strings = np.empty(len(strings), dtype=object)
        self.strings[:] = strings
        self.lengths = np.array([len(text) for text in strings], dtype=np.int64)

    def take(self, numbers: NDArray[np.int64]) -> tuple[list[bytes], NDArray[np.int64]]:
        """The strings with these numbers, and their lengths."""
        return self.strings.take(numbers).tolist(), self.lengths.take(numbers)


class Chosen(LayoutPart):
    """Text that some of an event's facts choose from a pool."""

    def __init__(self, strings: Sequence[bytes], number: Callable[[Facts], NDArray[np.int64]]) -> None:
        """number: which of the strings each event has."""
        self._pool, self._number = Pool(strings), number

    def texts(self, rows: Rows) -> tuple[list[bytes], NDArray[np.int64]]:
        return self._pool.take(self._number(rows.facts))


class Extended(LayoutPart):
    """A part after which few of the events have something more."""

    def __init__(self, part: Chosen, more: Callable[[Rows], tuple[NDArray[np.int64], list[bytes]]]) -> None:
        """more: which of the events, and what they add."""
        self._part, self._more = part, more

    def texts(self, rows: Rows) -> tuple[list[bytes], NDArray[np.int64]]:
        texts, lengths = self._part.texts(rows)
        chosen, added = self._more(rows)
        for row, text in zip(chosen.tolist(), added, strict=True):
            texts[row] += text
        lengths[chosen] += np.fromiter(map(len, added), dtype=np.int64, count=len(added))
        return texts, lengths


@dataclass(frozen=True, slots=True, eq=False)
class RowEnding:
    """A value that only a `Fixed` part's end can be, since its width varies.

    values: for each of some events a text of `width` bytes, filled up with NULs, and its true length.
    """

    width: int
    values: Callable[[Rows], tuple[Texts, Lengths]]


class Fixed(LayoutPart):
    """Fixed words and values of fixed width in turn.

    A value never ends in a NUL, which numpy would cut off; digits and JSON text hold none.
    """

    def __init__(self, *pieces: bytes | tuple[int, Values], end: RowEnding | None = None) -> None:
        """pieces: words, or (width, values): how wide a value is and what gives the values of some events."""
        widths = [len(piece) if isinstance(piece, bytes) else piece[0] for piece in pieces]
        self._width, self._end = sum(widths), end
        if end:
            widths.append(end.width)
        # the words are filled in once, and what stays in the processor's cache is filled in fastest
        self._matrix = np.empty(ROWS, dtype=[(f"p{n}", f"V{width}") for n, width in enumerate(widths)])
        self._columns: dict[Values, list[Texts]] = {}  # a value may stand in more than one place
        for n, piece in enumerate(pieces):
            if isinstance(piece, bytes):
                self._matrix[f"p{n}"] = np.void(piece)
            else:
                self._columns.setdefault(piece[1], []).append(self._matrix[f"p{n}"])
        self._last = self._matrix[f"p{len(widths) - 1}"]
        self._whole = self._matrix.view(f"S{sum(widths)}")

    def texts(self, rows: Rows) -> tuple[Iterable[bytes], Lengths]:
        """The words with the events' values in between."""
        lengths: Lengths = self._width
        filling: list[tuple[Texts, Texts]] = []
        for values, columns in self._columns.items():
            made = values(rows)
            for column in columns:
                if isinstance(made, np.void):
                    column[:] = made
                else:
                    filling.append((column, made))
        if self._end:
            ends, longer = self._end.values(rows)
            filling.append((self._last, ends))
            lengths = self._width + longer

        def some(begin: int) -> list[bytes]:
            count = min(ROWS, len(rows) - begin)
            for column, made in filling:
                column[:count] = made[begin : begin + count]
            filled: list[bytes] = self._whole[:count].tolist()
            return filled

        return chain.from_iterable(map(some, range(0, len(rows), ROWS))), lengths


def id_of(rows: Rows) -> Texts:
    """The events' ids, as a value of a `Fixed` part."""
    return rows.ids
