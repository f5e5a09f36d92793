"""Parquet: every row as a JSON object, a row group's part at a time."""

import base64
from collections.abc import Iterator
from typing import IO, Any

import orjson

from clickgen.model.errors import EnvironmentProblem
from clickgen.model.form import Form, Kind
from clickgen.read.pieces import BadKind, Fault, JsonObject

PARQUET_MAGIC = b"PAR1"
FORM = Form(kind=Kind.PARQUET, name="Parquet")
_ROWS_AT_ONCE = 2048


def read_parquet(file: "str | IO[bytes]") -> Iterator[list[JsonObject] | Fault]:
    """The rows, some at a time; a Fault where the file is damaged. Raises EnvironmentProblem without pyarrow."""
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
                values = batch.to_pylist()
                yield [_object(value, row + index) for index, value in enumerate(values)]
                row += len(values)
    except (pa.ArrowException, OSError) as problem:
        words = str(problem).partition("\n")[0]
        yield Fault(BadKind.GARBAGE, f"the Parquet file is damaged after row {row:,} ({words})", rest_unread=True)


def _object(value: dict[str, Any], row: int) -> JsonObject:
    data = orjson.dumps(value, default=_text, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_NAIVE_UTC)
    return JsonObject(data, row, row + 1, orjson.loads(data))


def _text(value: object) -> object:
    """What JSON has no form for: decimals and durations as text, bytes in base64 unless they are UTF-8."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return base64.b64encode(value).decode()
    return str(value)
