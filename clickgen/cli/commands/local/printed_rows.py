"""Rows of an answer as `clickgen local query` prints them: a table, CSV or a JSON object each."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from clickgen.cli.app import printing_result, say, written

Columns = Sequence[tuple[str, str]]
"""The name and the type of each column."""


def print_rows(columns: Columns, rows: Iterable[Sequence[Any]], form: str | None) -> None:
    """Print an answer: form is table, csv or json; without one a table at a terminal, else CSV."""
    with printing_result():
        FORMS[form or ("table" if sys.stdout.isatty() else "csv")](columns, rows)


def _table(columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    from clickgen.view.console import Console
    from clickgen.view.table_rows import MOST_ROWS, show_rows

    texts = ([None if cell is None else str(cell) for cell in row] for row in rows)
    if show_rows(Console(), columns, texts):
        say(f"there are more than these {MOST_ROWS} rows: --format csv prints them all")


def _csv(columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    writer = csv.writer(_Out(), lineterminator="\n")
    writer.writerow([name for name, _ in columns])
    writer.writerows(rows)


def _json(columns: Columns, rows: Iterable[Sequence[Any]]) -> None:
    names = [name for name, _ in columns]
    for row in rows:
        sys.stdout.write(written(json.dumps(dict(zip(names, row, strict=False)), ensure_ascii=False)) + "\n")


class _Out:
    """Standard output, made harmless where it is a terminal."""

    def write(self, text: str) -> int:
        return sys.stdout.write(written(text))


FORMS: dict[str, Callable[[Columns, Iterable[Sequence[Any]]], None]] = {
    "table": _table,
    "csv": _csv,
    "json": _json,
}
