"""Events as the bytes of a file: JSON lines, CSV, Parquet; the first two also gzipped."""

import csv
import gzip
import io
from typing import IO, Any, BinaryIO, Literal, Protocol, cast

import orjson

from clickgen.model.installation import require
from clickgen.run.generate.columns import FileColumn, cell_of, columns_of

Format = Literal["jsonl", "csv", "parquet"]
Bytes = bytes | bytearray | memoryview

GZIP_LEVEL = 3  # 5 % larger than level 6 in half its time, measured on events of the shop
ROW_GROUP_BYTES = 16 * 1024 * 1024  # of JSON; a Parquet reader takes in a group at a time


class LineWriter(Protocol):
    """Takes lines of JSON, in whole lines."""

    def write(self, lines: Bytes) -> None:
        """Write some. Raises OSError."""

    def close(self) -> None:
        """Write what is held back and what ends the format; the file itself stays open. Raises OSError."""


class FileForm:
    """What the files of a run look like. Its columns are those of the sample, whatever events a file has."""

    def __init__(self, kind: Format, *, gzipped: bool, sample: bytes) -> None:
        """sample: events that have every field between them; it counts only if the format has columns."""
        self._kind, self._gzipped = kind, gzipped
        self._columns = columns_of(sample) if kind == "csv" else ()
        self._arrow = _arrow_schema(sample) if kind == "parquet" else None

    def begin(self, file: BinaryIO, *, header: bool = True) -> LineWriter:
        """A writer to that file. header: whether these are the file's first lines.

        What is gzipped is a member by itself (RFC 1952, 2.2: members that follow one another are one file).
        """
        if self._kind == "parquet":
            return _ParquetWriter(file, self._arrow)
        lines = _GzipWriter(file) if self._gzipped else _PlainWriter(file)
        return _CsvWriter(lines, self._columns, header=header) if self._kind == "csv" else lines


def suffix_of(kind: Format, *, gzipped: bool) -> str:
    """The end of an object's name; JSON lines have none of their own, as with Firehose."""
    return ("" if kind == "jsonl" else f".{kind}") + (".gz" if gzipped else "")


class _PlainWriter:
    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, lines: Bytes) -> None:
        self._file.write(lines)

    def close(self) -> None:
        """Nothing is held back."""


class _GzipWriter:
    def __init__(self, file: BinaryIO) -> None:
        # without name and time, so that the same events are the same bytes
        self._file = gzip.GzipFile("", "wb", GZIP_LEVEL, file, mtime=0)

    def write(self, lines: Bytes) -> None:
        self._file.write(lines)

    def close(self) -> None:
        self._file.close()


class _CsvWriter:
    def __init__(self, lines: LineWriter, columns: tuple[FileColumn, ...], *, header: bool) -> None:
        self._lines = lines
        self._blank = dict.fromkeys(column.name for column in columns)
        self._nested = [number for number, column in enumerate(columns) if not column.plain]
        if header:
            self._write_rows([list(self._blank)])

    def write(self, lines: Bytes) -> None:
        blank, width = self._blank, len(self._blank)
        events = orjson.loads(b"[" + b",".join(bytes(lines).splitlines()) + b"]")
        rows = [list((blank | event).values()) for event in events]
        for row in rows:
            if len(row) != width:
                raise ValueError("an event has a field that the sample of its schema had not")
            for number in self._nested:
                row[number] = cell_of(row[number])
        self._write_rows(rows)

    def close(self) -> None:
        self._lines.close()

    def _write_rows(self, rows: list[list[Any]]) -> None:
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        self._lines.write(text.getvalue().encode())


class _ParquetWriter:
    def __init__(self, file: BinaryIO, schema: Any) -> None:
        self._arrow, self._schema = _pyarrow(), schema
        self._writer = self._arrow.parquet.ParquetWriter(file, schema)
        self._waiting = bytearray()

    def write(self, lines: Bytes) -> None:
        self._waiting += lines
        if len(self._waiting) >= ROW_GROUP_BYTES:
            self._write_group()

    def close(self) -> None:
        self._write_group()
        self._writer.close()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(_table(self._arrow, self._waiting, self._schema))
            self._waiting = bytearray()


def _arrow_schema(sample: bytes) -> Any:
    columns_of(sample)  # which says in words if there are none
    return _table(_pyarrow(), sample, None).schema


def _table(arrow: Any, lines: Bytes, schema: Any) -> Any:
    size = len(memoryview(lines))
    return arrow.json.read_json(
        arrow.BufferReader(lines),
        read_options=arrow.json.ReadOptions(use_threads=False, block_size=size + 1),
        parse_options=arrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
        if schema is not None
        else None,
    )


def check_format(kind: str) -> None:
    """EnvironmentProblem if a format needs an extra that is not installed."""
    if kind == "parquet":
        require("--format parquet", "pyarrow")


def _pyarrow() -> Any:
    """The library that knows Parquet; it is an extra, being larger than all of clickgen."""
    check_format("parquet")
    import pyarrow.json
    import pyarrow.parquet

    return cast("Any", pyarrow)
