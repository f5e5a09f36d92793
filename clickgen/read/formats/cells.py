"""The cells of many rows of delimited text at once."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

_NEWLINE = ord("\n")
_FIRST_PRINTABLE = 32


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows that have the same number of cells."""

    flat: list[str]  # those of the first row, then those of the second, …
    width: int
    count: int  # of the rows

    def column(self, index: int) -> Sequence[str]:
        """One cell of each row."""
        return self.flat[index :: self.width]

    def row(self, index: int) -> Sequence[str]:
        """The cells of one row."""
        return self.flat[index * self.width : (index + 1) * self.width]


def cut_cells(data: bytes, separator: str, quote: str) -> Cells | None:
    """The cells of whole lines, if each line is a row; None if it takes a closer look to tell.

    It does where a line has more cells than another, is blank, or has control characters, or a quoted cell that
    holds a line end.
    """
    data = data.replace(b"\r\n", b"\n")
    letters = np.frombuffer(data, dtype=np.uint8)
    newlines = np.flatnonzero(letters == _NEWLINE)
    if not len(newlines) or np.count_nonzero(letters < _FIRST_PRINTABLE) > len(newlines) + data.count(b"\t"):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if not separator.isascii() or (quote and quote.encode() in data):
        cells = _quoted(text, letters, newlines, separator, quote)
    else:
        cells = _unquoted(text, letters, newlines, separator)
    return None if cells is None or _may_be_blank(cells, separator) else cells


def _unquoted(text: str, letters: NDArray[np.uint8], newlines: NDArray[np.int64], separator: str) -> Cells | None:
    ends = letters[(letters == ord(separator)) | (letters == _NEWLINE)] == _NEWLINE
    width = int(ends.argmax()) + 1
    if len(ends) != width * len(newlines) or not ends[width - 1 :: width].all():
        return None  # as many line ends are elsewhere
    flat = text.replace("\n", separator).split(separator)
    del flat[-1]  # behind the last line end
    return Cells(flat, width, len(newlines))


def _quoted(
    text: str, letters: NDArray[np.uint8], newlines: NDArray[np.int64], separator: str, quote: str
) -> Cells | None:
    if not quote.isascii():
        return None
    quotes = np.flatnonzero(letters == ord(quote))
    if (np.searchsorted(quotes, newlines) % 2).any():
        return None  # a line ends in a quoted cell
    lines = text.split("\n")
    del lines[-1]
    try:
        rows = list(csv.reader(lines, delimiter=separator, quotechar=quote, strict=True))
    except csv.Error:
        return None
    if len(rows) != len(lines) or len(set(map(len, rows))) > 1:
        return None
    return Cells(list(chain.from_iterable(rows)), len(rows[0]), len(rows))


def _may_be_blank(cells: Cells, separator: str) -> bool:
    """Whether a line may be white space, which is not a row although it may have as many cells."""
    if cells.width > 1 and not separator.isspace():
        return False
    return not all(map(str.strip, cells.column(0))) and not all(
        "".join(cells.row(row)).strip() for row in range(cells.count)
    )
