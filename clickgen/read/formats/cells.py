"""The cells of many rows of delimited text at once."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
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
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n")
    letters, lines = np.frombuffer(data, dtype=np.uint8), data.count(b"\n")
    controls = np.count_nonzero(letters < _FIRST_PRINTABLE)
    if not lines or (controls > lines and controls > lines + data.count(b"\t")):
        return None
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    if not separator.isascii() or (quote and quote.encode() in data):
        cells = _quoted(text, letters, separator, quote)
    else:
        cells = _unquoted(text, data, separator)
    return None if cells is None or _may_be_blank(cells, separator) else cells


def _unquoted(text: str, data: bytes, separator: str) -> Cells | None:
    between = separator.encode()
    ends = data.translate(None, _all_but(between))
    width = ends.find(b"\n") + 1
    count = len(ends) // width
    if ends != (between * (width - 1) + b"\n") * count:
        return None
    flat = text.replace("\n", separator).split(separator)
    del flat[-1]  # behind the last line end
    return Cells(flat, width, count)


@lru_cache
def _all_but(separator: bytes) -> bytes:
    return bytes(sign for sign in range(256) if sign not in separator + b"\n")


def _quoted(text: str, letters: NDArray[np.uint8], separator: str, quote: str) -> Cells | None:
    if not quote.isascii():
        return None
    quotes = np.flatnonzero(letters == ord(quote))
    if (np.searchsorted(quotes, np.flatnonzero(letters == _NEWLINE)) % 2).any():
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
