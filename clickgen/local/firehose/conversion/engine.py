"""DuckDB: a connection for one conversion, and writing Parquet by it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from clickgen.local.firehose.conversion.settings import OrcOutput, ParquetOutput

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Engine: TypeAlias = "DuckDBPyConnection"


@contextmanager
def started(scratch: Path) -> Iterator["DuckDBPyConnection"]:
    """A connection that works with one thread and keeps what it cannot hold in `scratch`."""
    import duckdb  # an optional package

    connection = duckdb.connect(
        config={"threads": 1, "temp_directory": str(scratch), "autoinstall_known_extensions": False}
    )
    try:
        yield connection
    finally:
        connection.close()


def write_parquet(engine: "DuckDBPyConnection", rows: str, target: Path, output: ParquetOutput | OrcOutput) -> int:
    """Write the rows of a query; how many they were. For ORC the Parquet is only on the way."""
    settings = output if isinstance(output, ParquetOutput) else ParquetOutput()
    options = ["FORMAT parquet", f"COMPRESSION {settings.compression}", f"PARQUET_VERSION {settings.version}"]
    if not settings.dictionary:
        options.append("DICTIONARY_SIZE_LIMIT 0")
    (written,) = engine.sql(f"COPY ({rows}) TO {_path(target)} ({', '.join(options)})").fetchall()[0]
    return int(written)


def has_nulls(engine: "DuckDBPyConnection", file: Path) -> bool:
    """Whether a column of a Parquet file has nulls, by its statistics; a column without them may."""
    query = f"SELECT bool_or(coalesce(stats_null_count, 1) > 0) FROM parquet_metadata({_path(file)})"
    return bool(engine.sql(query).fetchall()[0][0])


def _path(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"
