"""COPY carried out: rows checked value by value, loaded all or none, with what was wrong in stl_load_errors."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from clickgen.local.redshift.copy_command import read_copy
from clickgen.local.redshift.copy_rows import FoundRow, rows_of, sources
from clickgen.local.redshift.database import Session, SqlFailed, TableColumn
from clickgen.local.redshift.values import BadValue, checker_of, missing

_INVALID_ROW = 1214  # a line with too few or too many fields, or JSON that is none
_ERROR_COLUMNS = (
    "userid", "slice", "starttime", "session", "query", "filename", "line_number", "colname", "type", "col_length",
    "position", "raw_line", "raw_field_value", "err_code", "err_reason", "is_partial",
)  # fmt: skip


class _TooManyErrors(Exception):
    """More rows are wrong than MAXERROR lets pass."""


class _Load:
    """One COPY under way."""

    def __init__(self, lake: Path, session: Session, statement: str) -> None:
        self.errors: list[tuple[str | None, ...]] = []
        self.command = read_copy(statement)
        self._lake = lake
        self._session = session
        self._query = int(time.time() * 1000) % (1 << 31)
        table = session.columns(self.command.schema, self.command.table)
        by_name = {column.name: column for column in table}
        unknown = [name for name in self.command.columns if name not in by_name]
        if unknown:
            raise SqlFailed(f'ERROR: column "{unknown[0]}" of relation "{self.command.table}" does not exist')
        named = [by_name[name] for name in self.command.columns]
        self.columns: Sequence[TableColumn] = named or [column for column in table if not column.generated]

    def rows(self) -> Iterator[list[str | None]]:
        """The rows that are right; what is wrong is kept."""
        checks = [checker_of(column, self.command.values, self.command.flags) for column in self.columns]
        for path, uri in sources(self._lake, self.command):
            for row in rows_of(path, uri, self.command, self.columns, self._lake):
                if row.damage is not None:
                    self._note(row, None, None, BadValue(_INVALID_ROW, row.damage))
                    continue
                checked: list[str | None] = []
                for column, check, value in zip(self.columns, checks, row.values, strict=True):
                    try:
                        found = None if value is None else check(value)
                        if found is None:
                            missing(column)
                    except BadValue as bad:
                        self._note(row, column, value, bad)
                        break
                    checked.append(found)
                else:
                    yield checked

    def _note(self, row: FoundRow, column: TableColumn | None, value: str | None, bad: BadValue) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        name, kind, length = (column.name, column.kind[:10], column.length) if column else ("", "", 0)
        self.errors.append(
            (
                "100", "0", now, "0", str(self._query), row.uri[:256], str(row.line), name, kind,
                str(length or ""), "0", row.raw[:1024], (value or "")[:1024], str(bad.code), bad.reason[:100], "0",
            )
        )  # fmt: skip
        if len(self.errors) > self.command.max_errors:
            raise _TooManyErrors


def copy(lake: Path, session: Session, statement: str) -> int:
    """Carry out a COPY; how many rows were loaded. SqlFailed, with nothing loaded."""
    load = _Load(lake, session, statement)
    target = (load.command.schema, load.command.table)
    try:
        count = session.load(target, [column.name for column in load.columns], load.rows())
    except _TooManyErrors:
        session.load(("public", "stl_load_errors"), _ERROR_COLUMNS, iter(load.errors))
        words = f"Load into table '{load.command.table}' failed."
        raise SqlFailed(f"ERROR: {words}  Check 'stl_load_errors' system table for details.") from None
    if load.errors:
        session.load(("public", "stl_load_errors"), _ERROR_COLUMNS, iter(load.errors))
    return count
