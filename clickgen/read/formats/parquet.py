"""Parquet: every row as a JSON object, or some columns as a table, a row group's part at a time."""

import base64
from collections.abc import Iterator, Sequence
from typing import IO, Any

import orjson

from clickgen.model.errors import EnvironmentProblem
from clickgen.model.form import Form, Kind
from clickgen.read.pieces import BadKind, Fault, JsonObject

PARQUET_MAGIC = b"PAR1"
FORM = Form(kind=Kind.PARQUET, name="Parquet")
_ROWS_AT_ONCE = 2048


class ParquetTable:
    """Some rows. column and event give what they are as JSON objects. batch: a record batch of pyarrow."""

    def __init__(self, batch: Any) -> None:
        self._batch = batch
        self.line_count = self.count = len(batch)

    def column(self, name: str) -> Sequence[Any]:
        """What each row has in the column of that name or, if it has none or null, at that path."""
        above, *path = name.split(".")
        own = self._values(name)
        if not path or own.count(None) == 0:
            return own
        values = zip(own, self._values(above), strict=True)
        return [_inside(outer, path) if value is None else value for value, outer in values]

    def event(self, row: int) -> dict[str, Any]:
        """One row with all its columns."""
        return _object(self._batch.slice(row, 1).to_pylist()[0], row).value

    def rows(self, first: int) -> list[JsonObject]:
        """All rows, if the first has that number in the file."""
        return [_object(value, first + index) for index, value in enumerate(self._batch.to_pylist())]

    def _values(self, name: str) -> list[Any]:
        if name not in self._batch.schema.names:
            return [None] * self.count
        values: list[Any] = orjson.loads(_json(self._batch.column(name).to_pylist()))
        return values


def _inside(value: Any, path: Sequence[str]) -> Any:
    for step in path:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def read_parquet(file: "str | IO[bytes]") -> Iterator[list[JsonObject] | Fault]:
    """The rows, some at a time; a Fault where the file is damaged. Raises EnvironmentProblem without pyarrow."""
    row = 0
    for batch in read_parquet_tables(file):
        if isinstance(batch, Fault):
            yield batch
        else:
            yield batch.rows(row)
            row += batch.count


def read_parquet_tables(file: "str | IO[bytes]") -> Iterator[ParquetTable | Fault]:
    """The same as tables."""
    try:
        import pyarrow as pa  # noqa: PLC0415  # an extra, which all else works without
        import pyarrow.parquet as pq  # noqa: PLC0415  # the same
    except ImportError as problem:
        raise EnvironmentProblem(
            "reading Parquet needs pyarrow", "install it: pip install 'clickgen-aws[parquet]'"
        ) from problem
    row = 0
    try:
        with pq.ParquetFile(file) as parquet:
            for batch in parquet.iter_batches(batch_size=_ROWS_AT_ONCE):
                yield ParquetTable(batch)
                row += len(batch)
    except (pa.ArrowException, OSError) as problem:
        words = str(problem).partition("\n")[0]
        yield Fault(BadKind.GARBAGE, f"the Parquet file is damaged after row {row:,} ({words})", rest_unread=True)


def _object(value: dict[str, Any], row: int) -> JsonObject:
    data = _json(value)
    return JsonObject(data, row, row + 1, orjson.loads(data))


def _json(value: object) -> bytes:
    return orjson.dumps(value, default=_text, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_NAIVE_UTC)


def _text(value: object) -> object:
    """What JSON has no form for: decimals and durations as text, bytes in base64 unless they are UTF-8."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return str(value)
