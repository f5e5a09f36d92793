"""Asking DuckDB, which reads Parquet."""

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
from clickgen.verify.landings.sql.dialect import DUCKDB, Dialect, literal
from clickgen.verify.landings.sql.query import SqlAnswer

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_MEMORY = "256MB"
_ROWS_A_STEP = 10_000


@dataclass(frozen=True, slots=True)
class DuckAnswer(SqlAnswer):
    """An answer whose rows DuckDB still holds."""

    result: "DuckDBPyConnection | None" = None

    def integers(self) -> NDArray[np.uint64]:
        """The rows as an array, without a Python object a value."""
        assert self.result is not None  # noqa: S101  # `DuckQuery.ask` gives it
        columns = self.result.fetchnumpy()
        return np.stack([_word(columns[name]) for name in self.columns], axis=1)


def check_duckdb() -> None:
    """EnvironmentProblem where DuckDB is not installed."""
    require("reading Parquet", "duckdb")


class DuckQuery:
    """A DuckDB of its own, in memory bounded to 256 MB; what does not fit is put on disk."""

    dialect: Dialect = DUCKDB

    def __init__(self, name: str) -> None:
        """name: of what is asked. Raises EnvironmentProblem where DuckDB is missing."""
        check_duckdb()
        import duckdb  # noqa: PLC0415  # an extra

        self.name = name
        self._errors = duckdb
        self._connection = duckdb.connect()
        # made when something is put there, and removed with the connection
        spill = Path(gettempdir()) / f"clickgen-duckdb-{uuid4().hex}"
        for setting in (
            f"threads = {len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else os.cpu_count()}",
            f"memory_limit = '{_MEMORY}'",
            f"temp_directory = {literal(str(spill))}",
            "preserve_insertion_order = false",
        ):
            self._connection.execute(f"SET {setting}")

    def ask(self, sql: str) -> DuckAnswer:
        """Put one SELECT; the answer has to be walked before the next is put.

        UsageProblem: no such column. EnvironmentProblem: a file cannot be read.
        """
        errors = self._errors
        try:
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
    """What stands behind FROM for Parquet files: columns by their names, NULL where a file has them not.

    Columns of bytes are text, which is what old writers mean by them; folders named `key=value` are no columns.
    """
    listed = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{listed}], binary_as_string = true, hive_partitioning = false, union_by_name = true)"


def _word(values: NDArray[Any]) -> NDArray[np.uint64]:
    held = np.ma.getdata(values)
    words: NDArray[np.uint64] = held if held.dtype == np.uint64 else held.astype(np.int64).view(np.uint64)
    return words


def _first_line(problem: Exception) -> str:
    return str(problem).split("\n", 1)[0]
