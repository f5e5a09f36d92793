"""Page views: the contract of an event, and Parquet files of them, one for each day.

The columns are those of the table in sql/tables.sql.
"""

from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

from json_objects import Piece

SCHEMA = pa.schema(
    [
        ("clickgen_id", pa.string()),  # of test traffic; null in that of real visitors
        ("user", pa.string()),
        ("ts", pa.timestamp("ms")),  # UTC
        ("page", pa.string()),
        ("debug", pa.bool_()),
    ]
)


class NotAPageView(Exception):
    """A piece of an object that does not keep the contract of an event; the message says why."""


class PageView(NamedTuple):
    """A row of the table."""

    clickgen_id: str | None
    user: str
    ts: datetime
    page: str
    debug: bool


def page_view(piece: Piece) -> PageView:
    """The page view that a piece is. Raises NotAPageView."""
    value = piece.value
    if value is None:
        raise NotAPageView("it is not a JSON object")
    event_id, debug = value.get("clickgen_id"), value.get("debug", False)
    if not isinstance(debug, bool):
        raise NotAPageView(f"debug is {debug!r}, not true or false")
    return PageView(
        None if event_id is None else _text(value, "clickgen_id"),
        _text(value, "user"),
        _time(value),
        _text(value, "page"),
        debug,
    )


def _text(value: dict[str, Any], name: str) -> str:
    text = value.get(name)
    if not isinstance(text, str) or not text:
        raise NotAPageView(f"{name} is {text!r}, not a text")
    try:
        text.encode()
    except UnicodeEncodeError as problem:
        raise NotAPageView(f"{name} is not in UTF-8") from problem
    return text


def _time(value: dict[str, Any]) -> datetime:
    """Without a time zone, as Athena's timestamps are; a time that names none is UTC."""
    try:
        ts = datetime.fromisoformat(_text(value, "ts"))
    except ValueError as problem:
        raise NotAPageView(f"ts is {value['ts']!r}, not a time in ISO 8601") from problem
    return ts.astimezone(UTC).replace(tzinfo=None) if ts.tzinfo else ts


class DailyFiles:
    """Parquet files in a folder, one for each day of the page views that are added; whole once the block ends."""

    ROWS = 100_000
    """Held before they are written as a row group, so that memory is bounded for objects of any size."""

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, Path] = {}
        self.count = 0
        self._folder = folder
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._rows: dict[str, list[PageView]] = {}

    def add(self, row: PageView) -> None:
        """Take a page view into the file of its day."""
        rows = self._rows.setdefault(row.ts.date().isoformat(), [])
        rows.append(row)
        self.count += 1
        if self.count % self.ROWS == 0:
            self._write()

    def _write(self) -> None:
        for day, rows in self._rows.items():
            if day not in self._writers:
                self.files[day] = self._folder / f"{day}.parquet"
                self._writers[day] = pq.ParquetWriter(self.files[day], SCHEMA, compression="snappy")
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), SCHEMA, strict=True)
            ]
            self._writers[day].write_table(pa.Table.from_arrays(columns, schema=SCHEMA))
        self._rows.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _problem: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._write()
        for writer in self._writers.values():
            writer.close()
