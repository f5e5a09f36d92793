"""Putting a query to whatever answers SQL, and what it answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from clickgen.model.errors import UnusableAnswer
from clickgen.verify.landings.sql.dialect import Dialect

_ROWS_A_STEP = 10_000
_WORD = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """The answer to one query."""

    columns: tuple[str, ...]  # their names
    # to be read once, as tuples of the engine's own types; some engines answer every value as text, NULL is None
    rows: Iterator[tuple[Any, ...]]
    scanned_bytes: int | None = None  # what the query read, if the engine bills by that
    cost_usd: float | None = None  # and what it cost

    def integers(self) -> NDArray[np.uint64]:
        """All rows as an array, if every value is a 64-bit integer; negative ones as two's complement."""
        steps = [np.empty((0, len(self.columns)), dtype=np.uint64)]
        while step := list(islice(self.rows, _ROWS_A_STEP)):
            steps.append(self._words(step))
        return np.concatenate(steps)

    def _words(self, rows: list[tuple[Any, ...]]) -> NDArray[np.uint64]:
        try:
            words = [[int(value) & _WORD for value in row] for row in rows]
            return np.array(words, dtype=np.uint64).reshape(len(rows), len(self.columns))
        except (ValueError, TypeError) as problem:
            raise UnusableAnswer(
                f"the answer to a query is not a table of whole numbers: {problem}",
                "check that the engine is the one that the command is for",
            ) from problem


class Query(Protocol):
    """An engine that answers SQL."""

    name: str  # what people call what is queried: a folder, a database, an engine
    dialect: Dialect  # how it writes what standard SQL does not have

    def ask(self, sql: str) -> SqlAnswer:
        """Put one SELECT.

        Raises UsageProblem for a query that has no answer (no such table or column, wrong SQL), EnvironmentProblem
        if the engine cannot be queried (permission, network, throttled for long).
        """
