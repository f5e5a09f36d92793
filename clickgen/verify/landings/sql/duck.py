"""Querying DuckDB, which reads Parquet."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from clickgen.model.errors import EnvironmentProblem, UsageProblem
from clickgen.model.installation import require
from clickgen.model.progress import timed
from clickgen.verify.landings.sql.dialect import DUCKDB, Dialect, literal
from clickgen.verify.landings.sql.query import SqlAnswer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "256MB"
_ROWS_A_STEP = 10_000


@dataclass(frozen=True, slots=True)
class DuckAnswer(SqlAnswer):
    """An answer whose rows are still in DuckDB."""

    result: "DuckDBPyConnection | None" = None

    def integers(self) -> NDArray[np.uint64]:
        """The rows as an array, without a Python object a value."""
        if self.result is None:
            return SqlAnswer.integers(self)
        columns = self.result.fetchnumpy()
        return np.stack([_word(columns[name]) for name in self.columns], axis=1)


def check_duckdb() -> None:
    """EnvironmentProblem if DuckDB is not installed."""
    require("reading Parquet", "duckdb")


class DuckQuery:
    """A DuckDB of its own, in at most 256 MB of memory; what does not fit goes to disk."""

    dialect: Dialect = DUCKDB

    def __init__(self, name: str) -> None:
        """name: of what is queried. Raises EnvironmentProblem without DuckDB."""
        check_duckdb()
        import duckdb  # an extra

        self.name = name
        self._errors = duckdb
        self._connection = duckdb.connect()
        # created when something is written there, and removed with the connection
        spill = Path(gettempdir()) / f"clickgen-duckdb-{uuid4().hex}"
        for setting in (
            f"threads = {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}",
            f"memory_limit = '{_MEMORY}'",
            f"temp_directory = {literal(str(spill))}",
            "preserve_insertion_order = false",
        ):
            self._connection.execute(f"SET {setting}")

    def ask(self, sql: str) -> DuckAnswer:
        """Put one SELECT, whose answer has to be read before the next is put.

        UsageProblem: no such column. EnvironmentProblem: a file cannot be read.
        """
        errors = self._errors
        try:
            with timed(f"querying {self.name}:"):
                result = self._connection.execute(sql)
        except (errors.BinderException, errors.CatalogException, errors.ParserException) as problem:
            raise UsageProblem(f"DuckDB cannot answer this of {self.name}: {_first_line(problem)}") from problem
        except errors.Error as problem:
            raise EnvironmentProblem(
                f"{self.name} cannot be read: {_first_line(problem)}", "look at the file with another reader"
            ) from problem
        columns = tuple(str(column[0]) for column in result.description or ())
        return DuckAnswer(columns, self._rows(result), result=result)

    def _rows(self, result: "DuckDBPyConnection") -> Iterator[tuple[Any, ...]]:
        while step := result.fetchmany(_ROWS_A_STEP):
            yield from step


def parquet_table(paths: Sequence[Path]) -> str:
    """Parquet files as a table: columns by their names, NULL in a file that lacks them.

    Columns of bytes are text, which is what old writers mean by them; folders named `key=value` are not columns.
    """
    return _read_parquet(paths, ", hive_partitioning = false")


def create_view(query: DuckQuery, name: str, paths: Sequence[Path]) -> None:
    """Let these Parquet files be a table of this name; names of partitions in their paths are columns too."""
    query.ask(f"CREATE VIEW {name} AS SELECT * FROM {_read_parquet(paths)}")


def _read_parquet(paths: Sequence[Path], more: str = "") -> str:
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}], binary_as_string = true, union_by_name = true{more})"


def _word(values: NDArray[Any]) -> NDArray[np.uint64]:
    held = np.ma.getdata(values)
    words: NDArray[np.uint64] = held if held.dtype == np.uint64 else held.astype(np.int64).view(np.uint64)
    return words


def _first_line(problem: Exception) -> str:
    return str(problem).split("\n", 1)[0]
