"""Conversions in tests: tables, running them, and reading what they wrote."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from pyarrow import orc

from clickgen.local.firehose.conversion.converter import Converter, Failure
from clickgen.local.firehose.conversion.settings import (
    Conversion,
    HiveJson,
    OpenX,
    OrcOutput,
    ParquetOutput,
    TableName,
)

NAME = TableName("shop", "clicks", "arn:aws:iam::000000000000:role/firehose", "000000000000")


@dataclass(frozen=True)
class Outcome:
    """The rows in the order of the file, and the failures."""

    rows: list[dict[str, Any]]
    failures: tuple[Failure, ...]

    @property
    def codes(self) -> list[tuple[int, str]]:
        """Which records failed, and as what."""
        return [(failure.record, failure.code.rpartition(".")[2]) for failure in self.failures]


def table_of(**columns: str) -> dict[str, Any]:
    """A table as GetTable answers it, with these columns."""
    return {"StorageDescriptor": {"Columns": [{"Name": name, "Type": kind} for name, kind in columns.items()]}}


def convert(
    records: list[bytes],
    columns: dict[str, str],
    reader: OpenX | HiveJson | None = None,
    output: ParquetOutput | OrcOutput | None = None,
) -> Outcome:
    """Convert and read again."""
    conversion = Conversion(NAME, reader or OpenX(), output or ParquetOutput())
    converter = Converter(conversion, table_of(**columns))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "object"
        scratch = Path(folder) / "scratch"
        scratch.mkdir()
        converted = converter.convert(records, target, scratch)
        assert target.exists() == bool(converted.rows)
        rows = _rows(target, conversion) if converted.rows else []
    assert len(rows) == converted.rows
    return Outcome(rows, converted.failures)


def _rows(target: Path, conversion: Conversion) -> list[dict[str, Any]]:
    if isinstance(conversion.output, OrcOutput):
        found: list[dict[str, Any]] = orc.read_table(target).to_pylist()
        return found
    with duckdb.connect() as connection:
        cursor = connection.execute("SELECT * FROM read_parquet(?)", [str(target)])
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
