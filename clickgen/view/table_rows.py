"""The rows of a query for people: a table as wide as the terminal allows."""

from collections.abc import Iterable, Sequence
from itertools import islice

from rich.console import Console
from rich.table import Table
from rich.text import Text

from clickgen.model.outside_text import one_line

MOST_ROWS = 1_000
"""Rows of one table: its columns' widths are those of all of them, so that they are held at once."""

_NUMBERS = ("tinyint", "smallint", "integer", "bigint", "float", "double", "decimal")


def show_rows(console: Console, columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[str | None]]) -> bool:
    """Print the first rows; whether there were more. columns: name and type of each."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name, kind in columns:
        table.add_column(Text(one_line(name)), justify="right" if kind in _NUMBERS else "left", overflow="fold")
    shown = list(islice(rows, MOST_ROWS + 1))
    for row in shown[:MOST_ROWS]:
        table.add_row(*(Text("NULL", style="dim") if cell is None else Text(one_line(cell)) for cell in row))
    console.print(table)
    return len(shown) > MOST_ROWS
