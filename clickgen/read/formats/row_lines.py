"""The fast way through CSV and TSV: the rows of many lines become lines of JSON at once, column by column."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import orjson

from clickgen.model.form import Form
from clickgen.read.by_lines import Lines, by_lines
from clickgen.read.formats.cells import cut_cells
from clickgen.read.formats.delimited import NUMBER, RowReader, numbers_at_once
from clickgen.read.pieces import Fault, Piece

_SPECIAL = bytes([*range(32), *b'"\\'])  # what JSON writes in another way


def read_row_lines(chunks: Iterable[bytes | Fault], form: Form, absent: str) -> Iterator[Lines | list[Piece]]:
    """The rows as lines of JSON as far as nothing is quoted in them, else as the pieces of `read_delimited`.

    absent: the name of a member that no object of Lines has.
    """
    return by_lines(chunks, RowReader(form), RowLines(form, absent).lines)


class RowLines:
    """Makes lines of JSON of rows in which every cell is its text, and every line a row."""

    def __init__(self, form: Form, absent: str) -> None:
        self._separator = form.separator
        self._keys = [orjson.dumps(name).decode().replace("%", "%%") + ":" for name in form.columns]
        self._numeric = [name in form.numeric for name in form.columns]
        special = {*_SPECIAL, *form.quote.encode()} - set(form.separator.encode() + b"\n")
        self._plain = bytes(sign for sign in range(256) if sign not in special)
        self._usable = absent not in form.columns

    def lines(self, data: bytes) -> Lines | None:
        """The rows; None if one of them may need more care."""
        data = data.replace(b"\r\n", b"\n")
        if not self._usable or data.translate(None, self._plain):
            return None
        cells = cut_cells(data, self._separator, "")
        if cells is None or cells.width != len(self._keys):
            return None
        members, columns = [], []
        for index, (key, numeric) in enumerate(zip(self._keys, self._numeric, strict=True)):
            column = cells.column(index)
            written = _numbers(column) if numeric else _texts(column)
            members.append(f'{key}"%s"' if written is None else f"{key}%s")
            columns.append(column if written is None else written)
        template = "{" + ",".join(members) + "}"
        joined = "\n".join(map(template.__mod__, zip(*columns, strict=True))).encode() + b"\n"
        return Lines(joined, np.flatnonzero(np.frombuffer(joined, dtype=np.uint8) == ord("\n")))


def _texts(cells: Sequence[str]) -> Sequence[str] | None:
    """Cells as JSON; None if all are to be put between quotes."""
    return [f'"{cell}"' if cell else "null" for cell in cells] if "" in cells else None


def _numbers(cells: Sequence[str]) -> Sequence[str]:
    """Cells of a column of numbers as JSON, where some may be empty, or no numbers."""
    given = list(filter(None, cells)) if "" in cells else cells
    if numbers_at_once(given) is not None:
        return cells if given is cells else [cell or "null" for cell in cells]
    return [cell if NUMBER.fullmatch(cell) else f'"{cell}"' if cell else "null" for cell in cells]
