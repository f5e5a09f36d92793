"""A recording in any form, as tables of some fields where that is quick, else as pieces."""

from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from clickgen.model.form import Form, Kind
from clickgen.read.formats.access_tables import KNOWN, read_access_tables
from clickgen.read.formats.cell_tables import read_cell_tables, read_field_tables
from clickgen.read.formats.parquet import read_parquet_tables
from clickgen.read.formats.rows import fault_pieces, is_between_elements, read_parquet_rows, read_rows
from clickgen.read.json_tables import JsonTable, read_json_tables
from clickgen.read.pieces import Fault, Piece
from clickgen.read.table import Table


def read_tables(
    chunks: Iterable[bytes | Fault], form: Form, names: Sequence[str]
) -> Iterator[Table | list[Piece]]:
    """What a file that is not Parquet holds, some at a time.

    names: the fields that tables are to have, with dots for nesting.
    """
    if form.kind is Kind.JSON:
        return read_json_tables(chunks, names, form.each)
    if form.each is not None:
        return read_rows(chunks, form)
    if form.kind is Kind.ARRAY:
        return map(_elements, read_json_tables(chunks, names, None, array=True))
    return _tables_of_text(chunks, form, names)


def _tables_of_text(
    chunks: Iterable[bytes | Fault], form: Form, names: Sequence[str]
) -> Iterator[Table | list[Piece]]:
    if form.kind is Kind.DELIMITED:
        return read_cell_tables(chunks, form)
    if form.kind is Kind.FIELDS_LOG:
        return read_field_tables(chunks, form)
    if form.kind is Kind.ACCESS_LOG and KNOWN.issuperset(names):
        return read_access_tables(chunks, form)
    return read_rows(chunks, form)


def read_parquet_in_tables(file: "str | IO[bytes]", form: Form) -> Iterator[Table | list[Piece]]:
    """What a Parquet file holds, some at a time."""
    if form.each is not None:
        yield from read_parquet_rows(file, form)
        return
    for group in read_parquet_tables(file):
        yield fault_pieces(group) if isinstance(group, Fault) else group


def _elements(group: JsonTable | list[Piece]) -> JsonTable | list[Piece]:
    """The same without what an array has around its elements."""
    return [piece for piece in group if not is_between_elements(piece)] if isinstance(group, list) else group
