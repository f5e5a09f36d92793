"""The fast way to some columns of CSV, TSV and logs with fields."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from clickgen.model.form import Form, Kind
from clickgen.read.by_lines import by_lines
from clickgen.read.formats.cells import Cells, cut_cells
from clickgen.read.formats.delimited import NUMBER, RowReader, numbers_at_once, row_object
from clickgen.read.formats.server_logs import LogReader, is_width_of
from clickgen.read.pieces import Fault, Piece

_NOTHING = "-"  # in logs


class CellTable:
    """Some rows of delimited text. column and event give what `row_object` makes of cells."""

    def __init__(self, cells: Cells, form: Form) -> None:
        self._cells, self._form = cells, form
        self._of_log = form.kind is Kind.FIELDS_LOG
        self.line_count = self.count = cells.count

    def column(self, name: str) -> Sequence[Any]:
        """What each row has in this column."""
        index = {column: place for place, column in enumerate(self._form.columns)}.get(name)
        if index is None or index >= self._cells.width:
            return [None] * self.count
        cells = self._given(self._cells.column(index))
        if name in self._form.numeric:
            return _numbers(cells)
        return [cell or None for cell in cells] if "" in cells else cells

    def event(self, row: int) -> dict[str, Any]:
        """One row with all its cells."""
        return row_object(self._form, self._given(self._cells.row(row)), 0, 0).value

    def _given(self, cells: Sequence[str]) -> Sequence[str]:
        """The cells, without what stands for nothing."""
        if not self._of_log or _NOTHING not in cells:
            return cells
        return ["" if cell == _NOTHING else cell for cell in cells]


def read_cell_tables(chunks: Iterable[bytes | Fault], form: Form) -> Iterator[CellTable | list[Piece]]:
    """The rows as tables as far as each fills a line, else as the pieces of `read_delimited`."""

    def table(data: bytes) -> CellTable | None:
        cells = cut_cells(data, form.separator, form.quote)
        return CellTable(cells, form) if cells is not None and cells.width == len(form.columns) else None

    return by_lines(chunks, RowReader(form), table)


def read_field_tables(chunks: Iterable[bytes | Fault], form: Form) -> Iterator[CellTable | list[Piece]]:
    """The entries of a log with fields as tables, else as the pieces of `read_log`."""

    def table(data: bytes) -> CellTable | None:
        if data.startswith(b"#") or b"\n#" in data:
            return None
        if form.separator == "\t":
            cells = cut_cells(data, "\t", "")
        else:
            # any white space is between cells, and quoted ones may have signs behind a backslash
            plain = data.isascii() and not any(sign in data for sign in (b"\\", b"\t", b'""'))
            cells = cut_cells(data, " ", '"') if plain else None
            if cells is not None and "" in cells.flat:
                return None
        return CellTable(cells, form) if cells is not None and is_width_of(form, cells.width) else None

    return by_lines(chunks, LogReader(form), table)


def _numbers(cells: Sequence[str]) -> Sequence[Any]:
    given = list(filter(None, cells)) if "" in cells else cells
    numbers = numbers_at_once(given)
    if numbers is None:
        return [_value(cell) for cell in cells]
    if given is cells:
        return numbers
    following = iter(numbers)
    return [next(following) if cell else None for cell in cells]


def _value(cell: str) -> Any:
    if not NUMBER.fullmatch(cell):
        return cell or None
    return float(cell) if "." in cell else int(cell)
