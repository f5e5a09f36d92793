"""A recording in any form but Parquet, as tables of some fields where that is quick, else as pieces."""

from collections.abc import Iterable, Iterator, Sequence

from clickgen.model.form import Form, Kind
from clickgen.read.formats.access_tables import KNOWN, read_access_tables
from clickgen.read.formats.cell_tables import read_cell_tables, read_field_tables
from clickgen.read.formats.rows import read_rows
from clickgen.read.json_tables import read_json_tables
from clickgen.read.pieces import Fault, Piece
from clickgen.read.table import Table


def read_tables(
    chunks: Iterable[bytes | Fault], form: Form, names: Sequence[str]
) -> Iterator[Table | list[Piece]]:
    """What the bytes hold, some at a time. names: the fields that tables are to have, with dots for nesting."""
    if form.kind is Kind.JSON:
        return read_json_tables(chunks, names, form.each)
    if form.each is not None:
        return read_rows(chunks, form)
    if form.kind is Kind.DELIMITED:
        return read_cell_tables(chunks, form)
    if form.kind is Kind.FIELDS_LOG:
        return read_field_tables(chunks, form)
    if form.kind is Kind.ACCESS_LOG and KNOWN.issuperset(names):
        return read_access_tables(chunks, form)
    return read_rows(chunks, form)
